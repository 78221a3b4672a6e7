"""A plain engine to compare with: the same idea as ours, written in Python's own sets and loops.

A rule is filed under its rarest group of words; an article calls up the rules one of whose words it
holds, tests the next group, and evaluates what survives. It knows words, phrases, AND, OR, NOT and
NEAR of words, in one language, which is what made loads consist of.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from monitor.matching.query import And, Near, Not, Or, Phrase, Query, Word
from monitor.matching.rule import Rule
from monitor.model import Article
from monitor.text.base_forms import base_forms
from monitor.text.tokens import tokenize

_TEXT = 1 << 40
Positions = dict[str, list[int]]
Group = frozenset[str]


class WitnessEngine:
    """Rules filed by what is rare in ``sample``."""

    def __init__(self, rules: Sequence[Rule], language: str, sample: Iterable[Article]) -> None:
        self._language = language
        self._key: dict[str, str] = {}
        self._rules = rules
        self._wanted: set[str] = {self._word(word) for rule in rules for word in _words(rule.query)}
        seen = Counter(key for article in sample for key in self._positions(article))
        self._filed: dict[str, list[tuple[Rule, Group | None]]] = defaultdict(list)
        for rule in rules:
            groups = sorted(self._groups(rule.query), key=lambda g: sum(seen[w] + 1 for w in g))
            for key in groups[0]:
                self._filed[key].append((rule, groups[1] if len(groups) > 1 else None))

    def matching(self, article: Article) -> list[Rule]:
        """The rules that match."""
        positions = self._positions(article)
        held = positions.keys()
        called: dict[str, Rule] = {}
        for key in held & self._filed.keys():
            for rule, group in self._filed[key]:
                if group is None or not group.isdisjoint(held):
                    called[rule.name] = rule
        return [rule for rule in called.values() if self._holds(rule.query, positions)]

    def _positions(self, article: Article) -> Positions:
        found: Positions = {}
        for text, first in ((article.title, 0), (article.text, _TEXT)):
            for place, word in enumerate(tokenize(text).words, first):
                key = self._word(word)
                if key in self._wanted:
                    found.setdefault(key, []).append(place)
        return found

    def _word(self, word: str) -> str:
        key = self._key.get(word)
        if key is None:
            key = self._key[word] = base_forms(word, self._language)[-1].lstrip("~=^")
        return key

    def _groups(self, query: Query) -> list[Group]:
        match query:
            case Word(text):
                return [frozenset({self._word(text)})]
            case Phrase(text):
                return [frozenset({self._word(word)}) for word in text.split()]
            case Or(parts):
                return [frozenset(word for part in parts for word in self._groups(part)[0])]
            case And(parts):
                return [group for part in parts for group in self._groups(part)]
            case Near(left, right):
                return [*self._groups(left), *self._groups(right)]
            case _:
                return []

    def _holds(self, query: Query, positions: Positions) -> bool:
        match query:
            case And(parts):
                return all(self._holds(part, positions) for part in parts)
            case Or(parts):
                return any(self._holds(part, positions) for part in parts)
            case Not(part):
                return not self._holds(part, positions)
            case Near(left, right, distance, _):
                first, second = self._places(left, positions), self._places(right, positions)
                return any(0 < abs(a - b) <= distance + 1 for a in first for b in second)
            case _:
                return bool(self._places(query, positions))

    def _places(self, query: Query, positions: Positions) -> list[int]:
        match query:
            case Word(text):
                return positions.get(self._word(text), [])
            case Phrase(text):
                each = [positions.get(self._word(word), []) for word in text.split()]
                return [p for p in each[0] if all(p + n in at for n, at in enumerate(each))]
            case Or(parts):
                return [place for part in parts for place in self._places(part, positions)]
            case _:
                raise TypeError(f"{type(query).__name__} is not in made loads")


def _words(query: Query) -> list[str]:
    match query:
        case Word(text) | Phrase(text):
            return text.split()
        case And(parts) | Or(parts):
            return [word for part in parts for word in _words(part)]
        case Near(left, right):
            return [*_words(left), *_words(right)]
        case Not(part):
            return _words(part)
        case _:
            raise TypeError(f"{type(query).__name__} is not in made loads")
