"""What does no harm in an expression, and may not be what its writer meant.

Two things that are read without a word of doubt, and mean another thing elsewhere: an OR beside
words that only a blank joins (search engines of the web take the OR first, we the blank), and a
placeholder in square brackets within quotes. AND written out is taken for a decision. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field

from monitor.matching.lexemes import Kind, Lexeme, lexemes
from monitor.matching.query import And, InLead, InTitle, Not, Or, Phrase, Query, below, walk
from monitor.records import dataclass

_SHOWN = 76
_BINDERS = (Kind.NEAR, Kind.BEFORE, Kind.EXCEPT)
_PREFIXES = (Kind.NOT, Kind.MINUS, Kind.EXACT_SIGN, Kind.SCOPE)
_PLACEHOLDER = re.compile(r"\[[^\]]*\w[^\]]*\]")


@dataclass(frozen=True, slots=True)
class Note:
    """Something to be told of an expression: what, and what to write instead."""

    message: str
    hint: str


def notes(text: str, query: Query) -> Iterator[Note]:
    """What is to be told of the expression ``text``, of which ``query`` is the tree."""
    if "OR" in text and _joins_within_options(query):
        yield from _or_beside_blanks(text)
    if "[" in text:
        yield from _placeholders(query)


def _joins_within_options(query: Query) -> bool:
    """Whether an AND stands right below an OR: a quick look, which most rules do not pass.

    What stands beside NEAR and the like marks words, and holds no AND.
    """
    if isinstance(query, And | Or):
        if isinstance(query, Or) and And in map(type, query.parts):
            return True
        return any(_joins_within_options(p) for p in query.parts if type(p) in _MAY_JOIN)
    return isinstance(query, Not | InTitle | InLead) and _joins_within_options(below(query)[0])


_MAY_JOIN = frozenset({And, Or, Not, InTitle, InLead})


def _placeholders(query: Query) -> Iterator[Note]:
    for node in walk(query):
        if isinstance(node, Phrase) and (found := _PLACEHOLDER.search(node.text)):
            yield Note(
                f'"{node.text}" looks for the words in {found.group()} as they are',
                "no sign stands for any word: leave them out, and join the rest with NEAR",
            )
            return


@dataclass(slots=True)
class _Level:
    """What stands within one pair of brackets: its parts' places, and what joins each to the next.

    ``whole`` is false while a part wants more: behind an operator, or a sign that goes before.
    """

    parts: list[tuple[int, int]] = field(default_factory=list)
    joins: list[str] = field(default_factory=list)
    whole: bool = False
    joined: bool = True

    def begin(self, piece: Lexeme) -> None:
        """A piece that begins a part, or goes on with one that wants more."""
        if self.whole:
            self.joins.append(" ")
            self.joined = True
        if self.joined:
            self.parts.append((piece.start, piece.end))
        self.joined = self.whole = False

    def end(self, piece: Lexeme) -> None:
        """The piece that ends a part."""
        self.parts[-1] = (self.parts[-1][0], piece.end)
        self.whole = True

    def join(self, sign: str) -> None:
        """AND or OR written out."""
        self.joins.append(sign)
        self.joined, self.whole = True, False


def _or_beside_blanks(text: str) -> Iterator[Note]:
    """A note for the first pair of brackets that holds both an OR and parts joined by blanks."""
    for level in _levels(lexemes(text)):
        if "OR" in level.joins and " " in level.joins:
            yield Note(
                f"OR beside words without AND is read as {_bracketed(text, level, 'OR')}",
                f"write that with its brackets, or {_bracketed(text, level, 'AND')}",
            )
            return


def _levels(pieces: tuple[Lexeme, ...]) -> Iterator[_Level]:
    """Each pair of brackets when it closes, and last the expression as a whole."""
    open_levels = [_Level()]
    for piece in pieces:
        level = open_levels[-1]
        if piece.kind is Kind.OPEN:
            level.begin(piece)
            open_levels.append(_Level())
        elif piece.kind is Kind.CLOSE:
            yield open_levels.pop()
            open_levels[-1].end(piece)
        elif piece.kind in (Kind.AND, Kind.OR):
            level.join(piece.kind.name)
        elif piece.kind in _PREFIXES:
            level.begin(piece)
        elif piece.kind in _BINDERS:
            level.whole = False
        elif piece.kind is Kind.ATLEAST:
            level.end(piece)
        elif piece.kind is not Kind.END:
            level.begin(piece)
            level.end(piece)
    yield open_levels[0]


def _bracketed(text: str, level: _Level, loosest: str) -> str:
    """The level as it is read where ``loosest`` (OR, or AND with blanks) binds least.

    Written as it was, with brackets around what is joined more closely.
    """
    groups: list[list[tuple[int, int]]] = [[level.parts[0]]]
    signs: list[str] = []
    for sign, part in zip(level.joins, level.parts[1:], strict=True):
        if (sign == "OR") == (loosest == "OR"):
            signs.append(" " if sign == " " else f" {sign} ")
            groups.append([part])
        else:
            groups[-1].append(part)
    written = [_written(text, group) for group in groups]
    return _short("".join(map("".join, zip(["", *signs], written, strict=True))))


def _written(text: str, group: list[tuple[int, int]]) -> str:
    whole = " ".join(text[group[0][0] : group[-1][1]].split())
    return f"({whole})" if len(group) > 1 else whole


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 2].rstrip() + " …"
