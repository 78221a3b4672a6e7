"""The watchdog is fed by progress: while feeds hang at their deadline, not when a station does."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from monitor import progress
from monitor.config.supervision import Supervision, supervision
from monitor.daemon import shift as shifts
from monitor.daemon.service import Service
from monitor.daemon.shift import Shift
from monitor.daemon.watchdog import PATIENCE, WHILE_MAKING, Watchdog, patience
from monitor.leasing import work_off
from monitor.model import utc_now
from tests.journey.world import LEAVING, RULE, ended, rss, until, world


class Manager:
    """A service manager: a real datagram socket, and what came."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self._socket.setblocking(False)
        self.address = address
        self.told: list[str] = []

    def hear(self) -> list[str]:
        """All messages so far, oldest first."""
        try:
            while True:
                self.told.append(self._socket.recv(4096).decode())
        except BlockingIOError:
            return self.told

    def fed(self) -> int:
        return self.hear().count("WATCHDOG=1")

    def firsts(self) -> list[str]:
        """The first line of each message but for food."""
        return [each.splitlines()[0] for each in self.hear() if each != "WATCHDOG=1"]

    def service(self, span: float | None = 4.0) -> Service:
        return Service(Supervision(self.address, span))

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    opened = Manager(str(tmp_path / "notify"))
    yield opened
    opened.close()


class Moment:
    """Seconds that a test counts."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def watched(manager: Manager, moment: Moment, *stations: str) -> Watchdog:
    watchdog = Watchdog(manager.service(), moment)
    watchdog.watch(stations or ("poll", "decide"), patience(20.0, lambda: False))
    return watchdog


# --- what the manager asks, and what it is told -------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "asked"),
    [
        ({}, Supervision()),
        ({"NOTIFY_SOCKET": "/run/n", "WATCHDOG_USEC": "30000000"}, Supervision("/run/n", 30.0)),
        (
            {"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "5", "WATCHDOG_PID": "7"},
            Supervision("@n", 5e-6),
        ),
        ({"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "5", "WATCHDOG_PID": "8"}, Supervision("@n")),
        ({"NOTIFY_SOCKET": "vsock:2:1", "WATCHDOG_USEC": "soon"}, Supervision()),
        ({"NOTIFY_SOCKET": "/", "WATCHDOG_USEC": "0"}, Supervision()),
    ],
)
def test_what_the_manager_asks_stands_in_the_environment(
    environment: dict[str, str], asked: Supervision
) -> None:
    assert supervision(environment, 7) == asked


@pytest.mark.skipif(sys.platform != "linux", reason="names without a file are Linux's")
def test_a_socket_without_a_file_is_told(tmp_path: Path) -> None:
    manager = Manager(f"@wirewatch-{tmp_path.name}-{threading.get_native_id()}")
    manager.service().ready("watching: 2 feeds")
    assert manager.hear() == ["READY=1\nSTATUS=watching: 2 feeds"]
    manager.close()


def test_a_status_is_one_line_whatever_it_says(manager: Manager) -> None:
    manager.service().waits("cannot begin: no\nREADY=1\n" + "x" * 500, 60)
    (told,) = manager.hear()
    assert told.startswith("EXTEND_TIMEOUT_USEC=60000000\nSTATUS=cannot begin: no READY=1 x")
    assert len(told) < 250


def test_a_manager_that_cannot_be_told_is_told_of_once(tmp_path: Path) -> None:
    service = Service(Supervision(str(tmp_path / "nobody"), 4.0))
    with capture_logs() as logs:
        service.ready("")
        service.feed()
    assert [each["event"] for each in logs] == ["the service manager cannot be told"]


def test_without_a_manager_nothing_is_told_and_stations_are_watched_all_the_same() -> None:
    moment = Moment()
    watchdog = Watchdog(Service(), moment)
    watchdog.watch(("poll",), patience(0.0, lambda: False))
    moment.seconds += PATIENCE + 1
    with capture_logs() as logs:
        watchdog.look()
    assert [(each["event"], each["station"]) for each in logs] == [("station hangs", "poll")]


# --- what feeds it ------------------------------------------------------------------------------


def test_progress_feeds_it_and_not_too_often(manager: Manager) -> None:
    moment = Moment()
    watchdog = watched(manager, moment)
    for _ in range(40):
        moment.seconds += 0.1
        watchdog.report("decide")
    assert manager.fed() == 4  # once a second of the four that the manager gives


def test_nobody_reports_and_it_is_not_fed(manager: Manager) -> None:
    moment = Moment()
    watchdog = watched(manager, moment)
    moment.seconds += 60
    watchdog.look()
    assert manager.fed() == 0


def test_one_station_that_hangs_is_named_and_the_others_do_not_feed_it(manager: Manager) -> None:
    moment = Moment()
    watchdog = watched(manager, moment)
    moment.seconds += PATIENCE + 20
    with capture_logs() as logs:
        watchdog.report("decide")
        assert manager.fed() == 1  # as long as a server may take to answer, nothing is wrong
        for _ in range(9):
            moment.seconds += 5
            watchdog.report("decide")
        assert manager.fed() == 1
        assert logs == [
            {"event": "station hangs", "station": "poll", "seconds": 325, "log_level": "error"}
        ]
        assert manager.firsts() == ["STATUS=hangs: poll"]
        watchdog.report("poll")
    assert logs[-1]["event"] == "station gets on again"
    assert manager.fed() == 2


def test_who_decides_may_wait_for_dictionaries(manager: Manager) -> None:
    allowed = patience(20.0, lambda: True)
    assert (allowed("decide"), allowed("poll")) == (WHILE_MAKING, PATIENCE + 20)


def test_a_shift_that_has_ended_is_not_waited_for(manager: Manager) -> None:
    moment = Moment()
    watchdog = watched(manager, moment)
    moment.seconds += 2 * PATIENCE
    watchdog.rest()
    watchdog.report("start")
    assert manager.fed() == 1


# --- who reports --------------------------------------------------------------------------------


async def test_every_unit_that_ends_is_progress_and_one_that_hangs_is_none() -> None:
    heard: list[str] = []
    due = ["hangs", "a", "b", "c"]
    stopping, never = asyncio.Event(), asyncio.Event()

    async def work(unit: str) -> None:
        if unit == "hangs":
            await never.wait()

    def lease(free: int, under_way: object) -> list[str]:
        taken = due[:free]
        del due[:free]
        return taken

    async def one_pass() -> None:
        with progress.heard_by(lambda: heard.append("poll")):
            await work_off(lease, work, lambda _: None, slots=2, stopping=stopping)

    passing = asyncio.create_task(one_pass())
    while len(heard) < 3:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    assert len(heard) == 3
    progress.made()  # of somebody else: nobody listens here
    assert len(heard) == 3
    never.set()
    await passing
    assert len(heard) == 4


async def test_what_a_thread_does_for_a_pass_is_heard_by_its_listener() -> None:
    heard: list[int] = []
    with progress.heard_by(lambda: heard.append(threading.get_ident())):
        await asyncio.to_thread(progress.made)
    assert len(heard) == 1
    assert heard[0] != threading.get_ident()


class Stations:
    """A line of stations, of which those that hang do so until they are let go."""

    def __init__(self, *hanging: str) -> None:
        self.stopping = asyncio.Event()
        self.let_go = asyncio.Event()
        self.passes: list[str] = []
        self.heartbeat = None
        self._hanging = hanging

    async def poll(self) -> None:
        self.passes.append("poll")
        if "poll" in self._hanging:
            await self.let_go.wait()

    def decide(self) -> tuple[Any, ...]:
        self.passes.append("decide")
        return (SimpleNamespace(failed={}),)

    async def deliver(self) -> None:
        self.passes.append("deliver")

    def look_after(self) -> None:
        self.passes.append("health")


async def at_work(stations: Stations, watchdog: Watchdog, test: Callable[[], Any]) -> None:
    """A shift of these stations, while ``test`` runs."""
    unchanged = SimpleNamespace(changed=lambda: False)
    settings, store, rules = (cast(Any, SimpleNamespace()) for _ in range(3))
    presence = cast(Any, SimpleNamespace(beat=lambda _store: None))
    allowed = patience(20.0, lambda: False)
    shift = Shift(
        settings, store, utc_now, cast(Any, stations), rules, cast(Any, unchanged),
        watchdog, allowed, presence,
    )  # fmt: skip
    try:
        await shift.work(test)
    finally:
        stations.let_go.set()


async def test_the_daemon_feeds_it_until_a_station_is_stuck(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shifts, "TICK_SECONDS", 0.02)
    monkeypatch.setattr(shifts, "FORGET_SECONDS", 1e6)
    moment, stations = Moment(), Stations("poll")
    watchdog = Watchdog(manager.service(), moment)

    async def test() -> None:
        await until(lambda: manager.fed() == 1)
        moment.seconds += PATIENCE + 19
        await until(lambda: manager.fed() == 2)  # the poll may still come to its end
        moment.seconds += 2
        begun = len(stations.passes)
        await until(lambda: len(stations.passes) > begun + 6)  # the others pass and pass
        moment.seconds += 60
        await until(lambda: len(stations.passes) > begun + 12)
        assert manager.fed() == 2
        stations.let_go.set()
        await until(lambda: manager.fed() == 3)

    monkeypatch.setattr(Shift, "_forget", _nothing)
    await at_work(stations, watchdog, test)
    assert manager.firsts() == ["STATUS=hangs: poll", "STATUS=every station gets on again"]


async def test_at_its_end_a_shift_waits_longer_for_receivers_than_for_feeds(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shifts, "POLL_GRACE_SECONDS", 0.05)
    monkeypatch.setattr(shifts, "GRACE_SECONDS", 300.0)
    monkeypatch.setattr(Shift, "_forget", _nothing)
    ended: list[str] = []

    class Slow(Stations):
        async def poll(self) -> None:
            try:
                await super().poll()
            finally:
                ended.append("poll")
                self.let_go.set()

        async def deliver(self) -> None:
            await self.let_go.wait()
            ended.append("deliver")

    stations = Slow("poll")
    test = partial(until, lambda: "poll" in stations.passes)
    async with asyncio.timeout(60):
        await at_work(stations, Watchdog(manager.service(), Moment()), test)
    assert ended == ["poll", "deliver"]


async def _nothing(_: object) -> None:
    return None


# --- the whole program --------------------------------------------------------------------------


async def test_it_is_fed_while_feeds_hang_at_their_deadline(
    tmp_path: Path, manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(3600)
        return web.Response()

    monkeypatch.setenv("NOTIFY_SOCKET", manager.address)
    monkeypatch.setenv("WATCHDOG_USEC", "2000000")
    async with world(tmp_path) as place:
        place.pages["/world.rss"] = rss(LEAVING)
        place.pages.update({f"/hang{number}": hang for number in range(3)})
        place.write("rules/a.toml", RULE.format(name="Leaving", match="troops NEAR/5 Niger"))
        hanging = {f"H{n}": f"/hang{n}" for n in range(3)}
        config = place.config({"World": "/world.rss", **hanging}, hanging=hanging)
        good = config.read_text(encoding="utf-8")
        async with place.daemon() as process:
            await until(lambda: place.log().count("feed failed") == 3)
            assert manager.hear()[0] == "READY=1\nSTATUS=watching: 4 feeds, 1 rule, 1 digest"
            await until(lambda: manager.fed() >= 3)
            place.write("config.toml", good.replace("[channel.ops]", "[chanel.ops]"))
            await until(lambda: "the last good one stays" in place.log())
            place.write("config.toml", good)
            await until(lambda: manager.firsts().count("READY=1") == 3)
            process.send_signal(signal.SIGTERM)
            assert await ended(process) == 0
        assert manager.firsts() == [
            "READY=1", "RELOADING=1", "READY=1", "RELOADING=1", "READY=1", "STOPPING=1"
        ]  # fmt: skip
