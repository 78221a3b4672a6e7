"""The table of states in docs/digests.md: each line of it is made to happen."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from monitor.delivery.deliver import deliver
from monitor.errors import DeliveryError
from monitor.model import Delivery, DeliveryState
from monitor.store import Store, outbox, tables
from tests.conftest import FakeClock
from tests.delivery.test_deliver import Desk
from tests.house.pages import headed

PASSING = DeliveryError("no connection", temporary=True)
UNKNOWN = DeliveryError("no answer", temporary=True, unknown=True)
CHANNEL = DeliveryError("535 login refused", temporary=False, channel_fault=True)
FINAL = DeliveryError("550 no such user", temporary=False)


@pytest.fixture
def desk(store: Store, clock: FakeClock) -> Desk:
    made = Desk(store, clock)
    made.channel()
    return made


async def tried(desk: Desk, *faults: Exception) -> None:
    """One pass, in which the channel raises these faults."""
    desk.channels["desk"].faults[:] = list(faults)
    await desk.deliver()


async def stopped(desk: Desk) -> None:
    """A pass that is cut short while it sends."""
    channel = desk.channels["desk"]
    channel.hangs = True
    passing = asyncio.create_task(desk.deliver())
    while not channel.tried and not passing.done():
        await asyncio.sleep(0.01)
    passing.cancel()
    await asyncio.gather(passing, return_exceptions=True)
    channel.hangs = False


def lease(desk: Desk) -> Delivery:
    """Take the delivery to send it, and die with it; 25 seconds later its lease has run out."""
    with desk.store.write() as tx:
        (delivery,) = outbox.lease_due(tx, desk.clock(), ["desk"], 1, 25)
    return delivery


def lease_runs_out(desk: Desk) -> None:
    with desk.store.write() as tx:
        tx.execute(sa.update(tables.deliveries).values(lease_until=1))


async def in_state(desk: Desk, state: str) -> None:
    """Bring the delivery into a state, by what brings it there."""
    desk.post()
    match state:
        case "sending":
            lease(desk)
        case "unknown":
            await tried(desk, UNKNOWN)
        case "failed":
            await tried(desk, FINAL)
        case "given up":
            await tried(desk, PASSING)
            desk.clock.pass_time(hours=72)
            await tried(desk, PASSING)
    assert desk.states() == [DeliveryState(state)]


async def its_time_comes(desk: Desk) -> None:
    desk.clock.pass_time(hours=1)
    lease(desk)


async def dies(desk: Desk) -> None:
    before = desk.all()
    lease_runs_out(desk)
    taken_over = lease(desk)
    assert (taken_over.id, taken_over.attempts) == (before[0].id, before[0].attempts + 1)


async def dies_in_the_last_try(desk: Desk) -> None:
    desk.clock.pass_time(hours=72)
    lease_runs_out(desk)
    lease(desk)
    assert (await desk.deliver()).refused == {}  # its lease still holds
    lease_runs_out(desk)
    (delivery,) = desk.all()
    report = await desk.deliver()
    assert list(report.refused) == [delivery.id]
    assert desk.channels["desk"].tried == []


async def without_its_channel(desk: Desk) -> None:
    before = desk.states()
    channel = desk.channels.pop("desk")
    desk.channel("another")
    desk.clock.pass_time(hours=71)
    await desk.deliver()
    assert desk.states() == before
    desk.clock.pass_time(hours=1)
    await desk.deliver()
    (delivery,) = desk.all()
    assert delivery.answer == "no such channel in the config for 72 hours"
    with desk.store.read() as connection:  # the next digest tells it
        assert len(outbox.lost_since(connection, desk.clock() - timedelta(minutes=1))) == 1
    assert len(channel.got) == 0


async def retried(desk: Desk) -> None:
    with desk.store.write() as tx:
        assert outbox.retry(tx, [desk.all()[0].id], desk.clock()) == 1
    (delivery,) = desk.all()
    assert (delivery.attempts, delivery.first_tried_at) == (0, None)


def released(fault: Exception | None = None, after: float = 0) -> Callable[[Desk], Awaitable[None]]:
    """What is being sent comes to this end: the sender of ``in_state`` is given its outcome."""

    async def happens(desk: Desk) -> None:
        lease_runs_out(desk)
        desk.clock.pass_time(hours=after)
        await tried(desk, *([fault] if fault else []))

    return happens


async def stops(desk: Desk) -> None:
    lease_runs_out(desk)
    await stopped(desk)


async def nothing(_: Desk) -> None:
    """It is so from the beginning."""


HAPPENS: dict[tuple[str, str], Callable[[Desk], Awaitable[None]]] = {
    ("waiting", "its time has come"): its_time_comes,
    ("unknown", "its time has come"): its_time_comes,
    ("sending", "the receiver takes it"): released(),
    ("sending", "a fault that may pass"): released(PASSING),
    ("sending", "the channel is at fault"): released(CHANNEL),
    ("sending", "no answer, after everything was sent"): released(UNKNOWN),
    ("sending", "an error in Wirewatch itself"): released(ZeroDivisionError()),
    ("sending", "Wirewatch is stopped while it sends"): stops,
    ("sending", "Wirewatch dies, and 25 seconds pass"): dies,
    ("sending", "refused for good"): released(FINAL),
    ("sending", "a fault that may pass, 72 hours after the first try"): released(PASSING, 72),
    ("sending", "Wirewatch dies in a try made 72 hours after the first"): dies_in_the_last_try,
    ("waiting", "the config names no such channel for 72 hours"): without_its_channel,
    ("unknown", "the config names no such channel for 72 hours"): without_its_channel,
    ("waiting", "`wirewatch deliveries retry`"): retried,
    ("unknown", "`wirewatch deliveries retry`"): retried,
    ("failed", "`wirewatch deliveries retry`"): retried,
    ("given up", "`wirewatch deliveries retry`"): retried,
}
ELSEWHERE = {
    ("–", "its digest is composed"),  # tests/digests/test_compose.py
    ("–", "`wirewatch digests resend`"),  # tests/cli/test_sending_again.py
}
(TABLE,) = headed("docs/digests.md", "state", "what happens", "state after")


def test_every_line_of_the_table_is_tried() -> None:
    told = {(before, event) for before, event, _ in TABLE.rows}
    assert told == {*HAPPENS, *ELSEWHERE}
    assert {state for before, _, after in TABLE.rows for state in (before, after)} == {
        "–",
        *map(str, DeliveryState),
    }


@pytest.mark.parametrize(
    ("before", "event", "after"),
    [row for row in TABLE.rows if (row[0], row[1]) in HAPPENS],
    ids=[f"{row[0]}, {row[1]}" for row in TABLE.rows if (row[0], row[1]) in HAPPENS],
)
async def test_a_line_of_the_table_holds(desk: Desk, before: str, event: str, after: str) -> None:
    await in_state(desk, before)
    await HAPPENS[before, event](desk)
    assert desk.states() == [DeliveryState(after)]


async def test_a_program_that_dies_with_every_try_does_not_try_for_ever(desk: Desk) -> None:
    """What it sends kills it: each time it is started again, until the 72 hours are over."""
    desk.post()
    tries = []
    for _ in range(200):
        with desk.store.write() as tx:
            leased = outbox.lease_due(tx, desk.clock(), ["desk"], 1, 25)
        tries += [delivery.id for delivery in leased]
        lease_runs_out(desk)
        desk.clock.pass_time(hours=1)
    assert len(tries) == 73
    assert len(set(tries)) == 1
    await desk.deliver()
    (delivery,) = desk.all()
    assert delivery.state is DeliveryState.GIVEN_UP
    assert delivery.answer == "tried for 72 hours, and no answer is known"


async def test_a_program_that_dies_with_every_try_does_not_try_every_half_minute(
    desk: Desk,
) -> None:
    desk.post()
    begun, tries = desk.clock(), []
    while desk.clock() < begun + timedelta(hours=2):
        with desk.store.write() as tx:
            if outbox.lease_due(tx, desk.clock(), ["desk"], 1, 25):
                tries.append((desk.clock() - begun).total_seconds())
        lease_runs_out(desk)
        desk.clock.pass_time(seconds=30)
    waits = [after - before for before, after in itertools.pairwise(tries)]
    assert waits == [30, 30, 30, 30, 30, 60, 90, 150, 270, 540, 1050, 2070]


async def test_a_delivery_left_behind_before_a_long_pause_gets_another_try(desk: Desk) -> None:
    desk.post()
    lease(desk)
    lease_runs_out(desk)
    desk.clock.pass_time(days=5)  # the machine was off
    assert (await desk.deliver()).sent == 1


async def test_two_processes_give_up_a_delivery_once(desk: Desk) -> None:
    await in_state(desk, "waiting")
    desk.clock.pass_time(hours=72)
    with desk.store.read() as connection:
        assert outbox.any_hopeless(connection, desk.clock(), [])
    with desk.store.write() as tx:
        assert len(outbox.give_up(tx, desk.clock(), [])) == 1
    with desk.store.write() as tx:
        assert outbox.give_up(tx, desk.clock(), []) == ()


async def test_each_recipient_has_a_delivery_and_a_state_of_its_own(desk: Desk) -> None:
    channel = desk.channel(recipients=("a@x.org", "b@x.org", "c@x.org"), faults=[FINAL, UNKNOWN])
    desk.post()
    await deliver(desk.store, {"desk": channel}, desk.clock, stopping=asyncio.Event())
    assert sorted(desk.states()) == ["failed", "sent", "unknown"]
