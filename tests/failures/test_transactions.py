"""The database: nobody holds it while talking to the world, and readers hold up no writer."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.feeds.fetch import Fetched
from monitor.feeds.options import Subscription
from monitor.model import Delivery, Message, ProblemKind
from monitor.store import Store, open_store, problems
from tests.conftest import FakeClock
from tests.failures.newsroom import Newsroom, item, rss
from tests.fakes import FakeChannel, FakeWeb

NIGER = rss(item("Troops leave Niger", guid="1"))


class Watched:
    """Counts the transactions that are open on any connection of this process."""

    def __init__(self) -> None:
        self.open = 0
        self.begun = 0

    def begins(self, _connection: Connection) -> None:
        self.open += 1
        self.begun += 1

    def ends(self, _connection: Connection) -> None:
        self.open -= 1


@pytest.fixture
def watched() -> Iterator[Watched]:
    counted = Watched()
    events = (("begin", counted.begins), ("commit", counted.ends), ("rollback", counted.ends))
    for name, listener in events:
        sa.event.listen(sa.Engine, name, listener)
    yield counted
    for name, listener in events:
        sa.event.remove(sa.Engine, name, listener)


async def test_no_transaction_is_open_while_a_feed_is_fetched(
    room: Newsroom, watched: Watched
) -> None:
    class Web(FakeWeb):
        async def fetch(self, subscription: Subscription, **named: str | None) -> Fetched:
            seen.append(watched.open)
            return await super().fetch(subscription, **named)

    seen: list[int] = []
    room.web = Web()
    assert (await room.poll(NIGER)).new_articles == 1
    assert seen == [0]
    assert watched.begun >= 3  # to lease, to look, to keep
    assert watched.open == 0


async def test_no_transaction_is_open_while_a_delivery_is_sent(
    room: Newsroom, watched: Watched
) -> None:
    class Channel(FakeChannel):
        async def send(self, delivery: Delivery, message: Message) -> str:
            seen.append(watched.open)
            return await super().send(delivery, message)

    seen: list[int] = []
    room.channels["desk"] = Channel(recipients=("a@example.org", "b@example.org"))
    assert await room.told(NIGER) == ["Troops leave Niger"]
    assert seen == [0, 0]
    assert watched.open == 0


async def test_nothing_is_left_open_when_feed_and_channel_fail(
    room: Newsroom, watched: Watched
) -> None:
    room.channels["desk"].faults = [ZeroDivisionError()]
    await room.told(NIGER)
    await room.poll(ZeroDivisionError())
    assert watched.begun > 5
    assert watched.open == 0


def test_a_cursor_left_half_read_holds_up_no_writer(
    store: Store, address: str, clock: FakeClock
) -> None:
    note(store, clock, *(f"{number}" for number in range(100)))
    with store.read() as connection:
        rows = connection.execution_options(yield_per=1).execute(sa.text(NAMES))
        first = rows.fetchone()
        with meanwhile(address) as (other, thread):
            thread.submit(note, other, clock, "while it reads").result(timeout=20)
        rest = rows.fetchall()
    assert first is not None
    assert len(rest) == 99  # one view from its beginning to its end
    with store.read() as connection:
        assert len(connection.execute(sa.text(NAMES)).all()) == 101


def test_a_reader_that_goes_on_to_write_does_not_find_the_database_locked(
    store: Store, address: str, clock: FakeClock
) -> None:
    """SQLite cannot make a reader a writer when another wrote meanwhile: so none begins as one."""
    note(store, clock, "known")
    with meanwhile(address) as (other, thread), store.write() as tx:
        assert len(tx.execute(sa.text(NAMES)).all()) == 1
        waiting = thread.submit(note, other, clock, "theirs")
        problems.begin(tx, ProblemKind.CONFIG, "ours", "…", clock())
        assert store.engine_name == "postgresql" or not waiting.done()
    waiting.result(timeout=20)
    with store.read() as connection:
        assert {row[0] for row in connection.execute(sa.text(NAMES))} == {"known", "ours", "theirs"}


NAMES = "SELECT name FROM problems ORDER BY name"


def note(store: Store, clock: FakeClock, *names: str) -> None:
    with store.write() as tx:
        for name in names:
            problems.begin(tx, ProblemKind.CONFIG, name, "…", clock())


@contextmanager
def meanwhile(address: str) -> Iterator[tuple[Store, ThreadPoolExecutor]]:
    """Another process's store, and a thread for its work."""
    other = open_store(address)
    with ThreadPoolExecutor(1) as thread:
        yield other, thread
    other.close()
