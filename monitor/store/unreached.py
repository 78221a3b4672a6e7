"""Receivers that nothing has reached for a while, told from the tries that are written down.

A fault that may pass is no news: greylisting takes minutes, a server is started again. One that
lasts is. What counts is the next try: once it is ``LATE`` or more after the first, nothing will
have reached the receiver for as long. Our own waits double, so that is so after the try made 34
minutes after the first; or at once, where the receiver itself asks for an hour (``Retry-After``).
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.model import DeliveryState
from monitor.records import dataclass
from monitor.store.column_types import from_milliseconds
from monitor.store.outbox import OPEN
from monitor.store.tables import channels, deliveries

LATE = timedelta(hours=1)
"""From so long between its first try and its next on, a delivery is late."""


@dataclass(frozen=True, slots=True)
class Unreached:
    """A channel over which nothing has reached ``recipients`` since the first try at ``since``.

    ``answer`` is what came of the last try that is known. ``for_sure`` is false where the receiver
    may have got something, because its answer was lost.
    """

    channel: str
    recipients: tuple[str, ...]
    since: datetime
    answer: str
    for_sure: bool


def unreached(connection: Connection) -> tuple[Unreached, ...]:
    """Channels with recipients that nothing reached since a delivery to them is late.

    A delivery is no longer late once anything was received by the same recipient since its first
    try. Channels that rest are told as that, and are not among these.
    """
    late: dict[str, dict[str, datetime]] = {}
    for row in connection.execute(_late()):
        late.setdefault(row.channel, {})[row.recipient] = from_milliseconds(row.since)
    return tuple(
        _described(connection, channel, recipients) for channel, recipients in late.items()
    )


_OPEN = tuple(str(state) for state in OPEN)


def _late() -> sa.Select[tuple[str, str, int]]:
    first, next_ = (
        sa.type_coerce(column, sa.BigInteger)
        for column in (deliveries.c.first_tried_at, deliveries.c.due_at)
    )
    later = deliveries.alias()
    received = sa.exists().where(
        later.c.state == str(DeliveryState.SENT),
        later.c.channel == deliveries.c.channel,
        later.c.recipient == deliveries.c.recipient,
        later.c.last_tried_at > deliveries.c.first_tried_at,
    )
    return (
        sa.select(deliveries.c.channel, deliveries.c.recipient, sa.func.min(first).label("since"))
        .where(
            deliveries.c.state.in_(_OPEN),
            next_ - first >= LATE // timedelta(milliseconds=1),
            deliveries.c.channel.not_in(sa.select(channels.c.name)),
            sa.not_(received),
        )
        .group_by(deliveries.c.channel, deliveries.c.recipient)
        .order_by(deliveries.c.channel, deliveries.c.recipient)
    )


def _described(connection: Connection, channel: str, recipients: dict[str, datetime]) -> Unreached:
    last = connection.execute(
        sa.select(deliveries.c.state, deliveries.c.answer)
        .where(
            deliveries.c.state.in_(_OPEN),
            deliveries.c.channel == channel,
            deliveries.c.recipient.in_(recipients),
            deliveries.c.answer.is_not(None),
        )
        .order_by(deliveries.c.last_tried_at.desc(), deliveries.c.id)
        .limit(1)
    ).one_or_none()
    return Unreached(
        channel=channel,
        recipients=tuple(recipients),
        since=min(recipients.values()),
        answer=(last.answer if last else None) or "no answer is known",
        for_sure=last is not None and last.state != str(DeliveryState.UNKNOWN),
    )
