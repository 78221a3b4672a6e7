from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from aiohttp import web

from tests.journey.world import LEAVING, ROOT, RULE, ended, rss, until, world

STUCK = """
import sys, time
sys.path.insert(0, {root!r})
import monitor.pipeline as pipeline
pipeline.match = lambda *_: time.sleep(3600)
sys.argv = ["wirewatch", "run"]
from monitor.cli.main import main
main()
"""

HURRIED = """
import sys
sys.path.insert(0, {root!r})
import monitor.daemon.shift as shift
shift.POLL_GRACE_SECONDS = 0.1
sys.argv = ["wirewatch", "run"]
from monitor.cli.main import main
main()
"""


async def test_the_database_is_closed_though_polls_were_cut_short(tmp_path: Path) -> None:
    """At the end, and before where the configuration is read again."""
    asked: list[web.Request] = []

    async def slow(request: web.Request) -> web.StreamResponse:
        asked.append(request)
        await asyncio.sleep(3600)
        return web.Response()

    async with world(tmp_path) as place:
        place.pages["/world.rss"] = slow
        place.write("rules/a.toml", RULE.format(name="Leaving", match="troops NEAR/5 Niger"))
        place.config({"World desk": "/world.rss"})
        with (tmp_path / "daemon.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", HURRIED.format(root=str(ROOT)), cwd=tmp_path, stderr=log
            )
            await until(lambda: len(asked) == 1)
            assert (tmp_path / "wirewatch.db-wal").exists()
            process.send_signal(signal.SIGHUP)
            await until(lambda: "configuration read again" in place.log() and len(asked) == 2)
            process.send_signal(signal.SIGTERM)
            assert await ended(process) == 0
    assert place.log().count("cut short") == 2
    assert "stopped" in place.log()
    assert not (tmp_path / "wirewatch.db-wal").exists()


async def test_a_thread_that_will_not_end_is_left_behind(tmp_path: Path) -> None:
    """Making a dictionary, or a rule on a monstrous text, must not hold up SIGTERM."""
    async with world(tmp_path) as place:
        place.pages["/world.rss"] = rss(LEAVING)
        place.write("rules/a.toml", RULE.format(name="Leaving", match="troops NEAR/5 Niger"))
        place.config({"World desk": "/world.rss"})
        with (tmp_path / "daemon.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", STUCK.format(root=str(ROOT)), cwd=tmp_path, stderr=log
            )
            await until(lambda: "stop with" in place.log())
            process.send_signal(signal.SIGTERM)
            assert await ended(process) == 0
    assert "stopped" in place.log()
