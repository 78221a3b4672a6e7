"""What readers must know to trust a digest, gathered from every shelf."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.model import Problem, ProblemKind
from monitor.store import feeds, habits, looks, outbox, rules
from monitor.store.connection import upsert
from monitor.store.tables import problems

if TYPE_CHECKING:
    from monitor.store.unreached import Unreached

HAPPENED_SHOWN = timedelta(days=2)
"""How long people who look are shown what happened to a feed; digests tell it once anyway."""

FAILURES_TOLD = 3
"""A feed that failed so many polls in a row is told; fewer are the weather of the web."""


def begin(tx: Connection, kind: ProblemKind, name: str, message: str, now: datetime) -> bool:
    """Note a problem; one that is known keeps the time it began. Says whether it is a new one."""
    known = tx.execute(
        sa.select(problems.c.since).where(problems.c.kind == str(kind), problems.c.name == name)
    ).scalar_one_or_none()
    row = {"kind": str(kind), "name": name, "since": known or now, "message": message}
    upsert(tx, problems, ("kind", "name"), [row])
    return known is None


def happened(
    tx: Connection, kind: ProblemKind, name: str, message: str, now: datetime, *, every: timedelta
) -> None:
    """Note what happened at ``now`` and is over; what is noted since ``every`` before stays."""
    known = tx.execute(
        sa.select(problems.c.since).where(problems.c.kind == str(kind), problems.c.name == name)
    ).scalar_one_or_none()
    if known is None or known <= now - every:
        row = {"kind": str(kind), "name": name, "since": now, "message": message}
        upsert(tx, problems, ("kind", "name"), [row])


def end(tx: Connection, kind: ProblemKind, name: str) -> bool:
    """A problem is over; says whether there was one."""
    gone = tx.execute(
        sa.delete(problems).where(problems.c.kind == str(kind), problems.c.name == name)
    )
    return bool(gone.rowcount)


def names(connection: Connection, kind: ProblemKind) -> frozenset[str]:
    """The names under which problems of a kind are noted."""
    chosen = sa.select(problems.c.name).where(problems.c.kind == str(kind))
    return frozenset(connection.execute(chosen).scalars())


_HAPPENED = (ProblemKind.RULES, ProblemKind.FEED)
"""Kinds of which the table tells what happened and cannot end."""


def forget(tx: Connection, before: datetime) -> None:
    """Forget what happened before ``before``."""
    tx.execute(
        sa.delete(problems).where(
            problems.c.kind.in_([str(kind) for kind in _HAPPENED]), problems.c.since < before
        )
    )


_LOST = tuple(str(state) for state in outbox.LOST)
_OPEN = tuple(str(state) for state in outbox.OPEN)


def present(
    connection: Connection, lost_after: datetime | None, now: datetime | None = None
) -> tuple[Problem, ...]:
    """Every problem there is now.

    What has happened and cannot end, an article set aside by the rules, a feed that turned over
    between two polls or a delivery lost, is told no more where it was before ``lost_after``. What
    happened to a feed is of interest for two days at most, where ``now`` is given.

    Each shelf is asked only where it holds something of which problems may come.
    """
    recent = now - HAPPENED_SHOWN if now else None
    shelves: tuple[tuple[str, Callable[[], Iterable[Problem]]], ...] = (
        ("problems", lambda: _noted(connection, lost_after, recent)),
        ("processes", lambda: _differing(connection)),
        ("feeds WHERE failing_since IS NOT NULL", lambda: _feeds(connection)),
        ("feed_habits WHERE silent IS NOT NULL", lambda: _silent(connection)),
        ("rule_files WHERE fault IS NOT NULL", lambda: _rules(connection)),
        ("channels", lambda: _resting(connection)),
        ("deliveries WHERE state IN :open", lambda: _late(connection)),
        ("deliveries WHERE state IN :lost", lambda: _lost(connection, lost_after)),
    )
    held = looks.there(connection, *(rows for rows, _ in shelves), open=_OPEN, lost=_LOST)
    asked = [ask for (_, ask), there in zip(shelves, held, strict=True) if there]
    return tuple(problem for ask in asked for problem in ask())


def _noted(
    connection: Connection, lost_after: datetime | None, recent: datetime | None
) -> list[Problem]:
    return [
        Problem(ProblemKind(row.kind), row.name, row.since, row.message, row.kind not in _HAPPENED)
        for row in connection.execute(sa.select(problems).order_by(problems.c.since))
        if row.kind not in _HAPPENED or lost_after is None or row.since > lost_after
        if row.kind != ProblemKind.FEED or recent is None or row.since > recent
    ]


def _differing(connection: Connection) -> Sequence[Problem]:
    from monitor.store import processes

    return processes.differing(connection)


def _feeds(connection: Connection) -> list[Problem]:
    # A feed that was never read is told at once: its address may be wrong.
    return [
        Problem(ProblemKind.FEED, state.name, state.failing_since, state.trouble or "no answer")
        for state in feeds.failing(connection)
        if state.failing_since
        and (state.retired_at or state.failures >= (FAILURES_TOLD if state.last_success_at else 1))
    ]


def _silent(connection: Connection) -> list[Problem]:
    return [
        Problem(ProblemKind.FEED, feed.name, feed.since, feed.message, aspect="silent")
        for feed in habits.silent(connection)
    ]


def _rules(connection: Connection) -> list[Problem]:
    return [
        Problem(ProblemKind.RULES, file.path, file.faulty_since, file.fault)
        for file in rules.faulty(connection)
        if file.fault and file.faulty_since
    ]


def _resting(connection: Connection) -> list[Problem]:
    return [
        Problem(ProblemKind.DELIVERY, rest.name, rest.since, rest.reason)
        for rest in outbox.resting(connection)
    ]


def _late(connection: Connection) -> list[Problem]:
    from monitor.store import unreached

    # Named like a rest: a channel that begins to rest while nothing reaches it has one problem.
    return [
        Problem(ProblemKind.DELIVERY, each.channel, each.since, _unreached(each))
        for each in unreached.unreached(connection)
    ]


def _lost(connection: Connection, lost_after: datetime | None) -> list[Problem]:
    return [
        Problem(
            ProblemKind.DELIVERY,
            delivery.channel,
            delivery.last_tried_at or delivery.created_at,
            f"{delivery.recipient} did not get “{delivery.digest}”: {delivery.answer}",
            lasts=False,
        )
        for delivery in outbox.lost_since(connection, lost_after)
    ]


def _unreached(found: Unreached) -> str:
    others = len(found.recipients) - 1
    who = found.recipients[0] + (f" and {others} more" if others else "")
    sure = "" if found.for_sure else " for sure"
    return f"nothing has reached {who}{sure}; it is tried again: {found.answer}"
