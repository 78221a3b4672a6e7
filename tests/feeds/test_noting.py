"""Outcomes noted together are noted each for itself: a lost one does not take others along."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from monitor.errors import LeaseLost, StoreError
from monitor.feeds.noting import Noting
from monitor.model import Feed, FeedState
from monitor.store import Store, due_feeds, feeds, tables
from monitor.store.feeds import Success
from tests.conftest import FakeClock


def leased(store: Store, clock: FakeClock, count: int) -> tuple[FeedState, ...]:
    with store.write() as tx:
        feeds.subscribe(tx, [Feed(f"https://{n}.example/f", f"Feed {n}") for n in range(count)])
        return due_feeds.lease(tx, clock(), count, 60)


def success(clock: FakeClock, etag: str) -> Success:
    return Success(clock(), clock() + timedelta(minutes=5), 300, etag, None, None)


def transactions(store: Store) -> list[str]:
    begun: list[str] = []
    sa.event.listen(store._engine, "commit", lambda _connection: begun.append("commit"))
    return begun


async def test_outcomes_that_come_together_go_into_one_transaction(
    store: Store, clock: FakeClock
) -> None:
    states = leased(store, clock, 5)
    commits = transactions(store)
    noting = Noting(store)
    await asyncio.gather(*(noting.note(state, success(clock, state.name)) for state in states))
    assert len(commits) == 1
    with store.read() as connection:
        kept = feeds.states(connection)
        tokens = connection.execute(sa.select(tables.feeds.c.lease_token)).scalars().all()
    assert [(state.name, state.etag) for state in kept] == [(s.name, s.name) for s in states]
    assert set(tokens) == {None}


async def test_a_feed_that_was_taken_over_is_told_alone(store: Store, clock: FakeClock) -> None:
    one, two = leased(store, clock, 2)
    stale = replace(one, lease_token="somebody else's")
    noting = Noting(store)
    told = await asyncio.gather(
        noting.note(stale, success(clock, "late")),
        noting.note(two, success(clock, "two")),
        return_exceptions=True,
    )
    assert isinstance(told[0], LeaseLost)
    assert told[1] is None
    with store.read() as connection:
        assert [state.etag for state in feeds.states(connection)] == [None, "two"]


async def test_what_cannot_be_written_is_told_to_each(store: Store, clock: FakeClock) -> None:
    states = leased(store, clock, 2)

    class Full(Store):
        def write(self) -> object:  # type: ignore[override]
            raise StoreError("the disk is full")

    noting = Noting(Full(store._engine))
    told = await asyncio.gather(
        *(noting.note(state, success(clock, "x")) for state in states), return_exceptions=True
    )
    assert [type(each) for each in told] == [StoreError, StoreError]
    later = Noting(store)
    await later.note(states[0], success(clock, "x"))


async def test_a_poll_that_is_cancelled_meanwhile_does_not_trouble_the_others(
    store: Store, clock: FakeClock
) -> None:
    one, two = leased(store, clock, 2)
    noting = Noting(store)
    cancelled = asyncio.ensure_future(noting.note(one, success(clock, "one")))
    other = asyncio.ensure_future(noting.note(two, success(clock, "two")))
    await asyncio.sleep(0)
    cancelled.cancel()
    await other
    with pytest.raises(asyncio.CancelledError):
        await cancelled
