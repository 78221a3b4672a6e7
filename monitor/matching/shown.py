"""Expressions as people see them: a tree written out again."""

from __future__ import annotations

from monitor.matching.query import (
    And,
    AtLeast,
    Attribute,
    Country,
    Exact,
    Except,
    InLead,
    InTitle,
    Near,
    Not,
    Or,
    Phrase,
    Prefix,
    Query,
    Regex,
    Threshold,
    VocabularyTerm,
    Word,
)


def as_written(query: Query) -> str:  # noqa: PLR0911 - one line for each kind
    """``query`` as an expression again, with brackets where they are needed."""
    match query:
        case And(parts):
            return " AND ".join(_in_brackets(part, Or | Threshold) for part in parts)
        case Or(parts):
            return " OR ".join(_in_brackets(part, And | Threshold) for part in parts)
        case Threshold(parts, count):
            return f"{count} of " + ", ".join(_in_brackets(part, And | Or) for part in parts)
        case Not(part):
            return f"NOT {as_written_tight(part)}"
        case Near(left, right, distance, ordered):
            sign = "BEFORE" if ordered else "NEAR"
            return f"{as_written_tight(left)} {sign}/{distance} {as_written_tight(right)}"
        case Except(kept, barred):
            return f"{as_written_tight(kept)} EXCEPT {as_written_tight(barred)}"
        case AtLeast(of, count):
            return f"{as_written_tight(of)} ATLEAST/{count}"
        case InTitle(of):
            return f"title:{as_written_tight(of)}"
        case InLead(of):
            return f"lead:{as_written_tight(of)}"
        case _:
            return _leaf(query)


def _leaf(query: Query) -> str:  # noqa: PLR0911 - one line for each kind
    match query:
        case Word(text):
            return text
        case Phrase(text):
            return f'"{text}"'
        case Exact(text):
            return f'="{text}"' if " " in text else f"={text}"
        case Prefix(text):
            return f"{text}*"
        case VocabularyTerm(name):
            return f"@{name}"
        case Country(code):
            return f"country:{code}"
        case Regex(pattern, ignore_case):
            return f"/{pattern}/{'i' if ignore_case else ''}"
        case Attribute(key, value):
            return f'{key}:"{value}"' if " " in value else f"{key}:{value}"
        case _:
            raise TypeError(f"not a leaf: {query!r}")


def as_written_tight(query: Query) -> str:
    """``query`` as an expression, in brackets unless it is a single piece."""
    loose = And | Or | Near | Except | AtLeast | Not | Threshold
    return _in_brackets(query, loose)


def _in_brackets(query: Query, kinds: object) -> str:
    written = as_written(query)
    return f"({written})" if isinstance(query, kinds) else written  # type: ignore[arg-type]
