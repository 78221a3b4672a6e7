"""Compiled expressions that mark words: what a rule looks for, found in an article.

Markers give their occurrences (``spans``). Every node, marker or not (``evaluate``), says whether
it holds within a zone, and which occurrences made it hold (``marked``). ``query`` is the expression
it was made of.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from monitor.matching.document import Document, Span, Zone
from monitor.matching.lexicon import Names
from monitor.matching.place_finder import find_places
from monitor.matching.query import Query
from monitor.model import Part

Characters = tuple[Part, int, int]
"""Characters from and to in a part of an article."""

MOST_MARKED = 1000
"""Places that one part of an expression names at most, so that no article of megabytes makes
millions of them; whether it holds is decided over all."""


class Node(Protocol):
    """A compiled expression."""

    @property
    def query(self) -> Query:
        """What it was made of."""

    def holds(self, document: Document, zone: Zone) -> bool:
        """Whether the article satisfies it within ``zone``."""

    def marked(self, document: Document, zone: Zone) -> Iterator[tuple[Query, Characters]]:
        """The places that made it hold, each with the part of the expression it satisfies."""


class Marker(Node, Protocol):
    """A compiled expression that marks words."""

    def spans(self, document: Document) -> list[Span]:
        """Its occurrences in headline and text, sorted, each once."""


class _Marking:
    """What all markers share: they hold where they occur."""

    query: Query

    def spans(self, document: Document) -> list[Span]:
        raise NotImplementedError

    def within(self, document: Document, zone: Zone) -> list[Span]:
        """The occurrences in ``zone``."""
        spans = self.spans(document)
        if zone is Zone.ALL or not spans:
            return spans
        limit = document.limit(zone)
        return [span for span in spans if span[1] <= limit]

    def holds(self, document: Document, zone: Zone) -> bool:
        return bool(self.within(document, zone))

    def marked(self, document: Document, zone: Zone) -> Iterator[tuple[Query, Characters]]:
        for span in self.within(document, zone)[:MOST_MARKED]:
            yield self.query, document.characters(span)


@dataclass(frozen=True, eq=False)
class Words(_Marking):
    """Atoms in this order, one word each: a word, a phrase, exact words, a beginning."""

    query: Query
    atoms: tuple[int, ...]

    def spans(self, document: Document) -> list[Span]:
        """Where the atoms stand one after the other."""
        return document.remember(self.atoms, lambda: list(self._find(document)))

    def _find(self, document: Document) -> Iterator[Span]:
        if not self.atoms:
            return
        lists = [document.positions(atom) for atom in self.atoms]
        if not all(lists):
            return
        length = len(self.atoms)
        if length == 1:
            yield from ((start, start + 1) for start in lists[0])
            return
        rarest = min(range(length), key=lambda i: len(lists[i]))
        others = [
            (i - rarest, _positions(document, atom))
            for i, atom in enumerate(self.atoms)
            if i != rarest
        ]
        for position in lists[rarest]:
            span = (position - rarest, position - rarest + length)
            there = all(position + offset in places for offset, places in others)
            if there and not document.is_parted(span):
                yield span


def _positions(document: Document, atom: int) -> frozenset[int]:
    """The positions of an atom, for asking whether it stands at one."""
    return document.remember(("set", atom), lambda: frozenset(document.positions(atom)))


@dataclass(frozen=True, eq=False)
class AnyMarker(_Marking):
    """Any of several markers: an OR group, or a vocabulary (whose terms are then its parts)."""

    query: Query
    parts: tuple[Marker, ...]
    one_name: bool = False

    def spans(self, document: Document) -> list[Span]:
        """The occurrences of all parts."""
        return document.remember(self, lambda: self._find(document))

    def _find(self, document: Document) -> list[Span]:
        found = [spans for part in self.parts if (spans := part.spans(document))]
        if len(found) == 1:
            return found[0]
        return sorted({span for spans in found for span in spans})

    def marked(self, document: Document, zone: Zone) -> Iterator[tuple[Query, Characters]]:
        """Of a vocabulary under its own name, of an OR group part by part."""
        if self.one_name:
            yield from super().marked(document, zone)
            return
        for part in self.parts:
            yield from part.marked(document, zone)


@dataclass(frozen=True, eq=False)
class InCountry(_Marking):
    """A country: the spans of its names, by the tables ``names``."""

    query: Query
    code: str
    names: tuple[Names, ...]

    def spans(self, document: Document) -> list[Span]:
        """Where the country is named."""
        places = document.remember("places", lambda: find_places(document, self.names))
        return places.get(self.code, [])


@dataclass(frozen=True, eq=False)
class Excepted(_Marking):
    """Occurrences of ``kept`` that are not part of one of ``barred``."""

    query: Query
    kept: Marker
    barred: Marker

    def spans(self, document: Document) -> list[Span]:
        """What is left of ``kept``."""
        return document.remember(self, lambda: self._find(document))

    def _find(self, document: Document) -> list[Span]:
        kept, barred = self.kept.spans(document), self.barred.spans(document)
        if not kept or not barred:
            return kept
        reach = _reach(barred)
        return [span for span in kept if not _inside(span, barred, reach)]


def _reach(spans: list[Span]) -> list[int]:
    """For each of the sorted ``spans`` the furthest end of it and those before it."""
    furthest, reach = 0, []
    for _, end in spans:
        furthest = max(furthest, end)
        reach.append(furthest)
    return reach


def _inside(span: Span, others: list[Span], reach: list[int]) -> bool:
    """Whether one of ``others`` begins no later and ends no sooner than ``span``."""
    before = bisect_left(others, (span[0] + 1,))
    return before > 0 and reach[before - 1] >= span[1]
