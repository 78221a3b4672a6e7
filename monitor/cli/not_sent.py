"""What ``wirewatch status`` says of matches and deliveries that do not go out, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from monitor.cli import show
from monitor.model import Held, Patience, Priority, Problem, ProblemKind, Silence
from monitor.records import dataclass

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from monitor.config import Settings
    from monitor.digests.options import DigestOptions
    from monitor.digests.patience import Wait


@dataclass(frozen=True, slots=True)
class NotSent:
    """``silences`` that run, by rule; ``held``: how many matches are, by digest and reason.

    ``stranded`` maps channels that the config does not name to how many deliveries wait for them,
    and since when the oldest does. ``reasons`` say why matches wait for a digest that might be due,
    by its name: quiet hours, silences, cooldowns, too few sources.
    """

    silences: dict[str, Silence]
    held: dict[tuple[str, Held], int]
    stranded: dict[str, tuple[int, datetime]]
    reasons: dict[str, str]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong about it: channels that deliveries wait for in vain."""
        return tuple(
            Problem(ProblemKind.DELIVERY, channel, since, _stranded(count))
            for channel, (count, since) in self.stranded.items()
        )


def _stranded(count: int) -> str:
    waits = show.counted(count, "delivery waits", "deliveries wait")
    return f"{waits} for this channel, which the config does not name; given up after 72 hours"


def gather(
    connection: Connection, settings: Settings, patience: Mapping[str, Patience], now: datetime
) -> NotSent:
    """Read it from the shelves; ``patience`` is that of the rules, by their names."""
    from monitor.digests.gathering import look
    from monitor.store import matches, outbox, silences

    named = {digest.name for digest in settings.digests}
    for_good = (Held.SILENCE, Held.MIN_SOURCES)
    held = {key: n for key, n in matches.held_counts(connection).items() if key[1] in for_good}
    waiting = matches.waiting_counts(connection)
    held |= {(name, Held.NO_DIGEST): n for name, n in waiting.items() if name not in named}
    channels = [channel.name for channel in settings.channels]
    silenced = silences.running(connection, now)
    reasons = {
        digest.name: _reasons(
            digest,
            matches.waiting_of(connection, digest.name),
            silenced,
            look(connection, digest, patience, now, everything=True).parted.waits.values(),
            now,
            settings.timezone,
        )
        for digest in settings.digests
        if digest.name in waiting
    }
    return NotSent(
        silences=silenced,
        held=dict(sorted(held.items())),
        stranded=outbox.without_channel(connection, channels),
        reasons={name: why for name, why in reasons.items() if why},
    )


def _reasons(
    digest: DigestOptions,
    waiting: Mapping[tuple[str, Priority], int],
    silenced: Mapping[str, Silence],
    waits: Collection[Wait],
    now: datetime,
    zone: ZoneInfo,
) -> str:
    """Why some of what waits for a digest does not go out now; empty where nothing keeps it."""
    from monitor.digests.selection import is_quiet

    whole = sum(waiting.values())
    told = []
    for_rules = {rule for rule, _ in waiting if rule in silenced}
    if for_rules:
        count = sum(n for (rule, _), n in waiting.items() if rule in for_rules)
        told.append(f"{_some(count, whole)}silenced: {', '.join(sorted(for_rules))}")
    if digest.quiet_hours and is_quiet(digest, now):
        count = sum(n for (_, priority), n in waiting.items() if priority is not Priority.HIGH)
        end = digest.quiet_hours.ends_after(now, digest.timezone)
        if count:
            told.append(f"{_some(count, whole)}quiet hours until {show.local(end, zone)}")
    cooling = [wait.until for wait in waits if not wait.wanted]
    counting = len(waits) - len(cooling)
    if cooling:
        told.append(f"{_some(len(cooling), whole)}cooldown until {show.local(min(cooling), zone)}")
    if counting:
        told.append(f"{_some(counting, whole)}min_sources: too few tell the story so far")
    return "; ".join(told)


def _some(count: int, whole: int) -> str:
    return "" if count == whole else f"{count} of them "


def lines(found: NotSent, settings: Settings) -> Iterator[str]:
    """Its lines on the screen; none where all goes out."""
    zone = settings.timezone
    until = {rule: show.local(each.until, zone) for rule, each in found.silences.items()}
    if until:
        told = ", ".join(f"{rule} (until {moment})" for rule, moment in sorted(until.items()))
        yield show.wrapped(f"silenced    {told}", hanging="            ")
    silenced = sum(n for (_, why), n in found.held.items() if why is Held.SILENCE)
    if silenced:
        yield f"held back   {show.counted(silenced, 'match', 'matches')} of silenced rules"
    alone = sum(n for (_, why), n in found.held.items() if why is Held.MIN_SOURCES)
    if alone:
        counted = show.counted(alone, "match", "matches")
        yield f"held back   {counted}: too few sources told the story in time"
    for (digest, why), count in found.held.items():
        if why is Held.NO_DIGEST:
            waits = show.counted(count, "match waits", "matches wait")
            yield f"held back   {waits} for the digest {digest}, which the config does not name"


def described(found: NotSent) -> dict[str, Any]:
    """It for JSON, as fields beside the others of the status."""
    return {
        "silences": [
            {"rule": each.rule, "begun_at": show.iso(each.begun_at), "until": show.iso(each.until)}
            for each in found.silences.values()
        ],
        "held_back": [
            {"digest": digest, "reason": str(why), "matches": count}
            for (digest, why), count in found.held.items()
        ],
    }
