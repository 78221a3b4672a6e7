"""Feeds that show other articles under the guid and link of old ones."""

from __future__ import annotations

import pytest

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


STATUS = "https://example.org/status"
SAME = ["Niger: quake in the north", "Niger: flood hits a port", "Niger: fire on a bridge"]


def growing(how: str, count: int, *, titled: bool = True) -> bytes:
    """A feed of so many entries, the newest first, that all have one identity."""
    return rss(
        *(
            item(
                headline if titled else "",
                guid="latest" if how == "guid" else "",
                link=STATUS if how == "guid" else f"{STATUS}#{number}",
                text=headline,
            )
            for number, headline in reversed(list(enumerate(SAME[:count])))
        )
    )


@pytest.mark.parametrize(
    ("how", "titled"), [("guid", True), ("fragment", True), ("fragment", False)]
)
async def test_a_feed_that_grows_under_one_identity_tells_every_entry_once(
    room: Newsroom, how: str, *, titled: bool
) -> None:
    for count in (1, 2, 3):
        assert len(await room.told(growing(how, count, titled=titled))) == 1
        again = growing(how, count, titled=titled) + b"<!-- made anew -->"
        assert await room.told(again) == []
    assert {each.text for each in room.articles()} == set(SAME)
    assert {each.revision for each in room.articles()} == {1}


async def test_entries_that_differ_in_text_alone_under_one_link_are_each_told(
    room: Newsroom,
) -> None:
    texts = ("Niger: quake in the north", "Niger: flood hits a port")
    items = [item("Warning", guid="", link=STATUS, text=text) for text in texts]
    assert len(await room.told(rss(items[0]))) == 1
    assert len(await room.told(rss(*items))) >= 1
    assert {each.text for each in room.articles()} == set(texts)
