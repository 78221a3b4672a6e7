from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from monitor.digests import tidings
from monitor.digests.health import TellingHealth, tell_health
from monitor.digests.render import Renderer
from monitor.model import DeliveryState, Message, ProblemKind
from monitor.store import Store, digests, due_feeds, feeds, open_store, outbox, problems
from tests import make
from tests.conftest import FakeClock
from tests.digests.samples import ROME
from tests.fakes import FakeChannel

GATHER = tidings.GATHER.total_seconds()


class Ops:
    """A store, and a process that tells the channel "ops" of health."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self.channel = FakeChannel(name="ops")
        self.restart()

    def restart(self) -> None:
        self.tools = TellingHealth("ops", ROME, self.channel.pack, Renderer())

    def begin(
        self, name: str, message: str = "is faulty", kind: ProblemKind = ProblemKind.CONFIG
    ) -> None:
        with self.store.write() as tx:
            problems.begin(tx, kind, name, message, self.clock())

    def end(self, name: str) -> None:
        with self.store.write() as tx:
            problems.end(tx, ProblemKind.CONFIG, name)

    def tell(self, *, everything: bool = False) -> Message | None:
        return tell_health(self.store, self.tools, self.clock, everything=everything)

    def told(self, seconds: int = 60) -> list[str]:
        """The subjects of what is told within some time, looked at every second."""
        subjects = []
        for _ in range(seconds):
            message = self.tell()
            subjects += [message.subject] if message else []
            self.clock.pass_time(seconds=1)
        return subjects

    def queued(self) -> int:
        with self.store.read() as connection:
            return len(outbox.listed(connection, [DeliveryState.WAITING], 100))


@pytest.fixture
def ops(store: Store, clock: FakeClock) -> Ops:
    return Ops(store, clock)


def body(message: Message | None) -> dict[str, Any]:
    assert message is not None
    document: dict[str, Any] = json.loads(message.json)
    return document


def test_nothing_wrong_is_not_told(ops: Ops) -> None:
    assert ops.told() == []
    assert ops.tell(everything=True) is None


def test_what_begins_and_ends_is_told_once_each_through_the_outbox(ops: Ops) -> None:
    ops.begin("config.toml")
    assert ops.told() == ["Wirewatch: 1 new problem: config.toml"]
    ops.end("config.toml")
    assert ops.told() == ["Wirewatch: 1 problem over: config.toml"]
    assert ops.told() == []
    assert ops.queued() == 2


def test_what_begins_within_seconds_is_one_message(ops: Ops) -> None:
    ops.begin("first")
    for number in range(29):
        assert ops.tell() is None
        ops.begin(f"another {number}")
        ops.clock.pass_time(seconds=GATHER / 30)
    assert ops.told() == ["Wirewatch: 30 new problems"]


def test_the_subject_counts_problems_as_they_are_told_many_of_one_cause_as_one(ops: Ops) -> None:
    ops.begin("config.toml")
    for number in range(6):
        ops.begin(f"World desk {number}", kind=ProblemKind.RULE)
    subject = "Wirewatch: 2 new problems"
    message = ops.tell(everything=True)
    assert message is not None
    assert message.subject == subject
    assert "6 rules" in message.text
    ops.end("config.toml")
    assert ops.told() == ["Wirewatch: 1 problem over: config.toml"]


def test_what_passes_within_seconds_is_not_told(ops: Ops) -> None:
    ops.begin("config.toml")
    assert ops.tell() is None
    ops.clock.pass_time(seconds=GATHER / 2)
    ops.end("config.toml")
    assert ops.told() == []


def test_a_receiver_of_digests_finds_every_field(ops: Ops) -> None:
    ops.begin("old.toml")
    ops.tell(everything=True)
    ops.end("old.toml")
    ops.begin("config.toml", "line 3: what is this?")
    document = body(ops.tell(everything=True))
    assert document["type"] == "digest.sent"
    assert document["digest"] == "health"
    assert document["subject"] == "Wirewatch: 1 new problem, 1 over"
    assert (document["version"], document["stories"], document["more"]) == (1, [], [])
    assert {key: type(document[key]) for key in ("id", "timestamp")} == {
        "id": str,
        "timestamp": str,
    }
    since = "2024-05-20T07:00:00Z"
    assert document["problems"] == [
        {
            "kind": "config",
            "name": "config.toml",
            "since": since,
            "message": "line 3: what is this?",
        },
        {"kind": "config", "name": "old.toml", "since": since, "message": "over: is faulty"},
    ]


def test_it_is_kept_like_any_digest(ops: Ops) -> None:
    ops.begin("config.toml")
    message = ops.tell(everything=True)
    assert message is not None
    with ops.store.read() as connection:
        (sending,) = digests.sendings(connection, 5)
        assert digests.message(connection, message.id) == message
    assert (sending.digest, sending.stories) == ("health", 0)
    assert [(each[0], each[2]) for each in sending.deliveries] == [("ops", "waiting")]


def test_a_crash_before_it_is_in_the_outbox_tells_it_again_and_one_after_it_does_not(
    ops: Ops,
) -> None:
    ops.begin("config.toml")
    good, ops.tools.pack = ops.tools.pack, lambda *_: 1 / 0  # type: ignore[assignment]
    assert ops.tell(everything=True) is None
    assert ops.queued() == 0
    ops.restart()
    assert ops.tools.pack == good
    assert body(ops.tell(everything=True))["subject"] == "Wirewatch: 1 new problem: config.toml"
    ops.restart()
    assert ops.told() == []


def test_that_it_could_not_be_told_is_a_problem_until_it_can(ops: Ops) -> None:
    ops.begin("config.toml")
    ops.tools.pack = lambda *_: 1 / 0  # type: ignore[assignment]
    ops.tell(everything=True)
    with ops.store.read() as connection:
        assert "ZeroDivisionError" in problems.present(connection, None)[-1].message
    ops.restart()
    ops.tell(everything=True)
    with ops.store.read() as connection:
        assert [problem.name for problem in problems.present(connection, None)] == ["config.toml"]


def test_two_processes_tell_it_once(address: str, clock: FakeClock) -> None:
    stores = [open_store(address) for _ in range(2)]
    processes = [Ops(store, clock) for store in stores]
    processes[0].begin("config.toml")
    for _ in range(3):
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(lambda process: process.tell(everything=True), processes))
    assert processes[0].queued() == 1
    for store in stores:
        store.close()


def test_another_channel_is_told_what_there_is(ops: Ops) -> None:
    ops.begin("config.toml")
    ops.tell(everything=True)
    ops.tools = TellingHealth("desk", ROME, FakeChannel().pack, Renderer())
    assert body(ops.tell(everything=True))["subject"] == "Wirewatch: 1 new problem: config.toml"


def test_a_fault_of_the_channel_itself_goes_in_no_circle(ops: Ops) -> None:
    ops.begin("config.toml")
    ops.tell(everything=True)
    with ops.store.write() as tx:
        now = ops.clock()
        (delivery,) = outbox.lease_due(tx, now, ["ops"], 5, 25)
        outbox.record(tx, delivery, DeliveryState.FAILED, "400 Bad Request", now)
        outbox.rest_channel(tx, "ops", now + timedelta(hours=1), now, "404 Not Found")
    with ops.store.read() as connection:
        assert len(problems.present(connection, None)) == 3
    assert ops.told() == []


def test_a_feed_that_fails_three_times_is_told_and_recovers(ops: Ops) -> None:
    with ops.store.write() as tx:
        feeds.subscribe(tx, [make.feed()])
    for number in range(3):
        with ops.store.write() as tx:
            (state,) = due_feeds.lease(tx, ops.clock(), 5, 25)
            if not number:
                after = ops.clock() + timedelta(minutes=5)
                feeds.record_success(
                    tx, state, feeds.Success(ops.clock(), after, 300.0, None, None, None)
                )
            else:
                feeds.record_failure(tx, state, "answered 503", ops.clock(), ops.clock())
        ops.clock.pass_time(minutes=5)
    assert ops.tell(everything=True) is None  # twice in a row is the weather of the web
    with ops.store.write() as tx:
        (state,) = due_feeds.lease(tx, ops.clock(), 5, 25)
        feeds.record_failure(tx, state, "answered 503", ops.clock(), ops.clock())
    assert body(ops.tell(everything=True))["problems"][0]["message"] == "answered 503"
    with ops.store.write() as tx:
        (state,) = due_feeds.lease(tx, ops.clock(), 5, 25)
        success = feeds.Success(ops.clock(), ops.clock(), 300.0, None, None, None)
        feeds.record_success(tx, state, success)
    assert body(ops.tell(everything=True))["problems"][0]["message"] == "over: answered 503"


def test_a_hundred_problems_are_told_twenty_by_twenty_and_the_webhook_has_all(ops: Ops) -> None:
    for number in range(100):
        ops.begin(f"config {number}")
    message = ops.tell(everything=True)
    assert len(body(message)["problems"]) == 100
    assert message is not None
    for document in (message.html, message.text):
        assert "and 80 more: see wirewatch status" in document


def test_hostile_words_are_only_words(ops: Ops) -> None:
    ops.begin("<b>a\nb</b>", "\x1b[2J<script>alert(1)</script>")
    message = ops.tell(everything=True)
    assert message is not None
    assert "\n" not in message.subject
    assert "<script>" not in message.html
    assert "\x1b" not in message.html + message.text + message.subject
