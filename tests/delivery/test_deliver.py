from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from monitor.delivery.deliver import DeliverReport, deliver
from monitor.errors import DeliveryError
from monitor.model import Delivery, DeliveryState, Message
from monitor.store import Store, digests, outbox, tables
from tests import make
from tests.conftest import FakeClock
from tests.fakes import FakeChannel


class Desk:
    """A store with messages in the outbox, and channels."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self.channels: dict[str, FakeChannel] = {}

    def channel(self, name: str = "desk", **fields: object) -> FakeChannel:
        self.channels[name] = FakeChannel(name=name, **fields)  # type: ignore[arg-type]
        return self.channels[name]

    def post(self, *names: str) -> None:
        message = make.message(composed_at=self.clock())
        with self.store.write() as tx:
            digests.add_message(tx, message, message.id, 1)
            for name in names or self.channels:
                outbox.put(tx, self.channels[name].pack(message, self.clock()))

    async def deliver(self) -> DeliverReport:
        return await deliver(self.store, self.channels, self.clock, stopping=asyncio.Event())

    def all(self) -> list[Delivery]:
        with self.store.read() as connection:
            return sorted(outbox.listed(connection, list(DeliveryState), 100), key=lambda d: d.id)

    def states(self) -> list[DeliveryState]:
        return [delivery.state for delivery in self.all()]


@pytest.fixture
def desk(store: Store, clock: FakeClock) -> Desk:
    return Desk(store, clock)


async def test_a_delivery_is_sent_once_and_recorded(desk: Desk) -> None:
    channel = desk.channel(recipients=("a@example.org", "b@example.org"))
    desk.post()
    assert (await desk.deliver()).sent == 2
    assert (await desk.deliver()).sent == 0
    assert len(channel.got) == 2
    assert [(d.state, d.answer) for d in desk.all()] == [(DeliveryState.SENT, "250 ok")] * 2


async def test_a_temporary_fault_is_tried_again_with_the_same_id_and_bytes(desk: Desk) -> None:
    channel = desk.channel(faults=[DeliveryError("answered 503", temporary=True)])
    desk.post()
    report = await desk.deliver()
    assert [answer for _, answer in report.refused.values()] == ["answered 503"]
    assert desk.states() == [DeliveryState.WAITING]
    assert (await desk.deliver()).sent == 0  # not before its time
    desk.clock.pass_time(seconds=1)
    assert (await desk.deliver()).sent == 1
    assert channel.tried[0] == channel.tried[1]


async def test_a_wait_that_was_asked_for_is_kept(desk: Desk) -> None:
    desk.channel(faults=[DeliveryError("slow down", temporary=True, retry_after=120)])
    desk.post()
    await desk.deliver()
    desk.clock.pass_time(seconds=119)
    assert (await desk.deliver()).sent == 0
    desk.clock.pass_time(seconds=1)
    assert (await desk.deliver()).sent == 1


async def test_a_refusal_for_good_ends_that_delivery_alone(desk: Desk) -> None:
    desk.channel(
        recipients=("nobody@example.org", "a@example.org"),
        faults=[DeliveryError("550 no such user", temporary=False)],
    )
    desk.post()
    await desk.deliver()
    assert desk.states() == [DeliveryState.FAILED, DeliveryState.SENT]
    desk.clock.pass_time(days=1)
    assert (await desk.deliver()).sent == 0


async def test_after_three_days_a_delivery_is_given_up(desk: Desk) -> None:
    dead = DeliveryError("no connection", temporary=True)
    desk.channel(faults=[dead] * 200)
    desk.post()
    for _ in range(80):
        await desk.deliver()
        desk.clock.pass_time(hours=1)
    assert desk.states() == [DeliveryState.GIVEN_UP]
    with desk.store.read() as connection:
        (lost,) = outbox.lost_since(connection, None)
    assert lost.answer == "no connection"


async def test_a_delivery_lost_while_a_digest_was_composed_is_told_by_the_next(desk: Desk) -> None:
    channel = desk.channel(faults=[DeliveryError("550 no such user", temporary=False)])
    desk.post()
    composed_at = []

    async def slow(delivery: Delivery, message: Message) -> str:
        desk.clock.pass_time(seconds=10)
        composed_at.append(desk.clock())
        desk.clock.pass_time(seconds=10)
        return await FakeChannel.send(channel, delivery, message)

    channel.send = slow  # type: ignore[method-assign]
    await desk.deliver()
    with desk.store.read() as connection:
        assert len(outbox.lost_since(connection, composed_at[0])) == 1
        assert outbox.lost_since(connection, desk.clock()) == ()


async def test_a_channel_at_fault_rests_and_what_waits_is_kept(desk: Desk) -> None:
    fault = DeliveryError("535 login refused", temporary=False, channel_fault=True)
    channel = desk.channel(recipients=("a@example.org", "b@example.org"), faults=[fault])
    desk.post()
    await desk.deliver()
    assert len(channel.tried) == 1  # the second recipient was not even tried
    with desk.store.read() as connection:
        (rest,) = outbox.resting(connection)
    assert rest.reason == "535 login refused"
    desk.clock.pass_time(minutes=2)
    assert (await desk.deliver()).sent == 2
    with desk.store.read() as connection:
        assert outbox.resting(connection) == ()


async def test_the_rests_of_a_channel_grow_whichever_delivery_is_tried(desk: Desk) -> None:
    fault = DeliveryError("535 login refused", temporary=False, channel_fault=True)
    recipients = tuple(f"{number}@example.org" for number in range(6))
    channel = desk.channel(recipients=recipients, faults=[fault] * 100)
    desk.post()
    for _ in range(60):
        await desk.deliver()
        desk.clock.pass_time(minutes=1)
    assert len(channel.tried) == 6  # after 0, 1, 3, 7, 15 and 31 minutes


async def test_a_dead_channel_delays_no_other(desk: Desk) -> None:
    desk.channel("dead", hangs=True)
    good = desk.channel("good")
    desk.post()
    desk.post("good")
    passing = asyncio.create_task(desk.deliver())
    while len(good.got) < 2:
        await asyncio.sleep(0.02)
    passing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await passing
    states = {d.channel: d.state for d in desk.all()}
    assert states == {"dead": DeliveryState.UNKNOWN, "good": DeliveryState.SENT}


async def test_what_a_dead_process_left_is_taken_over_with_the_same_id(desk: Desk) -> None:
    channel = desk.channel()
    desk.post()
    with desk.store.write() as tx:
        (left,) = outbox.lease_due(tx, desk.clock(), ["desk"], 1, 25)
    assert (await desk.deliver()).sent == 0  # its lease still holds
    with desk.store.write() as tx:
        tx.execute(sa.update(tables.deliveries).values(lease_until=1))
    assert (await desk.deliver()).sent == 1
    assert channel.tried == [left.id]


async def test_a_slow_former_owner_cannot_record(desk: Desk) -> None:
    channel = desk.channel()
    desk.post()
    sending = channel.send

    async def slow(delivery: Delivery, message: object) -> str:
        with desk.store.write() as tx:
            tx.execute(sa.update(tables.deliveries).values(lease_token="somebody else"))
        return await sending(delivery, message)  # type: ignore[arg-type]

    channel.send = slow  # type: ignore[method-assign, assignment]
    assert (await desk.deliver()).sent == 0
    assert desk.states() == [DeliveryState.SENDING]


async def test_an_error_of_our_own_counts_as_an_unknown_answer(desk: Desk) -> None:
    desk.channel(faults=[ZeroDivisionError()])
    desk.post()
    await desk.deliver()
    assert desk.states() == [DeliveryState.UNKNOWN]


async def test_a_channel_that_the_config_names_no_more_keeps_what_waits(desk: Desk) -> None:
    desk.channel("old")
    desk.post()
    del desk.channels["old"]
    desk.channel("new")
    assert (await desk.deliver()).sent == 0
    assert desk.states() == [DeliveryState.WAITING]


async def test_retrying_makes_lost_deliveries_due_again(desk: Desk) -> None:
    desk.channel(faults=[DeliveryError("550 no", temporary=False)])
    desk.post()
    await desk.deliver()
    with desk.store.write() as tx:
        assert outbox.retry(tx, [d.id for d in desk.all()], desk.clock()) == 1
    assert (await desk.deliver()).sent == 1
