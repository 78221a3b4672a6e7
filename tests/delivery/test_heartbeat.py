from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from monitor.delivery import heartbeat
from monitor.delivery.heartbeat import Heartbeat
from monitor.delivery.options import HeartbeatOptions
from monitor.model import Secret
from monitor.store import Store, health
from tests.conftest import FakeClock
from tests.delivery.servers import HOST

SECRET = "5a1c9e7e-uuid"


class Switch:
    """A dead man's switch: answers with ``status``, and counts who asked."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self.status = 200
        self.asked: list[str] = []
        self.answer: Callable[[web.Request], Awaitable[web.StreamResponse]] = self.plain
        self.address = ""

    async def plain(self, request: web.Request) -> web.StreamResponse:
        del request
        headers = {"Location": "/elsewhere"} if 300 <= self.status < 400 else {}
        return web.Response(status=self.status, headers=headers, text="OK " + "x" * 100_000)

    async def ask(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        return await self.answer(request)  # type: ignore[arg-type]

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[Heartbeat]:
        """A process that may beat."""
        async with httpx.AsyncClient(follow_redirects=False) as http:
            yield Heartbeat(HeartbeatOptions(Secret(self.address)), http, self.store, self.clock)

    async def beat(self) -> bool:
        async with self.beating() as made:
            return await made.beat()

    def known(self) -> health.Beat:
        with self.store.read() as connection:
            found = health.beat(connection, HeartbeatOptions(Secret(self.address)).host)
        assert found is not None
        return found


@pytest.fixture
async def switch(store: Store, clock: FakeClock) -> AsyncIterator[Switch]:
    made = Switch(store, clock)
    runner = web.ServerRunner(web.Server(made.ask), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, HOST, 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    made.address = f"http://{HOST}:{port}/{SECRET}"
    yield made
    await runner.cleanup()


async def test_it_is_asked_once_a_minute_by_however_many_processes(switch: Switch) -> None:
    assert await asyncio.gather(*(switch.beat() for _ in range(3))) in (
        [True, False, False],
        [False, True, False],
        [False, False, True],
    )
    switch.clock.pass_time(seconds=59)
    assert not await switch.beat()
    switch.clock.pass_time(seconds=1)
    assert await switch.beat()
    assert switch.asked == [f"GET /{SECRET}"] * 2
    assert (switch.known().good_at, switch.known().trouble) == (switch.clock(), None)


async def test_a_clock_that_was_set_back_does_not_stop_it(switch: Switch) -> None:
    await switch.beat()
    switch.clock.pass_time(days=-2)
    assert await switch.beat()


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (404, "answers 404 Not Found"),
        (500, "answers 500 Internal Server Error"),
        (301, "answers 301 Moved Permanently; redirects are not followed"),
    ],
)
async def test_what_does_not_take_it_is_kept_in_its_own_words(
    switch: Switch, status: int, told: str
) -> None:
    switch.status = status
    assert await switch.beat()
    assert switch.known().trouble == told
    assert switch.known().good_at is None
    assert switch.asked == [f"GET /{SECRET}"]


async def test_nobody_there_is_told_without_the_address(switch: Switch) -> None:
    switch.address = f"http://{HOST}:1/{SECRET}?key={SECRET}"
    with capture_logs() as logs:
        await switch.beat()
    assert switch.known().trouble == "no connection: Connection refused"
    assert SECRET not in str(logs)
    assert SECRET not in repr(HeartbeatOptions(Secret(switch.address)))


async def test_it_has_a_deadline(switch: Switch, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(request: web.Request) -> web.StreamResponse:
        del request
        await asyncio.sleep(60)
        return web.Response()

    monkeypatch.setattr(heartbeat, "TIMEOUT", 0.2)
    switch.answer = hang
    await switch.beat()
    assert switch.known().trouble == "no connection: no answer in time"


async def test_an_answer_without_end_is_not_read(switch: Switch) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(600):
            await response.write(b"x" * 1000)
            await asyncio.sleep(0.1)
        return response

    switch.answer = endless
    async with asyncio.timeout(5):
        await switch.beat()
    assert switch.known().trouble is None


async def test_the_log_is_told_once_an_hour_and_when_it_is_taken_again(switch: Switch) -> None:
    switch.status = 404
    with capture_logs() as logs:
        async with switch.beating() as made:
            for _ in range(18):
                await made.beat()
                switch.clock.pass_time(minutes=5)
    assert [line["event"] for line in logs] == ["heartbeat not taken"] * 2
    since = switch.known().trouble_since
    assert since == switch.clock() - timedelta(minutes=90)
    switch.status = 200
    with capture_logs() as logs:
        await switch.beat()
    assert [line["event"] for line in logs] == ["heartbeat is taken again"]
    assert switch.known().trouble_since is None


async def test_a_store_that_cannot_be_written_keeps_it_back(switch: Switch) -> None:
    class Full:
        def write(self) -> Any:
            raise OSError("disk full")

    switch.store, good = Full(), switch.store  # type: ignore[assignment]
    with pytest.raises(OSError, match="disk full"):
        await switch.beat()
    switch.store = good
    assert switch.asked == []
