"""Turns the trees of expressions into nodes that can be put to articles of one language.

For an article whose language is known, words are taken in that language and vocabularies give their
terms of it; where it cannot be told, all languages in use count, each term in its own.
"""

from __future__ import annotations

from collections.abc import Callable

from monitor.matching.atoms import Atoms
from monitor.matching.document import Document, Zone
from monitor.matching.evaluate import Both, Close, OfArticle, Often, Pattern, Some, Without, Zoned
from monitor.matching.lexicon import Lexicon
from monitor.matching.markers import AnyMarker, Excepted, InCountry, Marker, Node, Words
from monitor.matching.patterns import compile_pattern
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
from monitor.matching.query_facts import is_marker
from monitor.matching.terms import parse_term
from monitor.text.fold import fold
from monitor.text.languages import primary_code
from monitor.text.tokens import tokenize


class Compiler:
    """Compiles queries for articles of ``lexicon``'s languages: one, or all where it is unknown.

    Equal words, vocabularies and countries become one node, so that an article looks each up once.
    """

    def __init__(self, lexicon: Lexicon, atoms: Atoms, *, known: bool) -> None:
        self._lexicon = lexicon
        self._atoms = atoms
        self._known = known
        self._made: dict[Query, Marker] = {}

    def compile(self, query: Query) -> Node:
        """The node of ``query``."""
        if is_marker(query):
            return self._marker(query)
        return _COMPILERS[type(query)](self, query)

    def _marker(self, query: Query) -> Marker:
        if query not in self._made:
            self._made[query] = self._new_marker(query)
        return self._made[query]

    def _new_marker(self, query: Query) -> Marker:
        match query:
            case Word() | Phrase() | Exact() | Prefix():
                return Words(query, self._atoms.term(query))
            case VocabularyTerm(name):
                return self._vocabulary(query, name)
            case Country(code):
                self._atoms.place(code)
                return InCountry(query, code, self._lexicon.names)
            case Except(kept, barred):
                return Excepted(query, self._marker(kept), self._marker(barred))
            case Or(parts):
                return AnyMarker(query, tuple(self._marker(part) for part in parts))
            case _:
                raise TypeError(f"{type(query).__name__} marks no words")

    def _vocabulary(self, query: Query, name: str) -> Marker:
        vocabulary = self._atoms.vocabularies.get(name)
        parts = {
            atoms: Words(parsed, atoms)
            for language, terms in (vocabulary.terms if vocabulary else ())
            if (code := primary_code(language)) in self._lexicon.languages
            for term in terms
            if (atoms := self._atoms.term(parsed := parse_term(term), code))
        }
        return AnyMarker(query, tuple(parts.values()), one_name=True)

    def _near(self, query: Near) -> Node:
        left, right = self._marker(query.left), self._marker(query.right)
        return Close(query, left, right, query.distance, query.ordered)

    def _often(self, query: AtLeast) -> Node:
        return Often(query, self._marker(query.of), query.count)

    def _pattern(self, query: Regex) -> Node:
        return Pattern(query, compile_pattern(query.pattern, query.ignore_case))

    def _zoned(self, query: InTitle | InLead) -> Node:
        zone = Zone.TITLE if isinstance(query, InTitle) else Zone.LEAD
        return Zoned(query, self.compile(query.of), zone)

    def _and(self, query: And) -> Node:
        return Both(query, tuple(self.compile(part) for part in query.parts))

    def _or(self, query: Or) -> Node:
        return Some(query, tuple(self.compile(part) for part in query.parts))

    def _threshold(self, query: Threshold) -> Node:
        return Some(query, tuple(self.compile(part) for part in query.parts), query.count)

    def _not(self, query: Not) -> Node:
        return Without(query, self.compile(query.part))

    def _attribute(self, query: Attribute) -> Node:
        if query.key == "lang":
            told = self._known and primary_code(query.value) in self._lexicon.languages
            return OfArticle(query, lambda _: told)
        return OfArticle(query, _TESTS[query.key](query.value))


_COMPILERS: dict[type, Callable[..., Node]] = {
    Near: Compiler._near,
    AtLeast: Compiler._often,
    Regex: Compiler._pattern,
    InTitle: Compiler._zoned,
    InLead: Compiler._zoned,
    And: Compiler._and,
    Or: Compiler._or,
    Threshold: Compiler._threshold,
    Not: Compiler._not,
    Attribute: Compiler._attribute,
}


def _folded(text: str) -> str:
    return " ".join(fold(text).split())


def _of_feed(value: str) -> Callable[[Document], bool]:
    wanted = _folded(value)
    return lambda document: any(_folded(name) == wanted for name in document.article.feeds)


def _tagged(value: str) -> Callable[[Document], bool]:
    wanted = _folded(value)
    return lambda document: any(_folded(tag) == wanted for tag in document.article.tags)


def _by_author(value: str) -> Callable[[Document], bool]:
    """The author's name holds these words in this order."""
    wanted = f" {' '.join(map(fold, tokenize(value).words))} "
    return lambda document: wanted in _author_words(document)


def _author_words(document: Document) -> str:
    words = tokenize(document.article.author or "").words
    return f" {' '.join(map(fold, words))} " if words else ""


def _on_site(value: str) -> Callable[[Document], bool]:
    """The host itself, or one of which it is the last labels."""
    wanted = "." + value.lower().removeprefix("www.").strip(".")
    return lambda document: ("." + document.article.site.lower()).endswith(wanted)


_TESTS: dict[str, Callable[[str], Callable[[Document], bool]]] = {
    "feed": _of_feed,
    "tag": _tagged,
    "author": _by_author,
    "site": _on_site,
}
