"""Terms that no stored article holds: a misspelt word, or words that nobody writes. Pure.

Each term stands in a rulebook of its own kind, as a rule that asks for it alone. What has been met
is asked no more: a language's rulebook is made anew without it whenever four times as many articles
have been seen, so that looking through many costs little more than looking for rare words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from monitor.matching.index import Rulebook
from monitor.matching.query import (
    Country,
    Exact,
    Not,
    Phrase,
    Prefix,
    Query,
    Regex,
    Word,
    walk,
)
from monitor.matching.query_facts import vocabularies_in
from monitor.matching.rule import Rule, Vocabulary
from monitor.matching.shown import as_written
from monitor.matching.terms import parse_term
from monitor.model import Article
from monitor.records import dataclass

FEWEST_ARTICLES = 100
"""So many articles of a language must have been seen before its terms are called unmet."""

_PORTION = 64

Key = tuple[str, str, str]
"""Whose term it is (``@name`` or a rule's name), its language ("" for a rule's), the term."""


@dataclass(frozen=True, slots=True)
class Unmet:
    """Terms of a vocabulary in a language, or of a rule (language ""), that were never met."""

    owner: str
    language: str
    terms: tuple[str, ...]
    of: int


class TermWatch:
    """Takes articles one by one; afterwards tells which terms none of them holds.

    Watches the words that enabled rules ask for, and the terms of the vocabularies they use. What
    must be absent (under NOT) is not watched: it does its work by not being met.
    """

    def __init__(self, rules: Iterable[Rule], vocabularies: Mapping[str, Vocabulary]) -> None:
        self._queries: dict[str, Query] = {}
        self._keys: dict[str, list[Key]] = {}
        self._met: set[str] = set()
        self._seen: Counter[str] = Counter()
        self._books: dict[str, Rulebook] = {}
        used: dict[str, None] = {}
        for rule in rules:
            if rule.enabled:
                used.update(dict.fromkeys(vocabularies_in(rule.query)))
                for leaf in _leaves(rule.query):
                    self._watch((rule.name, "", as_written(leaf)), leaf)
        for name in used:
            for language, terms in vocabularies[name].terms:
                for term in terms:
                    self._watch((f"@{name}", language, term), parse_term(term))

    def _watch(self, key: Key, query: Query) -> None:
        """One word that many rules ask for is asked once."""
        name = f"{key[1]}\n{as_written(query)}"
        self._queries[name] = query
        self._keys.setdefault(name, []).append(key)

    def look(self, articles: Sequence[Article]) -> None:
        """Note what of it is met; articles whose language cannot be told are passed over."""
        by_language: dict[str, list[Article]] = {}
        for article in articles:
            if article.language is not None:
                by_language.setdefault(article.language, []).append(article)
        for language, some in by_language.items():
            for start in range(0, len(some), _PORTION):
                self._look(language, some[start : start + _PORTION])

    def _look(self, language: str, articles: Sequence[Article]) -> None:
        before = self._seen[language]
        self._seen[language] += len(articles)
        if language not in self._books or _is_due(before, self._seen[language]):
            self._books[language] = self._book(language)
        for rules in self._books[language].matching(articles):
            self._met.update(rule.name for rule in rules)

    def _book(self, language: str) -> Rulebook:
        rules = [
            Rule(name, query)
            for name, query in self._queries.items()
            if name not in self._met and name.partition("\n")[0] in ("", language)
        ]
        return Rulebook(rules, {}, (language,))

    def unmet(self) -> Iterator[Unmet]:
        """What was never met: of rules first, then of vocabularies, by language."""
        total = sum(self._seen.values())
        groups: dict[tuple[str, str], list[tuple[str, bool]]] = {}
        for name, keys in self._keys.items():
            for owner, language, term in keys:
                groups.setdefault((owner, language), []).append((term, name in self._met))
        for (owner, language), terms in groups.items():
            missed = tuple(term for term, met in terms if not met)
            seen = self._seen[language] if language else total
            if missed and seen >= FEWEST_ARTICLES:
                yield Unmet(owner, language, missed, len(terms))


def _is_due(before: int, after: int) -> bool:
    """Whether ``after`` articles reach the next power of four that ``before`` had not reached."""
    return before.bit_length() // 2 < after.bit_length() // 2


def _leaves(query: Query) -> Iterator[Query]:
    """The words and places that ``query`` looks for, each once."""
    barred = {below for node in walk(query) if isinstance(node, Not) for below in walk(node.part)}
    kinds = Word | Phrase | Exact | Prefix | Country | Regex
    seen = dict.fromkeys(node for node in walk(query) if isinstance(node, kinds))
    yield from (node for node in seen if node not in barred)
