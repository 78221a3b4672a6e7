"""The pages behind new entries, fetched from a real server on this machine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from monitor.errors import FetchError
from monitor.feeds import full_text, page_process
from monitor.feeds.fetch import Fetcher
from monitor.feeds.full_text import PageReader
from monitor.feeds.options import PollOptions, Subscription
from monitor.feeds.page_process import PageProcess
from monitor.feeds.page_text import article_in, joined, page_html
from monitor.feeds.poll import Polling, PollReport, poll
from monitor.model import Article, Feed, Secret
from monitor.store import Store, articles, feeds, tables
from monitor.text.languages import LanguageTeller
from tests.conftest import FakeClock
from tests.feeds.server import Site, ok, redirect, running, silence, status

BODY = "".join(
    f"<p>Paragraph {number} of the report tells at length what the spokesman said about the plan, "
    "which had been expected for weeks by everybody in the capital.</p>"
    for number in range(6)
)


def page(inside: str = BODY, head: str = "") -> bytes:
    menu = "<nav><a href='/'>Home</a> <a href='/x'>Cookery</a></nav>"
    return (
        f"<!doctype html><html><head>{head}<title>News</title></head><body>{menu}"
        f"<article><h1>Report</h1>{inside}</article><footer>Imprint</footer></body></html>"
    ).encode()


def rss(*items: tuple[str, str, str]) -> bytes:
    """Items are (guid, link, description)."""
    inside = "".join(
        f"<item><guid isPermaLink='false'>{guid}</guid><title>Report {guid}</title>"
        f"<link>{link}</link><description>{text}</description></item>"
        for guid, link, text in items
    )
    return f"<rss version='2.0'><channel><title>World</title>{inside}</channel></rss>".encode()


class Desk:
    """One feed with ``full_text`` at ``site``, polled when told to."""

    def __init__(self, store: Store, site: Site, clock: FakeClock, **options: Any) -> None:
        self.store, self.site, self.clock = store, site, clock
        whole = {"backlog": None, "timeout": 5.0, "allow_private": True, "full_text": True}
        self.feed = Feed(url=site.url("/feed"), name="World")
        self.options = PollOptions(**{**whole, **options})
        with store.write() as tx:
            feeds.subscribe(tx, [self.feed])

    async def poll(self, *items: tuple[str, str, str]) -> PollReport:
        self.site.answers["/feed"] = ok(rss(*items), content_type="application/rss+xml")
        self.clock.pass_time(seconds=1)
        async with Fetcher() as fetcher, PageReader(fetcher) as pages:
            subscription = Subscription(self.feed, self.options)
            tools = Polling(
                fetcher, {self.feed.url: subscription}, LanguageTeller(("en",)), pages=pages
            )
            return await poll(
                self.store, tools, self.clock, stopping=asyncio.Event(), everything=True
            )

    def articles(self) -> list[Article]:
        with self.store.read() as connection:
            ids = list(connection.execute(sa.select(tables.articles.c.id)).scalars())
            return sorted(articles.get(connection, ids).values(), key=lambda each: each.id)


@pytest.fixture
def desk(store: Store, site: Site, clock: FakeClock) -> Desk:
    return Desk(store, site, clock)


async def test_the_page_is_what_is_judged_and_the_feeds_own_words_stay(
    desk: Desk, site: Site
) -> None:
    site.answers["/1"] = ok(page(), content_type="text/html; charset=utf-8")
    await desk.poll(("1", site.url("/1"), "A line of the desk's own."))
    (article,) = desk.articles()
    assert article.text.startswith("A line of the desk's own.\n\nReport\n\nParagraph 0 of the")
    assert "Paragraph 5" in article.text
    assert "Cookery" not in article.text
    assert article.note is None


async def test_a_page_is_asked_for_once_and_again_when_the_feed_words_it_anew(
    desk: Desk, site: Site
) -> None:
    site.answers["/1"] = ok(page(), content_type="text/html")
    site.answers["/2"] = ok(page("<p>Another.</p>" + BODY), content_type="text/html")
    one, two = ("1", site.url("/1"), "One."), ("2", site.url("/2"), "Two.")
    await desk.poll(one)
    await desk.poll(one)
    await desk.poll(two, one)
    await desk.poll(one, two)
    assert (len(site.asked("/1")), len(site.asked("/2"))) == (1, 1)
    site.answers["/1"] = ok(page("<p>Corrected.</p>" + BODY), content_type="text/html")
    await desk.poll(("1", site.url("/1"), "One, corrected."), two)
    assert (len(site.asked("/1")), len(site.asked("/2"))) == (2, 1)
    first = desk.articles()[0]
    assert first.revision == 2
    assert "Corrected." in first.text


async def test_what_a_first_poll_finds_too_old_costs_no_page(
    store: Store, site: Site, clock: FakeClock
) -> None:
    desk = Desk(store, site, clock, backlog=0)
    report = await desk.poll(("1", site.url("/1"), "Old."))
    assert report.new_articles == 1
    assert site.asked("/1") == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (status(403), "answered 403 Forbidden"),
        (ok(b"%PDF-1.4", content_type="application/pdf"), "no web page (application/pdf)"),
        (ok(b"<html><body></body></html>", content_type="text/html"), "no article was found"),
        (ok(b"x" * 200_000, content_type="text/html"), "larger than"),
        (redirect("ftp://example.org/x"), "redirects to something"),
    ],
)
async def test_where_a_page_cannot_be_had_the_feeds_words_are_judged_and_it_is_said(
    store: Store, site: Site, clock: FakeClock, answer: Any, reason: str
) -> None:
    desk = Desk(store, site, clock, max_size=100_000)
    site.answers["/1"] = answer
    report = await desk.poll(("1", site.url("/1"), "What the feed says."))
    assert report.failed == {}
    (article,) = desk.articles()
    assert article.text == "What the feed says."
    assert article.note is not None
    assert article.note.startswith("The full text could not be had (")
    assert reason in article.note
    await desk.poll(("1", site.url("/1"), "What the feed says."))
    assert len(site.asked("/1")) == 1


async def test_a_page_that_never_answers_costs_the_feeds_timeout(
    store: Store, site: Site, clock: FakeClock
) -> None:
    desk = Desk(store, site, clock, timeout=0.3)
    site.answers["/1"] = silence
    site.answers["/2"] = ok(page(), content_type="text/html")
    await desk.poll(("1", site.url("/1"), "One."), ("2", site.url("/2"), "Two."))
    first, second = desk.articles()
    assert first.note is not None
    assert "no answer within 0.3 s" in first.note
    assert "Paragraph 3" in second.text


async def test_a_page_at_a_private_address_is_not_asked_for(
    store: Store, site: Site, clock: FakeClock
) -> None:
    # Not even at the feed's own server, which the configuration names: links are a stranger's.
    desk = Desk(store, site, clock, allow_private=False)
    async with running() as inner:
        await desk.poll(
            ("1", site.url("/1"), "One."),
            ("2", inner.url("/2"), "Two."),
            ("3", inner.url("/3", "localhost"), "Three."),
        )
        assert inner.requests == []
    assert [request.path for request in site.requests] == ["/feed"]
    for article in desk.articles():
        assert article.note is not None
        assert "not a public address" in article.note


async def test_the_feeds_headers_go_to_its_own_server_only(
    store: Store, site: Site, clock: FakeClock
) -> None:
    desk = Desk(store, site, clock, headers=(("Authorization", Secret("Bearer 7")),))
    async with running() as other:
        site.answers["/1"] = ok(page(), content_type="text/html")
        other.answers["/2"] = ok(page(), content_type="text/html")
        await desk.poll(("1", site.url("/1"), "One."), ("2", other.url("/2"), "Two."))
        assert "authorization" not in other.requests[0].headers
    assert site.asked("/1")[0].headers["authorization"] == "Bearer 7"


async def test_no_more_pages_are_read_for_a_poll_than_allowed(
    desk: Desk, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(full_text, "MOST_PAGES", 2)
    for number in range(4):
        inside = f"<p>Number {number}.</p>{BODY}"
        site.answers[f"/{number}"] = ok(page(inside), content_type="text/html")
    await desk.poll(*((str(n), site.url(f"/{n}"), f"Line {n}.") for n in range(4)))
    notes = [article.note for article in desk.articles()]
    assert notes[:2] == [None, None]
    assert notes[2] == (
        "The full text could not be had (more than 2 came in one poll); what the feed says was "
        "judged."
    )
    assert len(site.requests) == 3


async def test_feeds_and_pages_are_at_most_two_at_one_server(desk: Desk, site: Site) -> None:
    async def late(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.02)
        await ok(page(), content_type="text/html")(writer)

    site.answers.update({f"/{number}": late for number in range(8)})
    await desk.poll(*((str(n), site.url(f"/{n}"), f"Line {n}.") for n in range(8)))
    assert site.most_open <= 2
    assert all(article.note is None for article in desk.articles())


async def test_without_the_switch_no_page_is_asked_for(
    store: Store, site: Site, clock: FakeClock
) -> None:
    desk = Desk(store, site, clock, full_text=False)
    await desk.poll(("1", site.url("/1"), "One."))
    assert [request.path for request in site.requests] == ["/feed"]


# --- finding the article ----------------------------------------------------------------------


def test_a_page_says_its_own_encoding() -> None:
    russian = "Войска покидают Нигер, сообщило министерство в понедельник вечером."
    html = f"<html><head><meta charset=windows-1251></head><body><p>{russian}</p></body></html>"
    assert russian in page_html(html.encode("cp1251"), None)


def test_a_short_article_comes_without_its_menu() -> None:
    found = article_in(page("<p>The last soldiers have left, the ministry says.</p>").decode())
    assert found == "Report\n\nThe last soldiers have left, the ministry says."


def test_what_the_page_says_too_is_not_said_twice() -> None:
    assert joined("Troops LEAVE Niger […]", "On Monday troops leave Niger at last.") == (
        "On Monday troops leave Niger at last."
    )
    assert joined("", "Page.") == "Page."
    assert joined("Another thing.", "Page.") == "Another thing.\n\nPage."


@asynccontextmanager
async def process(seconds: float) -> AsyncIterator[PageProcess]:
    async with PageProcess(seconds) as opened:
        yield opened


async def test_a_page_made_to_keep_the_finder_busy_is_given_up_and_the_next_is_read() -> None:
    hostile = "<html><body><article><p>" + "<span>x</span>" * 100_000
    async with process(1) as finder:
        used = time.process_time()
        with pytest.raises(FetchError, match="takes too long"):
            await finder.article_in(hostile)
        assert time.process_time() - used < 1  # of this process's own time
        finder.seconds = 60
        assert "Paragraph 3" in await finder.article_in(page().decode())


async def test_a_feed_of_such_pages_costs_little_and_the_others_nothing(
    desk: Desk, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_process, "SECONDS", 0.3)
    hostile = b"<html><body><article><p>" + b"<span>x</span>" * 100_000
    for number in range(9):
        site.answers[f"/{number}"] = ok(hostile, content_type="text/html")
    await desk.poll(*((str(n), site.url(f"/{n}"), f"Line {n}.") for n in range(9)))
    notes = [article.note or "" for article in desk.articles()]
    assert 2 <= sum("takes too long" in note for note in notes) <= 3
    assert sum("others of its site took too long" in note for note in notes) >= 6


async def test_a_page_of_any_damage_is_answered() -> None:
    async with process(60) as finder:
        for html in ("", "\x00", "<", "<html>" * 5000, "<!ENTITY x 'y'>", "\ud800<p>x", "]]>" * 99):
            assert await finder.article_in(html) == ""
