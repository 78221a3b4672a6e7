"""Compiled expressions that only hold or do not: closeness, counts, patterns, AND, OR, NOT."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from monitor.matching.document import Document, Span, Zone
from monitor.matching.markers import (
    MOST_MARKED,
    Characters,
    Marker,
    Node,
)
from monitor.matching.query import Query
from monitor.model import Part
from monitor.text.characters import unjoined


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
        if zone is not Zone.ALL:
            return next(self._pairs(document, zone), None) is not None
        if _is_followed(document, self.left, self.right, self.distance):
            return True
        return not self.ordered and _is_followed(document, self.right, self.left, self.distance)

    def marked(self, document: Document, zone: Zone) -> Iterator[tuple[Query, Characters]]:
        """Both words of every pair."""
        pairs = islice(self._pairs(document, zone), MOST_MARKED)
        for (query, first), (other, second) in pairs:
            yield query, document.characters(first)
            yield other, document.characters(second)

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


def _is_followed(document: Document, first: Marker, second: Marker, distance: int) -> bool:
    """Whether a ``second`` follows a ``first`` closely, in time by the rarer of the two.

    An article may hold the one a million times, and many rules may ask for it.
    """
    firsts, seconds = first.spans(document), second.spans(document)
    if len(firsts) <= len(seconds):
        return next(_followed(firsts, seconds, distance), None) is not None
    if not seconds:
        return False
    ends = document.remember(("ends", first), lambda: sorted(end for _, end in firsts))
    places = ((bisect_left(ends, start - distance), start) for start, _ in seconds)
    return any(at < len(ends) and ends[at] <= start for at, start in places)


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


@dataclass(frozen=True, eq=False)
class Pattern:
    """A regular expression over the cleaned text, but for joiners; ``compiled`` is RE2's object."""

    query: Query
    compiled: Any

    def holds(self, document: Document, zone: Zone) -> bool:
        """Whether it is found in headline or text."""
        return any(self.compiled.search(unjoined(text)) for _, text in _texts(document, zone))

    def marked(self, document: Document, zone: Zone) -> Iterator[tuple[Query, Characters]]:
        """Every place where it is found."""
        for part, text in _texts(document, zone):
            places = _seen(text)
            for found in islice(self.compiled.finditer(unjoined(text)), MOST_MARKED):
                if found.end() > found.start():
                    yield self.query, (part, places[found.start()], places[found.end() - 1] + 1)


def _seen(text: str) -> Sequence[int]:
    """The places in ``text`` of all characters that ``unjoined`` keeps."""
    kept = unjoined(text)
    if len(kept) == len(text):
        return range(len(text))
    dropped = set(text).difference(kept)
    return [at for at, char in enumerate(text) if char not in dropped]


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
