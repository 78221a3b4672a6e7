from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

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
