"""The shelf of digests: when each is due, and what has been composed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.model import Message, Problem
from monitor.records import dataclass
from monitor.store import outbox
from monitor.store.connection import insert_new, portions
from monitor.store.tables import AnyRow, deliveries, digest_schedules, matches, messages


@dataclass(frozen=True, slots=True)
class Due:
    """When a digest is due next, and what its last sending told of problems.

    ``schedule`` is the text ``next_at`` was reckoned from. ``next_at`` is None for digests that
    go out as matches come.
    """

    name: str
    schedule: str
    next_at: datetime | None
    last_composed_at: datetime | None
    told_problems: tuple[str, ...]

    def lacks(self, problems: Iterable[Problem]) -> bool:
        """Whether its last sending did not tell all of these problems."""
        told = set(self.told_problems)
        return any(_told_as(problem) not in told for problem in problems)


def _told_as(problem: Problem) -> str:
    """By which it is remembered that a problem was told."""
    return f"{problem.kind}|{problem.name}|{int(problem.since.timestamp())}"


def due(connection: Connection) -> dict[str, Due]:
    """Every digest's due time, by name."""
    return {row.name: _due(row) for row in connection.execute(sa.select(digest_schedules))}


def hold(tx: Connection, name: str) -> Due | None:
    """Lock one digest's row until the transaction ends; None when another process has it now."""
    chosen = sa.select(digest_schedules).where(digest_schedules.c.name == name)
    row = tx.execute(chosen.with_for_update(skip_locked=True)).one_or_none()
    return None if row is None else _due(row)


def enter(tx: Connection, name: str, schedule: str, next_at: datetime | None) -> None:
    """Enter a digest that is not known yet; one that is stays as it is."""
    row: dict[str, object] = {
        "name": name,
        "schedule": schedule,
        "next_at": next_at,
        "last_composed_at": None,
        "told_problems": [],
    }
    insert_new(tx, digest_schedules, [row])


def reschedule(tx: Connection, name: str, schedule: str, next_at: datetime | None) -> None:
    """Give a digest that one holds another schedule."""
    tx.execute(
        sa.update(digest_schedules)
        .where(digest_schedules.c.name == name)
        .values(schedule=schedule, next_at=next_at)
    )


def advance(tx: Connection, name: str, next_at: datetime | None) -> None:
    """Set a digest's next due time, whether or not there was anything to send."""
    tx.execute(
        sa.update(digest_schedules).where(digest_schedules.c.name == name).values(next_at=next_at)
    )


def composed(tx: Connection, name: str, now: datetime, told: Iterable[Problem]) -> None:
    """Note that a digest was composed, and which problems it told."""
    tx.execute(
        sa.update(digest_schedules)
        .where(digest_schedules.c.name == name)
        .values(last_composed_at=now, told_problems=list(map(_told_as, told)))
    )


def add_message(tx: Connection, message: Message, sending_id: str, stories: int) -> None:
    """Keep a rendered message of a sending, with how many stories it tells."""
    tx.execute(
        sa.insert(messages).values(
            id=message.id,
            sending_id=sending_id,
            digest=message.digest,
            composed_at=message.composed_at,
            subject=message.subject,
            html=message.html,
            text=message.text,
            json=message.json,
            stories=stories,
        )
    )


def message(connection: Connection, message_id: str) -> Message | None:
    """A message by its id."""
    row = connection.execute(sa.select(messages).where(messages.c.id == message_id)).one_or_none()
    return None if row is None else _message(row)


def parts(connection: Connection, message_id: str) -> tuple[Message, ...]:
    """The message with this id; of a sending in several messages, by the first one's id, all."""
    chosen = sa.select(messages).where(
        sa.or_(messages.c.id == message_id, messages.c.sending_id == message_id)
    )
    found = [_message(row) for row in connection.execute(chosen).all()]
    whole = [replace(part, first_told=_first_told_in(connection, part)) for part in found]
    return tuple(sorted(whole, key=lambda part: (len(part.id), part.id)))


def first_told(
    connection: Connection, digest: str, story_ids: Sequence[str]
) -> dict[str, datetime]:
    """When ``digest`` first told each of these stories that it has told.

    None of a story of which a sending is not stored any more: nobody knows then which was first.
    """
    found: dict[str, datetime] = {}
    for portion in portions(story_ids):
        chosen = (
            sa.select(matches.c.story_id, sa.func.min(messages.c.composed_at))
            .outerjoin(messages, messages.c.id == matches.c.sending_id)
            .where(
                matches.c.digest == digest,
                matches.c.sending_id.is_not(None),
                matches.c.story_id.in_(portion),
            )
            .group_by(matches.c.story_id)
            .having(sa.func.count(messages.c.id) == sa.func.count())
        )
        found.update((row[0], row[1]) for row in connection.execute(chosen))
    return found


def _first_told_in(connection: Connection, of: Message) -> tuple[tuple[str, datetime], ...]:
    """When the stories that a stored message tells as updates were first told."""
    told = json.loads(of.json).get("stories", ())
    again = [story["id"] for story in told if story["update"]]
    return tuple(first_told(connection, of.digest, again).items())


def beginning_with(connection: Connection, text: str) -> tuple[str, ...]:
    """The ids of messages that ``text`` may mean: it itself, else those that begin with it.

    Of a sending in several messages only the first, unless the others are meant.
    """
    chosen = sa.select(messages.c.id, messages.c.sending_id).where(
        messages.c.id.startswith(text, autoescape=True)
    )
    rows = connection.execute(chosen.order_by(messages.c.id)).all()
    ids = {row.id for row in rows}
    if text in ids:
        return (text,)
    return tuple(row.id for row in rows if row.id == row.sending_id or row.sending_id not in ids)


@dataclass(frozen=True, slots=True)
class Sending:
    """A line of ``digests list``: one message and how its deliveries stand.

    Of its ``stories`` so many are told ``in_full``, the others as title and link.
    """

    id: str
    sending_id: str
    digest: str
    composed_at: datetime
    subject: str
    stories: int
    in_full: int
    deliveries: tuple[tuple[str, str, str, bool], ...]
    """Each as (channel, recipient, state, whether somebody asked for it to be sent again)."""


def sendings(connection: Connection, limit: int, digest: str | None = None) -> tuple[Sending, ...]:
    """The last ``limit`` messages, newest first; of one digest, or of all."""
    chosen = sa.select(
        messages.c.id,
        messages.c.sending_id,
        messages.c.digest,
        messages.c.composed_at,
        messages.c.subject,
        messages.c.stories,
        messages.c.json,
    ).order_by(messages.c.composed_at.desc(), messages.c.id.desc())
    if digest is not None:
        chosen = chosen.where(messages.c.digest == digest)
    rows = connection.execute(chosen.limit(limit)).all()
    trips: dict[str, list[tuple[str, str, str, bool]]] = {}
    columns = (
        deliveries.c.message_id,
        deliveries.c.channel,
        deliveries.c.recipient,
        deliveries.c.state,
        deliveries.c.resent,
    )
    of_these = sa.select(*columns).where(deliveries.c.message_id.in_([row.id for row in rows]))
    for trip in connection.execute(of_these.order_by(deliveries.c.id)):
        told = (trip.channel, trip.recipient, trip.state, bool(trip.resent))
        trips.setdefault(trip.message_id, []).append(told)
    return tuple(
        Sending(*row[:-1], in_full=_in_full(row), deliveries=tuple(trips.get(row.id, ())))
        for row in rows
    )


def told_by(connection: Connection, sending_id: str) -> tuple[int, int]:
    """How many stories a sending tells in all its messages, and how many of them in full."""
    chosen = sa.select(messages.c.stories, messages.c.json)
    rows = connection.execute(chosen.where(messages.c.sending_id == sending_id)).all()
    return sum(row.stories for row in rows), sum(map(_in_full, rows))


def _in_full(row: AnyRow) -> int:
    """How many stories a message does not tell as title and link alone."""
    told: int = row.stories - len(json.loads(bytes(row.json)).get("more", ()))
    return told


def forget(tx: Connection, before: datetime) -> int:
    """Forget messages composed before ``before``, with their deliveries; returns how many.

    None that has a delivery which is open, or was written since: it was sent again.
    """
    open_ = deliveries.c.state.in_([str(state) for state in outbox.OPEN])
    needed = sa.select(deliveries.c.message_id).where(
        sa.or_(open_, deliveries.c.created_at >= before)
    )
    old = sa.select(messages.c.id).where(
        messages.c.composed_at < before, messages.c.id.not_in(needed)
    )
    ids = list(tx.execute(old).scalars())
    for portion in portions(ids):
        tx.execute(sa.delete(deliveries).where(deliveries.c.message_id.in_(portion)))
        tx.execute(sa.delete(messages).where(messages.c.id.in_(portion)))
    return len(ids)


def _due(row: AnyRow) -> Due:
    return Due(row.name, row.schedule, row.next_at, row.last_composed_at, tuple(row.told_problems))


def _message(row: AnyRow) -> Message:
    return Message(
        id=row.id,
        digest=row.digest,
        composed_at=row.composed_at,
        subject=row.subject,
        html=row.html,
        text=row.text,
        json=bytes(row.json),
    )
