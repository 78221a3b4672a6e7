"""A backup is put back: what it knows is not told again, what it cannot know once more at most."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from monitor.store import open_store, retention, tables
from tests.conftest import FakeClock
from tests.failures.newsroom import Newsroom, headlines, item, rss
from tests.fakes import FakeChannel


@pytest.fixture
def room(tmp_path: Path, clock: FakeClock) -> Iterator[Newsroom]:
    opened = Newsroom(f"sqlite:///{tmp_path / 'wirewatch.db'}", clock)
    yield opened
    opened.store.close()


def news(first: int, last: int) -> bytes:
    """A feed that shows these."""
    return rss(
        *(
            item(f"Niger {n}", guid=f"n{n}", link=f"https://example.org/{n}")
            for n in range(first, last + 1)
        )
    )


def back_up(folder: Path) -> Path:
    """As docs/running.md says, while it is in use: SQLite's own copy."""
    copy = folder / "copy.db"
    with (
        closing(sqlite3.connect(folder / "wirewatch.db")) as used,
        closing(sqlite3.connect(copy)) as to,
    ):
        used.backup(to)
    return copy


def put_back(room: Newsroom, copy: Path) -> None:
    """As docs/running.md says: the files of the old one away, the copy in their place."""
    room.store.close()
    for file in copy.parent.glob("wirewatch.db*"):
        file.unlink()
    copy.rename(copy.parent / "wirewatch.db")
    room.store = open_store(room.address)


def subjects(channel: FakeChannel) -> list[list[str]]:
    """The headlines of each message that a channel got."""
    return [headlines(json.loads(body)) for _, body in channel.got]


async def test_after_a_backup_is_put_back_only_what_came_after_it_is_told_once_more(
    room: Newsroom, tmp_path: Path
) -> None:
    desk = room.channels["desk"]
    for day in range(3):
        await room.told(news(1, 10 * (day + 1)))
        room.clock.pass_time(days=1)
    copy = back_up(tmp_path)
    await room.told(news(5, 33))
    before = len(desk.got)
    room.clock.pass_time(days=1)
    put_back(room, copy)
    # 31 to 33 went out after the copy was made, 34 is new, and all else is known: one message.
    assert sorted(await room.told(news(5, 34))) == [f"Niger {n}" for n in (31, 32, 33, 34)]
    assert len(desk.got) == before + 1
    assert len({id_ for id_, _ in desk.got}) == len(desk.got)  # no receiver takes it for a repeat
    assert await room.told(news(5, 34)) == []


async def test_what_waited_in_a_backup_goes_out_again_under_the_id_it_had(
    room: Newsroom, tmp_path: Path
) -> None:
    desk = room.channels["desk"]
    await room.poll(news(1, 2))
    room.compose()
    copy = back_up(tmp_path)
    await room.deliver()
    room.clock.pass_time(days=1)
    put_back(room, copy)
    assert await room.told(news(1, 2)) == []
    (first, again) = desk.got
    assert first == again


async def test_a_backup_of_three_months_ago_brings_one_message_and_nothing_that_it_knows(
    room: Newsroom, tmp_path: Path
) -> None:
    await room.told(news(1, 200))
    copy = back_up(tmp_path)
    room.clock.pass_time(days=90)
    put_back(room, copy)
    desk = room.channels["desk"]
    told = await room.told(news(150, 260))
    assert sorted(told) == sorted(f"Niger {n}" for n in range(201, 261))
    assert sum(map(len, subjects(desk)[1:])) == 60
    assert len({title for each in subjects(desk) for title in each}) == 260


async def test_a_database_begun_anew_tells_only_what_is_recent(
    room: Newsroom, tmp_path: Path
) -> None:
    """Without a backup ``backlog`` decides."""
    room.subscribe(*room.feeds, backlog=2 * 86400.0)
    old = item("Niger long ago", guid="old", date="Mon, 01 Apr 2024 08:00:00 GMT")
    recent = item("Niger today", guid="new", date="Mon, 20 May 2024 06:00:00 GMT")
    assert await room.told(rss(old, recent)) == ["Niger today"]
    put_back(room, _empty(tmp_path))
    room.subscribe(*room.feeds, backlog=2 * 86400.0)
    assert await room.told(rss(old, recent)) == ["Niger today"]
    assert await room.told(rss(old, recent)) == []


def _empty(folder: Path) -> Path:
    empty = folder / "copy.db"
    open_store(f"sqlite:///{empty}").close()
    return empty


async def test_a_year_of_forgetting_brings_nothing_up_again(room: Newsroom) -> None:
    """A feed shows one article for 14 months and others that go; retention takes all but keys."""
    stays = item("Niger for ever", guid="ever", link="https://example.org/ever")
    told: list[str] = []
    for week in range(61):
        new = item(f"Niger week {week}", guid=f"w{week}", link=f"https://example.org/w{week}")
        told += await room.told(rss(stays, new))
        with room.store.write() as tx:
            retention.forget(tx, room.clock() - timedelta(days=90), room.clock())
        room.clock.pass_time(days=7)
    assert sorted(told) == sorted(["Niger for ever", *(f"Niger week {n}" for n in range(61))])
    assert "Niger for ever" not in {article.title for article in room.articles()}
    assert len(room.articles()) <= 14
    # What a feed showed eleven months ago and shows again is known; so is what it never dropped.
    old = item("Niger week 14", guid="w14", link="https://example.org/w14")
    assert await room.told(rss(stays, old)) == []
    with room.store.read() as connection:
        keys = sa.select(sa.func.count()).select_from(tables.identities)
        assert connection.execute(keys).scalar_one() < 4 * 54  # those of a year, not of all time


async def test_what_a_backup_cannot_know_may_be_told_to_a_folder_instead(
    room: Newsroom, tmp_path: Path
) -> None:
    """The way that docs/running.md gives to keep it from readers."""
    copy = back_up(tmp_path)
    await room.told(news(1, 3))
    put_back(room, copy)
    room.channels["archive"] = FakeChannel(name="archive")
    room.told_by(channels=("archive",))
    assert len(await room.told(news(1, 3))) == 3
    room.told_by(channels=("desk",))
    assert await room.told(news(1, 4)) == ["Niger 4"]
    assert [len(each) for each in subjects(room.channels["desk"])] == [3, 1]
