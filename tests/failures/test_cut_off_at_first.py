"""A first document that is cut off does not use up the first poll, which "backlog" guards."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from urllib.parse import quote

import pytest

from tests.failures.newsroom import WORLD, Newsroom, item, rss


def written(room: Newsroom, title: str, *, days_ago: float) -> str:
    """An entry with its date."""
    date = format_datetime(room.clock() - timedelta(days=days_ago))
    return item(title, guid=title, link=f"https://example.org/{quote(title)}", date=date)


def entries(room: Newsroom, *, days_ago: float, first: int = 0) -> list[str]:
    return [
        written(room, f"Niger, report {number}", days_ago=days_ago)
        for number in range(first, first + 12)
    ]


def cut(document: bytes) -> bytes:
    return document[: len(document) // 2]


async def test_the_rest_of_a_first_document_that_was_cut_off_is_guarded_by_the_backlog(
    room: Newsroom,
) -> None:
    room.subscribe(WORLD, backlog=2 * 86400)
    old = entries(room, days_ago=30)
    assert await room.told(cut(rss(*old))) == []
    assert 0 < len(room.articles()) < 12
    assert room.feed().first_polled_at is None
    recent = written(room, "Niger, of this morning", days_ago=0.1)
    assert await room.told(rss(recent, *old)) == ["Niger, of this morning"]
    assert room.feed().first_polled_at is not None
    late = written(room, "Niger, late and old", days_ago=30)
    assert await room.told(rss(late, recent, *old)) == ["Niger, late and old"]


@pytest.mark.parametrize("half", [True, False])
async def test_where_no_backlog_is_wanted_the_rest_of_it_is_none_of_the_news(
    room: Newsroom, *, half: bool
) -> None:
    room.subscribe(WORLD, backlog=0)
    there = entries(room, days_ago=0.1)
    first = cut(rss(*there)) if half else rss(*there).split(b"<item>")[0]
    assert await room.told(first) == []
    assert await room.told(rss(*there)) == []
    news = written(room, "Niger, after that", days_ago=0)
    assert await room.told(rss(news, *there)) == ["Niger, after that"]


async def test_a_feed_that_is_always_cut_off_has_begun_after_a_day(room: Newsroom) -> None:
    room.subscribe(WORLD, backlog=0)
    there = entries(room, days_ago=0.1)
    for _ in range(5):
        assert await room.told(cut(rss(*there))) == []
        room.clock.pass_time(hours=6)
    news = written(room, "Niger, after a day", days_ago=0)
    assert await room.told(cut(rss(news, *there))) == ["Niger, after a day"]


async def test_one_whose_entries_cannot_be_told_apart_has_begun_with_its_second_document(
    room: Newsroom,
) -> None:
    room.subscribe(WORLD, backlog=0)
    there = entries(room, days_ago=0.1)
    there[1] = there[0]
    for _ in range(2):
        assert await room.told(cut(rss(*there))) == []
    news = written(room, "Niger, the third time", days_ago=0)
    assert await room.told(cut(rss(news, *there))) == ["Niger, the third time"]
