"""The shelf of feeds: what is configured, what is known between polls, what came of a poll."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.errors import LeaseLost
from monitor.model import Feed, FeedState
from monitor.records import dataclass
from monitor.store.connection import Turn, alone, rows_with, upsert
from monitor.store.intervals import bring_forward, shortened_to
from monitor.store.tables import AnyRow, articles, feed_memories, feeds, sightings

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
        _shorten(tx, known, {feed.url: feed for feed in wanted})
    if by_url:
        tx.execute(
            sa.insert(feeds),
            [{**_row(feed), "url": url, "failures": 0} for url, feed in by_url.items()],
        )


def _shorten(tx: Connection, known: Sequence[AnyRow], wanted: Mapping[str, Feed]) -> None:
    """Ask the ``known`` feeds sooner whose intervals are shorter now, in ``wanted`` by address."""
    again = [(row, wanted[row.url]) for row in known if row.url in wanted]
    shortened = {
        row.id: (feed, longest)
        for row, feed in again
        if (longest := shortened_to(feed, row.every, row.max_every))
    }
    bring_forward(tx, shortened)


_CONFIGURED = ("name", "tags", "subscribed", "host", "every", "max_every")
"""What the configuration says of a feed."""


def _row(feed: Feed) -> dict[str, object]:
    return {
        "name": feed.name,
        "tags": list(feed.tags),
        "subscribed": 1,
        "host": feed.host,
        "every": feed.every,
        "max_every": feed.max_every,
    }


def _subscribed(row: AnyRow, feed: Feed | None) -> dict[str, object] | None:
    """What is to be written to a known feed's row; None where it says so already."""
    before = row[2:]  # behind its id and address
    after = _row(feed) if feed else {**dict(zip(_CONFIGURED, before, strict=True)), "subscribed": 0}
    if tuple(after.values()) == before:
        return None
    return {"which": row.id, **{f"new_{name}": value for name, value in after.items()}}


@dataclass(frozen=True, slots=True)
class Success:
    """What a good poll leaves behind. ``interval`` is in seconds.

    ``begun`` is false while the feed has had nothing to show: its first poll is still to come.
    ``new_entries`` are those that this feed had not shown before, whether or not another had.
    ``read_whole``: it answered with its document. What else is here is as in ``FeedState``.
    """

    polled_at: datetime
    next_poll_at: datetime
    interval: float
    etag: str | None
    last_modified: str | None
    body_hash: str | None
    new_entries: int = 0
    begun: bool = True
    read_whole: bool = False
    address: str | None = None
    moving_to: str | None = None
    moves_seen: int = 0
    moving_since: datetime | None = None
    ttl: float | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    demoted: tuple[str, ...] = ()
    held_by: str | None = None


_OF_THE_DOCUMENT = ("etag", "last_modified", "body_hash")
_HABITS = (
    *("address", "moving_to", "moves_seen", "moving_since"),
    *("ttl", "skip_hours", "skip_days", "demoted"),
)


def record_success(tx: Connection, state: FeedState, outcome: Success) -> None:
    """Keep a good poll's outcome and free the feed; raises LeaseLost when it is no longer ours."""
    _release(tx, state, _of_success(state, outcome))


def record_successes(tx: Connection, good: Sequence[tuple[FeedState, Success]]) -> frozenset[int]:
    """The same for several polls at once; gives the ids of the feeds that are no longer ours."""
    lost = no_longer_ours(tx, [state for state, _ in good])
    record_ours(tx, [(state, outcome) for state, outcome in good if state.id not in lost])
    return lost


def record_ours(tx: Connection, good: Sequence[tuple[FeedState, Success]]) -> None:
    """The same for polls of feeds of which it was just found that they are ours."""
    rows: dict[tuple[str, ...], list[dict[str, object]]] = {}
    for state, outcome in good:
        values = _of_success(state, outcome)
        rows.setdefault(tuple(values), []).append(_to_free(state, values))
    for columns, alike in rows.items():
        tx.execute(_freeing(columns), alike)


def no_longer_ours(tx: Connection, states: Sequence[FeedState]) -> frozenset[int]:
    """The ids of the feeds that others have taken over; the rest nobody can until ``tx`` ends.

    Rows are locked in the order of their ids, as ``renew`` goes, so that no two wait in a ring.
    """
    tokens = {state.id: state.lease_token for state in states}
    rows = tx.execute(_TOKENS, {"ids": list(tokens)})
    return frozenset(tokens) - {row.id for row in rows if row.lease_token == tokens[row.id]}


_TOKENS = (
    sa.select(feeds.c.id, feeds.c.lease_token)
    .where(feeds.c.id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(feeds.c.id)
    .with_for_update()
)


def _of_success(state: FeedState, outcome: Success) -> dict[str, object]:
    """What is to be written: of what seldom changes, and only polls write, what has changed."""
    values: dict[str, object] = {
        "interval": outcome.interval,
        "next_poll_at": outcome.next_poll_at,
        "last_polled_at": outcome.polled_at,
        "last_success_at": outcome.polled_at,
        "first_polled_at": state.first_polled_at or (outcome.polled_at if outcome.begun else None),
        "failures": 0,
        "failing_since": None,
        "trouble": None,
        "retired_at": None,
        "held_by": outcome.held_by,
    }
    for names in (_OF_THE_DOCUMENT, _HABITS):
        told = {name: getattr(outcome, name) for name in names}
        if any(getattr(state, name) != value for name, value in told.items()):
            values |= told
    if outcome.read_whole:
        values["read_whole_at"] = outcome.polled_at
    if outcome.new_entries:
        values["last_new_at"] = outcome.polled_at
    return values


def record_failure(
    tx: Connection,
    state: FeedState,
    trouble: str,
    now: datetime,
    next_poll_at: datetime,
    *,
    gone: bool = False,
    held_by: str | None = None,
) -> None:
    """Keep a failed poll's outcome: nothing of what is known changes. Raises LeaseLost.

    A feed that is ``gone`` for good is asked no more, until somebody revives it. ``held_by`` is as
    in ``FeedState``.
    """
    values: dict[str, object] = {
        "failures": state.failures + 1,
        "failing_since": state.failing_since or now,
        "trouble": trouble,
        "last_polled_at": now,
        "next_poll_at": next_poll_at,
        "held_by": held_by,
    }
    if gone:
        values["retired_at"] = now
    _release(tx, state, values)


def record_out_of_reach(
    tx: Connection, state: FeedState, now: datetime, next_poll_at: datetime
) -> None:
    """A feed was asked in vain while the line was down: it is not blamed. Raises LeaseLost."""
    _release(tx, state, {"last_polled_at": now, "next_poll_at": next_poll_at, "held_by": None})


def unburden(tx: Connection, blamed: Sequence[FeedState], next_poll_at: datetime) -> None:
    """Take back what was noted of failures since these states, and ask the feeds again soon.

    A feed that has been read since is left alone. One that is polled at this moment is not: where
    that fails as well, its failures before are no more its fault.
    """
    for state in sorted(blamed, key=lambda state: state.id):
        tx.execute(
            sa.update(feeds)
            .where(
                feeds.c.id == state.id,
                feeds.c.failures > state.failures,
            )
            .values(
                failures=state.failures,
                failing_since=state.failing_since,
                trouble=state.trouble,
                next_poll_at=next_poll_at,
                held_by=None,
            )
        )


def ask_again(tx: Connection, states: Sequence[FeedState], now: datetime) -> None:
    """Have feeds asked at ``now`` as if they had not been asked since these states."""
    for state in sorted(states, key=lambda state: state.id):
        tx.execute(
            sa.update(feeds)
            .where(feeds.c.id == state.id, feeds.c.lease_token.is_(None))
            .values(next_poll_at=now, last_polled_at=state.last_polled_at)
        )


def revive(tx: Connection, feed_ids: Collection[int]) -> None:
    """Have feeds asked at once as if they had never failed: those that are retired too."""
    fresh = dict.fromkeys(("retired_at", "failing_since", "trouble", "next_poll_at", "held_by"))
    tx.execute(sa.update(feeds).where(feeds.c.id.in_(feed_ids)).values(**fresh, failures=0))


def _release(tx: Connection, state: FeedState, values: dict[str, object]) -> None:
    freed = tx.execute(_freeing(tuple(values)), _to_free(state, values))
    if freed.rowcount != 1:
        raise LeaseLost(f"the feed {state.name} was taken over by another process")


@lru_cache(maxsize=32)  # a statement made anew takes longer than its work
def _freeing(columns: tuple[str, ...]) -> sa.Update:
    return (
        sa.update(feeds)
        .where(feeds.c.id == sa.bindparam("which"), feeds.c.lease_token == sa.bindparam("token"))
        .values(
            lease_token=None,
            lease_until=None,
            **{name: sa.bindparam(f"new_{name}") for name in columns},
        )
    )


def _to_free(state: FeedState, values: dict[str, object]) -> dict[str, object]:
    given = {f"new_{name}": value for name, value in values.items()}
    return {"which": state.id, "token": state.lease_token, **given}


def memories(connection: Connection, feed_ids: Sequence[int]) -> dict[int, bytes]:
    """What is remembered of feeds' last documents, by their ids; what it means, the poll knows.

    Feeds of which nothing is remembered are absent.
    """
    columns = feed_memories.c.feed_id, feed_memories.c.entries
    found = rows_with(connection, feed_memories.c.feed_id, feed_ids, *columns)
    return {feed_id: bytes(entries) for feed_id, entries in found}


def remember(tx: Connection, feed_id: int, entries: bytes | None) -> None:
    """Remember a feed's document (None: nothing of it) until the next one comes."""
    if entries is None:
        tx.execute(sa.delete(feed_memories).where(feed_memories.c.feed_id == feed_id))
    else:
        upsert(tx, feed_memories, ("feed_id",), [{"feed_id": feed_id, "entries": entries}])


def states(connection: Connection) -> tuple[FeedState, ...]:
    """Every configured feed's state, by name."""
    chosen = sa.select(*STATE_COLUMNS).where(feeds.c.subscribed == 1).order_by(feeds.c.name)
    return tuple(state_of(row) for row in connection.execute(chosen))


def counts_by_state(connection: Connection) -> dict[str, int]:
    """How many of the configured feeds are in each state; those that no feed is in are absent.

    The states: "retired", "failing", "good", and "new" for those never read so far.
    """
    state = sa.case(
        (feeds.c.retired_at.is_not(None), "retired"),
        (feeds.c.failures > 0, "failing"),
        (feeds.c.last_success_at.is_not(None), "good"),
        else_="new",
    ).label("state")
    counted = sa.select(state, sa.func.count()).where(feeds.c.subscribed == 1).group_by("state")
    return {row[0]: row[1] for row in connection.execute(counted)}


def read_and_polled(connection: Connection) -> tuple[int, int]:
    """Of the configured feeds: how many could be read the last time, and how many were asked."""
    could = sa.and_(feeds.c.last_success_at.is_not(None), feeds.c.failures == 0)
    chosen = sa.select(sa.func.count(sa.case((could, 1))), sa.func.count())
    chosen = chosen.where(feeds.c.subscribed == 1, feeds.c.last_polled_at.is_not(None))
    read, polled = connection.execute(chosen).one()
    return read, polled


def failing(connection: Connection) -> tuple[FeedState, ...]:
    """The states of the configured feeds that fail now, by name."""
    chosen = sa.select(*STATE_COLUMNS).where(feeds.c.subscribed == 1)
    chosen = chosen.where(feeds.c.failing_since.is_not(None)).order_by(feeds.c.name)
    return tuple(state_of(row) for row in connection.execute(chosen))


def article_counts(connection: Connection) -> dict[int, int]:
    """How many stored articles each feed has shown, by the feed's id."""
    counted = sa.select(sightings.c.feed_id, sa.func.count()).group_by(sightings.c.feed_id)
    return {row[0]: row[1] for row in connection.execute(counted)}


def noted_counts(connection: Connection) -> dict[int, int]:
    """How many stored articles of each feed are not of their whole text, by the feed's id."""
    counted = sa.select(articles.c.feed_id, sa.func.count()).where(articles.c.note.is_not(None))
    return {row[0]: row[1] for row in connection.execute(counted.group_by(articles.c.feed_id))}


def state_of(row: AnyRow) -> FeedState:
    """A feed's state, from a row of its ``STATE_COLUMNS``."""
    return FeedState(*row)
