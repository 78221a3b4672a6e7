"""Asking feeds: validators, redirects, long troubles."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from monitor.errors import FetchError
from monitor.feeds.fetch import Fetcher
from monitor.feeds.parse import parse
from monitor.model import ProblemKind
from monitor.store import tables
from tests.failures.newsroom import WORLD, Newsroom, item, rss
from tests.fakes import refused
from tests.feeds.server import ok, redirect, running, status

SINCE_2041 = "Tue, 01 Jan 2041 00:00:00 GMT"
FIRST = rss(item("Niger, first", guid="1"))
SECOND = rss(item("Niger, first", guid="1"), item("Niger, second", guid="2"))


async def test_an_etag_that_changes_while_last_modified_does_not_is_the_one_sent_next(
    room: Newsroom,
) -> None:
    async with running() as site, Fetcher() as room.web:
        room.subscribe(site.url("/feed"))
        site.answers["/feed"] = ok(FIRST, etag='"1"', last_modified=SINCE_2041)
        await room.poll()
        site.answers["/feed"] = ok(SECOND, etag='W/"2"', last_modified=SINCE_2041)
        assert (await room.poll()).new_articles == 1
        site.answers["/feed"] = status(304)
        await room.poll()
        asked = [request.headers for request in site.asked("/feed")]
    assert [each.get("if-none-match") for each in asked] == [None, '"1"', 'W/"2"']
    assert not any("if-modified-since" in each for each in asked)  # nothing changes after 2041
    assert room.feed().failures == 0


async def test_validators_that_a_server_sends_no_more_are_sent_no_more(room: Newsroom) -> None:
    async with running() as site, Fetcher() as room.web:
        room.subscribe(site.url("/feed"))
        site.answers["/feed"] = ok(FIRST, etag='"1"', last_modified=SINCE_2041)
        await room.poll()
        site.answers["/feed"] = ok(SECOND)
        await room.poll()
        await room.poll()
        last = site.asked("/feed")[-1].headers
    assert not {"if-none-match", "if-modified-since"} & last.keys()


async def test_a_poll_whose_articles_could_not_be_kept_leaves_no_validators(
    room: Newsroom,
) -> None:
    """Else the next poll would be answered "unchanged", and the articles never be seen."""
    async with running() as site, Fetcher() as room.web:
        room.subscribe(site.url("/feed"))
        site.answers["/feed"] = ok(FIRST, etag='"1"')
        _fail_to_keep(room)
        assert (await room.poll()).new_articles == 0
        assert (room.feed().etag, room.feed().body_hash, room.articles()) == (None, None, [])
        _keep_again(room)
        assert (await room.poll()).new_articles == 1
        assert room.feed().etag == '"1"'


def _fail_to_keep(room: Newsroom) -> None:
    with room.store.write() as tx:
        tx.exec_driver_sql("ALTER TABLE sightings RENAME TO set_aside")


def _keep_again(room: Newsroom) -> None:
    with room.store.write() as tx:
        tx.exec_driver_sql("ALTER TABLE set_aside RENAME TO sightings")
        tx.execute(sa.update(tables.feeds).values(lease_until=1))  # some time later


async def test_a_body_that_is_an_address_is_never_followed() -> None:
    """feedparser takes an address or a path for something to read; it gets texts only."""
    async with running() as site:
        site.answers["/feed"] = ok(FIRST)
        for body in (site.url("/feed").encode(), b"/etc/hostname", b"file:///etc/hostname"):
            with pytest.raises(FetchError):
                await asyncio.to_thread(parse, body, url=WORLD, charset=None)
        assert site.requests == []


async def test_one_permanent_redirect_to_a_captive_portal_rewrites_no_subscription(
    room: Newsroom,
) -> None:
    portal = b"<html><title>Hotel Roma: please accept</title></html>"
    async with running() as site, Fetcher() as room.web:
        room.subscribe(site.url("/feed"))
        site.answers.update({"/feed": redirect("/portal", 301), "/portal": ok(portal)})
        report = await room.poll()
        assert "Hotel Roma" in report.failed[site.url("/feed")]
        site.answers["/feed"] = ok(FIRST)
        assert (await room.poll()).new_articles == 1
        assert [request.path for request in site.requests] == ["/feed", "/portal", "/feed"]
        assert room.feed().url == site.url("/feed")


async def test_a_feed_that_fails_for_a_month_is_told_and_recovers_by_itself(
    room: Newsroom,
) -> None:
    await room.poll(FIRST)
    waits = await _month_of_failures(room)
    assert waits[0] < timedelta(minutes=10) < waits[3] < max(waits) < timedelta(hours=8)
    (problem,) = room.problems()
    assert (problem.kind, problem.name, problem.message) == (ProblemKind.FEED, WORLD, "no answer")
    room.web.answers[WORLD] = SECOND
    assert (await room.poll(everything=False)).new_articles == 1
    assert room.problems() == ()


async def _month_of_failures(room: Newsroom) -> list[timedelta]:
    """Ask whenever it is due, in vain; gives the waits."""
    room.web.answers[WORLD] = refused("no answer")
    ends, waits = room.clock() + timedelta(days=30), []
    while room.clock() < ends:
        due = room.feed().next_poll_at
        assert due is not None
        room.clock.now = due
        assert (await room.poll(everything=False)).polled == 1
        again = room.feed().next_poll_at
        assert again is not None
        waits.append(again - room.clock())
        assert len(waits) < 500  # the waits do not grow
    room.clock.now += waits[-1]
    return waits


async def test_one_bad_byte_and_words_without_blanks_are_still_matched(room: Newsroom) -> None:
    room.watch("вывод NEAR/5 Нигер", "尼日尔 AND 撤军", languages=("ru", "zh"))
    good = rss(
        item("Вывод войск из Нигера", guid="ru", text="Последние солдаты ушли из страны, сказал."),
        item("美军撤出", guid="zh", text="美国国防部周一说，美国从尼日尔撤军的工作已经全部完成。"),
    )
    bad = good.replace(b"World desk", "World desk …".encode()[:-1])
    with pytest.raises(UnicodeDecodeError):
        bad.decode()
    assert sorted(await room.told(bad)) == ["Вывод войск из Нигера", "美军撤出"]


async def test_an_expression_that_freezes_other_engines_is_answered(room: Newsroom) -> None:
    """Backtracking engines would take longer for this headline than the sun has left."""
    room.watch("/(a+)+$/", "/(x|x|y)*z/", "Niger")
    headline = "Niger " + "a" * 5_000 + "!" + "x" * 5_000
    assert await room.told(rss(item("Niger", guid="1", text=headline))) == ["Niger"]
