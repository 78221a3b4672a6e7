"""Many rules, many articles: which of them match, and why.

Articles of one language are read together in batches; the sieve calls up the rules that can match,
and those of which the sieve cannot be sure are put to the article, expression and all.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np

from monitor.matching.arrays import Ints
from monitor.matching.atoms import Atoms
from monitor.matching.bulk import without_collector
from monitor.matching.compiling import Compiler
from monitor.matching.document import Document, Zone
from monitor.matching.excerpt import excerpt
from monitor.matching.explain import Explanation, explain
from monitor.matching.lexicon import Lexicon
from monitor.matching.markers import Node
from monitor.matching.nearly import Surroundings
from monitor.matching.needs import Group, needs_of
from monitor.matching.query import (
    Country,
    Exact,
    Phrase,
    Prefix,
    Query,
    VocabularyTerm,
    Word,
    walk,
)
from monitor.matching.reading import Batch, Reader
from monitor.matching.rule import Rule, Vocabulary
from monitor.matching.sequences import Sequences
from monitor.matching.shown import as_written
from monitor.matching.sieve import Shelf, Sieve
from monitor.model import Article, Finding, Hit
from monitor.text.base_forms import release_memory
from monitor.text.languages import primary_code

_BATCH = 64
_BATCH_CHARACTERS = 1 << 18
_REFILED_AFTER = (64, 1024)
"""Numbers of articles after which the rules are filed anew by what has been seen."""

_FEW_ATOMS = 10_000  # with so few it does not matter that some are of rules long gone
_MOST_NODES = 10_000
_MOST_LANGUAGES = 40  # a feed may claim any
_MOST_HITS = 200


class _OfLanguage:
    """What articles of one language (or of none that can be told) are read and judged with."""

    def __init__(
        self, lexicon: Lexicon, atoms: Atoms, sequences: Sequences, *, known: bool
    ) -> None:
        self.lexicon = lexicon
        self.reader = Reader(lexicon, sequences)
        self._atoms = atoms
        self._known = known
        self._forget()

    def document(self, article: Article) -> Document:
        """``article`` made ready for the rules."""
        return Document(self.reader.read([article]), 0)

    def node(self, rule: Rule) -> Node:
        """The compiled expression of a rule, kept for the next time."""
        kept = self._nodes.get(rule.name)
        if kept is not None and kept[0] is rule:
            return kept[1]
        if len(self._nodes) >= _MOST_NODES:
            self._forget()
        node = self._compiler.compile(rule.query)
        self._nodes[rule.name] = (rule, node)
        return node

    def _forget(self) -> None:
        self._nodes: dict[str, tuple[Rule, Node]] = {}
        self._compiler = Compiler(self.lexicon, self._atoms, known=self._known)


class Rulebook:
    """The rules in force, ready to be put to articles.

    ``languages`` are those in use: they count for articles whose language cannot be told. What an
    article's language needs is made ready when the first such article comes. ``before``, the book
    that this one replaces, lends what it has worked out for files that have not changed; it can
    still be used, in another thread as well.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        vocabularies: Mapping[str, Vocabulary],
        languages: Sequence[str],
        before: Rulebook | None = None,
    ) -> None:
        self.rules = tuple(rules)
        self._languages = tuple(dict.fromkeys(primary_code(code) for code in languages))
        self._enabled = [rule for rule in rules if rule.enabled]
        before = None if before is None or before._is_overgrown() else before
        self._atoms: Atoms = before._atoms.copied() if before else Atoms(vocabularies)
        self._atoms.define(vocabularies)
        self._sequences = Sequences(self._atoms)
        self._lexicons: dict[tuple[str, ...], Lexicon] = {}
        self._of_language: dict[str | None, _OfLanguage] = {}
        self._seen: Ints = before._seen.copy() if before else np.zeros(0, np.int64)
        self._articles: int = before._articles if before else 0
        with without_collector():
            self._shelves = list(_shelved(self._enabled, self._needs, before))
            if before:
                self._borrow_words(before)
            self._file()
        self._first_atoms: int = before._first_atoms if before else len(self._atoms)

    # --- what matches ---

    def findings(self, article: Article) -> tuple[Finding, ...]:
        """What every enabled rule that matches ``article`` found, in the order of the rules."""
        return self.all_findings([article])[0]

    def all_findings(self, articles: Sequence[Article]) -> list[tuple[Finding, ...]]:
        """The same for each of ``articles``."""
        found: list[tuple[Finding, ...]] = [()] * len(articles)
        for places, of_language, batch in self._batches(articles):
            for number, rules in self._matching(of_language, batch):
                document = Document(batch, number)
                found[places[number]] = tuple(
                    _finding(rule, of_language.node(rule), document) for rule in rules
                )
        return found

    def matching(self, articles: Sequence[Article]) -> list[tuple[Rule, ...]]:
        """The enabled rules that match each of ``articles``, in the order of the rules."""
        found: list[tuple[Rule, ...]] = [()] * len(articles)
        for places, of_language, batch in self._batches(articles):
            for number, rules in self._matching(of_language, batch):
                found[places[number]] = tuple(rules)
        return found

    def matching_without_sieve(self, article: Article) -> tuple[Rule, ...]:
        """The same of one article, by putting every rule to it: what the sieve must agree with."""
        of_language = self._for(article.language)
        document = of_language.document(article)
        holding = (of_language.node(rule).holds(document, Zone.ALL) for rule in self._enabled)
        return tuple(rule for rule, holds in zip(self._enabled, holding, strict=True) if holds)

    def explain(self, rule_name: str, article: Article) -> Explanation:
        """Why the rule, enabled or not, matches ``article`` or does not.

        Raises KeyError for a name that no rule has.
        """
        rule = next((rule for rule in self.rules if rule.name == rule_name), None)
        if rule is None:
            raise KeyError(rule_name)
        _register(rule.query, self._atoms)
        of_language = self._for(article.language)
        around = Surroundings(self._languages, self._atoms.vocabularies)
        return explain(rule_name, of_language.node(rule), of_language.document(article), around)

    # --- an article's way through ---

    def _batches(
        self, articles: Sequence[Article]
    ) -> Iterator[tuple[list[int], _OfLanguage, Batch]]:
        """Articles of one language together, with their places among those given."""
        by_language: dict[str | None, list[int]] = {}
        for place, article in enumerate(articles):
            by_language.setdefault(_code(article.language), []).append(place)
        for language, places in by_language.items():
            of_language = self._for(language)
            for some in _bounded(places, articles):
                yield some, of_language, of_language.reader.read([articles[n] for n in some])
            release_memory()  # of this language's dictionary, before the next one's is asked

    def _matching(self, of_language: _OfLanguage, batch: Batch) -> Iterator[tuple[int, list[Rule]]]:
        """Each article that any rule matches, by its number in the batch, and these rules."""
        if self._sieve.atoms < len(self._atoms):
            self._file()
        self._learn(batch)
        called = self._sieve.call(batch)
        doubtful = called.articles[~called.sure].tolist()
        documents = {number: Document(batch, number) for number in doubtful}
        matching: dict[int, list[Rule]] = {}
        rows = zip(*(column.tolist() for column in called), strict=True)
        for number, place, sure in rows:
            rule = self._enabled[place]
            if sure or of_language.node(rule).holds(documents[number], Zone.ALL):
                matching.setdefault(number, []).append(rule)
        yield from matching.items()

    def _for(self, language: str | None) -> _OfLanguage:
        """What articles of ``language`` are judged with; of many languages the last are kept."""
        code = _code(language)
        of_language = self._of_language.pop(code, None) or self._prepared(code)
        self._of_language[code] = of_language
        if len(self._of_language) > _MOST_LANGUAGES:
            oldest = next(iter(self._of_language))
            self._lexicons.pop(self._of_language.pop(oldest).lexicon.languages, None)
        return of_language

    def _prepared(self, code: str | None) -> _OfLanguage:
        languages = (code,) if code else self._languages
        if languages not in self._lexicons:
            self._lexicons[languages] = Lexicon(languages, self._atoms)
        lexicon = self._lexicons[languages]
        return _OfLanguage(lexicon, self._atoms, self._sequences, known=code is not None)

    # --- how rules are filed ---

    def _is_overgrown(self) -> bool:
        """Whether so many atoms have come by changes that a book made afresh costs less."""
        return len(self._atoms) > 2 * self._first_atoms + _FEW_ATOMS

    def _borrow_words(self, before: Rulebook) -> None:
        self._lexicons = {
            languages: lexicon.copied(self._atoms)
            for languages, lexicon in tuple(before._lexicons.items())  # it may be at work meanwhile
            if len(languages) == 1 or languages == self._languages
        }

    def _needs(self, rules: Sequence[Rule]) -> Shelf:
        """What ``rules`` need; every word of theirs gets its atom, needed or not."""
        needs = [needs_of(rule.query, self._atoms, self._cost) for rule in rules]
        for rule, need in zip(rules, needs, strict=True):
            if not need.whole:
                _register(rule.query, self._atoms)
        return Shelf(needs)

    def _cost(self, group: Group) -> float:
        return sum(int(self._seen[atom]) + 1 if atom < len(self._seen) else 1 for atom in group)

    def _learn(self, batch: Batch) -> None:
        """Count in how many of the first articles each atom stands, and file by that."""
        if self._articles >= _REFILED_AFTER[-1]:
            return
        held = self._sieve.held(batch) % self._sieve.atoms
        self._seen += np.bincount(held, minlength=self._sieve.atoms)
        before, self._articles = self._articles, self._articles + len(batch.articles)
        if any(before < limit <= self._articles for limit in _REFILED_AFTER):
            self._shelves = [
                (rules, self._needs(rules) if shelf.chosen else shelf)
                for rules, shelf in self._shelves
            ]
            self._file()

    def _file(self) -> None:
        longer = len(self._atoms) - len(self._seen)
        self._seen = np.concatenate((self._seen, np.zeros(longer, np.int64)))
        self._sieve = Sieve([shelf for _, shelf in self._shelves], self._seen)


Shelved = tuple[tuple[Rule, ...], Shelf]


def _shelved(
    rules: Sequence[Rule], make: Callable[[Sequence[Rule]], Shelf], before: Rulebook | None
) -> Iterator[Shelved]:
    """The rules of each file with what they need; of files that did not change as it was."""
    known = {some[0].source: (some, shelf) for some, shelf in before._shelves} if before else {}
    for source, of_file in groupby(rules, key=lambda rule: rule.source):
        some = tuple(of_file)
        old, shelf = known.get(source, ((), None))
        same = len(old) == len(some) and all(map(operator.is_, old, some))
        yield some, shelf if shelf is not None and same else make(some)


def _register(query: Query, atoms: Atoms) -> None:
    """Give an atom to everything that ``query`` may look for."""
    for part in walk(query):
        match part:
            case Word() | Phrase() | Exact() | Prefix():
                atoms.term(part)
            case VocabularyTerm(name):
                atoms.vocabulary(name)
            case Country(code):
                atoms.place(code)


def _bounded(places: Sequence[int], articles: Sequence[Article]) -> Iterator[list[int]]:
    """The places in stretches of so many articles and characters that arrays stay small."""
    some: list[int] = []
    characters = 0
    for place in places:
        length = len(articles[place].title) + len(articles[place].text)
        if some and (len(some) == _BATCH or characters + length > _BATCH_CHARACTERS):
            yield some
            some, characters = [], 0
        some.append(place)
        characters += length
    if some:
        yield some


def _code(language: str | None) -> str | None:
    return primary_code(language) if language else None


def _finding(rule: Rule, node: Node, document: Document) -> Finding:
    hits = _hits(node, document)
    article = document.article
    return Finding(
        rule=rule.name,
        terms=_terms(article, hits),
        excerpt=excerpt(article.title, article.text, hits),
        hits=hits,
    )


def _hits(node: Node, document: Document) -> tuple[Hit, ...]:
    """The first places that made the rule match, headline first, each once."""
    found: dict[tuple[str, int, int], Hit] = {}
    for query, (part, start, end) in node.marked(document, Zone.ALL):
        key = (part.value, start, end)
        if key not in found:
            found[key] = Hit(part, start, end, as_written(query).strip('"'))
    in_order = sorted(found.values(), key=lambda hit: (hit.part.value != "title", hit.start))
    return tuple(in_order[:_MOST_HITS])


def _terms(article: Article, hits: tuple[Hit, ...]) -> tuple[str, ...]:
    """The matched words as they stand in the article, each once whatever its case."""
    terms: dict[str, str] = {}
    for hit in hits:
        text = article.title if hit.part.value == "title" else article.text
        words = " ".join(text[hit.start : hit.end].split())
        terms.setdefault(words.casefold(), words)
    return tuple(terms.values())
