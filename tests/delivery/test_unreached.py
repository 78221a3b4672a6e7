"""A receiver that takes nothing for long is a problem, from half an hour to the first success."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from monitor.digests.health import TellingHealth, tell_health
from monitor.digests.render import Renderer
from monitor.errors import DeliveryError
from monitor.model import Delivery, DeliveryState, Message, Problem
from monitor.store import Store, outbox, problems
from tests.conftest import FakeClock
from tests.delivery.test_deliver import Desk
from tests.digests.samples import ROME
from tests.fakes import FakeChannel

GREYLISTED = DeliveryError("450 4.7.1 Greylisted", temporary=True)
REFUSED = DeliveryError("401 Unauthorized", temporary=False, channel_fault=True)
NO_ANSWER = DeliveryError("no answer", temporary=True, unknown=True)


@dataclass
class Fallible(FakeChannel):
    """Refuses whoever is named in ``down`` for as long as that stands there."""

    down: dict[str, DeliveryError] = field(default_factory=dict)

    async def send(self, delivery: Delivery, message: Message) -> str:
        if fault := self.down.get(delivery.recipient):
            self.tried.append(delivery.id)
            raise fault
        return await super().send(delivery, message)


class Watched(Desk):
    """A desk that sends for hours, and a health channel beside it."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        super().__init__(store, clock)
        self.desk = Fallible(recipients=("a@example.org", "b@example.org"))
        self.channels["desk"] = self.desk
        self.health = TellingHealth("ops", ROME, FakeChannel(name="ops").pack, Renderer())
        self.subjects: list[str] = []
        self.messages: list[str] = []

    def is_down(self, *recipients: str, fault: DeliveryError = GREYLISTED) -> None:
        self.desk.down = dict.fromkeys(recipients, fault)

    async def pass_time(self, **duration: float) -> None:
        """Send what is due when it is due, and tell, for so long."""
        end = self.clock() + timedelta(**duration)
        while self.clock() < end:
            await self.deliver()
            self.tell()
            soon = self.clock() + timedelta(seconds=6)  # what is told was gathered for five
            if soon < self.next_at():
                self.clock.now = soon
                self.tell()
            self.clock.now = min(self.next_at(), end)

    def next_at(self) -> datetime:
        """When there is something to do again: in 20 minutes at the latest."""
        with self.store.read() as connection:
            rests = [rest.until for rest in outbox.resting(connection)]
        due = [each.due_at for each in self.all() if each.state in outbox.OPEN]
        times = [each for each in (*due, *rests) if each > self.clock()]
        return min([*times, self.clock() + timedelta(minutes=20)])

    def tell(self) -> None:
        told = tell_health(self.store, self.health, self.clock)
        if told:
            self.subjects.append(told.subject)
            self.messages += [each["message"] for each in json.loads(told.json)["problems"]]

    def problems(self) -> list[Problem]:
        with self.store.read() as connection:
            found = problems.present(connection, None)
        return [each for each in found if each.name == "desk"]

    def messages_now(self) -> list[str]:
        return [each.message for each in self.problems()]


@pytest.fixture
def desk(store: Store, clock: FakeClock) -> Watched:
    return Watched(store, clock)


NOTHING_FOR_A = "nothing has reached a@example.org; it is tried again: 450 4.7.1 Greylisted"


async def test_greylisting_for_a_quarter_of_an_hour_is_no_problem(desk: Watched) -> None:
    desk.is_down("a@example.org", "b@example.org")
    desk.post("desk")
    await desk.pass_time(minutes=15)
    assert desk.problems() == []
    desk.is_down()
    await desk.pass_time(hours=1)
    assert desk.states() == [DeliveryState.SENT] * 2
    assert desk.subjects == []


async def test_a_receiver_that_takes_nothing_for_hours_is_told_once_and_once_when_it_does(
    desk: Watched,
) -> None:
    began = desk.clock()
    desk.is_down("a@example.org", "b@example.org")
    desk.post("desk")
    await desk.pass_time(hours=8)
    (problem,) = desk.problems()
    assert (problem.since, problem.lasts) == (began, True)
    assert problem.message == NOTHING_FOR_A.replace("org;", "org and 1 more;")
    assert desk.subjects == ["Wirewatch: 1 new problem: desk"]
    desk.is_down()
    await desk.pass_time(hours=2)
    assert desk.problems() == []
    assert desk.subjects[1:] == ["Wirewatch: 1 problem over: desk"]
    assert desk.messages[1] == f"over: {desk.messages[0]}"


async def test_it_is_told_by_the_try_made_half_an_hour_after_the_first(desk: Watched) -> None:
    desk.is_down("a@example.org")
    desk.post("desk")
    await desk.pass_time(minutes=30)
    assert desk.problems() == []
    await desk.pass_time(minutes=6)
    assert desk.messages_now() == [NOTHING_FOR_A]


async def test_a_receiver_that_asks_for_an_hour_is_told_at_once(desk: Watched) -> None:
    asked = DeliveryError("answers 503", temporary=True, retry_after=3600)
    desk.is_down("b@example.org", fault=asked)
    desk.post("desk")
    await desk.pass_time(minutes=1)
    assert desk.messages_now() == [
        "nothing has reached b@example.org; it is tried again: answers 503"
    ]


async def test_the_first_success_ends_it_though_others_still_wait(desk: Watched) -> None:
    desk.is_down("a@example.org")
    for _ in range(4):
        desk.post("desk")
        await desk.pass_time(minutes=25)
    assert desk.messages_now() == [NOTHING_FOR_A]
    desk.is_down()
    desk.post("desk")
    await desk.deliver()
    assert desk.states().count(DeliveryState.WAITING) > 1
    assert desk.problems() == []


async def test_another_recipient_of_the_channel_does_not_hide_it(desk: Watched) -> None:
    desk.is_down("a@example.org")
    for _ in range(3):
        desk.post("desk")
        await desk.pass_time(minutes=40)
    assert desk.messages_now() == [NOTHING_FOR_A]


async def test_where_the_answer_was_lost_it_says_that_it_is_not_sure(desk: Watched) -> None:
    desk.is_down("a@example.org", fault=NO_ANSWER)
    desk.post("desk")
    await desk.pass_time(hours=1)
    assert desk.messages_now() == [
        "nothing has reached a@example.org for sure; it is tried again: no answer"
    ]


async def test_a_channel_that_rests_is_told_once_and_as_that(desk: Watched) -> None:
    desk.is_down("a@example.org", "b@example.org")
    desk.post("desk")
    await desk.pass_time(hours=2)
    desk.is_down("a@example.org", "b@example.org", fault=REFUSED)
    await desk.pass_time(hours=3)
    assert desk.messages_now() == ["401 Unauthorized"]
    assert desk.subjects == ["Wirewatch: 1 new problem: desk"]
    desk.is_down()
    await desk.pass_time(hours=2)
    assert desk.subjects[1:] == ["Wirewatch: 1 problem over: desk"]


async def test_it_stays_while_the_next_try_is_made(desk: Watched) -> None:
    desk.is_down("a@example.org", "b@example.org")
    desk.post("desk")
    await desk.pass_time(hours=2)
    before = desk.problems()
    desk.clock.pass_time(hours=1)
    with desk.store.write() as tx:
        assert outbox.lease_due(tx, desk.clock(), ["desk"], 1, 25)
    assert desk.problems() == before


async def test_after_a_sleep_nothing_is_told_before_the_next_try(desk: Watched) -> None:
    desk.is_down("a@example.org")
    desk.post("desk")
    await desk.pass_time(minutes=10)
    desk.clock.pass_time(days=2)
    assert desk.problems() == []
    desk.is_down()
    with desk.store.write() as tx:
        assert outbox.lease_due(tx, desk.clock(), ["desk"], 1, 25)
    assert desk.problems() == []


async def test_what_is_given_up_is_told_as_that(desk: Watched) -> None:
    desk.is_down("a@example.org")
    desk.post("desk")
    await desk.pass_time(hours=1)
    desk.clock.pass_time(hours=80)
    await desk.deliver()
    assert DeliveryState.GIVEN_UP in desk.states()
    (lost,) = desk.problems()
    assert not lost.lasts
    assert "did not get" in lost.message


async def test_what_is_retried_by_hand_begins_anew(desk: Watched) -> None:
    desk.is_down("a@example.org")
    desk.post("desk")
    await desk.pass_time(hours=2)
    ids = [each.id for each in desk.all() if each.state is DeliveryState.WAITING]
    with desk.store.write() as tx:
        outbox.retry(tx, ids, desk.clock())
    assert desk.problems() == []
    again = desk.clock()
    await desk.pass_time(hours=1)
    (problem,) = desk.problems()
    assert near(problem.since, again)


def near(moment: datetime, other: datetime) -> bool:
    return abs(moment - other) < timedelta(minutes=1)
