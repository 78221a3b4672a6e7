"""What ``wirewatch run --once`` leaves undelivered, and what each of it waits for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from monitor.cli import show
from monitor.store import Store, outbox, paces

if TYPE_CHECKING:
    from monitor.store.outbox import Open


def waiting(
    store: Store, channels: Collection[str], zone: ZoneInfo, now: datetime
) -> tuple[list[str], bool]:
    """A line for each of the ``channels`` that something waits for, and for any other.

    And whether something waits: what another process is sending at this moment does not.
    """
    with store.read() as connection:
        found = outbox.open_by_channel(connection)
        rests = {
            rest.name: rest.until
            for rest in outbox.resting(connection)
            if now < rest.until <= now + outbox.LONGEST_REST
        }
        paced = paces.waiting(connection, now)
    told = [_told(each, channels, rests, paced, zone) for each in found]
    return told, any(not each.on_its_way for each in found)


def _told(
    open_: Open,
    channels: Collection[str],
    rests: Mapping[str, datetime],
    paced: Mapping[str, datetime],
    zone: ZoneInfo,
) -> str:
    name = open_.channel
    if open_.on_its_way:
        are = show.counted(open_.count, "delivery is", "deliveries are")
        return f"{are} on the way over channel {name}, by another process"
    if name not in channels:
        why = f"the config has no channel {name}"
    elif name in rests:
        why = f"channel {name} rests until {show.local(rests[name], zone)}"
    else:
        again = max(open_.due_at, paced.get(name, open_.due_at))
        why = f"channel {name}, next try not before {show.local(again, zone)}"
    return f"{show.counted(open_.count, 'delivery waits', 'deliveries wait')} ({why})"
