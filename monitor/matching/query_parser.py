"""Text to tree: reads the expressions of rule files.

The grammar, loosest first; what binds closer stands lower:

    any      = all { "OR" all }
    all      = no { ["AND"] no }
    no       = { "NOT" | "-" } close
    close    = one [ "NEAR"["/n"] one | "BEFORE"["/n"] one | "EXCEPT" one | "ATLEAST/n" ]
    one      = "(" any ")" | word | prefix* | "phrase" | =word | ="phrase" | /regex/ | /regex/i
             | @vocabulary | country:XX | title:one | lead:one | lang:, feed:, tag:, author:, site:

Positions in faults count characters from 0.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from monitor.errors import QueryFault
from monitor.matching.field_values import country_code, language_code, site_host
from monitor.matching.lexemes import Kind, Lexeme, lexemes
from monitor.matching.misplaced import chained, instead, named
from monitor.matching.patterns import check_pattern
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
    VocabularyTerm,
    Word,
)
from monitor.matching.query_facts import is_marker, only_excludes, vocabularies_in
from monitor.matching.within_quotes import NO_WORD, refuse_signs_within
from monitor.text.characters import INVISIBLE, is_spaceless
from monitor.text.tokens import tokenize
from monitor.toml_source import caret

__all__ = ["caret", "is_marker", "only_excludes", "parse_query", "vocabularies_in"]

DEFAULT_DISTANCE = 10
_DEEPEST = 50
_BINDERS = {Kind.NEAR, Kind.BEFORE, Kind.EXCEPT, Kind.ATLEAST}
_CHAINS = _BINDERS - {Kind.ATLEAST}
_ENDS = {Kind.END, Kind.CLOSE, Kind.OR, Kind.AND} | _BINDERS
_NAMES = {
    Kind.AND: "AND",
    Kind.OR: "OR",
    Kind.NOT: "NOT",
    Kind.MINUS: "-",
    Kind.NEAR: "NEAR",
    Kind.BEFORE: "BEFORE",
    Kind.EXCEPT: "EXCEPT",
    Kind.ATLEAST: "ATLEAST",
    Kind.CLOSE: ")",
}


def parse_query(text: str, *, part: bool = False) -> Query:
    """The tree of the expression ``text``.

    ``part`` is true for an item of a rule's lists, which may well only exclude: the rule as a
    whole is then asked with :func:`only_excludes`. Raises QueryFault with the place and what was
    expected.
    """
    pieces = lexemes(text)
    query = _Reader(pieces).whole()
    if not part and only_excludes(query):
        at = next((p.start for p in pieces if p.kind in (Kind.NOT, Kind.MINUS)), 0)
        raise QueryFault(
            "this would match every article that lacks something: it only excludes",
            at,
            "say beside it what must be there: troops AND NOT football",
        )
    return query


class _Reader:
    """Reads pieces from left to right (recursive descent, one method per line of the grammar)."""

    def __init__(self, pieces: tuple[Lexeme, ...]) -> None:
        self._pieces = pieces
        self._at = 0
        self._depth = 0

    def whole(self) -> Query:
        if self._next.kind is Kind.END:
            raise QueryFault("there is nothing here to look for", 0, "write a word, such as troops")
        query = self._any()
        if self._next.kind is Kind.CLOSE:
            raise QueryFault("this bracket closes nothing", self._next.start, "leave it out")
        return query

    @property
    def _next(self) -> Lexeme:
        return self._pieces[self._at]

    def _take(self) -> Lexeme:
        piece = self._next
        self._at += 1
        return piece

    def _any(self) -> Query:
        parts = [self._all()]
        while self._next.kind is Kind.OR:
            self._take()
            parts.append(self._all())
        return _flat(Or, parts)

    def _all(self) -> Query:
        parts = [self._no()]
        while self._next.kind is Kind.AND or self._next.kind not in _ENDS:
            if self._next.kind is Kind.AND:
                self._take()
            parts.append(self._no())
        return _flat(And, parts)

    def _no(self) -> Query:
        if self._next.kind not in (Kind.NOT, Kind.MINUS):
            return self._close()
        sign = self._take()
        self._deeper(sign)
        part = self._no()
        self._depth -= 1
        if sign.kind is Kind.MINUS and isinstance(part, Near | Except | AtLeast):
            self._refuse_minus(sign)
        return Not(part)

    def _refuse_minus(self, sign: Lexeme) -> None:
        """``-A NEAR B`` reads both ways; ``-(A NEAR B)`` does not."""
        if self._pieces[self._at - 1].kind is Kind.CLOSE and self._opens_at(sign):
            return
        raise QueryFault(
            "a hyphen before A NEAR B can be read in two ways", sign.start, "write NOT (A NEAR B)"
        )

    def _opens_at(self, sign: Lexeme) -> bool:
        following = self._pieces[self._pieces.index(sign) + 1]
        return following.kind is Kind.OPEN

    def _close(self) -> Query:
        start = self._next
        left = self._one()
        if self._next.kind not in _BINDERS:
            return left
        sign = self._take()
        self._must_have_more(sign)
        self._must_mark(left, start, sign)
        query = self._bound(left, sign)
        if self._next.kind in _BINDERS:
            self._refuse_chain(query, sign)
        return query

    def _must_have_more(self, sign: Lexeme) -> None:
        """Something stands behind ``sign``: asked before what may stand beside it."""
        if sign.kind is not Kind.ATLEAST and self._next.kind in (Kind.END, Kind.CLOSE):
            number = "" if sign.number is None else f"/{sign.number}"
            message = f"something is missing after {_NAMES[sign.kind]}{number}"
            hint = "leave it out, or write behind it what is meant"
            raise QueryFault(message, self._next.start, hint)

    def _refuse_chain(self, first: Query, sign: Lexeme) -> None:
        """``A EXCEPT B EXCEPT C``: what was most likely meant is written out."""
        following = self._next
        links = [first]
        while isinstance(links[-1], Near | Except) and self._next.kind in _CHAINS:
            last = links[-1]
            beside = last.right if isinstance(last, Near) else last.barred
            links.append(self._bound(beside, self._take()))
        name = _NAMES[following.kind]
        message = f"{name} after {_NAMES[sign.kind]} needs brackets: which of them comes first?"
        raise QueryFault(message, following.start, chained(links))

    def _bound(self, left: Query, sign: Lexeme) -> Query:
        if sign.kind is Kind.ATLEAST:
            return AtLeast(left, sign.number or 1)  # type: ignore[arg-type]
        start = self._next
        right = self._one(after=sign)
        self._must_mark(right, start, sign, behind=True)
        if sign.kind is Kind.EXCEPT:
            return Except(left, right)  # type: ignore[arg-type]
        distance = DEFAULT_DISTANCE if sign.number is None else sign.number
        return Near(left, right, distance, sign.kind is Kind.BEFORE)  # type: ignore[arg-type]

    def _must_mark(
        self, query: Query, start: Lexeme, sign: Lexeme, *, behind: bool = False
    ) -> None:
        if is_marker(query):
            return
        raise QueryFault(
            f"{_NAMES[sign.kind]} goes with what marks words, and {named(query)} does not",
            start.start,
            instead(query, _NAMES[sign.kind], behind=behind),
        )

    def _one(self, after: Lexeme | None = None) -> Query:
        piece = self._next
        reader = _READERS.get(piece.kind)
        if reader is None:
            raise self._missing(piece, after)
        self._take()
        return reader(self, piece)

    def sign_beside(self) -> str:
        """The operator that binds the piece taken last, such as NEAR; empty where none does."""
        beside = (self._next, self._pieces[self._at - 2] if self._at > 1 else self._next)
        return next((_NAMES[piece.kind] for piece in beside if piece.kind in _BINDERS), "")

    def _missing(self, piece: Lexeme, after: Lexeme | None) -> QueryFault:
        before = self._pieces[self._at - 1] if self._at else None
        sign = _NAMES.get((after or before or piece).kind, "")
        if piece.kind in (Kind.NOT, Kind.MINUS):
            return QueryFault(
                f"{sign} goes with what marks words, and NOT does not",
                piece.start,
                "write A AND NOT (A NEAR B)",
            )
        if before and before.kind is Kind.NOT and piece.kind in (Kind.NEAR, Kind.BEFORE):
            name = f"{_NAMES[piece.kind]}/{piece.number or DEFAULT_DISTANCE}"
            hint = f"write A AND NOT (A {name} B)"
            return QueryFault("nothing asks for words that stand apart", before.start, hint)
        if piece.kind is Kind.END and sign:
            return QueryFault(f"something is missing after {sign}", piece.start, _EXPECTED)
        if piece.kind is Kind.END:
            return QueryFault("the expression ends too early", piece.start, _EXPECTED)
        if piece.kind is Kind.CLOSE:
            return QueryFault("something is missing before this bracket", piece.start, _EXPECTED)
        name = _NAMES[piece.kind]
        return QueryFault(f"something is missing before {name}", piece.start, _EXPECTED)

    def _deeper(self, piece: Lexeme) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise QueryFault(
                f"brackets or NOTs stand more than {_DEEPEST} deep",
                piece.start,
                "use the lists all, any and none, or a vocabulary",
            )

    def group(self, opening: Lexeme) -> Query:
        self._deeper(opening)
        first = self._next
        if first.kind is Kind.CLOSE:
            raise QueryFault("these brackets hold nothing", opening.start, _EXPECTED)
        if first.kind is Kind.END:
            raise QueryFault("this bracket is never closed", opening.start, "expected )")
        query = self._any()
        if self._next.kind is not Kind.CLOSE:
            raise QueryFault("this bracket is never closed", opening.start, "expected )")
        self._take()
        self._depth -= 1
        return query

    def exact(self, sign: Lexeme) -> Query:
        piece = self._take()
        if piece.kind not in (Kind.WORD, Kind.QUOTED):
            name = _NAMES.get(piece.kind, "this")
            raise QueryFault(f"{name} is an operator", piece.start, f'write ="{name}" for the word')
        text = _cleaned(piece.value or piece.text)
        if text.endswith(("*", "＊")):
            raise QueryFault(
                "a word is exact or a beginning, not both", sign.start, f"write {text} or =word"
            )
        _must_hold_words(text, piece)
        return Exact(text)

    def scope(self, field: Lexeme) -> Query:
        self._deeper(field)
        if self._next.kind in (Kind.MINUS, Kind.NOT):
            raise QueryFault(
                f"{field.text}: takes a word, a phrase or brackets",
                self._next.start,
                f"write -{field.text}:troops",
            )
        of = self._one()
        self._depth -= 1
        return InTitle(of) if field.text == "title" else InLead(of)


_EXPECTED = "expected a word, a phrase, @vocabulary, country:XX, a field or ("


def _flat(kind: type[And] | type[Or], parts: list[Query]) -> Query:
    """One ``kind`` over ``parts``, those of the same kind taken apart; one part stands alone."""
    if len(parts) == 1:
        return parts[0]
    flat: list[Query] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, kind) else (part,))
    return kind(tuple(flat))


def _text(piece: Lexeme) -> str:
    return _cleaned(piece.text)


def _cleaned(text: str) -> str:
    """``text`` in NFC, without what nobody sees."""
    return unicodedata.normalize("NFC", _UNSEEN.sub("", text)).strip()


_UNSEEN = re.compile(f"[{INVISIBLE}]+")


def _must_hold_words(text: str, piece: Lexeme) -> None:
    if not tokenize(text).words:
        raise QueryFault(
            f"{text or 'this'} holds no word: punctuation is not looked for",
            piece.start,
            "write a word; /…/ finds characters as written",
        )


def _word(reader: _Reader, piece: Lexeme) -> Query:
    text = _text(piece)
    stem = text.rstrip("*")
    if not stem:
        hint = "leave it out: AND asks for both, and NEAR/10 for both close together"
        if sign := reader.sign_beside():
            hint = f"leave it out, with the {sign} beside it"
        raise QueryFault(f"{text} stands for nothing: {NO_WORD}", piece.start, hint)
    if "*" in stem or "?" in stem[:-1]:
        raise QueryFault(
            f"{text}: a star stands at the end of a word only, a ? nowhere",
            piece.start,
            "write nig* for a beginning, /…/ for anything else",
        )
    _must_hold_words(stem, piece)
    return Word(text) if stem == text else _prefix(stem, piece)


def _prefix(stem: str, piece: Lexeme) -> Query:
    last = tokenize(stem).words[-1]
    if len(last) < 2 and not is_spaceless(last):
        raise QueryFault(
            f"{piece.text} begins too many words", piece.start, "write at least two letters"
        )
    return Prefix(stem)


def _phrase(_: _Reader, piece: Lexeme) -> Query:
    text = _text(piece)
    refuse_signs_within(text, piece)
    _must_hold_words(text, piece)
    return Phrase(text)


def _regex(_: _Reader, piece: Lexeme) -> Query:
    check_pattern(piece.text, piece.value == "i", piece.value_start)
    return Regex(piece.text, piece.value == "i")


def _vocabulary(_: _Reader, piece: Lexeme) -> Query:
    return VocabularyTerm(piece.text)


def _attribute(_: _Reader, piece: Lexeme) -> Query:
    value = unicodedata.normalize("NFC", piece.value).strip()
    if not value:
        raise QueryFault(
            f"{piece.text}: has no value", piece.value_start, "write one in the quotes"
        )
    if piece.text == "country":
        return Country(country_code(value, piece.value_start))
    if piece.text == "lang":
        return Attribute("lang", language_code(value, piece.value_start))
    if "*" in value and piece.text != "site":
        hint = f"write {piece.text}:{value.rstrip('*') or 'world'}"
        raise QueryFault(f"{piece.text}: takes no star", piece.value_start, hint)
    if piece.text == "site":
        return Attribute("site", site_host(value, piece.value_start))
    return Attribute(piece.text, value)


_READERS: dict[Kind, Callable[[_Reader, Lexeme], Query]] = {
    Kind.OPEN: _Reader.group,
    Kind.WORD: _word,
    Kind.QUOTED: _phrase,
    Kind.EXACT_SIGN: _Reader.exact,
    Kind.REGEX: _regex,
    Kind.VOCABULARY: _vocabulary,
    Kind.ATTRIBUTE: _attribute,
    Kind.SCOPE: _Reader.scope,
}
