"""What became of an article that matched: told, waiting, held back, and each delivery."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.cli import show
from monitor.cli.trace_facts import Trace
from monitor.model import DeliveryState, Held, Priority
from monitor.records import dataclass

if TYPE_CHECKING:
    from monitor.config import Settings
    from monitor.digests.options import DigestOptions
    from monitor.digests.patience import Wait
    from monitor.store.lives import Found, Told, Trip

SENT = DeliveryState.SENT

NAMED = 3
"""Rules and deliveries that a sentence names."""


def matched(settings: Settings, trace: Trace) -> Iterator[str]:
    """Sentences on the rules that matched, and what became of it in each digest."""
    yield from _OfMatches(settings, trace).sentences()


def retention_of(settings: Settings) -> str:
    """How long articles are kept, in words."""
    from monitor.text.durations import describe_duration

    return describe_duration(settings.retention)


def listed(names: Sequence[str]) -> str:
    """Names in a row, the first few of many."""
    if len(names) > NAMED + 1:
        return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


@dataclass(frozen=True, slots=True)
class _OfMatches:
    settings: Settings
    trace: Trace

    def _at(self, moment: datetime | None) -> str:
        return show.local(moment, self.settings.timezone)

    def sentences(self) -> Iterator[str]:
        trace = self.trace
        names = list(dict.fromkeys(match.fate.rule for match in trace.matches))
        forgotten = f"Forgotten by now (kept for {retention_of(self.settings)}), but known: "
        begin = "It matched" if trace.article else f"{forgotten}it matched"
        yield f"{begin} {show.counted(len(names), 'rule')}: {listed(names)}{self._late()}."
        for group in _groups(trace.matches, trace.waits):
            whose = list(dict.fromkeys(match.fate.rule for match in group))
            of_some = f"{listed(whose)}: " if len(whose) < len(names) else ""
            for sentence in self._told_of(group):
                yield of_some + sentence
                of_some = ""
        told_at = [message.composed_at for message in trace.told]
        if told_at and trace.changed_at and max(told_at) < trace.changed_at[-1]:
            changed = self._at(trace.changed_at[-1])
            yield f"It was told before its publisher changed it; that was seen on {changed}."
        if trace.waits_to_be_judged:
            yield "It was changed, or shown by another feed, and is to be judged again."

    def _late(self) -> str:
        """That nothing matched before the article was changed, where it was so."""
        first = min(match.fate.found_at for match in self.trace.matches)
        changed = self.trace.changed_at
        if not changed or first < changed[0]:
            return ""
        return ", only after its publisher changed it"

    def _told_of(self, group: Sequence[Found]) -> Iterator[str]:
        fate = group[0].fate
        if fate.sending_id:
            messages = [each for each in self.trace.told if each.sending_id == fate.sending_id]
            yield from self._sent(fate.digest, messages)
        elif fate.held:
            yield self._held_back(group)
        else:
            yield self._waits(group)

    def _sent(self, digest: str, messages: Sequence[Told]) -> Iterator[str]:
        if not messages:
            yield f"The digest {digest} told it; that sending is no longer stored."
            return
        trips, further = receivers([trip for message in messages for trip in message.trips])
        yield self._who_has_it(digest, messages[0].composed_at, trips)
        if got := [f"{t.channel} → {t.recipient}" for t in further if t.state is SENT]:
            yield f"Sent again by hand, it came to {listed(got)} as well."
        others = [trip for trip in (*trips, *further) if trip.state is not SENT]
        for trip in others[:NAMED]:
            came = delivery_told(self.settings, self.trace, trip)
            yield f"{trip.channel} → {trip.recipient} {came}."
        if len(others) > NAMED:
            yield f"So it is with {len(others) - NAMED} more."

    def _who_has_it(self, digest: str, at: datetime, trips: Sequence[Trip]) -> str:
        """Whether the receivers of a sending have it; where none has it, that first of all."""
        got = sum(trip.state is SENT for trip in trips)
        told = f"The digest {digest} told it on {self._at(at)}"
        if not trips:
            return f"{told}, and it has no deliveries."
        if got == len(trips):
            whole = "its receiver has" if got == 1 else f"all {got} receivers have"
            return f"{told}, and {whole} it."
        if got:
            return f"{told}; {got} of {len(trips)} receivers got it."
        lost = all(trip.state in (DeliveryState.FAILED, DeliveryState.GIVEN_UP) for trip in trips)
        nobody = "nobody got it" if lost else "nobody has it yet"
        return f"It is in the digest {digest} of {self._at(at)}, and {nobody}."

    def _held_back(self, group: Sequence[Found]) -> str:
        fate = group[0].fate
        if fate.held is Held.SILENCE:
            until = f" until {self._at(fate.silence.until)}" if fate.silence else ""
            over = ""
            if fate.silence and fate.silence.until <= self.trace.now:
                how = "was ended by hand" if fate.silence.ended_by_hand else "ended"
                until, over = "", f" The silence {how} on {self._at(fate.silence.until)}."
            return (
                f"Held back: the rule was silenced{until} when the digest {fate.digest} was "
                f"composed on {self._at(fate.held_at)}. It will not be sent.{over}"
            )
        if fate.held is Held.NO_DIGEST:
            return (
                f"Held back since {self._at(fate.held_at)}: the config names no digest "
                f"{fate.digest}. Should it do so again, it is sent then."
            )
        if fate.held is Held.MIN_SOURCES:
            return (
                f"Held back on {self._at(fate.held_at)}: fewer sources than its rule asks for "
                f"(min_sources) told its story in time. The digest {fate.digest} does not tell it."
            )
        return (
            f"Held back from the digest {fate.digest} since {self._at(fate.held_at)}: {fate.held}."
        )

    def _waits(self, group: Sequence[Found]) -> str:
        fate = group[0].fate
        options = next((d for d in self.settings.digests if d.name == fate.digest), None)
        if options is None:
            return f"It waits for the digest {fate.digest}, which the config does not name."
        told = f"It waits for the digest {fate.digest}, {self._due(options, group)}."
        if fate.id in self.trace.waits:
            told = self._waits_for(fate.digest, self.trace.waits[fate.id])
        silences = [s for m in group if (s := self.trace.silences.get(m.fate.rule))]
        if silences:
            told += (
                f" {silences[0].rule} is silenced until {self._at(silences[0].until)}: if the "
                "digest is composed before, it is held back."
            )
        return told

    def _waits_for(self, digest: str, wait: Wait | None) -> str:
        """What it waits for beside its digest."""
        if wait is None:
            return (
                "Too few sources told its story in time: it is held back when the digest "
                f"{digest} is composed next."
            )
        at = self._at(wait.until)
        if wait.wanted:
            tell = "source tells" if wait.sources == 1 else "sources tell"
            return (
                f"It waits for more sources: {wait.sources} {tell} its story, its rule asks for "
                f"{wait.wanted}. If they are not that many by {at}, the digest {digest} does not "
                "tell it."
            )
        return (
            f"It waits for the digest {digest}, which told this story before: what is new in "
            f"it waits until {at} (cooldown)."
        )

    def _due(self, options: DigestOptions, group: Sequence[Found]) -> str:
        """When a digest is composed next."""
        from monitor.digests.periods import Cron, Immediately

        now = self.trace.now
        due = self.trace.dues.get(options.name)
        immediate = isinstance(options.schedule, Immediately)
        at = now if immediate else due.next_at if due else None
        urgent = any(match.priority is Priority.HIGH for match in group)
        quiet = options.quiet_hours
        if quiet and at and not urgent and not isinstance(options.schedule, Cron):
            moment = max(at, now)
            if quiet.covers(moment, options.timezone):
                end = quiet.ends_after(moment, options.timezone)
                return (
                    f"in whose quiet hours ({quiet}) only high priority goes out: "
                    f"after {self._at(end)}"
                )
        if immediate:
            return "which goes out at once while wirewatch run is running"
        if at is None:
            return "which is composed once wirewatch run is running"
        late = ": is wirewatch run running?" if at <= now else ""
        return f"due {self._at(at)}{late}"


def receivers(trips: Sequence[Trip]) -> tuple[list[Trip], list[Trip]]:
    """How it stands with each receiver of a sending, and with those it was sent again to besides.

    What was sent again to a receiver of the sending counts for that receiver.
    """
    own = {_where_to(trip) for trip in trips if not trip.resent}
    last = last_of_each(trips)
    return (
        [trip for trip in last if _where_to(trip) in own],
        [trip for trip in last if _where_to(trip) not in own],
    )


def _where_to(trip: Trip) -> tuple[str, str, str]:
    return trip.message_id, trip.channel, trip.recipient


def last_of_each(trips: Sequence[Trip]) -> list[Trip]:
    """Of what was sent again to a receiver the one that arrived, else the last."""
    last: dict[tuple[str, str, str], Trip] = {}
    for trip in trips:
        to = _where_to(trip)
        if to not in last or last[to].state is not SENT:
            last[to] = trip
    return list(last.values())


def _groups(matches: Sequence[Found], waits: Mapping[str, Wait | None]) -> list[list[Found]]:
    """Matches with one fate together, in their order."""
    groups: dict[tuple[object, ...], list[Found]] = {}
    for match in matches:
        fate = match.fate
        by = fate.silence.id if fate.silence else None
        key = (fate.digest, fate.sending_id, fate.held, by, waits.get(fate.id, ()))
        groups.setdefault(key, []).append(match)
    return list(groups.values())


def delivery_told(settings: Settings, trace: Trace, trip: Trip) -> str:
    """What became of a delivery, to stand behind its channel and recipient."""
    last = show.local(trip.last_tried_at, settings.timezone)
    tries = _tries(settings, trip)
    after = f" after {tries}" if trip.attempts > 1 else ""
    ended = {
        DeliveryState.SENT: f"received it on {last}{after}",
        DeliveryState.FAILED: f"refused it on {last}{after}",
        DeliveryState.GIVEN_UP: f"was given up on {last} after {tries}",
        DeliveryState.SENDING: "is being sent it now",
    }
    told = ended.get(trip.state) or _still_open(settings, trace, trip)
    answer = " ".join((trip.answer or "").split()).rstrip(".")
    return f"{told}: {answer}" if answer else told


def _tries(settings: Settings, trip: Trip) -> str:
    """How many tries were made, and since when: ``deliveries retry`` begins to count anew."""
    tries = show.counted(trip.attempts, "try", "tries")
    if trip.first_tried_at is None:
        return tries
    return f"{tries} since {show.local(trip.first_tried_at, settings.timezone)}"


def _still_open(settings: Settings, trace: Trace, trip: Trip) -> str:
    if trip.channel not in {options.name for options in settings.channels}:
        return "has not got it: the config has no such channel"
    rest = trace.rests.get(trip.channel)
    due = max(trip.due_at, rest.until) if rest else trip.due_at
    resting = " (the channel rests until then)" if rest and rest.until > trace.now else ""
    at = f"at {show.local(due, settings.timezone)}{resting}"
    if due <= trace.now:
        at = "due now" if trace.running else "made as soon as wirewatch runs"
    if not trip.attempts:
        return f"is to get it {at if due > trace.now else at.removeprefix('made ')}"
    tries = _tries(settings, trip)
    unsure = " for sure" if trip.state is DeliveryState.UNKNOWN else ""
    return f"has not got it{unsure} after {tries}, the next is {at}"
