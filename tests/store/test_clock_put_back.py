"""A clock that was ahead and is put back: what it wrote holds nothing up until it comes again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.store import Store, digests, due_feeds, feeds, outbox, paces
from tests import make
from tests.conftest import FakeClock
from tests.fakes import FakeChannel

WEEKS = timedelta(weeks=5)


def wait(store: Store, clock: FakeClock) -> None:
    """Write a delivery now."""
    message = make.message(composed_at=clock())
    with store.write() as tx:
        digests.add_message(tx, message, message.id, 1)
        outbox.put(tx, FakeChannel().pack(message, clock()))


def leased(store: Store, clock: FakeClock) -> int:
    """How many deliveries can be taken now, and whether a look would have told so."""
    with store.write() as tx:
        told = outbox.work_waits(tx, clock())
        taken = len(outbox.lease_due(tx, clock(), ["desk"], 9, 25))
    assert told or not taken
    return taken


def test_a_delivery_of_a_clock_that_was_weeks_ahead_goes_out(
    store: Store, clock: FakeClock
) -> None:
    clock.now += WEEKS
    wait(store, clock)
    clock.now -= WEEKS
    assert leased(store, clock) == 1


def test_a_delivery_of_another_machines_clock_keeps_its_time(
    store: Store, clock: FakeClock
) -> None:
    clock.pass_time(minutes=2)
    wait(store, clock)
    clock.pass_time(minutes=-2)
    assert leased(store, clock) == 0
    clock.pass_time(minutes=2)
    assert leased(store, clock) == 1


def test_a_rest_that_a_clock_ahead_began_holds_up_nothing(store: Store, clock: FakeClock) -> None:
    wait(store, clock)
    with store.write() as tx:
        outbox.rest_channel(tx, "desk", clock() + WEEKS, clock() + WEEKS, "535")
    assert leased(store, clock) == 1


def test_a_rest_of_a_day_is_kept(store: Store, clock: FakeClock) -> None:
    wait(store, clock)
    with store.write() as tx:
        outbox.rest_channel(tx, "desk", clock() + timedelta(days=1), clock(), "535")
    assert leased(store, clock) == 0


def test_a_pace_of_a_clock_that_was_ahead_holds_up_nothing(store: Store, clock: FakeClock) -> None:
    with store.write() as tx:
        paces.hold(tx, "desk", clock() + WEEKS)
    with store.write() as tx:
        assert paces.waiting(tx, clock()) == {}
        paces.take(tx, "desk", clock(), lambda now, before: (before or now) + timedelta(seconds=1))
        assert paces.waiting(tx, clock()) == {"desk": clock() + timedelta(seconds=1)}


def test_a_wait_that_is_asked_for_takes_the_place_of_one_weeks_away(
    store: Store, clock: FakeClock
) -> None:
    with store.write() as tx:
        paces.hold(tx, "desk", clock() + WEEKS)
        paces.hold(tx, "desk", clock() + timedelta(minutes=1))
        assert paces.waiting(tx, clock()) == {"desk": clock() + timedelta(minutes=1)}


@pytest.mark.parametrize("everything", [False, True])
def test_a_feed_polled_by_a_clock_that_was_weeks_ahead_is_due(
    store: Store, clock: FakeClock, everything: bool
) -> None:
    with store.write() as tx:
        feeds.subscribe(tx, [make.feed()])
        (state,) = due_feeds.lease(tx, clock(), 1, 25)
        later = clock() + WEEKS
        feeds.record_out_of_reach(tx, state, later, later + timedelta(minutes=15))
        assert len(due_feeds.lease(tx, clock(), 1, 25, everything_before=everything)) == 1


def test_a_feed_polled_a_moment_ago_by_another_machine_is_not_due(
    store: Store, clock: FakeClock
) -> None:
    with store.write() as tx:
        feeds.subscribe(tx, [make.feed()])
        (state,) = due_feeds.lease(tx, clock(), 1, 25)
        later = clock() + timedelta(minutes=2)
        feeds.record_out_of_reach(tx, state, later, later + timedelta(minutes=15))
        assert due_feeds.lease(tx, clock(), 1, 25) == ()
        assert due_feeds.lease(tx, clock(), 1, 25, everything_before=True) == ()
