"""What stands in the page and not in the feed is judged too, before anything is told or dropped."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from monitor.feeds.fetch import Fetcher
from monitor.feeds.full_text import PageReader
from monitor.feeds.options import PollOptions
from tests.failures.newsroom import LONG, Newsroom, item, rss
from tests.feeds.server import Answer, Site, ok, running, status

PAGE = (
    "<html><body><article><h1>Report</h1>"
    f"<p>{LONG}.</p><p>The last soldiers left Niger on Monday, a day earlier than planned.</p>"
    f"<p>Elsewhere {LONG}.</p></article></body></html>"
).encode()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with running() as started:
        yield started


async def told(room: Newsroom, site: Site, **options: object) -> list[str]:
    """The headlines told of a feed whose own words never say Niger."""
    room.subscribe(site.url("/feed"), allow_private=True, **options)
    entry = item("A report from the Sahel", guid="1", link=site.url("/1"))
    site.answers["/feed"] = ok(rss(entry))
    async with Fetcher() as fetcher, PageReader(fetcher) as pages:
        room.web, room.pages = fetcher, pages
        await room.poll()
    return room.compose()


async def test_the_rule_judges_the_page_and_not_the_excerpt(room: Newsroom, site: Site) -> None:
    site.answers["/1"] = ok(PAGE, content_type="text/html")
    assert PollOptions().full_text is False
    assert await told(room, site, full_text=True) == ["A report from the Sahel"]
    (article,) = room.articles()
    assert "left Niger on Monday" in article.text


async def test_where_the_page_cannot_be_had_the_digest_says_so(room: Newsroom, site: Site) -> None:
    room.watch("Sahel")
    site.answers["/1"] = status(403)
    assert await told(room, site, full_text=True) == ["A report from the Sahel"]
    await room.deliver()
    with room.store.read() as connection:
        html, text = connection.exec_driver_sql("SELECT html, text FROM messages").one()
    said = "The full text could not be had (answered 403 Forbidden); what the feed says was judged."
    assert said in html
    assert said in " ".join(text.split())


async def test_a_feed_of_which_no_page_can_be_had_any_more_is_told_until_one_can(
    room: Newsroom, site: Site
) -> None:
    entries: list[str] = []

    async def troubles(answer: Answer) -> list[tuple[str, str]]:
        """What is wrong after a poll that brings one more entry, whose page answers so."""
        number = len(entries)
        entries.append(item(f"Report {number}", guid=str(number), link=site.url(f"/{number}")))
        site.answers |= {f"/{number}": answer, "/feed": ok(rss(*entries))}
        room.clock.pass_time(hours=1)
        async with Fetcher() as fetcher, PageReader(fetcher) as pages:
            room.web, room.pages = fetcher, pages
            await room.poll()
        return [(each.kind, each.message) for each in room.problems()]

    room.subscribe(site.url("/feed"), allow_private=True, full_text=True)
    good, wall = ok(PAGE, content_type="text/html"), status(403)
    assert await troubles(good) == []
    began = room.clock() + timedelta(hours=1, seconds=1)
    assert await troubles(wall) == []
    assert await troubles(wall) == []
    told = (
        "none of the pages behind its entries can be read (answered 403 Forbidden); "
        "what the feed itself says is judged"
    )
    assert await troubles(wall) == [("full_text", told)]
    assert await troubles(wall) == [("full_text", told)]
    (problem,) = room.problems()
    assert problem.since == began
    (message,) = room.decide().messages
    assert told in " ".join(message.text.split())
    assert f"Feed {site.url('/feed')}, since 20 May, " in " ".join(message.text.split())
    assert await troubles(good) == []
    assert await troubles(wall) == []
