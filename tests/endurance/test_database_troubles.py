"""A database that cannot be used for a while: told plainly, nothing lost, and over by itself."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from monitor.errors import StoreError
from monitor.store import connection, migrations, open_store, tables
from monitor.store.advice import with_advice
from tests.cli.conftest import Desk, desk
from tests.conftest import FakeClock
from tests.failures.newsroom import Newsroom, item, rss
from tests.journey.world import AT_ONCE, LEAVING, ROOT, World, until, world
from tests.journey.world import rss as feed

__all__ = ["desk"]
TROOPS = item("Troops leave Niger", guid="1", link="https://example.org/1")
VOTES = item("Niger votes", guid="2", link="https://example.org/2")


@pytest.fixture
def room(tmp_path: Path, clock: FakeClock) -> Iterator[Newsroom]:
    opened = Newsroom(f"sqlite:///{tmp_path / 'wirewatch.db'}", clock)
    yield opened
    opened.store.close()


@contextmanager
def full(room: Newsroom) -> Iterator[None]:
    """No page more fits on the disk."""
    engine = room.store._engine

    def no_more(dbapi: sqlite3.Connection, _record: object) -> None:
        dbapi.execute("PRAGMA max_page_count = 1").close()  # SQLite takes it for what there is

    engine.dispose()
    sa.event.listen(engine, "connect", no_more)
    yield
    sa.event.remove(engine, "connect", no_more)
    engine.dispose()


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Another program holds the right to write."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.1)


# --- the whole line ---------------------------------------------------------------------------


LONG = [item(f"Niger {n}", guid=f"{n}", text=f"Niger, part {n}. " * 2000) for n in range(20)]


async def test_articles_that_no_disk_could_take_are_told_when_there_is_room(
    room: Newsroom,
) -> None:
    await room.told(rss(TROOPS))
    with full(room), capture_logs() as logs:
        await room.poll(rss(TROOPS, *LONG))
    (reason,) = [each["reason"] for each in logs if each["event"] == "a feed could not be kept"]
    assert "disk is full; free some space" in reason
    assert room.feed().failures == 0  # it is not to blame
    _leases_run_out(room)
    assert len(await room.told(rss(TROOPS, *LONG))) == len(LONG)
    assert len(room.channels["desk"].got) == 2


def _leases_run_out(room: Newsroom) -> None:
    with room.store.write() as tx:
        tx.execute(sa.update(tables.feeds).values(lease_until=1))


def test_what_cannot_be_composed_on_a_full_disk_is_composed_later(room: Newsroom) -> None:
    asyncio.run(room.poll(rss(TROOPS, *LONG)))
    with full(room):
        with pytest.raises(StoreError, match="disk is full"):
            room.decide()
        with pytest.raises(StoreError, match="nothing is lost"):
            room.decide()
    assert len(room.compose()) == len(LONG) + 1
    assert room.compose() == []


async def test_a_lock_that_lasts_is_told_and_what_it_held_up_is_done_after_it(
    impatient: None, tmp_path: Path, clock: FakeClock
) -> None:
    room = Newsroom(f"sqlite:///{tmp_path / 'wirewatch.db'}", clock)
    await room.told(rss(TROOPS))
    with locked(tmp_path / "wirewatch.db"), pytest.raises(StoreError) as caught:
        await room.poll(rss(TROOPS, VOTES))
    assert "database is locked; another program holds it" in str(caught.value)
    assert await room.told(rss(TROOPS, VOTES)) == ["Niger votes"]
    room.store.close()


# --- the daemon -------------------------------------------------------------------------------

DAEMON = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
import sqlalchemy as sa
from monitor import leasing
from monitor.store import connection

def room_on_the_disk(opened):
    pages = 1 if Path("full").exists() else 1 << 30
    opened.exec_driver_sql(f"PRAGMA max_page_count = {{pages}}").close()

connection.BUSY_SECONDS = 0.2
leasing.LEASE_SECONDS = 2.0
sa.event.listen(sa.Engine, "begin", room_on_the_disk)
sys.argv = ["wirewatch", "run"]
from monitor.cli.main import main
main()
"""


async def test_the_daemon_goes_on_by_itself_after_a_full_disk_and_after_a_lock(
    tmp_path: Path,
) -> None:
    async with world(tmp_path) as place, _daemon(place) as process:
        await until(lambda: "rules in force" in place.log())
        (tmp_path / "full").touch()
        place.pages["/world.rss"] = feed(LEAVING, *_many("a"))
        await until(lambda: "disk is full; free some space" in place.log())
        (tmp_path / "full").unlink()
        with locked(tmp_path / "wirewatch.db"):
            place.pages["/world.rss"] = feed(LEAVING, *_many("a"), *_many("b"))
            await until(lambda: "is locked; another program holds it" in place.log())
        await until(lambda: _told(place) == 21)
        assert process.returncode is None


@asynccontextmanager
async def _daemon(place: World) -> AsyncIterator[asyncio.subprocess.Process]:
    """A daemon that polls each second, waits shortly for locks, and may be told of a full disk."""
    place.write("rules/a.toml", AT_ONCE.format(name="Leaving", match="troops NEAR/5 Niger"))
    place.pages["/world.rss"] = feed(LEAVING)
    text = place.config({"World desk": "/world.rss"}).read_text(encoding="utf-8")
    often = '[poll]\nevery = "1s"\nmin_every = "1s"\nmax_every = "1s"\n'
    place.write("config.toml", text.replace("[poll]\n", often))
    with (place.folder / "daemon.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", DAEMON.format(root=str(ROOT)), cwd=place.folder, stderr=log
        )
    yield process
    process.kill()
    await process.wait()


def _many(name: str) -> list[tuple[str, str, str]]:
    """Ten long articles that the rule matches."""
    return [
        (f"{name}{n}", f"Troops leave Niger: {name}{n}", f"Company {name}{n} left. " * 500)
        for n in range(10)
    ]


def _told(place: World) -> int:
    """How many headlines were posted; none twice."""
    titles = place.told()
    assert len(titles) == len(set(titles))
    return len(titles)


# --- commands -----------------------------------------------------------------------------------


def _garbage(file: Path) -> None:
    file.write_bytes(b"all work and no play " * 1000)


def _truncated(file: Path) -> None:
    """As a copy that was broken off leaves it: one without the log that stood beside it."""
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file.write_bytes(file.read_bytes()[:9000])


def _newer(file: Path) -> None:
    with closing(sqlite3.connect(file)) as opened, opened:
        newest = migrations.steps()[-1][0]
        opened.execute("INSERT INTO schema_version VALUES (?)", (newest + 1,))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_garbage, "file is not a database; if it should be one it is damaged: stop Wirewatch"),
        (_truncated, "malformed; the file is damaged: stop Wirewatch"),
        (_newer, "written by a newer Wirewatch; install that version"),
    ],
)
def test_a_database_that_is_of_no_use_is_told_with_what_to_do_and_left_as_it_is(
    desk: Desk, spoil: Callable[[Path], None], told: str
) -> None:
    assert desk.run("run", "--once").code == 0
    file = desk.folder / "wirewatch.db"
    spoil(file)
    before = file.read_bytes() if file.is_file() else b""
    for command in (["run", "--once"], ["status"]):
        ended = desk.run(*command)
        assert ended.code == 2, ended
        assert told in ended.err
        assert "Traceback" not in ended.err
    assert before == (file.read_bytes() if file.is_file() else b"")


def test_a_command_that_finds_the_database_locked_ends_and_the_next_one_does_its_work(
    desk: Desk, impatient: None
) -> None:
    assert desk.run("status").code == 0
    open_store("sqlite:///wirewatch.db").close()
    with locked(desk.folder / "wirewatch.db"):
        ended = desk.run("run", "--once")
    assert ended.code == 2
    assert "is locked; another program holds it" in ended.err
    assert desk.run("run", "--once").code == 0
    assert len(list((desk.folder / "digests").glob("*.json"))) == 1


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        ("attempt to write a readonly database", "let the user who runs Wirewatch write"),
        ("unable to open database file", "its folder must be there"),
        ("disk I/O error", "see what the system says"),
        ('could not extend file "base/1": No space left on device', "free some space"),
        ("connection failed: Connection refused", "see that the database server runs"),
        ("something never heard of", "something never heard of"),
    ],
)
def test_the_words_of_databases_are_followed_by_what_helps(reason: str, advice: str) -> None:
    told = with_advice(reason)
    assert told.startswith(reason)
    assert advice in told
