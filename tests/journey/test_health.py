"""The machinery tells of itself: faults begin and end, a heartbeat goes out, and all of it once."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.journey.test_daemon import poll_often
from tests.journey.world import LEAVING, RAIN, RULE, World, rss, until, world

HEALTH = """
[channel.watch]
type = "webhook"
url = "{hook}"
[health]
channel = "watch"
heartbeat = "{beat}"
silent_after = "30d"
"""


class Watcher:
    """Who is told of health, and the dead man's switch beside it."""

    def __init__(self, place: World) -> None:
        self.place = place
        self.by_id: dict[str, dict[str, Any]] = {}
        self.beats = 0
        place.pages["/watch"] = self.take
        place.pages["/beat/0a1b2c3d4e5f"] = self.beat

    async def take(self, request: web.Request) -> web.StreamResponse:
        # What was on its way when a process died comes again under the same id.
        self.by_id[request.headers["webhook-id"]] = json.loads(await request.read())
        return web.Response(status=204)

    async def beat(self, request: web.Request) -> web.StreamResponse:
        del request
        self.beats += 1
        return web.Response(text="OK")

    def config(self, feeds: dict[str, str]) -> None:
        path = self.place.config(feeds)
        told = HEALTH.format(
            hook=self.place.url("/watch"), beat=self.place.url("/beat/0a1b2c3d4e5f")
        )
        text = path.read_text(encoding="utf-8") + told
        self.place.write("config.toml", text)

    @property
    def posts(self) -> list[dict[str, Any]]:
        return list(self.by_id.values())

    def told(self) -> list[tuple[str, bool]]:
        """What was told, in order: names, and whether it was over."""
        return [
            (problem["name"], problem["message"].startswith("over: "))
            for post in self.posts
            for problem in post["problems"]
        ]


async def fails(request: web.Request) -> web.StreamResponse:
    del request
    return web.Response(status=503)


async def test_faults_are_told_once_when_they_begin_and_once_when_they_end_across_sudden_death(
    tmp_path: Path,
) -> None:
    async with world(tmp_path) as place:
        watcher = Watcher(place)
        place.write("rules/a.toml", RULE.format(name="Leaving", match="troops NEAR/5 Niger"))
        names = [f"Desk {number}" for number in range(6)]
        for name in names:
            place.pages[f"/{name[-1]}"] = rss(RAIN)
        watcher.config({name: f"/{name[-1]}" for name in names})
        poll_often(place)

        async with place.daemon() as process:
            await until(lambda: watcher.beats)
            place.write("rules/a.toml", RULE.format(name="Leaving", match="troops NEAR/5 ("))
            for name in names:
                place.pages[f"/{name[-1]}"] = fails
            begun = {("a.toml", False), *((name, False) for name in names)}
            await until(lambda: len(watcher.told()) >= len(begun), seconds=120)
            process.send_signal(signal.SIGKILL)
            await process.wait()
        assert sorted(watcher.told()) == sorted(begun)
        place.write("rules/a.toml", RULE.format(name="Leaving", match="troops NEAR/5 Niger"))
        for name in names:
            place.pages[f"/{name[-1]}"] = rss(RAIN)
        over = {(name, True) for name, _ in begun}
        async with place.daemon():
            await until(lambda: len(watcher.told()) >= 2 * len(begun), seconds=120)
        assert sorted(watcher.told()) == sorted([*begun, *over])
        assert {post["digest"] for post in watcher.posts} == {"health"}
        assert all(post["stories"] == [] for post in watcher.posts)
        assert len(watcher.posts) < len(begun)  # gathered
        assert "0a1b2c3d4e5f" not in place.log()


async def test_one_pass_tells_beats_and_shows_what_is_wrong(tmp_path: Path) -> None:
    async with world(tmp_path) as place:
        watcher = Watcher(place)
        place.pages["/world.rss"] = rss(RAIN)
        place.pages["/dead.rss"] = fails
        place.write("rules/a.toml", RULE.format(name="Leaving", match="troops NEAR/5 Niger"))
        watcher.config({"World desk": "/world.rss", "Dead desk": "/dead.rss"})
        ended = await place.command("run", "--once")
        assert ended.code == 0
        assert "told of health: Wirewatch: 1 new problem: Dead desk" in ended.err
        assert watcher.told() == [("Dead desk", False)]
        assert watcher.beats == 1
        place.pages["/dead.rss"] = rss(LEAVING)
        place.hook_answers = [400]
        ended = await place.command("run", "--once")
        assert (
            ended.code == 1
        )  # a delivery was refused: no error of ours, but no second beat so soon
        assert ("Dead desk", True) in watcher.told()
        assert watcher.beats == 1
        status = await place.command("status")
        assert f"heartbeat   {place.url('').removeprefix('http://')}: last taken" in status.out
        assert "0a1b2c3d4e5f" not in status.out + status.err + ended.err
        described = json.loads((await place.command("status", "--json")).out)
        assert described["heartbeat"]["trouble"] is None
