"""Compiled expressions: what a rule asks, put to an article.

Nodes that mark words give their occurrences (``spans``); every node says whether it holds within a
zone, and which occurrences made it hold (``marked``). ``query`` is the expression it was made of.

``groups`` are what the index files rules by: sets of atoms, of each of which an article must hold
one for the node to hold. No group means that nothing can be said; an empty group, that the node
never holds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from monitor.matching.document import Document, Span, Zone
from monitor.matching.place_finder import PlaceFinder
from monitor.matching.query import Query
from monitor.model import Part

Group = frozenset[int]
Cost = Callable[[Group], float]
"""How often articles are expected to satisfy a group; small is rare."""

Characters = tuple[Part, int, int]
"""Characters from and to in a part of an article."""

MOST_MARKED = 1000
"""Places that one part of an expression names at most, so that no article of megabytes makes
millions of them; whether it holds is decided over all."""

NEVER: tuple[Group, ...] = (frozenset(),)


class Node(Protocol):
    """A compiled expression."""

    @property
    def query(self) -> Query:
        """What it was made of."""

    def holds(self, document: Document, zone: Zone) -> bool:
        """Whether the article satisfies it within ``zone``."""

    def marked(self, document: Document, zone: Zone) -> Iterator[tuple[Query, Characters]]:
        """The places that made it hold, each with the part of the expression it satisfies."""

    def groups(self, cost: Cost) -> tuple[Group, ...]:
        """Sets of atoms, of each of which an article must hold one."""


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
        lists = [document.positions.get(atom) for atom in self.atoms]
        if not all(lists):
            return
        length = len(self.atoms)
        if length == 1:
            yield from ((start, start + 1) for start in lists[0] or ())
            return
        rarest = min(range(length), key=lambda i: len(lists[i] or ()))
        others = [
            (i - rarest, _positions(document, atom))
            for i, atom in enumerate(self.atoms)
            if i != rarest
        ]
        for position in lists[rarest] or ():
            if all(position + offset in places for offset, places in others):
                yield position - rarest, position - rarest + length

    def groups(self, cost: Cost) -> tuple[Group, ...]:  # noqa: ARG002 - the protocol's
        """Each word must be there."""
        return tuple(frozenset({atom}) for atom in dict.fromkeys(self.atoms))


def _positions(document: Document, atom: int) -> frozenset[int]:
    """The positions of an atom, for asking whether it stands at one."""
    return document.remember(("set", atom), lambda: frozenset(document.positions.get(atom, ())))


@dataclass(frozen=True, eq=False)
class AnyMarker(_Marking):
    """Any of several markers: an OR group, or a vocabulary (whose terms are then its parts)."""

    query: Query
    parts: tuple[Marker, ...]
    one_name: bool = False

    def spans(self, document: Document) -> list[Span]:
        """The occurrences of all parts."""
        return document.remember(id(self), lambda: self._find(document))

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

    def groups(self, cost: Cost) -> tuple[Group, ...]:
        """One of the parts' atoms must be there."""
        return _any_of(self.parts, cost)


@dataclass(frozen=True, eq=False)
class InCountry(_Marking):
    """A country: the spans of its names, as ``finder`` sees them; ``atom`` stands for it."""

    query: Query
    code: str
    atom: int
    finder: PlaceFinder

    def spans(self, document: Document) -> list[Span]:
        """Where the country is named."""
        places = document.remember("places", lambda: self.finder.find(document))
        return places.get(self.code, [])

    def groups(self, cost: Cost) -> tuple[Group, ...]:  # noqa: ARG002 - the protocol's
        """The country must be named."""
        return (frozenset({self.atom}),)


@dataclass(frozen=True, eq=False)
class Excepted(_Marking):
    """Occurrences of ``kept`` that are not part of one of ``barred``."""

    query: Query
    kept: Marker
    barred: Marker

    def spans(self, document: Document) -> list[Span]:
        """What is left of ``kept``."""
        return document.remember(id(self), lambda: self._find(document))

    def _find(self, document: Document) -> list[Span]:
        kept, barred = self.kept.spans(document), self.barred.spans(document)
        if not kept or not barred:
            return kept
        reach = _reach(barred)
        return [span for span in kept if not _inside(span, barred, reach)]

    def groups(self, cost: Cost) -> tuple[Group, ...]:
        """Whatever ``kept`` needs."""
        return self.kept.groups(cost)


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


@dataclass(frozen=True, eq=False)
class Close:
    """Two markers with few words between them."""

    query: Query
    left: Marker
    right: Marker
    distance: int
    ordered: bool

    def holds(self, document: Document, zone: Zone) -> bool:
        """Whether any pair is close enough."""
        return next(self._pairs(document, zone), None) is not None

    def marked(self, document: Document, zone: Zone) -> Iterator[tuple[Query, Characters]]:
        """Both words of every pair."""
        pairs = islice(self._pairs(document, zone), MOST_MARKED)
        for (query, first), (other, second) in pairs:
            yield query, document.characters(first)
            yield other, document.characters(second)

    def groups(self, cost: Cost) -> tuple[Group, ...]:
        """Both sides must be there."""
        return (*self.left.groups(cost), *self.right.groups(cost))

    def _pairs(
        self, document: Document, zone: Zone
    ) -> Iterator[tuple[tuple[Query, Span], tuple[Query, Span]]]:
        left, right = _within(self.left, document, zone), _within(self.right, document, zone)
        if not left or not right:
            return
        left_query, right_query = self.left.query, self.right.query
        for first, second in _followed(left, right, self.distance):
            yield (left_query, first), (right_query, second)
        if not self.ordered:
            for first, second in _followed(right, left, self.distance):
                yield (right_query, first), (left_query, second)


def _followed(first: list[Span], second: list[Span], distance: int) -> Iterator[tuple[Span, Span]]:
    """Pairs of a ``first`` and the next ``second`` after it, at most ``distance`` words apart."""
    for span in first:
        at = bisect_left(second, (span[1],))
        if at < len(second) and second[at][0] - span[1] <= distance:
            yield span, second[at]


def _within(marker: Marker, document: Document, zone: Zone) -> list[Span]:
    spans = marker.spans(document)
    if zone is Zone.ALL or not spans:
        return spans
    limit = document.limit(zone)
    return [span for span in spans if span[1] <= limit]


@dataclass(frozen=True, eq=False)
class Often:
    """At least ``count`` occurrences, none sharing a word with another."""

    query: Query
    of: Marker
    count: int

    def occurrences(self, document: Document, zone: Zone) -> int:
        """How many there are."""
        count, end = 0, -1
        for span in sorted(_within(self.of, document, zone), key=lambda span: span[1]):
            if span[0] >= end:
                count, end = count + 1, span[1]
        return count

    def holds(self, document: Document, zone: Zone) -> bool:
        """Whether there are enough."""
        return self.occurrences(document, zone) >= self.count

    def marked(self, document: Document, zone: Zone) -> Iterator[tuple[Query, Characters]]:
        """Every occurrence."""
        return self.of.marked(document, zone)

    def groups(self, cost: Cost) -> tuple[Group, ...]:
        """One occurrence at least."""
        return self.of.groups(cost)


@dataclass(frozen=True, eq=False)
class Pattern:
    """A regular expression over the cleaned text; ``compiled`` is RE2's object."""

    query: Query
    compiled: Any

    def holds(self, document: Document, zone: Zone) -> bool:
        """Whether it is found in headline or text."""
        return any(self.compiled.search(text) for _, text in _texts(document, zone))

    def marked(self, document: Document, zone: Zone) -> Iterator[tuple[Query, Characters]]:
        """Every place where it is found."""
        for part, text in _texts(document, zone):
            for found in islice(self.compiled.finditer(text), MOST_MARKED):
                if found.end() > found.start():
                    yield self.query, (part, found.start(), found.end())

    def groups(self, cost: Cost) -> tuple[Group, ...]:  # noqa: ARG002 - the protocol's
        """Nothing is known."""
        return ()


def _texts(document: Document, zone: Zone) -> Iterator[tuple[Part, str]]:
    article = document.article
    yield Part.TITLE, article.title
    if zone is Zone.LEAD:
        yield Part.TEXT, article.text[: document.lead_characters()]
    elif zone is Zone.ALL:
        yield Part.TEXT, article.text


@dataclass(frozen=True, eq=False)
class OfArticle:
    """Something of the article itself; ``test`` is asked with the article."""

    query: Query
    test: Callable[[Document], bool]
    never: bool = False

    def holds(self, document: Document, zone: Zone) -> bool:  # noqa: ARG002 - the same everywhere
        """Whether the article is such."""
        return self.test(document)

    def marked(
        self,
        document: Document,  # noqa: ARG002 - the protocol's
        zone: Zone,  # noqa: ARG002
    ) -> Iterator[tuple[Query, Characters]]:
        """Nothing: it stands nowhere in the text."""
        return iter(())

    def groups(self, cost: Cost) -> tuple[Group, ...]:  # noqa: ARG002
        """Nothing is known, but that it can be out of the question."""
        return NEVER if self.never else ()


@dataclass(frozen=True, eq=False)
class Zoned:
    """``of``, within a smaller zone."""

    query: Query
    of: Node
    zone: Zone

    def holds(self, document: Document, zone: Zone) -> bool:
        """Whether it holds there."""
        return self.of.holds(document, min(zone, self.zone))

    def marked(self, document: Document, zone: Zone) -> Iterator[tuple[Query, Characters]]:
        """What made it hold there."""
        return self.of.marked(document, min(zone, self.zone))

    def groups(self, cost: Cost) -> tuple[Group, ...]:
        """Whatever it needs anywhere."""
        return self.of.groups(cost)


@dataclass(frozen=True, eq=False)
class Both:
    """Every part holds."""

    query: Query
    parts: tuple[Node, ...]

    def holds(self, document: Document, zone: Zone) -> bool:
        """Whether all do."""
        return all(part.holds(document, zone) for part in self.parts)

    def marked(self, document: Document, zone: Zone) -> Iterator[tuple[Query, Characters]]:
        """What made each part hold."""
        for part in self.parts:
            yield from part.marked(document, zone)

    def groups(self, cost: Cost) -> tuple[Group, ...]:
        """Whatever any part needs."""
        return tuple(dict.fromkeys(g for part in self.parts for g in part.groups(cost)))


@dataclass(frozen=True, eq=False)
class Some:
    """At least ``count`` of the parts hold (OR: one)."""

    query: Query
    parts: tuple[Node, ...]
    count: int = 1

    def holds(self, document: Document, zone: Zone) -> bool:
        """Whether enough do."""
        missing = self.count
        for part in self.parts:
            if missing > 0 and part.holds(document, zone):
                missing -= 1
        return missing <= 0

    def marked(self, document: Document, zone: Zone) -> Iterator[tuple[Query, Characters]]:
        """What made those hold that do."""
        for part in self.parts:
            if part.holds(document, zone):
                yield from part.marked(document, zone)

    def groups(self, cost: Cost) -> tuple[Group, ...]:
        """One of the parts must hold, unless none need."""
        if self.count < 1:
            return ()
        return _any_of(self.parts, cost)


@dataclass(frozen=True, eq=False)
class Without:
    """``part`` does not hold."""

    query: Query
    part: Node

    def holds(self, document: Document, zone: Zone) -> bool:
        """Whether it does not."""
        return not self.part.holds(document, zone)

    def marked(
        self,
        document: Document,  # noqa: ARG002 - the protocol's
        zone: Zone,  # noqa: ARG002
    ) -> Iterator[tuple[Query, Characters]]:
        """Nothing: what is absent stands nowhere."""
        return iter(())

    def groups(self, cost: Cost) -> tuple[Group, ...]:  # noqa: ARG002
        """Nothing is known."""
        return ()


def _any_of(parts: Iterable[Node], cost: Cost) -> tuple[Group, ...]:
    """The one group that says: one of ``parts`` must hold."""
    atoms: set[int] = set()
    for part in parts:
        groups = part.groups(cost)
        if not groups:
            return ()
        rarest: Group = min(groups, key=cost)
        atoms.update(rarest)
    return (frozenset(atoms),)
