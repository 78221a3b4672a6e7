"""The shelf of paces: when each channel may send next, whatever waits for it.

One moment for each channel: so a pace holds between processes that share a database, and over
restarts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.errors import WirewatchError
from monitor.model import DeliveryState
from monitor.store.connection import insert_new, upsert
from monitor.store.outbox import LONGEST_REST, resting_now
from monitor.store.tables import deliveries, paces


class AlreadyTaken(WirewatchError):
    """Another process sends over a channel at this very moment."""


def waiting(connection: Connection, now: datetime) -> dict[str, datetime]:
    """The channels that may not send at ``now``, and when they may."""
    held = sa.select(paces).where(paces.c.next_at > now, paces.c.next_at <= now + LONGEST_REST)
    rows = connection.execute(held)
    return {row.channel: row.next_at for row in rows}


def take(
    tx: Connection,
    channel: str,
    now: datetime,
    next_after: Callable[[datetime, datetime | None], datetime],
) -> None:
    """Send over ``channel`` at ``now``.

    ``next_after(now, before)`` says when the next may go; ``before`` is from when on this one
    might, None for the first ever. Raises AlreadyTaken where somebody else was faster; then nothing
    may be sent.
    """
    before = tx.execute(sa.select(paces.c.next_at).where(paces.c.channel == channel)).scalar()
    known = before
    if before is not None and before > now + LONGEST_REST:  # by a clock that has been put back
        before = None
    if before is not None and before > now:
        raise AlreadyTaken(f"the channel {channel} has sent a moment ago")
    if known is None:
        insert_new(tx, paces, [{"channel": channel, "next_at": now}])
    changed = tx.execute(
        sa.update(paces)
        .where(paces.c.channel == channel, paces.c.next_at == (known or now))
        .values(next_at=next_after(now, before))
    )
    if changed.rowcount != 1:
        raise AlreadyTaken(f"the channel {channel} sends from another process")


def hold(tx: Connection, channel: str, until: datetime) -> None:
    """Let nothing go over ``channel`` before ``until``: its server asked to be left alone."""
    before = tx.execute(sa.select(paces.c.next_at).where(paces.c.channel == channel)).scalar()
    if before is None or before < until or before > until + LONGEST_REST:
        # What lies beyond was written by a clock that has been put back.
        upsert(tx, paces, ("channel",), [{"channel": channel, "next_at": until}])


def soonest(
    connection: Connection, names: Collection[str], now: datetime, until: datetime
) -> datetime | None:
    """When the first of the channels ``names`` may go on that has something due at ``now``.

    None where nothing waits for its pace alone, or all of it for longer than ``until``.
    """
    due = sa.select(deliveries.c.channel).where(
        deliveries.c.state.in_((str(DeliveryState.WAITING), str(DeliveryState.UNKNOWN))),
        deliveries.c.due_at <= now,
    )
    resting = resting_now(now)
    return connection.execute(
        sa.select(sa.func.min(paces.c.next_at)).where(
            paces.c.next_at > now,
            paces.c.next_at <= until,
            paces.c.channel.in_(names),
            paces.c.channel.in_(due),
            paces.c.channel.not_in(resting),
        )
    ).scalar()
