"""The shelf of health: what a channel was told of problems, and how the heartbeat fares."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.model import ProblemKind
from monitor.records import dataclass
from monitor.store.connection import insert_new, upsert
from monitor.store.tables import health_channels, health_told, heartbeats

Key = tuple[ProblemKind, str, str]
"""What a problem is known by: its kind, its name, and its occasion.

Of a problem that lasts the occasion is its aspect; of what happened, it says when.
"""


HAPPENED = "at "
"""How the occasion of what happened begins."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a channel was told of a problem, the last time at ``told_at``.

    ``over``: that it has ended. ``since`` is when it began, or came back last; ``returns`` how
    often it came back since it was told to be over, ``repeats`` how often it was told again.
    """

    kind: ProblemKind
    name: str
    occasion: str
    since: datetime
    message: str
    told_at: datetime
    over: bool = False
    returns: int = 0
    repeats: int = 0

    @property
    def lasts(self) -> bool:
        """Whether it can end."""
        return not self.occasion.startswith(HAPPENED)

    @property
    def key(self) -> Key:
        """What it is known by."""
        return (self.kind, self.name, self.occasion)


@dataclass(frozen=True, slots=True)
class Pace:
    """When a channel was told last, and how many tellings came close upon the one before."""

    told_at: datetime | None = None
    burst: int = 0


def told(connection: Connection, channel: str) -> dict[Key, Told]:
    """All that a channel was told and that is still of interest."""
    columns = [health_told.c[name] for name in Told.__dataclass_fields__]
    chosen = sa.select(*columns).where(health_told.c.channel == channel)
    found = (
        Told(
            ProblemKind(row.kind),
            row.name,
            row.occasion,
            row.since,
            row.message,
            row.told_at,
            over=bool(row.over),
            returns=row.returns,
            repeats=row.repeats,
        )
        for row in connection.execute(chosen)
    )
    return {each.key: each for each in found}


def pace(connection: Connection, channel: str) -> Pace:
    """How fast a channel was told things lately."""
    chosen = sa.select(health_channels.c.told_at, health_channels.c.burst)
    row = connection.execute(chosen.where(health_channels.c.name == channel)).one_or_none()
    return Pace() if row is None else Pace(row.told_at, row.burst)


def hold(tx: Connection, channel: str) -> bool:
    """Lock what a channel was told until the transaction ends; false where another has it now."""
    insert_new(tx, health_channels, [{"name": channel, "told_at": None, "burst": 0}])
    chosen = sa.select(health_channels.c.name).where(health_channels.c.name == channel)
    return tx.execute(chosen.with_for_update(skip_locked=True)).first() is not None


def keep(tx: Connection, channel: str, rows: Sequence[Told], gone: Collection[Key]) -> None:
    """Write down what the channel, which one holds, is told; what is ``gone`` is forgotten."""
    for kind, name, occasion in sorted(gone):
        tx.execute(
            sa.delete(health_told).where(
                health_told.c.channel == channel,
                health_told.c.kind == str(kind),
                health_told.c.name == name,
                health_told.c.occasion == occasion,
            )
        )
    values = [
        {
            "channel": channel,
            "kind": str(row.kind),
            "name": row.name,
            "occasion": row.occasion,
            "since": row.since,
            "message": row.message,
            "told_at": row.told_at,
            "over": int(row.over),
            "returns": row.returns,
            "repeats": row.repeats,
        }
        for row in rows
    ]
    upsert(tx, health_told, ("channel", "kind", "name", "occasion"), values)


def keep_pace(tx: Connection, channel: str, new: Pace) -> None:
    """Note that the channel, which one holds, was told something."""
    tx.execute(
        sa.update(health_channels)
        .where(health_channels.c.name == channel)
        .values(told_at=new.told_at, burst=new.burst)
    )


# --- the heartbeat ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Beat:
    """How the heartbeat to a host fares; ``trouble`` is None where the last one was taken."""

    host: str
    tried_at: datetime
    good_at: datetime | None
    trouble: str | None
    trouble_since: datetime | None
    logged_at: datetime | None


def beat(connection: Connection, host: str) -> Beat | None:
    """How the heartbeat to a host fares; None where there was none yet."""
    columns = [heartbeats.c[name] for name in Beat.__dataclass_fields__]
    row = connection.execute(sa.select(*columns).where(heartbeats.c.host == host)).one_or_none()
    return None if row is None else Beat(*row)


def claim_beat(tx: Connection, host: str, now: datetime, apart: timedelta) -> bool:
    """Take it on oneself to beat now; false where somebody did so less than ``apart`` ago.

    A claim in the future, from before a clock was set back, does not count.
    """
    insert_new(tx, heartbeats, [{"host": host, "tried_at": now - apart}])
    free = sa.or_(heartbeats.c.tried_at <= now - apart, heartbeats.c.tried_at > now)
    mine = sa.update(heartbeats).where(heartbeats.c.host == host, free).values(tried_at=now)
    return tx.execute(mine).rowcount == 1


def note_beat(
    tx: Connection, host: str, now: datetime, trouble: str | None, *, logged: bool
) -> None:
    """Write down what came of a heartbeat, and whether the log was told."""
    values: dict[str, object] = {"trouble": trouble}
    if trouble is None:
        values |= {"good_at": now, "trouble_since": None}
    else:
        began = sa.func.coalesce(
            heartbeats.c.trouble_since, sa.literal(now, heartbeats.c.trouble_since.type)
        )
        values["trouble_since"] = began
        if logged:
            values["logged_at"] = now
    tx.execute(sa.update(heartbeats).where(heartbeats.c.host == host).values(**values))
