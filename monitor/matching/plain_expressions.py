"""Expressions as most rules have them, read fast; the less plain go to the careful parser.

One pattern cuts the text, every piece is looked up among those met before, and one pass over the
pieces makes the tree. There are no messages here: at the slightest doubt (a fault, another
tool's form, a sign that reads in several ways) the careful parser answers, which also says what
a word is when it is first met. Both give equal trees, or the same fault, for every text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import cast

from monitor.errors import QueryFault
from monitor.matching.foreign import NEEDS_NEIGHBOURS, refuse_foreign
from monitor.matching.lexemes import LONGEST, UNUSUAL, Kind, lexemes
from monitor.matching.query import (
    And,
    AtLeast,
    Attribute,
    Country,
    Exact,
    Except,
    InLead,
    InTitle,
    Marker,
    Near,
    Not,
    Or,
    Phrase,
    Prefix,
    Query,
    VocabularyTerm,
    Word,
)
from monitor.matching.query_facts import is_marker, only_excludes
from monitor.matching.query_parser import DEFAULT_DISTANCE, parse_query
from monitor.records import dataclass

_QUOTED = r'"[^"]*+"?+[^\s()]*+'
_LEAF = rf'(?:[^\s()"]++(?:{_QUOTED}|\()?|{_QUOTED})'
_PIECES = re.compile(
    rf"\({_LEAF}(?: OR {_LEAF})+\)(?![^\s)])"
    r"|\((?:\s*+\d)?|\)[^\s)]?+|(?:NEAR|BEFORE)\s+[\d/]"
    rf"|{_LEAF}"
)
"""A group of words of which any will do, a bracket, or a piece by itself.

What means something only together with what is beside it is cut as one piece, and no such piece is
plain: a word that touches a quote or bracket, a number behind a bracket or an operator.
"""

_WHOLE = re.compile(".+")
_UNUSUAL = re.compile(f"[{UNUSUAL}]")

_HANGS_ON_OTHERS = re.compile(
    rf"(?:title:|lead:|=)*(?:[-–/'‘]|{NEEDS_NEIGHBOURS.pattern})", re.IGNORECASE
)
"""Pieces that are read by what stands beside them: hyphens, regular expressions, small letters."""

_OPERATOR = re.compile(r"(?:AND|OR|NOT|EXCEPT|NEAR|BEFORE|ATLEAST)(?:/\d*)?\Z")

_LEAVES = (Word, Phrase, Exact, Prefix, VocabularyTerm, Country, Attribute)
_DEEPEST = 40
"""Brackets within each other; somewhat fewer than the careful parser allows."""


class _DoubtError(Exception):
    """Here the careful parser is asked."""


class Expressions:
    """Reads many expressions; a word that stands in several of them is one node in all of them."""

    def __init__(self) -> None:
        self._known = _Known(_BRACKETS)

    def parse(self, text: str, *, part: bool = False) -> Query:
        """The tree of ``text`` as :func:`parse_query` gives it; raises what it raises."""
        if len(text) <= LONGEST and (text.isascii() or not _UNUSUAL.search(text)):
            try:
                query = self._read(_PIECES.findall(text))
                if part or "NOT" not in text or not only_excludes(query):
                    return query
            except _DoubtError:
                pass
        return parse_query(text, part=part)

    def _read(self, pieces: list[str]) -> Query:
        signs = pieces[1::2]
        if signs and len(pieces) % 2 and signs.count("AND") == len(signs):
            return And(self._known.queries(pieces[::2]))
        return _tree(map(self._known.__getitem__, pieces))


class _Known(dict[str, "_Sign | Query"]):
    """What each piece of text is, asked of the careful parser when it is first met."""

    def __missing__(self, text: str) -> _Sign | Query:
        if text.startswith("(") and text.endswith(")"):
            return Or(self.queries(text[1:-1].split(" OR ")))
        try:
            piece = _operator(text) if _OPERATOR.match(text) else _leaf(text)
        except QueryFault:
            raise _DoubtError from None
        of = piece.of if isinstance(piece, InTitle | InLead) else piece
        if not isinstance(of, (_Sign, *_LEAVES)):
            raise _DoubtError
        self[text] = piece
        return piece

    def queries(self, texts: Iterable[str]) -> tuple[Query, ...]:
        """What pieces are of which none is an operator or bracket."""
        found = tuple(map(self.__getitem__, texts))
        if _Sign in map(type, found):
            raise _DoubtError
        return cast(tuple[Query, ...], found)


def _operator(text: str) -> _Sign:
    piece = lexemes(text)[0]
    if piece.kind is Kind.ATLEAST:
        return _Sign(partial(_at_least, count=piece.number or 1))
    if piece.kind in (Kind.NEAR, Kind.BEFORE):
        distance = DEFAULT_DISTANCE if piece.number is None else piece.number
        near = partial(Near, distance=distance, ordered=piece.kind is Kind.BEFORE)
        return _Sign(partial(_bind, join=near))
    return _OPERATORS[piece.kind]


def _leaf(text: str) -> Query:
    """What a piece by itself looks for: for words of plain letters without the whole way."""
    if _HANGS_ON_OTHERS.match(text):
        raise _DoubtError
    if text.isascii() and text.isalpha():
        refuse_foreign(text, 0, "", _WHOLE.match(text))
        return Word(text)
    return parse_query(text, part=True)


def _tree(pieces: Iterable[_Sign | Query]) -> Query:
    level = _Level()
    for piece in pieces:
        if isinstance(piece, _Sign):
            level = piece.read(level)
        else:
            level.take(piece)
    if level.outer is not None:
        raise _DoubtError
    return level.whole()


class _Level:
    """What stands within one pair of brackets, as far as it has been read.

    ``options`` are joined by OR, ``parts`` (of the option under way) by AND. ``last`` is the part
    under way: ``barred`` by a NOT, ``bound`` once it is A NEAR B or the like. ``join`` is set
    while an operator wants its right side, with ``last`` on its left.
    """

    __slots__ = ("barred", "bound", "depth", "join", "last", "options", "outer", "parts", "scope")

    def __init__(self, outer: _Level | None = None, scope: _Scope | None = None) -> None:
        self.outer = outer
        self.scope = scope
        self.depth: int = outer.depth + 1 if outer else 0
        self.options: list[Query] = []
        self.parts: list[Query] = []
        self.last: Query | None = None
        self.join: _Join | None = None
        self.barred = False
        self.bound = False
        if self.depth > _DEEPEST:
            raise _DoubtError

    def take(self, query: Query) -> None:
        """A word, or whatever else stands for itself."""
        if self.join is not None:
            self.last = self.join(_marker(self.last), _marker(query))
            self.join = None
            self.bound = True
            return
        if self.last is not None:  # AND may be left out
            self.end_part()
        self.last = query

    def end_part(self) -> None:
        """What comes next is another part."""
        query = self.last
        if query is None or self.join is not None:
            raise _DoubtError
        if self.barred:
            query = Not(query)
            self.barred = False
        if isinstance(query, And):
            self.parts.extend(query.parts)
        else:
            self.parts.append(query)
        self.last = None
        self.bound = False

    def end_option(self) -> None:
        """What comes next is another option."""
        self.end_part()
        parts, self.parts = self.parts, []
        query = parts[0] if len(parts) == 1 else And(tuple(parts))
        if isinstance(query, Or):
            self.options.extend(query.parts)
        else:
            self.options.append(query)

    def whole(self) -> Query:
        """All of it, now that it has ended."""
        if self.options:
            self.end_option()
            return Or(tuple(self.options))
        self.end_part()
        return self.parts[0] if len(self.parts) == 1 else And(tuple(self.parts))


_Scope = type[InTitle] | type[InLead]
_Join = Callable[[Marker, Marker], Query]


@dataclass(frozen=True, slots=True)
class _Sign:
    """An operator or bracket: ``read`` takes it in, and gives the level that is read next."""

    read: Callable[[_Level], _Level]


def _marker(query: Query | None) -> Marker:
    if query is None or not is_marker(query):
        raise _DoubtError
    return cast(Marker, query)


def _open(level: _Level, scope: _Scope | None = None) -> _Level:
    return _Level(level, scope)


def _close(level: _Level) -> _Level:
    query = level.whole()
    if level.outer is None:
        raise _DoubtError
    level.outer.take(level.scope(query) if level.scope else query)
    return level.outer


def _and(level: _Level) -> _Level:
    level.end_part()
    return level


def _or(level: _Level) -> _Level:
    level.end_option()
    return level


def _not(level: _Level) -> _Level:
    if level.last is not None:
        level.end_part()
    if level.barred:
        raise _DoubtError
    level.barred = True
    return level


def _bind(level: _Level, join: _Join) -> _Level:
    if level.bound or level.join:
        raise _DoubtError
    level.join = join
    return level


def _at_least(level: _Level, count: int) -> _Level:
    if level.bound or level.join:
        raise _DoubtError
    level.last = AtLeast(_marker(level.last), count)
    level.bound = True
    return level


_OPERATORS: dict[Kind, _Sign] = {
    Kind.AND: _Sign(_and),
    Kind.OR: _Sign(_or),
    Kind.NOT: _Sign(_not),
    Kind.EXCEPT: _Sign(partial(_bind, join=Except)),
}
_BRACKETS: dict[str, _Sign] = {
    "(": _Sign(_open),
    ")": _Sign(_close),
    "title:(": _Sign(partial(_open, scope=InTitle)),
    "lead:(": _Sign(partial(_open, scope=InLead)),
}
