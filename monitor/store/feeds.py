"""The shelf of feeds: what is configured, what is known between polls, who polls which now."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.errors import LeaseLost
from monitor.model import Feed, FeedState
from monitor.store.connection import Turn, alone, database_now, upsert
from monitor.store.tables import AnyRow, feed_memories, feeds, sightings

STATE_COLUMNS = [feeds.c[name] for name in FeedState.__dataclass_fields__]


def subscribe(tx: Connection, wanted: Sequence[Feed]) -> None:
    """Make ``wanted`` the feeds that are polled; others keep what is known of them, and rest."""
    alone(tx, Turn.FEEDS)  # two daemons that start at once would both enter a new feed
    columns = (feeds.c.id, feeds.c.url, *(feeds.c[name] for name in _CONFIGURED))
    # In the order of ids, as ``renew`` goes, so that neither holds what the other waits for.
    known = tx.execute(
        sa.select(*columns).order_by(feeds.c.id).with_for_update(key_share=True)
    ).all()
    by_url = {feed.url: feed for feed in wanted}
    changed = [
        after for row in known if (after := _subscribed(row, by_url.pop(row.url, None))) is not None
    ]
    if changed:
        statement = sa.update(feeds).where(feeds.c.id == sa.bindparam("which"))
        tx.execute(
            statement.values({name: sa.bindparam(f"new_{name}") for name in _CONFIGURED}), changed
        )
    if by_url:
        tx.execute(
            sa.insert(feeds),
            [{**_row(feed), "url": url, "failures": 0} for url, feed in by_url.items()],
        )


_CONFIGURED = ("name", "tags", "subscribed", "host")
"""What the configuration says of a feed."""


def _row(feed: Feed) -> dict[str, object]:
    return {"name": feed.name, "tags": list(feed.tags), "subscribed": 1, "host": feed.host}


def _subscribed(row: AnyRow, feed: Feed | None) -> dict[str, object] | None:
    """What is to be written to a known feed's row; None where it says so already."""
    before = {name: row._mapping[name] for name in _CONFIGURED}
    after = _row(feed) if feed else {**before, "subscribed": 0}
    if after == before:
        return None
    return {"which": row.id, **{f"new_{name}": value for name, value in after.items()}}


def lease_due(
    tx: Connection,
    now: datetime,
    limit: int,
    seconds: float,
    *,
    everything_before: bool = False,
    besides: Collection[int] = (),
) -> tuple[FeedState, ...]:
    """Take up to ``limit`` feeds that are due at ``now``, for ``seconds``; nobody else gets them.

    With ``everything_before`` a feed is due when it has not been polled since ``now`` (which is
    then when a pass began), whatever its schedule says. Feeds whose ids are in ``besides`` are
    left alone.
    """
    clock = database_now(tx)
    if everything_before:
        due = sa.or_(feeds.c.last_polled_at.is_(None), feeds.c.last_polled_at < now)
    else:
        due = sa.or_(feeds.c.next_poll_at.is_(None), feeds.c.next_poll_at <= now)
    free = sa.or_(feeds.c.lease_until.is_(None), feeds.c.lease_until < clock)
    chosen = (
        sa.select(feeds.c.id)
        .where(feeds.c.subscribed == 1, due, free, feeds.c.id.not_in(besides))
        .order_by(feeds.c.next_poll_at.nulls_first(), feeds.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(tx.execute(chosen).scalars())
    if not ids:
        return ()
    token = secrets.token_hex(8)
    tx.execute(
        sa.update(feeds)
        .where(feeds.c.id.in_(ids))
        .values(lease_token=token, lease_until=clock + int(seconds * 1000))
    )
    rows = tx.execute(sa.select(*STATE_COLUMNS).where(feeds.c.id.in_(ids)).order_by(feeds.c.id))
    return tuple(_state(row) for row in rows)


@dataclass(frozen=True, slots=True)
class Success:
    """What a good poll leaves behind. ``interval`` is in seconds.

    ``begun`` is false while the feed has had nothing to show: its first poll is still to come.
    """

    polled_at: datetime
    next_poll_at: datetime
    interval: float
    etag: str | None
    last_modified: str | None
    body_hash: str | None
    new_entries: int = 0
    begun: bool = True


def record_success(tx: Connection, state: FeedState, outcome: Success) -> None:
    """Keep a good poll's outcome and free the feed; raises LeaseLost when it is no longer ours."""
    values: dict[str, object] = {
        "etag": outcome.etag,
        "last_modified": outcome.last_modified,
        "body_hash": outcome.body_hash,
        "interval": outcome.interval,
        "next_poll_at": outcome.next_poll_at,
        "last_polled_at": outcome.polled_at,
        "last_success_at": outcome.polled_at,
        "first_polled_at": state.first_polled_at or (outcome.polled_at if outcome.begun else None),
        "failures": 0,
        "failing_since": None,
        "trouble": None,
    }
    if outcome.new_entries:
        values["last_new_at"] = outcome.polled_at
    _release(tx, state, values)


def record_failure(
    tx: Connection, state: FeedState, trouble: str, now: datetime, next_poll_at: datetime
) -> None:
    """Keep a failed poll's outcome: nothing of what is known changes. Raises LeaseLost."""
    _release(
        tx,
        state,
        {
            "failures": state.failures + 1,
            "failing_since": state.failing_since or now,
            "trouble": trouble,
            "last_polled_at": now,
            "next_poll_at": next_poll_at,
        },
    )


def _release(tx: Connection, state: FeedState, values: dict[str, object]) -> None:
    freed = tx.execute(
        sa.update(feeds)
        .where(feeds.c.id == state.id, feeds.c.lease_token == state.lease_token)
        .values(lease_token=None, lease_until=None, **values)
    )
    if freed.rowcount != 1:
        raise LeaseLost(f"the feed {state.name} was taken over by another process")


def memory(connection: Connection, feed_id: int) -> bytes | None:
    """What is remembered of a feed's last document; what it means, the poll knows."""
    chosen = sa.select(feed_memories.c.entries).where(feed_memories.c.feed_id == feed_id)
    found = connection.execute(chosen).scalar_one_or_none()
    return None if found is None else bytes(found)


def remember(tx: Connection, feed_id: int, entries: bytes | None) -> None:
    """Remember a feed's document (None: nothing of it) until the next one comes."""
    if entries is None:
        tx.execute(sa.delete(feed_memories).where(feed_memories.c.feed_id == feed_id))
    else:
        upsert(tx, feed_memories, ("feed_id",), [{"feed_id": feed_id, "entries": entries}])


def renew(tx: Connection, held: Sequence[FeedState], seconds: float) -> None:
    """Keep leased feeds for ``seconds`` from now; those that were taken over stay taken over."""
    until = database_now(tx) + int(seconds * 1000)
    for state in sorted(held, key=lambda state: state.id):
        tx.execute(
            sa.update(feeds)
            .where(feeds.c.id == state.id, feeds.c.lease_token == state.lease_token)
            .values(lease_until=until)
        )


def let_go(tx: Connection, state: FeedState) -> None:
    """Give a leased feed back unpolled."""
    tx.execute(
        sa.update(feeds)
        .where(feeds.c.id == state.id, feeds.c.lease_token == state.lease_token)
        .values(lease_token=None, lease_until=None)
    )


def states(connection: Connection) -> tuple[FeedState, ...]:
    """Every configured feed's state, by name."""
    chosen = sa.select(*STATE_COLUMNS).where(feeds.c.subscribed == 1).order_by(feeds.c.name)
    return tuple(_state(row) for row in connection.execute(chosen))


def article_counts(connection: Connection) -> dict[int, int]:
    """How many stored articles each feed has shown, by the feed's id."""
    counted = sa.select(sightings.c.feed_id, sa.func.count()).group_by(sightings.c.feed_id)
    return {row[0]: row[1] for row in connection.execute(counted)}


def _state(row: AnyRow) -> FeedState:
    return FeedState(**row._asdict())
