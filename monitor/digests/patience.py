"""Which matches wait for a cooldown to end, or for more outlets to tell their story. Pure.

Both go by story and rule within one digest. A rule that has told a story does not count sources
for it again: what is new there is an update, and waits for the cooldown. A rule that has not told
it counts, and waits for no cooldown.

Times are those at which articles arrived, never those that feeds claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta

from monitor.digests.options import DigestOptions
from monitor.digests.periods import Immediately
from monitor.model import Match, Patience
from monitor.records import dataclass

COOLDOWN = timedelta(hours=1)
"""How long updates wait in digests that send immediately, where a rule says nothing."""

SKEW = timedelta(minutes=1)
"""A telling later than now by less was written by another machine's clock."""

Tellings = Mapping[str, Mapping[str, datetime | None]]
"""By story and rule: when a digest told it last; None where that is not known any more."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An article that came to a story at ``at``: published by ``outlet``, its words are ``text``.

    Equal texts are those of one agency. Either may be empty, where it is not known.
    """

    article_id: str
    at: datetime
    outlet: str
    text: str


@dataclass(frozen=True, slots=True)
class Wait:
    """What a match waits for, at most ``until``.

    A cooldown, or (``wanted`` is more than 0) that many sources: there are ``sources`` by now,
    which are these ``outlets``.
    """

    until: datetime
    sources: int = 0
    wanted: int = 0
    outlets: tuple[str, ...] = ()


@dataclass(slots=True)
class Parted:
    """Ids of matches: those that may go out, each with since when; those that wait, each with what
    for; and those that waited in vain for more sources.
    """

    free: dict[str, datetime] = field(default_factory=dict)
    waits: dict[str, Wait] = field(default_factory=dict)
    late: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Known:
    """What is decided by: the rules' ``patience`` by their names, those without any left out;
    what the digest has told; and ``arrivals`` at each story for which sources are counted.
    """

    patience: Mapping[str, Patience]
    told: Tellings
    arrivals: Mapping[str, Sequence[Arrival]]


def parted(
    options: DigestOptions, candidates: Sequence[Match], known: Known, now: datetime
) -> Parted:
    """Sort out which of ``candidates``, which have stories, may go out now.

    An article that goes out for one rule goes out for those too that only wait for a cooldown.
    """
    found = Parted()
    by_telling: dict[tuple[str, str], list[Match]] = {}
    for match in candidates:
        by_telling.setdefault((match.story_id or "", match.rule), []).append(match)
    for (story, rule), matches in by_telling.items():
        patience = known.patience.get(rule, Patience())
        told = known.told.get(story, {})
        if rule in told:
            _after_a_telling(found, matches, told[rule], cooldown_of(options, patience), now)
        elif patience.min_sources > 1:
            _for_sources(found, matches, known.arrivals.get(story, ()), patience, now)
        else:
            found.free |= {match.id: match.found_at for match in matches}
    _take_along(found, candidates)
    return found


def counts_sources(patience: Mapping[str, Patience], match: Match) -> bool:
    """Whether sources are counted for a match of a story that its rule has not told."""
    asked = patience.get(match.rule)
    return asked is not None and asked.min_sources > 1


def cooldown_of(options: DigestOptions, patience: Patience) -> timedelta:
    """How long a told story's new articles wait: as the rule says, else as usual for the digest."""
    if patience.cooldown is not None:
        return timedelta(seconds=patience.cooldown)
    return COOLDOWN if isinstance(options.schedule, Immediately) else timedelta()


def _after_a_telling(
    found: Parted,
    matches: Sequence[Match],
    told: datetime | None,
    cooldown: timedelta,
    now: datetime,
) -> None:
    if told is not None and told - SKEW <= now < told + cooldown:
        found.waits |= {match.id: Wait(told + cooldown) for match in matches}
    else:
        found.free |= {match.id: match.found_at for match in matches}


def _for_sources(
    found: Parted,
    matches: Sequence[Match],
    there: Sequence[Arrival],
    patience: Patience,
    now: datetime,
) -> None:
    within = timedelta(seconds=patience.within)
    arrivals = _arrivals(matches, there)
    reached = _reached(arrivals, {match.article_id for match in matches}, patience)
    if reached is not None:
        found.free |= {match.id: max(match.found_at, reached) for match in matches}
        return
    outlets = outlets_of(each for each in arrivals if each.at >= now - within)
    ends = {each.article_id: each.at + within for each in arrivals}
    for match in matches:
        until = ends.get(match.article_id, match.found_at + within)
        if until < now:
            found.late.append(match.id)
        else:
            found.waits[match.id] = Wait(until, len(outlets), patience.min_sources, outlets)


def _arrivals(matches: Sequence[Match], there: Sequence[Arrival]) -> list[Arrival]:
    """The story's articles in the order in which they began to count.

    One that its publisher changed so that the rule matches it now counts from then.
    """
    found_at = {match.article_id: match.found_at for match in matches}
    counting = [
        replace(each, at=max(each.at, found_at.get(each.article_id, each.at))) for each in there
    ]
    return sorted(counting, key=lambda each: each.at)


def _reached(arrivals: Sequence[Arrival], waiting: set[str], patience: Patience) -> datetime | None:
    """When enough sources, one of them waiting, had told it within the time; None: they did not."""
    within, wanted = timedelta(seconds=patience.within), patience.min_sources
    at_last = [
        moment
        for first in range(len(arrivals) - wanted + 1)
        if (moment := _reached_from(arrivals[first:], within, waiting, wanted)) is not None
    ]
    return min(at_last, default=None)


def _reached_from(
    arrivals: Sequence[Arrival], within: timedelta, waiting: set[str], wanted: int
) -> datetime | None:
    """The same within the time that begins with the first of ``arrivals``."""
    end = arrivals[0].at + within
    sources, one_waits = Sources(), False
    for each in arrivals:
        if each.at > end:
            return None
        sources.add(each)
        one_waits = one_waits or each.article_id in waiting
        if one_waits and sources.count >= wanted:
            return each.at
    return None


def _take_along(found: Parted, candidates: Sequence[Match]) -> None:
    """Free what waits for a cooldown only, of articles that go out anyway."""
    going = {
        match.article_id: found.free[match.id] for match in candidates if match.id in found.free
    }
    for match in candidates:
        wait = found.waits.get(match.id)
        if wait is not None and not wait.wanted and match.article_id in going:
            del found.waits[match.id]
            found.free[match.id] = going[match.article_id]


def outlets_of(arrivals: Iterable[Arrival]) -> tuple[str, ...]:
    """The outlets that count as sources, of those of these articles."""
    sources = Sources()
    for each in arrivals:
        sources.add(each)
    return sources.outlets


def outlets_counted(arrivals: Sequence[Arrival], patience: Patience) -> tuple[str, ...]:
    """The outlets by which ``min_sources`` was reached first; else the most there were in time.

    ``arrivals`` are those of the story up to the moment when that was decided.
    """
    within, most = timedelta(seconds=patience.within), tuple[str, ...]()
    ordered = sorted(arrivals, key=lambda each: each.at)
    for first, begins in enumerate(ordered):
        sources = Sources()
        for each in ordered[first:]:
            if each.at <= begins.at + within and sources.count < patience.min_sources:
                sources.add(each)
        most = max(most, sources.outlets, key=len)
    return most


class Sources:
    """Counts different outlets that tell a story, each by a text of its own.

    That is the largest matching between outlets and texts, found by augmenting paths (Berge 1957;
    each article is an edge): an agency's text counts once, whoever prints it, and an outlet once,
    however much it writes.
    """

    def __init__(self) -> None:
        self.count = 0
        self._texts: dict[str, set[str]] = {}
        self._teller: dict[str, str] = {}

    @property
    def outlets(self) -> tuple[str, ...]:
        """Those that count, in the order in which they came; there are ``count``."""
        served = set(self._teller.values())
        return tuple(outlet for outlet in self._texts if outlet in served)

    def add(self, arrival: Arrival) -> None:
        """One article more."""
        outlet = arrival.outlet or arrival.article_id
        text = arrival.text or arrival.article_id
        if text in self._texts.setdefault(outlet, set()):
            return
        self._texts[outlet].add(text)
        for start in self._without_text():
            if self._finds_text(start, set()):
                self.count += 1
                return

    def _without_text(self) -> Iterator[str]:
        served = set(self._teller.values())
        yield from [outlet for outlet in self._texts if outlet not in served]

    def _finds_text(self, outlet: str, tried: set[str]) -> bool:
        for text in self._texts[outlet] - tried:
            tried.add(text)
            teller = self._teller.get(text)
            if teller is None or self._finds_text(teller, tried):
                self._teller[text] = outlet
                return True
        return False
