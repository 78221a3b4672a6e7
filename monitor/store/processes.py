"""The shelf of processes: who works on this database now, and which of them decide differently.

Every running process writes its row anew every few seconds, with a print of all that it decides by.
One that was not seen for ``ALIVE_SECONDS`` does not count, whatever became of it. All moments are
the database's, so that no machine's clock matters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.model import Problem, ProblemKind
from monitor.records import dataclass
from monitor.store.column_types import from_milliseconds
from monitor.store.connection import Turn, alone, database_now, upsert
from monitor.store.tables import processes

ALIVE_SECONDS = 25.0
"""As long as leases last: a process that was not seen for longer is gone."""

TOLD_AFTER = timedelta(minutes=1)
"""How long processes may differ untold: files are copied to one machine after the other."""

NAMED = 5
"""So many parts that differ are named in a problem, and the rest counted."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process: ``parts`` maps the name of each thing it decides by to a print of it."""

    id: str
    host: str
    pid: int
    started_at: datetime
    print: str
    parts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """A process that runs, as others see it. ``differs_since``: from another, None if from none."""

    id: str
    host: str
    pid: int
    started_at: datetime
    seen_at: datetime
    print: str
    differs_since: datetime | None

    def __str__(self) -> str:
        return f"{self.host} (pid {self.pid})"


def beat(tx: Connection, me: Process) -> None:
    """Note that ``me`` is alive, and since when it differs from another; forget who is gone."""
    alone(tx, Turn.PROCESSES)
    now = from_milliseconds(database_now(tx))
    gone = processes.c.seen_at < now - timedelta(seconds=ALIVE_SECONDS)
    tx.execute(sa.delete(processes).where(gone, processes.c.id != me.id))
    rows = tx.execute(sa.select(processes.c.id, processes.c.print, processes.c.differs_since))
    known = {row.id: row for row in rows}
    mine = known.pop(me.id, None)
    since = (mine and mine.differs_since) or now
    changing = {
        "seen_at": now,
        "differs_since": since if any(each.print != me.print for each in known.values()) else None,
    }
    if mine is not None and mine.print == me.print:
        tx.execute(sa.update(processes).where(processes.c.id == me.id).values(**changing))
        return
    row = {
        "id": me.id,
        "host": me.host,
        "pid": me.pid,
        "started_at": me.started_at,
        "seen_at": now,
        "print": me.print,
        "parts": dict(me.parts),
        "differs_since": changing["differs_since"],
    }
    upsert(tx, processes, ("id",), [row])


def leave(tx: Connection, id_: str) -> None:
    """A process has ended."""
    tx.execute(sa.delete(processes).where(processes.c.id == id_))


def alive(connection: Connection) -> tuple[Seen, ...]:
    """The processes that run, the one that began first first."""
    now = from_milliseconds(database_now(connection))
    names = Seen.__slots__
    chosen = (
        sa.select(*(processes.c[name] for name in names))
        .where(processes.c.seen_at >= now - timedelta(seconds=ALIVE_SECONDS))
        .order_by(processes.c.started_at, processes.c.id)
    )
    return tuple(Seen(*row) for row in connection.execute(chosen))


def last(connection: Connection) -> Seen | None:
    """Who said last that it runs, however long ago; None where all have said that they end."""
    chosen = sa.select(*(processes.c[name] for name in Seen.__slots__))
    row = connection.execute(chosen.order_by(processes.c.seen_at.desc()).limit(1)).one_or_none()
    return Seen(*row) if row else None


def differing(connection: Connection) -> tuple[Problem, ...]:
    """What is told of processes that have decided by different things for over a minute.

    One problem for each sort of processes that is not as most are, or as the one that began first
    where there are as many of either.
    """
    running = alive(connection)
    sorts = _sorts(running)
    if len(sorts) < 2:
        return ()
    now = from_milliseconds(database_now(connection))
    since = min(each.differs_since or now for each in running)
    if now - since < TOLD_AFTER:
        return ()
    most, *others = sorts
    as_most = _parts(connection, most[0].id)
    hosts = Counter(host for sort in sorts for host in {each.host for each in sort})
    return tuple(
        Problem(
            ProblemKind.PROCESSES,
            sort[0].host if hosts[sort[0].host] == 1 else str(sort[0]),
            min(each.differs_since or now for each in sort),
            _told(sort, most, _parts(connection, sort[0].id), as_most),
        )
        for sort in others
    )


def _sorts(running: Iterable[Seen]) -> list[list[Seen]]:
    """The processes that decide alike, the largest sort first; of equal ones the oldest."""
    found: dict[str, list[Seen]] = {}
    for each in running:
        found.setdefault(each.print, []).append(each)
    return sorted(found.values(), key=len, reverse=True)


def _parts(connection: Connection, id_: str) -> Mapping[str, str]:
    chosen = sa.select(processes.c.parts).where(processes.c.id == id_)
    parts: Mapping[str, str] = connection.execute(chosen).scalar() or {}
    return parts


def _told(
    sort: Sequence[Seen], most: Sequence[Seen], here: Mapping[str, str], there: Mapping[str, str]
) -> str:
    other = [name for name in sorted(here.keys() & there.keys()) if here[name] != there[name]]
    pieces = (
        ("differs in", other),
        ("lacks", sorted(there.keys() - here.keys())),
        ("has besides", sorted(here.keys() - there.keys())),
    )
    what = "; ".join(f"{verb} {_listed(names)}" for verb, names in pieces if names)
    who = ", ".join(f"pid {each.pid} on {each.host}" for each in sort[:NAMED])
    return (
        f"{what}; compared with {most[0]}. What a process decides depends on its own files: "
        f"give all machines the same. It concerns {who}"
    )


def _listed(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(chain(names[:NAMED], [f"{more} more"] if more > 0 else []))
