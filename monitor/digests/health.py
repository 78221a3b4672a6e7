"""Tells one channel of the machinery's own faults: once when they begin, once when they end.

It is a second station of this room: what began or ended since the channel was last told becomes a
message, and that it was told is written in the transaction that puts its deliveries into the
outbox. So it is told once, across crashes and by however many processes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from monitor.digests.compose import Pack
from monitor.digests.health_message import render
from monitor.digests.late_renderer import LateRenderer
from monitor.digests.options import HEALTH
from monitor.digests.tidings import Tidings, compare, gather_for, next_pace, of_interest
from monitor.errors import own_fault
from monitor.log import Log
from monitor.model import Clock, Message, Problem, ProblemKind
from monitor.records import dataclass
from monitor.store import Store, outbox, problems
from monitor.store import digests as shelf
from monitor.store import health as health_shelf
from monitor.store.health import Key, Pace, Told

if TYPE_CHECKING:
    from monitor.digests.render import Renderer

log = Log("health")


@dataclass(slots=True)
class TellingHealth:
    """The tools of the station. ``pack`` is how the channel packs a message.

    ``noticed_at`` is when this process saw first what is not told yet. ``settled`` are problems of
    which there was nothing to tell, not to be looked at more closely before ``look_again_at``.
    """

    channel: str
    zone: ZoneInfo
    pack: Pack
    renderer: Renderer | LateRenderer
    noticed_at: datetime | None = None
    settled: tuple[Problem, ...] | None = None
    look_again_at: datetime | None = None


SETTLED = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a look at the store showed."""

    present: tuple[Problem, ...]
    told: Mapping[Key, Told]
    pace: Pace
    failed_before: bool


def tell_health(
    store: Store, tools: TellingHealth, clock: Clock, *, everything: bool = False
) -> Message | None:
    """Tell what began and ended, once it was gathered (``everything``: at once)."""
    now = clock()
    try:
        return _tell(store, tools, now, at_once=everything)
    except Exception as error:  # the one broad except: it is tried again, and digests go out
        told = f"what began and ended could not be told: {own_fault(error)}"
        with store.write() as tx:
            if problems.begin(tx, ProblemKind.DIGEST, HEALTH, told, now):
                log.exception("health could not be told", channel=tools.channel)
        return None


def _tell(store: Store, tools: TellingHealth, now: datetime, *, at_once: bool) -> Message | None:
    seen = _look(store, tools, now, closely=at_once)
    if seen is None:
        return None
    tidings = compare(seen.present, seen.told, now)
    ready = tidings.any and (at_once or _is_gathered(tools, seen.pace, now))
    if not tidings.any:
        tools.noticed_at = None
        tools.settled, tools.look_again_at = seen.present, now + SETTLED
    message = render(tidings, seen.present, tools.renderer, tools.zone, now) if ready else None
    if message is None and not (tidings.counted or tidings.gone or seen.failed_before):
        return None
    if not _lay_back(store, tools, seen, tidings, message, now):
        return None
    if message is not None:
        tools.noticed_at = None
        log.info("health told", channel=tools.channel, subject=message.subject)
    return message


def _look(store: Store, tools: TellingHealth, now: datetime, *, closely: bool) -> _Seen | None:
    """What there is; None where it is what it was, and that was settled just now."""
    with store.read() as connection:
        found = problems.present(connection, now - problems.HAPPENED_SHOWN, now)
        present = of_interest(found, tools.channel)
        again = tools.look_again_at
        soon = again is not None and again - SETTLED <= now < again
        if soon and not closely and present == tools.settled:
            return None
        failed = (ProblemKind.DIGEST, HEALTH)
        return _Seen(
            present=present,
            told=health_shelf.told(connection, tools.channel),
            pace=health_shelf.pace(connection, tools.channel),
            failed_before=any((each.kind, each.name) == failed for each in found),
        )


def _is_gathered(tools: TellingHealth, pace: Pace, now: datetime) -> bool:
    """Whether what is not told yet was noticed long enough ago."""
    if tools.noticed_at is None or tools.noticed_at > now:  # a clock that was set back
        tools.noticed_at = now
    return now - tools.noticed_at >= gather_for(pace, now)


def _lay_back(
    store: Store,
    tools: TellingHealth,
    seen: _Seen,
    tidings: Tidings,
    message: Message | None,
    now: datetime,
) -> bool:
    """Write down what was told, with its deliveries; false where another process was quicker."""
    with store.write() as tx:
        if not health_shelf.hold(tx, tools.channel):
            return False
        if health_shelf.told(tx, tools.channel) != seen.told:
            return False
        told = tidings.rows if message is not None else ()
        health_shelf.keep(tx, tools.channel, (*told, *tidings.counted), tidings.gone)
        problems.end(tx, ProblemKind.DIGEST, HEALTH)
        if message is not None:
            health_shelf.keep_pace(tx, tools.channel, next_pace(seen.pace, now))
            shelf.add_message(tx, message, message.id, 0)
            outbox.put(tx, tools.pack(message, now))
    return True
