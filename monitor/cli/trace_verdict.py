"""What became of an article, in a few plain sentences: the first thing that ``trace`` says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from monitor.cli import show
from monitor.cli.trace_facts import Trace
from monitor.cli.trace_sent import listed, matched, receivers, retention_of
from monitor.model import DeliveryState
from monitor.records import dataclass

if TYPE_CHECKING:
    from monitor.config import Settings

LOST = (DeliveryState.FAILED, DeliveryState.GIVEN_UP)
OPEN = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.UNKNOWN)


class Fate(StrEnum):
    """What became of an article, in a word."""

    NEVER_SEEN = "never seen"
    FORGOTTEN = "forgotten"
    TOO_OLD = "too old"
    NOT_JUDGED = "not judged"
    NOT_JUDGED_YET = "not judged yet"
    NO_MATCH = "no match"
    HELD_BACK = "held back"
    WAITING = "waiting"
    ON_ITS_WAY = "on its way"
    REFUSED = "refused"
    RECEIVED = "received"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The fate, and the sentences that tell it."""

    fate: Fate
    sentences: tuple[str, ...]


def verdict(settings: Settings, trace: Trace) -> Verdict:
    """What became of the article."""
    fate, sentences = _fate_and_sentences(settings, trace)
    return Verdict(fate, (*_same_as(trace), *sentences))


def _same_as(trace: Trace) -> Iterator[str]:
    """That the address asked for is another one of the same article."""
    if trace.article and trace.life and trace.known_as == "address":
        feed = f", first seen in {trace.life.sightings[0].feed}" if trace.life.sightings else ""
        yield f"It is the same article as {trace.article.url}{feed}."


def _fate_and_sentences(settings: Settings, trace: Trace) -> tuple[Fate, tuple[str, ...]]:
    telling = _Telling(settings, trace)
    if trace.article_id is None:
        return Fate.NEVER_SEEN, tuple(telling.never_seen())
    if trace.matches:
        return _fate_of_matches(trace), tuple(matched(settings, trace))
    fate, tell = Fate.NO_MATCH, telling.no_match
    if trace.article is None:
        fate, tell = Fate.FORGOTTEN, telling.forgotten
    elif trace.is_old:
        fate, tell = Fate.TOO_OLD, telling.too_old
    elif trace.waits_to_be_judged:
        fate, tell = Fate.NOT_JUDGED_YET, telling.not_judged_yet
    elif trace.trouble:
        fate, tell = Fate.NOT_JUDGED, telling.not_judged
    return fate, tuple(tell())


def _fate_of_matches(trace: Trace) -> Fate:
    if trace.told or any(match.fate.sending_id for match in trace.matches):
        trips = [trip for message in trace.told for trip in message.trips]
        own, further = receivers(trips)
        states = {trip.state for trip in own or further}
        if states & {*LOST}:
            return Fate.REFUSED
        return Fate.ON_ITS_WAY if states & {*OPEN} else Fate.RECEIVED
    held = all(match.fate.held for match in trace.matches)
    return Fate.HELD_BACK if held else Fate.WAITING


@dataclass(frozen=True, slots=True)
class _Telling:
    settings: Settings
    trace: Trace

    def _at(self, moment: datetime | None) -> str:
        return show.local(moment, self.settings.timezone)

    # --- what never came so far ---

    def never_seen(self) -> Iterator[str]:
        trace = self.trace
        yield "Never seen: no feed has shown this address, nor is it a guid or an article's id."
        itself = [feed for feed in trace.feeds if trace.asked in (feed.url, feed.address)]
        if itself:
            yield f"It is the address of the feed {itself[0].name} itself, not of an article."

    def not_judged(self) -> Iterator[str]:
        yield f"It is known, and {self.trace.trouble}."

    def forgotten(self) -> Iterator[str]:
        yield (
            f"Forgotten: first seen on {self._at(self.trace.first_seen_at)}, longer ago than "
            f"articles are kept (retention is {retention_of(self.settings)}). Only its identity is "
            f"known, so that it cannot come up again. {self._whether_it_matched()}"
        )

    def _whether_it_matched(self) -> str:
        """Matches are kept as long as identities: of what is younger, having none tells all."""
        from monitor.store.articles import IDENTITIES_KEPT

        seen = self.trace.first_seen_at
        if seen and seen > self.trace.now - IDENTITIES_KEPT:
            return (
                "It has no match, and those are kept longer than articles: no rule matched it, or "
                "none was asked."
            )
        return "Whether it matched anything is not known any more."

    def too_old(self) -> Iterator[str]:
        trace = self.trace
        life = trace.life
        first = next(s for s in life.sightings if s.feed_id == life.feed_id) if life else None
        if first and first.first_polled_at and first.at <= first.first_polled_at:
            yield (
                f"No alert: it was there when the feed {first.feed} was read for the first time, "
                f"on {self._at(first.at)}, {self._older_than(first.feed)}."
            )
        else:
            name = first.feed if first else "its feed"
            yield (
                f"No alert: {name} came back made anew, with other ids or addresses, or showed its "
                "archive; by its headline or date this was an old entry of it, and it was taken in "
                "silently."
            )
        would = list(trace.again.matching) if trace.again else []
        yield (
            f"No rule was asked; {listed(would)} would have matched."
            if would
            else ("No rule was asked, and none would have matched.")
        )

    def _older_than(self, feed: str) -> str:
        from monitor.text.durations import describe_duration

        article = self.trace.article
        dated = article.published_at if article else None
        when = f"and published on {self._at(dated)}" if dated else "without a date"
        options = next(
            (s.options for s in self.settings.subscriptions if s.feed.name == feed), None
        )
        if options is None or options.backlog is None:
            return f"{when}: too old for the backlog that was set then"
        if options.backlog == 0:
            return f'{when}: backlog = "none" lets nothing of a first reading alert'
        return f"{when}: longer ago than backlog ({describe_duration(options.backlog)}) allows"

    def not_judged_yet(self) -> Iterator[str]:
        trace = self.trace
        yield (
            "No rule has matched it so far. It was changed, or shown by another feed, and waits to "
            "be judged again."
            if trace.was_judged
            else f"Not judged yet: it came on {self._at(trace.first_seen_at)}, and waits."
        )
        if trace.lacking:
            yield (
                f"The dictionaries for {listed(trace.lacking)} are still to be made, once, which "
                "takes up to half a minute each; it is judged as soon as they are there."
            )
            return
        yield "wirewatch run judges it within seconds; is it running?"
        would = list(trace.again.matching) if trace.again else []
        yield f"{listed(would)} would match." if would else "No rule in force would match."

    def no_match(self) -> Iterator[str]:
        again = self.trace.again
        if again is None:
            return
        found = list(again.matching)
        late = [name for name in again.today if name not in found]
        if not again.kept:
            yield "It is known, and no rule matched it when it was judged."
            if found:
                yield f"Today {listed(found)} would match: written or changed since, most likely."
            return
        if found:
            yield f"It is known, and no match of it is kept, though {self._unkept(found)}"
        elif again.left_out and not again.asked:
            yield "It is known, and no match of it is kept; the rules of that time cannot be read."
        elif again.asked == 0:
            yield "It is known, but no rule was in force when it was judged."
        else:
            rules = "the one rule" if again.asked == 1 else f"none of the {again.asked} rules"
            verb = "did not match it" if again.asked == 1 else "matched it"
            yield f"It is known, but {rules} of that time {verb}."
        if again.faulty:
            noun = "the rule file" if len(again.faulty) == 1 else "the rule files"
            yield (
                f"Mind that {noun} {listed(again.faulty)} cannot be read as written now: "
                "wirewatch check says why."
            )
        if late:
            yield f"Today {listed(late)} would match: written or changed since it was judged."

    def _unkept(self, found: Sequence[str]) -> str:
        verb = "matches" if len(found) == 1 else "match"
        told = f"judged again by the rules of that time {listed(found)} {verb}."
        if not self.settings.digests:
            return f"{told} The config has no digest for matches to go to."
        return (
            f"{told} The rule may go to no digest, or the program, its dictionaries or the "
            "config have changed since."
        )
