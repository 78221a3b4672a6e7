"""The shelf of deliveries: what is to be sent, who is sending it, what came of it.

A delivery is written before it is tried. Leasing one sets it to SENDING; a lease that runs out
with no outcome recorded means the answer is unknown, and the delivery is leased again with the
same id and the same bytes. docs/digests.md has the table of states.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.errors import LeaseLost
from monitor.model import TRIED_FOR, Delivery, DeliveryState
from monitor.records import dataclass
from monitor.store import looks
from monitor.store.column_types import to_milliseconds
from monitor.store.connection import PORTION, database_now, portions, upsert
from monitor.store.tables import AnyRow, channels, deliveries, messages

OPEN = (DeliveryState.WAITING, DeliveryState.UNKNOWN, DeliveryState.SENDING)
LOST = (DeliveryState.FAILED, DeliveryState.GIVEN_UP)

AHEAD = timedelta(hours=1)
"""A try noted for so much later than now was made by a clock that has been put back since; less
may be the clock of another machine."""

LONGEST_REST = timedelta(hours=25)
"""No channel rests for longer: a day is the most that a receiver is given when it asks."""


def put(tx: Connection, new: Sequence[Delivery]) -> None:
    """Put deliveries into the outbox."""
    if new:
        tx.execute(sa.insert(deliveries), [_row(delivery) for delivery in new])


def _row(delivery: Delivery) -> dict[str, object]:
    return {
        "id": delivery.id,
        "message_id": delivery.message_id,
        "digest": delivery.digest,
        "channel": delivery.channel,
        "recipient": delivery.recipient,
        "body": delivery.body,
        "state": str(delivery.state),
        "created_at": delivery.created_at,
        "due_at": delivery.due_at,
        "attempts": delivery.attempts,
        "resent": int(delivery.resent),
    }


def lease_due(
    tx: Connection, now: datetime, names: Collection[str], limit: int, seconds: float
) -> tuple[Delivery, ...]:
    """Take deliveries due at ``now``, for ``seconds``: one for each channel in ``names``.

    At most ``limit`` in all; channels that rest give none. Nobody else gets what was taken while
    the lease lasts; what a former owner left behind is taken over once its lease ran out, unless
    that was the last try of all.
    """
    clock = database_now(tx)
    ids = _next_ids(tx, now, clock, names, limit)
    if not ids:
        return ()
    tx.execute(
        sa.update(deliveries)
        .where(deliveries.c.id.in_(ids))
        .values(
            state=str(DeliveryState.SENDING),
            lease_token=secrets.token_hex(8),
            lease_until=clock + int(seconds * 1000),
            attempts=deliveries.c.attempts + 1,
            first_tried_at=sa.func.coalesce(
                deliveries.c.first_tried_at, sa.literal(now, deliveries.c.first_tried_at.type)
            ),
            last_tried_at=now,
        )
    )
    rows = tx.execute(sa.select(deliveries).where(deliveries.c.id.in_(ids)))
    return tuple(_delivery(row) for row in rows)


def _next_ids(
    tx: Connection, now: datetime, clock: int, names: Collection[str], limit: int
) -> list[str]:
    resting = resting_now(now)
    left_behind = sa.and_(_left_behind(clock), sa.not_(_had_its_time()), _waited(now))
    ready = sa.and_(
        deliveries.c.state.in_((str(DeliveryState.WAITING), str(DeliveryState.UNKNOWN))),
        _its_time_has_come(now),
    )
    open_ones = (
        sa.or_(ready, left_behind),
        deliveries.c.channel.not_in(resting),
        deliveries.c.channel.in_(names),
    )
    ids: list[str] = []
    for name in tx.execute(sa.select(deliveries.c.channel).where(*open_ones).distinct()).scalars():
        if len(ids) == limit:
            break
        first = (
            sa.select(deliveries.c.id)
            .where(deliveries.c.channel == name, *open_ones)
            .order_by(deliveries.c.due_at, deliveries.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        ids.extend(tx.execute(first).scalars())
    return ids


def _its_time_has_come(now: datetime) -> sa.ColumnElement[bool]:
    """It is due, or what is written of it was written by a clock that was ahead of this one."""
    written = sa.func.coalesce(deliveries.c.last_tried_at, deliveries.c.created_at)
    return sa.or_(deliveries.c.due_at <= now, written > now + AHEAD)


def resting_now(now: datetime) -> sa.Select[tuple[str]]:
    """The names of the channels that rest; an end too far away is that of another clock."""
    return sa.select(channels.c.name).where(
        channels.c.rests_until > now, channels.c.rests_until <= now + LONGEST_REST
    )


def _left_behind(clock: int) -> sa.ColumnElement[bool]:
    """Nobody has written down what came of a try, and whoever made it is gone."""
    return sa.and_(
        deliveries.c.state == str(DeliveryState.SENDING), deliveries.c.lease_until < clock
    )


def _waited(now: datetime) -> sa.ColumnElement[bool]:
    """What is left behind waits as if its tries had failed: 1 s, doubled with each, up to 1 h.

    Else a program that ends whenever it sends would send every half minute. The first five waits
    are over by the time a lease is.
    """
    tries = deliveries.c.attempts
    doubled = sa.literal(1000, sa.Integer).op("<<")(tries - 1)
    wait = sa.case((tries <= 5, 0), (tries > 12, 3_600_000), else_=doubled)
    last = sa.type_coerce(deliveries.c.last_tried_at, sa.BigInteger)
    return sa.or_(last + wait <= to_milliseconds(now), last > to_milliseconds(now + AHEAD))


def _had_its_time() -> sa.ColumnElement[bool]:
    """The last try was made when the time for tries was up already: it was the last of all."""
    first, last = (
        sa.type_coerce(column, sa.BigInteger)
        for column in (deliveries.c.first_tried_at, deliveries.c.last_tried_at)
    )
    return last >= first + TRIED_FOR // timedelta(milliseconds=1)


def _hopeless(clock: int, now: datetime, names: Collection[str]) -> sa.ColumnElement[bool]:
    waits = deliveries.c.state.in_((str(DeliveryState.WAITING), str(DeliveryState.UNKNOWN)))
    stranded = sa.and_(
        sa.or_(waits, _left_behind(clock)),
        deliveries.c.channel.not_in(names),
        sa.func.coalesce(deliveries.c.first_tried_at, deliveries.c.due_at) <= now - TRIED_FOR,
    )
    return sa.or_(sa.and_(_left_behind(clock), _had_its_time()), stranded)


def give_up(tx: Connection, now: datetime, names: Collection[str]) -> tuple[Delivery, ...]:
    """Give up what no try can be made of any more; returns it.

    That is what was left behind by its last try of all (a program that ends with every try would
    try for ever), and what has waited for a channel other than ``names`` for ``TRIED_FOR``.
    """
    hopeless = _hopeless(database_now(tx), now, names)
    chosen = sa.select(deliveries.c.id).where(hopeless).order_by(deliveries.c.id)
    ids = tx.execute(chosen.limit(PORTION).with_for_update(skip_locked=True)).scalars().all()
    ended = {
        "state": str(DeliveryState.GIVEN_UP),
        "last_tried_at": now,
        "lease_token": None,
        "lease_until": None,
    }
    hours = TRIED_FOR // timedelta(hours=1)
    for theirs, answer in (
        (deliveries.c.channel.in_(names), f"tried for {hours} hours, and no answer is known"),
        (deliveries.c.channel.not_in(names), f"no such channel in the config for {hours} hours"),
    ):
        tx.execute(
            sa.update(deliveries)
            .where(deliveries.c.id.in_(ids), theirs)
            .values(**ended, answer=answer)
        )
    rows = tx.execute(sa.select(deliveries).where(deliveries.c.id.in_(ids)))
    return tuple(_delivery(row) for row in rows)


def any_open(connection: Connection) -> bool:
    """Whether a delivery waits or is under way, for whatever channel: a cheap look."""
    states = tuple(str(state) for state in OPEN)
    return any(looks.there(connection, "deliveries WHERE state IN :states", states=states))


def any_hopeless(connection: Connection, now: datetime, names: Collection[str]) -> bool:
    """Whether there is something to give up: a cheap look."""
    hopeless = _hopeless(database_now(connection), now, names)
    some = sa.select(deliveries.c.id).where(
        deliveries.c.state.in_([str(state) for state in OPEN]), hopeless
    )
    return connection.execute(some.limit(1)).first() is not None


def work_waits(connection: Connection, now: datetime) -> bool:
    """Whether anything may be due at ``now``: a cheap look before a lease is tried."""
    some = sa.select(deliveries.c.id).where(
        deliveries.c.state.in_([str(state) for state in OPEN]), _its_time_has_come(now)
    )
    return connection.execute(some.limit(1)).first() is not None


def renew(tx: Connection, held: Sequence[Delivery], seconds: float) -> None:
    """Keep leased deliveries for ``seconds`` from now."""
    until = database_now(tx) + int(seconds * 1000)
    for delivery in sorted(held, key=lambda delivery: delivery.id):
        tx.execute(
            sa.update(deliveries)
            .where(deliveries.c.id == delivery.id, deliveries.c.lease_token == delivery.lease_token)
            .values(lease_until=until)
        )


def record(
    tx: Connection,
    delivery: Delivery,
    state: DeliveryState,
    answer: str,
    now: datetime,
    due_at: datetime | None = None,
) -> None:
    """Write down what came of a try that ended ``now``.

    A delivery lost while a digest was being composed is told by the next one: so the end of a try
    counts, not its beginning. Raises LeaseLost when the delivery is no longer ours.
    """
    changed = tx.execute(
        sa.update(deliveries)
        .where(deliveries.c.id == delivery.id, deliveries.c.lease_token == delivery.lease_token)
        .values(
            state=str(state),
            answer=answer,
            last_tried_at=now,
            due_at=due_at or delivery.due_at,
            lease_token=None,
            lease_until=None,
        )
    )
    if changed.rowcount != 1:
        raise LeaseLost(f"the delivery {delivery.id} was taken over by another process")


@dataclass(frozen=True, slots=True)
class Rest:
    """A channel that rests because it is itself at fault, for the ``rests``-th time in a row."""

    name: str
    until: datetime
    since: datetime
    rests: int
    reason: str


def rest_channel(tx: Connection, name: str, until: datetime, now: datetime, reason: str) -> None:
    """Let a channel rest until a moment; what waits for it is kept."""
    known = rest_of(tx, name)
    row = {
        "name": name,
        "rests_until": until,
        "resting_since": known.since if known else now,
        "rests": known.rests + 1 if known else 1,
        "reason": reason,
    }
    upsert(tx, channels, ("name",), [row])


def end_rest(tx: Connection, name: str) -> None:
    """A channel works again."""
    tx.execute(sa.delete(channels).where(channels.c.name == name))


def resting(connection: Connection) -> tuple[Rest, ...]:
    """Channels whose own fault has not been seen to end."""
    rows = connection.execute(sa.select(channels).order_by(channels.c.name))
    return tuple(
        Rest(row.name, row.rests_until, row.resting_since, row.rests, row.reason) for row in rows
    )


def rest_of(connection: Connection, name: str) -> Rest | None:
    """The rest of one channel, if its own fault has not been seen to end."""
    return next((rest for rest in resting(connection) if rest.name == name), None)


def listed(
    connection: Connection, states: Collection[DeliveryState], limit: int
) -> tuple[Delivery, ...]:
    """Deliveries in any of ``states``, newest first, without their bodies."""
    columns = [column for column in deliveries.c if column.name != "body"]
    chosen = (
        sa.select(*columns, sa.literal(b"", sa.LargeBinary).label("body"))
        .where(deliveries.c.state.in_([str(state) for state in states]))
        .order_by(deliveries.c.created_at.desc(), deliveries.c.id.desc())
        .limit(limit)
    )
    return tuple(_delivery(row) for row in connection.execute(chosen))


def of_ids(connection: Connection, ids: Collection[str]) -> tuple[Delivery, ...]:
    """Deliveries by id, in the order of their ids, without their bodies."""
    columns = [column for column in deliveries.c if column.name != "body"]
    bare = sa.select(*columns, sa.literal(b"", sa.LargeBinary).label("body"))
    found: list[Delivery] = []
    for portion in portions(sorted(ids)):
        rows = connection.execute(bare.where(deliveries.c.id.in_(portion)))
        found += [_delivery(row) for row in rows.all()]
    return tuple(sorted(found, key=lambda delivery: delivery.id))


def channels_of(connection: Connection, message_ids: Collection[str]) -> tuple[str, ...]:
    """The channels that deliveries of these messages were for, each once, in their order."""
    chosen = (
        sa.select(deliveries.c.channel)
        .where(deliveries.c.message_id.in_(message_ids))
        .order_by(deliveries.c.id)
    )
    return tuple(dict.fromkeys(connection.execute(chosen).scalars()))


def composed_at(connection: Connection, message_ids: Collection[str]) -> dict[str, datetime]:
    """When each of these messages was composed; none for those that are not stored any more."""
    found: dict[str, datetime] = {}
    for portion in portions(sorted(message_ids)):
        chosen = sa.select(messages.c.id, messages.c.composed_at).where(messages.c.id.in_(portion))
        found.update({row.id: row.composed_at for row in connection.execute(chosen)})
    return found


def without_channel(
    connection: Connection, names: Collection[str]
) -> dict[str, tuple[int, datetime]]:
    """Deliveries that wait for channels other than ``names``.

    By channel: how many, and when the oldest was written.
    """
    counted = (
        sa.select(deliveries.c.channel, sa.func.count(), sa.func.min(deliveries.c.created_at))
        .where(
            deliveries.c.state.in_([str(state) for state in OPEN]),
            deliveries.c.channel.not_in(names),
        )
        .group_by(deliveries.c.channel)
        .order_by(deliveries.c.channel)
    )
    return {row[0]: (row[1], row[2]) for row in connection.execute(counted)}


@dataclass(frozen=True, slots=True)
class Open:
    """Deliveries that wait for ``channel``: how many, and when the first is due.

    ``on_its_way``: those that somebody is sending at this moment.
    """

    channel: str
    on_its_way: bool
    count: int
    due_at: datetime


def open_by_channel(connection: Connection) -> tuple[Open, ...]:
    """What waits or is on its way, by channel."""
    sending = deliveries.c.state == str(DeliveryState.SENDING)
    held = sa.and_(sending, sa.not_(_left_behind(database_now(connection))))
    sent_now = sa.case((held, 1), else_=0).label("sent_now")
    counted = (
        sa.select(deliveries.c.channel, sent_now, sa.func.count(), sa.func.min(deliveries.c.due_at))
        .where(deliveries.c.state.in_([str(state) for state in OPEN]))
        .group_by(deliveries.c.channel, "sent_now")
        .order_by(deliveries.c.channel, "sent_now")
    )
    return tuple(Open(row[0], bool(row[1]), row[2], row[3]) for row in connection.execute(counted))


def counts(connection: Connection) -> dict[DeliveryState, int]:
    """How many deliveries are in each state."""
    counted = sa.select(deliveries.c.state, sa.func.count()).group_by(deliveries.c.state)
    return {DeliveryState(row[0]): row[1] for row in connection.execute(counted)}


def lost_since(connection: Connection, moment: datetime | None) -> tuple[Delivery, ...]:
    """Deliveries that failed or were given up after ``moment`` (None: ever)."""
    lost = listed(connection, LOST, 1000)
    return tuple(d for d in lost if moment is None or (d.last_tried_at or d.created_at) > moment)


def retry(tx: Connection, ids: Sequence[str], now: datetime) -> int:
    """Make deliveries that wait, failed or were given up due now; returns how many."""
    again = (*LOST, DeliveryState.WAITING, DeliveryState.UNKNOWN)
    changed = 0
    for portion in portions(ids):
        statement = sa.update(deliveries).where(
            deliveries.c.id.in_(portion), deliveries.c.state.in_([str(s) for s in again])
        )
        values = statement.values(
            state=str(DeliveryState.WAITING), due_at=now, first_tried_at=None, attempts=0
        )
        changed += tx.execute(values).rowcount
    return changed


def _delivery(row: AnyRow) -> Delivery:
    values = {name: row._mapping[name] for name in Delivery.__dataclass_fields__}
    delivery = Delivery(**values)
    return replace(
        delivery,
        state=DeliveryState(delivery.state),
        body=bytes(delivery.body),
        resent=bool(delivery.resent),
    )
