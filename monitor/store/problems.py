"""What readers must know to trust a digest, gathered from every shelf."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.model import Problem, ProblemKind
from monitor.store import feeds, habits, outbox, processes, rules, unreached
from monitor.store.connection import upsert
from monitor.store.tables import problems

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


def present(
    connection: Connection, lost_after: datetime | None, now: datetime | None = None
) -> tuple[Problem, ...]:
    """Every problem there is now.

    What has happened and cannot end, an article set aside by the rules, a feed that turned over
    between two polls or a delivery lost, is told no more where it was before ``lost_after``. What
    happened to a feed is of interest for two days at most, where ``now`` is given.
    """
    recent = now - HAPPENED_SHOWN if now else None
    found = [
        Problem(ProblemKind(row.kind), row.name, row.since, row.message, row.kind not in _HAPPENED)
        for row in connection.execute(sa.select(problems).order_by(problems.c.since))
        if row.kind not in _HAPPENED or lost_after is None or row.since > lost_after
        if row.kind != ProblemKind.FEED or recent is None or row.since > recent
    ]
    return (
        *found,
        *processes.differing(connection),
        *_feeds(connection),
        *_silent(connection),
        *_rules(connection),
        *_deliveries(connection, lost_after),
    )


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


def _deliveries(connection: Connection, lost_after: datetime | None) -> list[Problem]:
    rests = [
        Problem(ProblemKind.DELIVERY, rest.name, rest.since, rest.reason)
        for rest in outbox.resting(connection)
    ]
    # Named like a rest: a channel that begins to rest while nothing reaches it has one problem.
    late = [
        Problem(ProblemKind.DELIVERY, each.channel, each.since, _unreached(each))
        for each in unreached.unreached(connection)
    ]
    lost = [
        Problem(
            ProblemKind.DELIVERY,
            delivery.channel,
            delivery.last_tried_at or delivery.created_at,
            f"{delivery.recipient} did not get “{delivery.digest}”: {delivery.answer}",
            lasts=False,
        )
        for delivery in outbox.lost_since(connection, lost_after)
    ]
    return rests + late + lost


def _unreached(found: unreached.Unreached) -> str:
    others = len(found.recipients) - 1
    who = found.recipients[0] + (f" and {others} more" if others else "")
    sure = "" if found.for_sure else " for sure"
    return f"nothing has reached {who}{sure}; it is tried again: {found.answer}"
