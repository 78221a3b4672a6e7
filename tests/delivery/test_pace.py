"""Each channel keeps its service's rate, and no other waits for it. No test here sleeps."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.delivery.chat.services import SERVICES
from monitor.delivery.deliver import DeliverReport, deliver
from monitor.delivery.outgoing import PATIENCE
from monitor.delivery.pace import Pace
from monitor.errors import DeliveryError
from monitor.model import Delivery, DeliveryState, Message
from monitor.store import Store, digests, outbox, paces
from tests import make
from tests.conftest import FakeClock
from tests.fakes import FakeChannel

Pause = Callable[[float, asyncio.Event], Awaitable[None]]


@dataclass
class PacedChannel(FakeChannel):
    """A channel with a pace, that notes when it was tried."""

    clock: FakeClock = field(default_factory=FakeClock)
    pace: Pace | None = None
    at: list[datetime] = field(default_factory=list)

    async def send(self, delivery: Delivery, message: Message) -> str:
        self.at.append(self.clock())
        return await super().send(delivery, message)


class Office:
    """A store and channels; waiting moves the clock."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self.begun = clock()
        self.pause: Pause = self.waited
        self.channels: dict[str, PacedChannel] = {}
        self.paused: list[float] = []
        self.stopping = asyncio.Event()

    def channel(self, name: str, pace: Pace | None, parts: int = 1) -> PacedChannel:
        recipients = tuple(f"part {n}" for n in range(parts))
        self.channels[name] = PacedChannel(name, recipients, clock=self.clock, pace=pace)
        return self.channels[name]

    def post(self, *names: str) -> None:
        message = make.message(composed_at=self.clock())
        with self.store.write() as tx:
            digests.add_message(tx, message, message.id, 1)
            for name in names or self.channels:
                outbox.put(tx, self.channels[name].pack(message, self.clock()))

    async def waited(self, seconds: float, _stopping: asyncio.Event) -> None:
        self.paused.append(seconds)
        self.clock.pass_time(seconds=seconds)

    async def deliver(self) -> DeliverReport:
        return await deliver(
            self.store, self.channels, self.clock, stopping=self.stopping, pause=self.pause
        )

    def states(self) -> list[DeliveryState]:
        with self.store.read() as connection:
            found = outbox.listed(connection, list(DeliveryState), 100)
        return [each.state for each in sorted(found, key=lambda each: each.id)]


@pytest.fixture
def office(store: Store, clock: FakeClock) -> Office:
    return Office(store, clock)


def gaps(channel: PacedChannel) -> list[float]:
    return [
        (after - before).total_seconds()
        for before, after in zip(channel.at, channel.at[1:], strict=False)
    ]


# --- the algorithm ------------------------------------------------------------------------------


@given(
    seconds=st.floats(0.1, 10),
    burst=st.integers(1, 10),
    waits=st.lists(st.floats(0, 20), min_size=1, max_size=60),
)
def test_in_no_stretch_of_time_are_there_more_than_a_burst_and_one_for_each_step(
    seconds: float, burst: int, waits: list[float]
) -> None:
    pace, now, allowed = Pace(seconds, burst), make.NOW, None
    sent: list[datetime] = []
    for wait in waits:
        now += timedelta(seconds=wait)
        if allowed is None or allowed <= now:
            allowed = pace.next_after(now, allowed)
            sent.append(now)
    for first in range(len(sent)):
        for last in range(first, len(sent)):
            stretch = (sent[last] - sent[first]).total_seconds()
            assert last - first + 1 <= burst + (stretch + 0.001) / seconds


def test_after_a_rest_a_burst_goes_at_once_and_the_rest_step_by_step() -> None:
    pace, allowed, at = Pace(2.0, burst=3), None, []
    now = make.NOW
    for _ in range(6):
        now = max(now, allowed or now)
        at.append((now - make.NOW).total_seconds())
        allowed = pace.next_after(now, allowed)
    assert at == [0, 0, 0, 2, 4, 6]


@pytest.mark.parametrize(
    ("service", "most", "seconds"),
    [("slack", 1, 1), ("discord", 5, 2), ("discord", 33, 60), ("teams", 4, 1), ("ntfy", 60, 200)],
)
def test_no_pace_is_faster_than_its_service_allows(service: str, most: int, seconds: float) -> None:
    pace = SERVICES[service].pace
    inside = seconds - 0.001
    assert pace.burst + int(inside / pace.seconds) <= most


# --- the station --------------------------------------------------------------------------------


async def test_a_channel_keeps_its_pace_whatever_waits(office: Office) -> None:
    channel = office.channel("slack", Pace(1.0), parts=5)
    office.post()
    assert (await office.deliver()).sent == 5
    assert gaps(channel) == [1.0] * 4
    assert [number for number, _ in channel.got] == sorted(number for number, _ in channel.got)
    assert max(office.paused) <= 0.5  # so that new work for others is seen meanwhile


async def test_a_channel_that_waits_for_its_pace_delays_no_other(office: Office) -> None:
    office.channel("slack", Pace(5.0), parts=3)
    mail = office.channel("mail", None, parts=20)
    chat = office.channel("discord", Pace(2.0, burst=4), parts=4)
    office.post()
    await office.deliver()
    assert set(mail.at) == set(chat.at) == {office.begun}


async def test_what_comes_for_another_channel_meanwhile_goes_at_once(office: Office) -> None:
    office.channel("slack", Pace(5.0), parts=3)
    mail = office.channel("mail", None)
    office.post("slack")

    async def pause(seconds: float, stopping: asyncio.Event) -> None:
        await office.waited(seconds, stopping)
        if len(office.paused) == 3:
            office.post("mail")

    office.pause = pause
    await office.deliver()
    assert mail.at == [office.begun + timedelta(seconds=1.5)]


async def test_a_dead_channel_that_is_paced_delays_no_other(office: Office) -> None:
    dead = office.channel("dead", Pace(1.0), parts=2)
    dead.hangs = True
    good = office.channel("good", Pace(1.0))
    office.post()
    passing = asyncio.create_task(office.deliver())
    while not (good.got and dead.tried) and not passing.done():
        await asyncio.sleep(0)
    passing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await passing
    assert len(dead.tried) == 1


async def test_a_pace_holds_over_passes_and_restarts(office: Office) -> None:
    office.channel("slack", Pace(60.0))  # longer than a pass waits
    office.post()
    office.post()
    assert (await office.deliver()).sent == 1
    again = Office(office.store, office.clock)
    again.channels = office.channels
    office.clock.pass_time(seconds=59)
    assert (await again.deliver()).sent == 1
    assert gaps(office.channels["slack"]) == [60.0]


async def test_a_server_that_asks_for_a_rest_gets_it_for_the_whole_channel(
    office: Office,
) -> None:
    channel = office.channel("slack", Pace(1.0), parts=3)
    mail = office.channel("mail", None)
    slow = DeliveryError("429", temporary=True, retry_after=120, slow_down=True)
    channel.faults = [slow]
    office.post()
    report = await office.deliver()
    assert len(channel.tried) == 1
    assert len(mail.got) == 1
    assert [answer for _, answer in report.refused.values()] == ["429"]
    assert office.paused == []  # nobody waits two minutes for it
    office.clock.pass_time(seconds=119)
    office.post("mail")
    await office.deliver()
    after = [(at - office.begun).total_seconds() for at in channel.at]
    assert after == [0, 120, 121, 122]  # the last second was waited out
    assert channel.tried[0] == channel.tried[-1]  # what was refused, under the same id
    assert len(channel.got) == 3


async def test_a_channel_that_is_told_to_slow_down_without_a_time_is_not_hammered(
    office: Office,
) -> None:
    channel = office.channel("ntfy", None, parts=10)
    channel.faults = [DeliveryError("429", temporary=True, slow_down=True)] * 3
    office.post()
    while DeliveryState.WAITING in office.states():
        await office.deliver()
        office.clock.pass_time(seconds=1)
    assert gaps(channel)[:3] == [1.0, 1.0, 1.0]
    assert len(channel.got) == 10


async def test_a_refused_part_is_tried_again_alone(office: Office) -> None:
    channel = office.channel("slack", Pace(1.0), parts=4)
    channel.faults = [DeliveryError("invalid_blocks", temporary=False)]
    office.post()
    await office.deliver()
    assert office.states() == [DeliveryState.FAILED] + [DeliveryState.SENT] * 3
    with office.store.write() as tx:
        outbox.retry(tx, [channel.tried[0]], office.clock())
    office.clock.pass_time(seconds=1)
    assert (await office.deliver()).sent == 1
    assert channel.tried[0] == channel.tried[-1]


async def test_a_channel_that_rests_is_not_waited_for(office: Office) -> None:
    channel = office.channel("slack", Pace(1.0), parts=3)
    channel.faults = [DeliveryError("404 no_service", temporary=False, channel_fault=True)]
    office.post()
    await office.deliver()
    assert office.paused == []
    assert len(channel.tried) == 1


async def test_a_pass_ends_when_it_is_time_to_stop(office: Office) -> None:
    office.channel("slack", Pace(1.0), parts=50)
    office.post()

    async def pause(seconds: float, stopping: asyncio.Event) -> None:
        await office.waited(seconds, stopping)
        stopping.set()

    office.pause = pause
    assert (await office.deliver()).sent == 1


async def test_the_wait_itself_ends_when_it_is_time_to_stop(office: Office) -> None:
    office.channel("slack", Pace(9.0), parts=2)
    office.post()
    stopping = asyncio.Event()
    passing = asyncio.create_task(
        deliver(office.store, office.channels, office.clock, stopping=stopping)
    )
    while not office.channels["slack"].got and not passing.done():
        await asyncio.sleep(0)
    stopping.set()
    assert (await passing).sent == 1


# --- several processes --------------------------------------------------------------------------


def test_of_many_at_the_same_moment_one_may_send(store: Store, clock: FakeClock) -> None:
    pace, together = Pace(1.0), threading.Barrier(4)

    def take(_: int) -> bool:
        together.wait(timeout=60)
        try:
            with store.write() as tx:
                paces.take(tx, "slack", clock(), pace.next_after)
        except paces.AlreadyTaken:
            return False
        return True

    for _ in range(5):
        with ThreadPoolExecutor(4) as threads:
            assert sum(threads.map(take, range(4))) == 1
        clock.pass_time(seconds=1)


async def test_two_processes_keep_one_pace_together(office: Office) -> None:
    channel = office.channel("slack", Pace(1.0), parts=8)
    office.post()
    other = Office(office.store, office.clock)
    other.channels = office.channels
    reports = await asyncio.gather(office.deliver(), other.deliver())
    assert sum(report.sent for report in reports) == 8
    assert len(set(channel.tried)) == len(channel.tried) == 8
    # Never more leased than the pace allows; between lease and sending time may pass.
    since = sorted((at - office.begun).total_seconds() for at in channel.at)
    assert all(seconds >= number for number, seconds in enumerate(since))


def test_a_hold_is_never_made_shorter(store: Store, clock: FakeClock) -> None:
    with store.write() as tx:
        until = clock() + timedelta(minutes=5)
        paces.hold(tx, "slack", until)
        paces.hold(tx, "slack", clock() + timedelta(minutes=1))
        assert paces.waiting(tx, clock()) == {"slack": until}
    assert timedelta(seconds=0.5) < PATIENCE < timedelta(minutes=5)
