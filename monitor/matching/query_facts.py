"""What can be said of an expression's tree without any article."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.matching.query import (
    And,
    AtLeast,
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
    Threshold,
    VocabularyTerm,
    Word,
)

_MARKERS = (Word, Phrase, Exact, Prefix, VocabularyTerm, Country, Except)


def only_excludes(query: Query) -> bool:
    """Whether ``query`` would hold on an article in which nothing it names is found."""
    match query:
        case Not(part):
            return not only_excludes(part)
        case And(parts):
            return all(only_excludes(part) for part in parts)
        case Or(parts):
            return any(only_excludes(part) for part in parts)
        case Threshold(parts, count):
            return sum(only_excludes(part) for part in parts) >= count
        case InTitle(of) | InLead(of):
            return only_excludes(of)
        case _:
            return False


def vocabularies_in(query: Query) -> tuple[str, ...]:
    """The names of the vocabularies that ``query`` uses, each once, in the order of writing."""
    return tuple(dict.fromkeys(_vocabularies(query)))


def _vocabularies(query: Query) -> Iterator[str]:
    match query:
        case VocabularyTerm(name):
            yield name
        case And(parts) | Or(parts) | Threshold(parts, _):
            for part in parts:
                yield from _vocabularies(part)
        case Near(left, right, _, _) | Except(left, right):
            yield from _vocabularies(left)
            yield from _vocabularies(right)
        case Not(of) | InTitle(of) | InLead(of) | AtLeast(of, _):
            yield from _vocabularies(of)


def is_marker(query: Query) -> bool:
    """Whether ``query`` marks words, so that it may stand beside NEAR, EXCEPT and the like."""
    if isinstance(query, Or):
        return all(is_marker(part) for part in query.parts)
    return isinstance(query, _MARKERS)
