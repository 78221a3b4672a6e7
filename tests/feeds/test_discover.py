"""Which feeds does a site have? Pages read, and a real site searched."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from monitor.errors import FetchError
from monitor.feeds.discover import Discovery, discover, kind_of
from monitor.feeds.options import PollOptions
from monitor.feeds.page_feeds import MOST_NAMED, feeds_named_in, usual_places
from tests.feeds.server import Site, ok, redirect, running, silence, status

RSS = (
    b"<rss version='2.0'><channel><title>World</title><item><title>A</title><link>https://e.org/1"
    b"</link><pubDate>Mon, 20 May 2024 07:00:00 GMT</pubDate></item></channel></rss>"
)
ATOM = (
    b"<feed xmlns='http://www.w3.org/2005/Atom'><title>Sport</title><entry><id>1</id><title>B"
    b"</title><updated>2024-05-19T07:00:00Z</updated></entry></feed>"
)
JSON = b'{"version": "https://jsonfeed.org/version/1.1", "title": "Json", "items": []}'


def named(html: str, url: str = "https://e.org/news/") -> list[tuple[str, str, str]]:
    return [(each.url, each.found, each.title) for each in feeds_named_in(html, url)]


def test_what_a_page_announces_comes_first_and_each_once() -> None:
    html = """<a href="/rss">RSS</a><head><base href="https://cdn.e.org/x/">
    <LINK REL='Alternate home' TYPE='application/rss+xml; charset=utf-8' HREF=world.xml title='World
    news'><link rel=alternate type="application/atom+xml" href="//e.org/atom?a=1&amp;b=2">
    <link rel="feed" href="https://e.org/plain"><a href="world.xml" type="application/rss+xml">x</a>
    """
    assert named(html) == [
        ("https://cdn.e.org/x/world.xml", "announced", "World news"),
        ("https://e.org/atom?a=1&b=2", "announced", ""),
        ("https://e.org/plain", "announced", ""),
        ("https://cdn.e.org/rss", "linked", "RSS"),
    ]


def test_links_that_look_like_feeds_are_named_and_others_are_not() -> None:
    html = """<a href="/world/rss.xml">all</a> <a href="/x" title="Web feed"><b>here</b></a>
    <a href="/1"><img src="rss.png"></a> <a href="/feedback">Feedback</a>
    <a href="/rss.png">RSS</a> <a href="/about-rss.html">about RSS</a>
    <a href="mailto:a@e.org">rss</a>
    <a href="javascript:rss()">RSS</a> <a href="#rss">RSS</a> <a href="/feeds/all.atom">open
    """
    assert [url for url, _, _ in named(html)] == [
        "https://e.org/world/rss.xml",
        "https://e.org/x",
        "https://e.org/feeds/all.atom",
    ]


def test_translations_and_oembed_are_no_feeds() -> None:
    html = """<link rel="alternate" hreflang="it" href="/it/">
    <link rel="alternate" type="application/json" href="/wp-json/x">
    <link rel="alternate" type="application/json+oembed" href="/feed/oembed">
    <link rel="alternate stylesheet" type="text/css" href="/feed.css">
    <link rel="alternate" type="text/xml" href="/x/rss.xml">"""
    assert [url for url, _, _ in named(html)] == ["https://e.org/x/rss.xml"]


def test_a_page_of_any_damage_and_any_number_of_links_is_read() -> None:
    assert named("") == []
    assert named("<a href='http://[/rss'><a href=/rss <b " * 10) is not None
    many = "".join(f"<a href=/{number}/rss>x</a>" for number in range(1000))
    assert len(named(many)) == MOST_NAMED


def test_usual_places_are_at_the_root_and_below_the_path() -> None:
    places = [each.url for each in usual_places("https://e.org/blog/")]
    assert places[:2] == ["https://e.org/blog/feed", "https://e.org/blog/rss.xml"]
    assert "https://e.org/atom.xml" in places
    assert "https://e.org/feed.json" in places
    assert len(places) == len(set(places)) < 15


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (RSS, "RSS"),
        (ATOM, "Atom"),
        (JSON, "JSON Feed"),
        (b"<?xml version='1.0'?><!-- x --><rdf:RDF xmlns='x'/>", "RDF"),
    ],
)
def test_a_feed_is_called_by_its_kind(body: bytes, kind: str) -> None:
    assert kind_of(body.decode()) == kind


async def found_at(url: str, **options: Any) -> Discovery:
    return await discover(url, PollOptions(**{"timeout": 5.0, **options}))


async def test_every_feed_of_a_site_is_tried_and_described(site: Site) -> None:
    site.answers["/"] = ok(
        b"<html><link rel=alternate type=application/rss+xml href=/world.xml>"
        b"<link rel=alternate type=application/rss+xml href=/gone.xml>"
        b"<a href=/sport/atom>Sport</a></html>",
        content_type="text/html",
    )
    site.answers["/world.xml"] = ok(RSS)
    site.answers["/sport/atom"] = ok(ATOM)
    site.answers["/feed"] = redirect("/world.xml")
    site.answers["/rss"] = ok(RSS)  # the same document again
    site.answers["/feed.json"] = ok(JSON)
    found = await found_at(site.url("/"))
    told = [(each.url, each.kind, each.title, each.entries, each.found) for each in found.feeds]
    assert told == [
        (site.url("/world.xml"), "RSS", "World", 1, "announced"),
        (site.url("/sport/atom"), "Atom", "Sport", 1, "linked"),
        (site.url("/feed.json"), "JSON Feed", "Json", 0, "usual place"),
    ]
    assert found.feeds[0].newest_at == datetime(2024, 5, 20, 7, tzinfo=UTC)
    reasons = {each.url: each.reason for each in found.tried}
    assert reasons[site.url("/gone.xml")] == "answered 404 Not Found"
    assert site.most_open <= 2
    asked = [request.path for request in site.requests]
    assert all(asked.count(path) == 1 for path in asked if path != "/world.xml")


async def test_an_address_that_is_a_feed_itself_is_all_that_is_asked(site: Site) -> None:
    site.answers["/feed"] = ok(ATOM)
    found = await found_at(site.url("/feed"))
    assert [each.kind for each in found.feeds] == ["Atom"]
    assert len(site.requests) == 1


async def test_a_site_that_says_it_is_too_much_is_asked_no_more(site: Site) -> None:
    site.answers["/"] = ok(b"<html></html>", content_type="text/html")
    site.answers["/feed"] = status(429)
    found = await found_at(site.url("/"))
    assert found.feeds == []
    assert [request.path for request in site.requests] == ["/", "/feed"]


async def test_what_a_page_names_on_a_private_network_is_not_asked(site: Site) -> None:
    async with running() as inner:
        inner.answers["/rss"] = ok(RSS)
        page = f"<html><a href='{inner.url('/rss')}'>RSS</a></html>".encode()
        site.answers["/"] = ok(page, content_type="text/html")
        found = await found_at(site.url("/"))
        assert inner.requests == []
        assert found.feeds == []
        assert "not a public address" in found.tried[0].reason
        allowed = await found_at(site.url("/"), allow_private=True)
        assert [each.url for each in allowed.feeds] == [inner.url("/rss")]


async def test_a_search_ends_in_time(site: Site) -> None:
    site.answers["/"] = ok(b"<html><a href=/x/rss>RSS</a></html>", content_type="text/html")
    site.answers["/x/rss"] = silence
    async with asyncio.timeout(5):
        found = await discover(site.url("/"), PollOptions(timeout=60), seconds=0.3)
    assert found.cut_short


async def test_a_site_that_answers_nothing_is_told(site: Site) -> None:
    with pytest.raises(FetchError, match="404"):
        await found_at(site.url("/nowhere"))
