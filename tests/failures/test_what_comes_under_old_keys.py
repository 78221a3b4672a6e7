"""Feeds that show other articles under the guid and link of old ones."""

from __future__ import annotations

from tests.failures.newsroom import Newsroom, item, rss

MORNING = "Wed, 15 May 2024 06:00:00 GMT"
NOON = "Wed, 15 May 2024 12:00:00 GMT"
LATEST = "https://example.org/alert"


def latest(headline: str, date: str = "", text: str = "") -> bytes:
    """A feed of one entry, always under one guid and link."""
    return rss(item(headline, guid="latest", link=LATEST, date=date, text=text or headline))


async def test_what_a_feed_replaces_under_one_guid_and_link_is_told_each_time(
    room: Newsroom,
) -> None:
    quake = latest("Niger: first quake in the north", MORNING)
    flood = latest("Niger: second flood hits a port", NOON)
    assert await room.told(quake) == ["Niger: first quake in the north"]
    assert await room.told(flood) == ["Niger: second flood hits a port"]
    assert await room.told(flood + b"<!-- made anew -->") == []
    assert [each.revision for each in room.articles()] == [1, 1]
    assert room.feed().demoted == ()
    assert await room.told(quake) == []  # an old copy


async def test_a_headline_that_is_reworded_later_is_the_same_article(room: Newsroom) -> None:
    assert len(await room.told(latest("Niger: first quake in the north", MORNING))) == 1
    assert await room.told(latest("Niger: first quake in the far north", NOON)) == []
    assert [each.revision for each in room.articles()] == [2]


async def test_another_headline_without_a_later_date_is_the_same_article(room: Newsroom) -> None:
    assert len(await room.told(latest("Niger: first quake in the north", NOON))) == 1
    for date in (NOON, MORNING, ""):
        assert await room.told(latest("Niger: second flood hits a port", date)) == []
    assert len(room.articles()) == 1
