"""Real daemons that are killed again and again while news comes: none lost, none told twice.

They share a database, and one webhook that refuses every third post. A post that is tried again has
the id of the first try and counts once; of each article there must be one post, and it received.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.conftest import empty_postgres
from tests.journey.world import ROOT, Answer, World, ended, rss, until, world

FEEDS = 4
RUN = """
import sys
import monitor.leasing as leasing
leasing.LEASE_SECONDS, leasing.RENEW_SECONDS = {lease}, {renew}
from monitor.cli.main import main
sys.argv = ["wirewatch", "run"]
main()
"""
"""The command with other leases, so that what a killed daemon had in hand is soon free again."""

SUBJECTS = ("Oslo", "Lima", "Accra", "Hanoi", "Quito", "Minsk", "Dakar", "Turin", "Perth", "Osaka")


@dataclass
class Trial:
    """What is published, by whom it is read, and what was received of it."""

    place: World
    seed: int
    lease: float = 2.0
    published: int = 0
    killed: int = 0
    daemons: list[asyncio.subprocess.Process] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.place.hook_answers = Thirds()
        for number in range(FEEDS):
            self.place.pages[f"/{number}.rss"] = self.shown(number)

    def shown(self, feed: int) -> Answer:
        """The page of one feed: every fourth article, and some that are a neighbour's too."""

        async def answer(_request: web.Request) -> web.Response:
            mine = [n for n in range(self.published) if feed in (n % FEEDS, n % 7)]
            return web.Response(body=rss(*map(article, mine)), content_type="application/rss+xml")

        return answer

    def configure(self, database: str) -> None:
        self.place.write("rules/a.toml", "[[rule]]\nname = 'All'\nmatch = 'news'\ncooldown = '0s'")
        feeds = "".join(
            f'[[feed]]\nurl = "{self.place.url(f"/{number}.rss")}"\nname = "Feed {number}"\n'
            for number in range(FEEDS)
        )
        self.place.write(
            "config.toml",
            f'database = "{database}"\nrules = "rules"\nlanguages = ["en"]\n[poll]\nbacklog = "all"'
            '\nevery = "1s"\nmin_every = "1s"\nmax_every = "1s"\n' + feeds + "[channel.hook]\n"
            f'type = "webhook"\nurl = "{self.place.url("/hook")}"\n'
            '[digest.alert]\nschedule = "immediately"\nchannels = ["hook"]\nmax_stories = 1000\n',
        )

    async def begin(self) -> None:
        """Another daemon."""
        with (self.place.folder / "daemon.log").open("ab") as log:
            self.daemons.append(
                await asyncio.create_subprocess_exec(
                    *(sys.executable, "-c", RUN.format(lease=self.lease, renew=self.lease / 3)),
                    cwd=self.place.folder,
                    env={**os.environ, "PYTHONPATH": str(ROOT)},
                    stdout=log,
                    stderr=log,
                )
            )

    async def kill_one(self) -> None:
        victim = self.daemons.pop(self.rng.randrange(len(self.daemons)))
        victim.kill()
        await victim.wait()
        self.killed += 1

    async def run(self, daemons: int, kills: int, news: int, pause: float) -> None:
        """So many daemons; ``news`` articles while ``kills`` of them are killed and begin anew."""
        for _ in range(daemons):
            await self.begin()
        await until(lambda: self.place.log().count("rules in force") >= daemons)
        for turn in range(kills):
            for _ in range(news // kills):
                self.published += 1
                await asyncio.sleep(pause)
            if turn % 2:  # half of the deaths come while something is under way for certain
                told = len(self.place.posts)
                await until(lambda told=told: len(self.place.posts) > told)  # type: ignore[misc]
            await self.kill_one()
            await self.begin()
        await until(lambda: len(self.received()) == self.published, 180)

    def received(self) -> dict[str, set[str]]:
        """The ids of the posts that were received, by the headlines in them."""
        found = defaultdict(set)
        for post, status in zip(self.place.posts, Thirds(), strict=False):
            if status == 204:
                for title in titles(post.json):
                    found[title].add(post.headers["webhook-id"])
        return found

    def sendings(self) -> dict[str, set[str]]:
        """The ids of all posts, refused ones too, by the headlines in them."""
        found = defaultdict(set)
        for post in self.place.posts:
            for title in titles(post.json):
                found[title].add(post.headers["webhook-id"])
        return found

    async def end(self) -> None:
        """Whoever lives ends in order."""
        for process in self.daemons:
            process.send_signal(signal.SIGTERM)
        for process in self.daemons:
            await ended(process)

    def bury(self) -> None:
        for process in self.daemons:
            if process.returncode is None:
                process.kill()


class Thirds(list[int]):
    """Answers of a webhook that refuses every third post, without end."""

    def __init__(self) -> None:
        super().__init__([204])
        self._given = 0

    def pop(self, _index: object = 0) -> int:
        self._given += 1
        return 503 if self._given % 3 == 0 else 204

    def __iter__(self) -> Iterator[int]:
        while True:
            yield self.pop()


def article(number: int) -> tuple[str, str, str]:
    """The article with this number: what is in it is unlike what is in others."""
    place = SUBJECTS[number % len(SUBJECTS)]
    title = f"News {number} from {place}"
    return f"news{number}", title, f"In {place} number {number} was told at some length today."


def titles(document: dict[str, Any]) -> list[str]:
    """The headlines in a post."""
    told = [each["title"] for story in document["stories"] for each in story["articles"]]
    return told + [each["title"] for each in document["more"]]


async def hold(trial: Trial, *, daemons: int, kills: int, news: int, pause: float) -> None:
    """Run it; every article was received, and each was in one sending alone."""
    try:
        await trial.run(daemons, kills, news, pause)
        await trial.end()
    finally:
        trial.bury()
    assert trial.killed == kills
    assert sorted(trial.received()) == sorted(article(n)[1] for n in range(trial.published))
    assert {title: ids for title, ids in trial.sendings().items() if len(ids) > 1} == {}


@pytest.mark.parametrize("daemons", [1, 3])
async def test_daemons_that_are_killed_lose_nothing_and_tell_nothing_twice(
    daemons: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """One on SQLite, three on PostgreSQL."""
    async with world(tmp_path) as place:
        trial = Trial(place, seed=daemons)
        database = "wirewatch.db"
        if daemons > 1:
            database = empty_postgres(request.getfixturevalue("postgres_address"))
        trial.configure(database)
        await hold(trial, daemons=daemons, kills=2, news=20, pause=0.02)
