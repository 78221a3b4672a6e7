"""Finds countries: at each spot the longest known name of any place, and whose it is.

South Sudan is therefore not Sudan, and Niger State is nothing. Names are compared folded and in
the forms in which they are spelt out (``monitor.text.places``), but for those that count only as
written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from monitor.matching.document import Document, Span
from monitor.text.affixes import readings
from monitor.text.fold import fold
from monitor.text.tokens import tokenize


class Places(Protocol):
    """What countries and other places are called (``monitor.text.places`` is one)."""

    def country_codes(self) -> frozenset[str]:
        """Every country code."""

    def country_terms(self, code: str, language: str) -> tuple[str, ...]:
        """Every form of the country's names; those that begin with "=" count only as written."""

    def other_places(self, language: str) -> tuple[str, ...]:
        """Names that are no country's and contain one."""


@dataclass(slots=True)
class _Node:
    """A place in the tree of names: where each next word leads, and whose names end here."""

    following: dict[str, _Node] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)
    exact: list[tuple[tuple[str, ...], str]] = field(default_factory=list)
    other: bool = False


class PlaceFinder:
    """Finds the places that ``languages`` have names for."""

    def __init__(self, places: Places, languages: Sequence[str]) -> None:
        self._root = _Node()
        for language in languages:
            for code in places.country_codes():
                for term in places.country_terms(code, language):
                    self._add(term, code)
            for term in places.other_places(language):
                self._add(term, "")

    def begins_place(self, word: str) -> bool:
        """Whether a name may begin with the folded ``word``."""
        return any(reading in self._root.following for reading in (word, *readings(word)))

    def find(self, document: Document) -> dict[str, list[Span]]:
        """The places in ``document`` by country code, in reading order."""
        longest = sorted(self._candidates(document), key=lambda c: (c[0] - c[1], c[0]))
        taken: set[int] = set()
        found: dict[str, list[Span]] = {}
        for start, end, codes in longest:
            if any(position in taken for position in range(start, end)):
                continue
            taken.update(range(start, end))
            for code in codes:
                found.setdefault(code, []).append((start, end))
        return {code: sorted(spans) for code, spans in found.items()}

    def _add(self, term: str, code: str) -> None:
        words = tuple(tokenize(term.removeprefix("=")).words)
        if not words:
            return
        node = self._root
        for word in words:
            node = node.following.setdefault(fold(word), _Node())
        if term.startswith("="):
            node.exact.append((words, code))
        elif code:
            node.codes.add(code)
        else:
            node.other = True

    def _candidates(self, document: Document) -> Iterator[tuple[int, int, frozenset[str]]]:
        """The longest name that begins at each spot."""
        for start in document.place_starts:
            best: tuple[int, int, frozenset[str]] | None = None
            node: _Node | None = self._root
            position = start
            while node is not None and (word := document.word(position)) is not None:
                node = _step(node, word)
                position += 1
                if node is not None and (codes := _ending(node, document, start)) is not None:
                    best = (start, position, codes)
            if best is not None:
                yield best


def _step(node: _Node, word: str) -> _Node | None:
    folded = fold(word)
    if folded in node.following:
        return node.following[folded]
    return next((node.following[r] for r in readings(folded) if r in node.following), None)


def _ending(node: _Node, document: Document, start: int) -> frozenset[str] | None:
    """Whose name ends at ``node``; None where none does."""
    codes = set(node.codes)
    for words, code in node.exact:
        if all(document.word(start + i) == word for i, word in enumerate(words)):
            codes.add(code)
    if not codes:
        return frozenset() if node.other else None
    return frozenset(codes - {""})


@lru_cache(maxsize=32)
def finder_for(languages: tuple[str, ...]) -> PlaceFinder:
    """The finder over the shipped tables, made once for each choice of languages."""
    return PlaceFinder(_Shipped(), languages)


class _Shipped:
    """The tables of ``monitor.text.places``."""

    def __init__(self) -> None:
        from monitor.text import places

        self.country_codes: Callable[[], frozenset[str]] = places.country_codes
        self.country_terms: Callable[[str, str], tuple[str, ...]] = places.country_terms
        self.other_places: Callable[[str], tuple[str, ...]] = places.other_places
