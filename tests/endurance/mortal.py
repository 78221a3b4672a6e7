"""A process that may die at any step, and the world that outlives it.

The whole line runs in a child process on a real database. At each step on the way of an article
(before and after every commit, every fetch and every arrival at a receiver) the child may kill
itself with SIGKILL: nothing is tidied up, no ``finally`` runs. What feeds show and what receivers
got is in files, and stays.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.digests.health import TellingHealth
from monitor.digests.render import Renderer
from monitor.errors import DeliveryError
from monitor.feeds.fetch import Fetched
from monitor.feeds.options import Subscription
from monitor.model import Delivery, Message
from monitor.pipeline import once
from monitor.store import Store, retention, silences, tables
from tests.conftest import FakeClock
from tests.failures.newsroom import ROME, Newsroom, headlines, item, rss
from tests.fakes import FakeChannel, FakeWeb, refused

WORLD, OTHER, THIRD = (f"https://example.org/{name}.rss" for name in ("world", "other", "third"))
START = datetime(2024, 5, 20, 7, 0, tzinfo=UTC)
READERS = (("desk", "a@example.org"), ("desk", "b@example.org"), ("ops", "hook"))
NOWHERE = ("", 0)


def headline(number: int) -> str:
    """What is new in edition ``number``."""
    return f"News {number} of Niger"


def edition(number: int) -> dict[str, object]:
    """What the feeds show: each time something new, in two feeds, and the third comes and goes."""
    news = [_entry(each) for each in range(max(0, number - 15), number + 1)]
    rain = item(f"Rain in Rome on day {number}", guid=f"rain{number}")
    third = rss(rain) if number > 1 and number % 2 else refused("answered 503")
    return {WORLD: rss(*news, rain), OTHER: rss(*reversed(news)), THIRD: third}


def _entry(number: int) -> str:
    text = f"The text of news {number} of Niger, told at some length. " * 4
    return item(
        headline(number), guid=f"n{number}", link=f"https://example.org/{number}", text=text
    )


class Fate:
    """Writes down the steps of a process, and kills it at the n-th of one kind, if it comes."""

    def __init__(self, dies_at: tuple[str, int], diary: Path) -> None:
        self._kind, self._left = dies_at
        self._lock = threading.Lock()
        self._diary = diary

    def step(self, kind: str) -> None:
        with self._lock:
            with self._diary.open("a", encoding="utf-8") as file:
                file.write(kind + "\n")
            self._left -= kind == self._kind
            if kind == self._kind and not self._left:
                os.kill(os.getpid(), signal.SIGKILL)


class MortalStore(Store):
    """A store whose process may die just before and just after each commit."""

    def __init__(self, store: Store, fate: Fate) -> None:
        super().__init__(store._engine)
        self._fate = fate

    @contextmanager
    def write(self) -> Iterator[Connection]:
        what = _writer()
        with super().write() as tx:
            yield tx
            self._fate.step(f"{what}: before its commit")
        self._fate.step(f"{what}: after its commit")


def _writer() -> str:
    """Whose transaction it is: the nearest function of the product."""
    frame = sys._getframe(3)  # past this function, ``write`` and the standard library's
    return f"{Path(frame.f_code.co_filename).stem}.{frame.f_code.co_name}"


@dataclass
class MortalWeb(FakeWeb):
    """Feeds; the process may die before it asked and when it has the answer."""

    fate: Fate | None = None

    async def fetch(self, subscription: Subscription, **named: Any) -> Fetched:
        assert self.fate is not None
        self.fate.step("fetch: before")
        fetched = await super().fetch(subscription, **named)
        self.fate.step("fetch: after")
        return fetched


@dataclass
class MortalChannel(FakeChannel):
    """A receiver that keeps what arrives in a file; a ``fickle`` one refuses some at first."""

    fate: Fate | None = None
    inbox: Path = Path()
    fickle: bool = False

    async def send(self, delivery: Delivery, message: Message) -> str:
        del message
        assert self.fate is not None
        self.fate.step("send: before")
        if self.fickle and self._refuses(delivery.id):
            raise DeliveryError("503 not now", temporary=True)
        came = [delivery.id, delivery.channel, delivery.recipient, delivery.body.decode()]
        with self.inbox.open("ab", buffering=0) as file:  # one write: others may be at it too
            file.write(json.dumps(came).encode() + b"\n")
        self.fate.step("send: arrived, not known to be")
        return "250 ok"

    def _refuses(self, id_: str) -> bool:
        """The first try of every third delivery."""
        with self.inbox.with_name("tried").open("a+", encoding="utf-8") as file:
            file.seek(0)
            tried = file.read().split()
            file.write(f"{id_}\n")
        return id_ not in tried and len(set(tried)) % 3 == 0


@dataclass(frozen=True)
class Life:
    """One process: its database, folder and number, where it dies, whether a receiver is fickle."""

    address: str
    folder: Path
    number: int
    dies_at: tuple[str, int] = NOWHERE
    fickle: bool = True
    alone: bool = True

    @property
    def diary(self) -> Path:
        return self.folder / f"diary-{self.number}"

    @property
    def steps(self) -> list[str]:
        """The kinds of steps that it came to, in order."""
        return self.diary.read_text(encoding="utf-8").splitlines()


def live(life: Life) -> None:
    """What the child does: one pass over the edition of its number, an hour after the last."""
    fate = Fate(life.dies_at, life.diary)
    room = Newsroom(life.address, FakeClock(START + timedelta(hours=life.number)))
    if life.alone:
        _leases_run_out(room.store)
    room.store = MortalStore(room.store, fate)
    room.subscribe(WORLD, OTHER, THIRD)
    room.watch("Niger", "Rome")
    room.told_by(channels=("desk", "ops"))
    room.web = MortalWeb(edition(life.number), fate=fate)
    inbox = life.folder / "inbox"
    room.channels = {
        "desk": MortalChannel("desk", ("a@example.org", "b@example.org"), fate=fate, inbox=inbox),
        "ops": MortalChannel("ops", ("hook",), fate=fate, inbox=inbox, fickle=life.fickle),
        "watch": MortalChannel("watch", ("hook",), fate=fate, inbox=inbox),
    }
    asyncio.run(_one_pass(room))
    room.store.close()


def _leases_run_out(store: Store) -> None:
    """So much time has passed since the last process died."""
    with store.write() as tx:
        for table in tables.metadata.sorted_tables:
            if "lease_until" in table.c:
                tx.execute(sa.update(table).where(table.c.lease_until > 0).values(lease_until=1))


async def _one_pass(room: Newsroom) -> None:
    now = room.clock()
    with room.store.write() as tx:
        silences.begin(tx, "Rome", START + timedelta(days=99), now)
    health = TellingHealth("watch", ROME, room.channels["watch"].pack, Renderer())
    await once(replace(room.line(), health=health))
    with room.store.write() as tx:
        retention.forget(tx, now - timedelta(days=90), now)


# --- seen from outside ----------------------------------------------------------------------------

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.endurance.warm"])


def run(*lives: Life) -> list[int]:
    """Let processes live side by side; gives their exit codes (negative: a signal)."""
    processes = [_FORKS.Process(target=live, args=(life,)) for life in lives]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    codes = [process.exitcode for process in processes]
    assert None not in codes, "one neither lives nor dies"
    return [code for code in codes if code is not None]


def arrived(folder: Path) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """What receivers got, by its id; a repeat must be the same to the byte."""
    found: dict[str, tuple[str, str, str]] = {}
    for line in (folder / "inbox").read_text(encoding="utf-8").splitlines():
        id_, channel, recipient, body = json.loads(line)
        assert found.setdefault(id_, (channel, recipient, body)) == (channel, recipient, body)
    return {id_: (where, who, json.loads(body)) for id_, (where, who, body) in found.items()}


def titles(folder: Path, channel: str, recipient: str) -> list[str]:
    """Every headline that somebody was told, as often as it stood in different messages."""
    return sorted(
        title
        for where, who, document in arrived(folder).values()
        if (where, who) == (channel, recipient)
        for title in headlines(document)
    )


def health_told(folder: Path) -> list[bool]:
    """What the health channel was told of the third feed, in order: whether it was over."""
    told = sorted(
        (document["timestamp"], problem["message"].startswith("over: "))
        for where, _, document in arrived(folder).values()
        if where == "watch"
        for problem in document["problems"]
        if problem["name"] == THIRD
    )
    return [over for _, over in told]
