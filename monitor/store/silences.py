"""The shelf of silences: rules from which nothing is sent for a while.

Whoever begins or ends a silence, and whoever composes a digest, does so in turn: once the command
has come back, no digest goes out that does not know of it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.model import Silence, new_id
from monitor.records import dataclass
from monitor.store import looks
from monitor.store.connection import Turn, alone, insert_new
from monitor.store.tables import AnyRow, matches, silences, silences_told


def begin(tx: Connection, rule: str, until: datetime, now: datetime) -> Silence:
    """Silence a rule until a moment; one that is silenced already is silenced until then."""
    alone(tx, Turn.SILENCES)
    known = running(tx, now).get(rule)
    if known is not None:
        tx.execute(sa.update(silences).where(silences.c.id == known.id).values(until=until))
        return replace(known, until=until)
    new = Silence(new_id(now), rule, now, until)
    row = {"id": new.id, "rule": rule, "begun_at": now, "until": until, "ended_by_hand": 0}
    tx.execute(sa.insert(silences), [row])
    return new


def end(tx: Connection, rule: str, now: datetime) -> Silence | None:
    """End the silence of a rule at ``now``; None where it is not silenced."""
    alone(tx, Turn.SILENCES)
    known = running(tx, now).get(rule)
    if known is None:
        return None
    tx.execute(
        sa.update(silences).where(silences.c.id == known.id).values(until=now, ended_by_hand=1)
    )
    return replace(known, until=now, ended_by_hand=True)


def running(connection: Connection, now: datetime) -> dict[str, Silence]:
    """The silences that are not over at ``now``, by the names of their rules."""
    chosen = sa.select(silences).where(silences.c.until > now).order_by(silences.c.id)
    return {row.rule: _silence(row) for row in connection.execute(chosen)}


def any_known(connection: Connection) -> bool:
    """Whether there is a silence at all, or was one that is not forgotten yet: a cheap look."""
    return any(looks.there(connection, "silences"))


def settled(tx: Connection, now: datetime) -> dict[str, Silence]:
    """``running``, which nobody changes until this transaction ends."""
    alone(tx, Turn.SILENCES)
    return running(tx, now)


def held_by(connection: Connection, ids: Collection[str]) -> dict[str, int]:
    """How many matches each of these silences holds back, in whatever digests."""
    counted = (
        sa.select(matches.c.silence_id, sa.func.count())
        .where(matches.c.silence_id.in_(ids))
        .group_by(matches.c.silence_id)
    )
    return {row[0]: row[1] for row in connection.execute(counted)}


@dataclass(frozen=True, slots=True)
class Over:
    """A silence that is over, and how many matches of one digest it held back."""

    silence: Silence
    matches: int


def to_be_told(connection: Connection, digest: str, now: datetime) -> tuple[Over, ...]:
    """Silences over at ``now`` that held back matches of a digest, which has not told it yet."""
    told = sa.select(silences_told.c.silence_id).where(silences_told.c.digest == digest)
    chosen = (
        sa.select(silences, sa.func.count().label("held"))
        .join(matches, matches.c.silence_id == silences.c.id)
        .where(silences.c.until <= now, matches.c.digest == digest, silences.c.id.not_in(told))
        .group_by(*silences.c)
        .order_by(silences.c.until, silences.c.id)
    )
    return tuple(Over(_silence(row), row.held) for row in connection.execute(chosen))


def told(tx: Connection, ids: Collection[str], digest: str) -> None:
    """Note that a digest has told that these silences are over."""
    insert_new(tx, silences_told, [{"silence_id": id_, "digest": digest} for id_ in ids])


def forget(tx: Connection, before: datetime) -> None:
    """Forget silences over before ``before`` of which no match is known any more."""
    known = sa.select(matches.c.silence_id).where(matches.c.silence_id.is_not(None))
    old = sa.select(silences.c.id).where(silences.c.until < before, silences.c.id.not_in(known))
    tx.execute(sa.delete(silences_told).where(silences_told.c.silence_id.in_(old)))
    tx.execute(sa.delete(silences).where(silences.c.id.in_(old)))


def _silence(row: AnyRow) -> Silence:
    return Silence(row.id, row.rule, row.begun_at, row.until, ended_by_hand=bool(row.ended_by_hand))
