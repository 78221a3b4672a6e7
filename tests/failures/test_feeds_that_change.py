"""Feeds that move, are made anew, or are out of reach; and lines that are down."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import sqlalchemy as sa

from monitor.feeds.fetch import Fetched, Fetcher
from monitor.feeds.line_watch import LineWatch
from monitor.feeds.poll import AHEAD
from monitor.model import ProblemKind
from monitor.store import feeds, tables
from tests.conftest import FakeClock
from tests.failures.newsroom import WORLD, Newsroom, item, rss
from tests.fakes import refused
from tests.feeds.server import ok, redirect, running, status

FIRST = rss(item("Niger, first", guid="1"))
SECOND = rss(item("Niger, first", guid="1"), item("Niger, second", guid="2"))
HOUR = timedelta(hours=1)
CONCURRENCY = 32  # as where nothing else is said
IN_HAND = CONCURRENCY * AHEAD
SUBJECTS = """
troops leave the base|parliament votes on the budget|rain floods the port|teachers strike again
a new bridge is opened|the court frees an editor|wheat prices fall|the airport reopens at last
bus crash kills seven|ministers meet in the north|uranium exports resume|the border stays closed
""".strip()
HEADLINES = [f"Niger: {each}" for line in SUBJECTS.splitlines() for each in line.split("|")]


def shown(
    headlines: Iterable[str],
    clock: FakeClock,
    *,
    path: str = "old",
    dated: bool = True,
    age: int = 2,
) -> bytes:
    """A feed of these, the newest first; ids, links and words of the text go by ``path``."""
    newest = clock() - timedelta(hours=age)
    return rss(
        *(
            item(
                headline,
                guid=f"{path}-{number}",
                link=f"https://{path}.example/{path}/{number}",
                date=format_datetime(newest - number * HOUR) if dated else "",
                text=f"{path}: {headline}, as our correspondent writes.",
            )
            for number, headline in enumerate(headlines)
        )
    )


async def ask(room: Newsroom, *hours: float) -> None:
    """Poll after so many hours, one by one."""
    for each in hours:
        room.clock.pass_time(hours=each)
        await room.poll()


# --- moves ------------------------------------------------------------------------------------


async def test_a_permanent_move_is_adopted_after_equal_answers_over_a_day(room: Newsroom) -> None:
    async with running() as site, Fetcher() as room.web:
        old, new = site.url("/feed"), site.url("/new", "localhost")
        room.subscribe(old, allow_private=True)
        site.answers.update({"/feed": redirect(new, 301), "/new": ok(FIRST)})
        await ask(room, 0, 13)
        assert (room.feed().address, room.feed().moves_seen) == (None, 2)
        await ask(room, 13)
        assert (room.feed().url, room.feed().address) == (old, new)  # the config stays as it is
        asked = len(site.asked("/feed"))
        site.answers["/new"] = ok(SECOND)
        assert sorted(await room.told(None)) == ["Niger, first", "Niger, second"]
        assert len(site.asked("/feed")) == asked


async def test_a_feed_that_is_not_at_its_new_address_any_more_is_found_at_its_old_one(
    room: Newsroom,
) -> None:
    async with running() as site, Fetcher() as room.web:
        room.subscribe(site.url("/feed"))
        site.answers.update({"/feed": redirect("/new", 308), "/new": ok(FIRST)})
        await ask(room, 0, 13, 13)
        assert room.feed().address == site.url("/new")
        site.answers.update({"/feed": ok(SECOND), "/new": status(410)})
        await ask(room, 1)
        assert room.feed().retired_at is None
        await ask(room, 1)
        assert (room.feed().address, room.feed().failures) == (None, 0)
        assert len(room.articles()) == 2


async def test_a_captive_portal_that_redirects_for_days_rewrites_nothing(room: Newsroom) -> None:
    portal = b"<html><title>Hotel Roma: please accept</title></html>"
    async with running() as site, Fetcher() as room.web:
        room.subscribe(site.url("/feed"))
        site.answers.update({"/feed": redirect("/portal", 301), "/portal": ok(portal)})
        await ask(room, 0, 13, 13, 13)
        assert (room.feed().address, room.feed().moving_to) == (None, None)


async def test_where_a_feed_moved_to_gets_none_of_its_secrets(room: Newsroom) -> None:
    async with running() as site, Fetcher() as room.web:
        home = site.url("/feed").replace("http://", "http://desk:hush@")
        room.subscribe(home, allow_private=True)
        away = site.url("/new", "localhost")
        site.answers.update({"/feed": redirect(away, 301), "/new": ok(FIRST)})
        await ask(room, 0, 13, 13, 1)
        assert room.feed().address == away
        assert [("authorization" in each.headers) for each in site.asked("/feed")] == [True] * 3
        assert not any("authorization" in each.headers for each in site.asked("/new"))


async def test_a_feed_that_is_gone_for_good_is_asked_no_more_and_said_to_be(
    room: Newsroom,
) -> None:
    async with running() as site, Fetcher() as room.web:
        room.subscribe(site.url("/feed"))
        site.answers["/feed"] = ok(FIRST)
        await room.told(None)
        site.answers["/feed"] = status(410)
        await ask(room, 1, 24, 24 * 365)
        assert len(site.asked("/feed")) == 2
        (problem,) = room.problems()
        assert problem.message.startswith("answered 410 Gone: it is gone for good")
        with room.store.write() as tx:
            feeds.revive(tx, [room.feed().id])
        site.answers["/feed"] = ok(SECOND)
        assert await room.told(None) == ["Niger, second"]


# --- made anew --------------------------------------------------------------------------------


@pytest.mark.parametrize("dated", [True, False])
async def test_a_site_made_anew_brings_nothing_up_again_but_what_is_new(
    room: Newsroom, clock: FakeClock, dated: bool
) -> None:
    assert len(await room.told(shown(HEADLINES, clock, dated=dated))) == 12
    clock.pass_time(hours=4)
    anew = shown(["Niger: the newest of all", *HEADLINES], clock, path="anew", dated=dated, age=1)
    headlines, (trouble,) = await room.told_with_troubles(anew)
    assert headlines == ["Niger: the newest of all"]
    assert trouble.startswith("12 entries looked new and are old")
    assert len(room.articles()) == 13
    clock.pass_time(hours=1)
    after = anew.replace(b"</channel>", item("Niger: later").encode() + b"</channel>")
    assert await room.told_with_troubles(after) == (["Niger: later"], [])  # told once


async def test_headlines_slightly_changed_in_a_site_made_anew_are_known(
    room: Newsroom, clock: FakeClock
) -> None:
    await room.told(shown(HEADLINES, clock, dated=False))
    changed = [f"{headline.upper()} – The Daily Example" for headline in HEADLINES]
    assert await room.told(shown(changed, clock, path="anew", dated=False)) == []


async def test_two_hundred_and_thirty_old_posts_of_which_none_is_known_are_not_told(
    room: Newsroom, clock: FakeClock
) -> None:
    """An archive that is shown all at once: no headline of it was ever seen."""
    await room.told(shown(HEADLINES, clock))
    archive = [f"Niger: from the archive, number {number}" for number in range(230)]
    assert await room.told(shown(archive, clock, path="archive", age=24)) == []
    assert len(room.articles()) == 242


async def test_addresses_that_change_in_part_are_known_by_their_keys(
    room: Newsroom, clock: FakeClock
) -> None:
    before = shown(HEADLINES, clock)
    await room.told(before)
    secure = before.replace(b"https://old.example", b"http://www.old.example")
    assert await room.told(secure.replace(b"</link>", b"/?utm_source=rss</link>")) == []
    ids = before.replace(b">old-", b">tag:old.example,2024:")
    assert await room.told(ids) == []
    assert room.problems() == ()


@pytest.mark.parametrize("dated", [True, False])
async def test_a_mass_of_real_news_is_told_and_that_some_may_be_lost(
    room: Newsroom, clock: FakeClock, dated: bool
) -> None:
    assert len(await room.told(shown(HEADLINES[:6], clock, dated=dated))) == 6
    before = room.feed().interval or 0
    clock.pass_time(hours=60)
    news = [f"Niger, news of the weekend: {each[7:][::-1]}" for each in HEADLINES]
    body = shown(news, clock, path="more", dated=dated)
    headlines, (trouble,) = await room.told_with_troubles(body)
    assert sorted(headlines) == sorted(news)
    assert trouble.startswith("all 12 entries were new: others may have come and gone")
    assert (room.feed().interval or 0) <= before / 2
    clock.pass_time(hours=1)
    after = body.replace(b"</channel>", item("Niger: later").encode() + b"</channel>")
    assert await room.told_with_troubles(after) == (["Niger: later"], [])  # told once


async def test_a_feed_that_shows_one_entry_at_a_time_is_no_gap_each_time(room: Newsroom) -> None:
    for number in range(4):
        await room.told(rss(item(f"Niger, day {number}", guid=f"{number}")))
    assert room.problems() == ()
    assert (room.feed().interval or 0) < 900


# --- keys that are none -----------------------------------------------------------------------


async def test_a_feed_of_one_entry_at_a_time_with_one_link_for_all_is_told_every_time(
    room: Newsroom,
) -> None:
    one = [
        rss(item(f"Niger, report {n}", link="https://example.org/ticker", text=f"Text {n}."))
        for n in range(5)
    ]
    for number in range(5):
        assert await room.told(one[number]) == [f"Niger, report {number}"]
        assert await room.told(one[number] + b"<!-- made anew -->") == []
    assert room.feed().demoted == ("link",)
    assert await room.told(one[2]) == []
    assert await room.told(one[3].replace(b"Niger, report 3", b"Niger: report 3!")) == []


async def test_a_link_that_was_on_all_entries_is_no_key_when_they_come_one_by_one(
    room: Newsroom,
) -> None:
    page = "https://example.org/ticker"
    items = [item(f"Niger: {each}", link=page, text="x") for each in HEADLINES[:6]]
    assert len(await room.told(rss(*items[:4]))) == 4
    assert room.feed().demoted == ("link",)
    assert await room.told(rss(items[0])) == []
    assert await room.told(rss(items[4])) == [f"Niger: {HEADLINES[4]}"]
    assert await room.told(rss(items[5])) == [f"Niger: {HEADLINES[5]}"]
    assert await room.told(rss(*items)) == []


async def test_a_headline_that_is_changed_where_links_tell_entries_apart_is_no_new_article(
    room: Newsroom,
) -> None:
    def links(*titles: str) -> bytes:
        return rss(*(item(t, link=f"https://example.org/{n}") for n, t in enumerate(titles)))

    assert len(await room.told(links("Niger: one thing", "Niger: another"))) == 2
    assert await room.told(links("Quite different words on Niger", "Niger: another")) == []
    assert room.feed().demoted == ()


# --- a server that says nothing is new, for ever -----------------------------------------------


async def test_a_feed_that_is_unchanged_for_ever_is_found_out_within_a_day(room: Newsroom) -> None:
    room.web.answers[WORLD] = Fetched(
        *(False, FIRST, WORLD, '"1"'), last_modified="Mon, 20 May 2024 06:00:00 GMT"
    )
    await room.poll()

    class Stubborn(type(room.web)):  # type: ignore[misc]
        async def fetch(self, subscription: object, **named: str | None) -> Fetched:
            conditional = named["etag"] or named["last_modified"]
            self.answers[WORLD] = Fetched(bool(conditional), b"" if conditional else SECOND, WORLD)
            answer: Fetched = await super().fetch(subscription, **named)
            return answer

    room.web = Stubborn()
    await ask(room, 1, 22)
    assert len(room.articles()) == 1
    await ask(room, 2)
    assert len(room.articles()) == 2


async def test_a_feed_dated_2041_is_asked_without_that_date(room: Newsroom) -> None:
    async with running() as site, Fetcher() as room.web:
        room.subscribe(site.url("/feed"))
        site.answers["/feed"] = ok(FIRST, last_modified="Tue, 01 Jan 2041 00:00:00 GMT")
        await ask(room, 0, 1)
        assert not any("if-modified-since" in each.headers for each in site.requests)


async def test_a_feed_that_asks_to_be_left_alone_at_night_is(room: Newsroom) -> None:
    night = (
        b"<skipHours>" + b"".join(b"<hour>%d</hour>" % n for n in range(7, 20)) + b"</skipHours>"
    )
    await room.poll(FIRST.replace(b"<item>", night + b"<item>"))
    for unchanged in (False, True):
        due = room.feed().next_poll_at
        assert due is not None
        assert due.replace(minute=0, second=0, microsecond=0) == datetime(
            *(2024, 5, 20, 20), tzinfo=UTC
        )
        room.web.answers[WORLD] = Fetched(unchanged, b"", WORLD) if unchanged else SECOND
        await room.poll(everything=False)  # is not due


# --- the line ---------------------------------------------------------------------------------

MANY = tuple(f"https://site{number}.example/feed" for number in range(12))


def out_of_reach() -> Exception:
    return refused("the name cannot be resolved", line_down=True)


async def test_a_line_that_is_down_for_ten_minutes_is_blamed_on_no_feed(
    room: Newsroom, clock: FakeClock
) -> None:
    room.subscribe(*MANY)
    room.web.answers = dict.fromkeys(MANY, FIRST)
    await room.poll()
    room.web.answers = dict.fromkeys(MANY, out_of_reach())
    await room.out_for_ten_minutes()
    room.web.answers = dict.fromkeys(MANY, SECOND)
    clock.pass_time(minutes=1)
    for _ in range(3):
        await room.poll(everything=False)
        clock.pass_time(seconds=40)
    assert room.problems() == ()
    assert {state.trouble for state in room.states()} == {None}
    recent = clock() - timedelta(minutes=4)
    assert all(s.last_success_at and s.last_success_at > recent for s in room.states())


async def test_feeds_that_fail_one_by_one_before_the_line_is_known_to_be_down_are_not_blamed(
    room: Newsroom, clock: FakeClock
) -> None:
    room.subscribe(*MANY)
    room.web.answers = dict.fromkeys(MANY, FIRST)
    await room.poll()
    clock.pass_time(hours=7)
    room.web.answers |= dict.fromkeys(MANY[:4], out_of_reach())
    with room.store.write() as tx:
        rest = [feeds.states(tx)[at] for at in range(12)]
        later = clock() + timedelta(minutes=1)
        feeds.unburden(tx, rest, later)
    await _only(room, MANY[:4])
    assert sorted(state.failures for state in room.states()) == [0] * 8 + [1] * 4
    room.web.answers = dict.fromkeys(MANY, out_of_reach())
    clock.pass_time(minutes=2)
    await room.poll(everything=False)
    assert {state.failures for state in room.states()} == {0}


async def _only(room: Newsroom, urls: tuple[str, ...]) -> None:
    """Poll these alone."""
    everywhere = room.feeds
    room.feeds = {url: everywhere[url] for url in urls}
    await room.poll(everything=False)
    room.feeds = everywhere


async def test_all_feeds_are_asked_again_right_after_a_probe_of_one_that_did_not_fail(
    room: Newsroom, clock: FakeClock
) -> None:
    room.subscribe(*MANY)
    room.web.answers = dict.fromkeys(MANY, FIRST)
    await room.poll()
    clock.pass_time(hours=7)
    room.web.answers = dict.fromkeys(MANY, out_of_reach())
    await _only(room, MANY[:10])
    assert [problem.kind for problem in room.problems()] == [ProblemKind.LINE]
    room.web.answers = dict.fromkeys(MANY, SECOND)
    clock.pass_time(seconds=40)
    room.web.asked.clear()
    await room.poll(everything=False)
    assert room.web.asked[0][0] in MANY[10:]
    assert len(room.web.asked) == 12
    assert room.problems() == ()


async def test_a_moment_at_which_no_feed_is_due_puts_off_no_probe(
    room: Newsroom, clock: FakeClock
) -> None:
    room.subscribe(*MANY)
    room.web.answers = dict.fromkeys(MANY, out_of_reach())
    await room.poll()
    with room.store.write() as tx:
        due = clock() + timedelta(seconds=35)
        tx.execute(sa.update(tables.feeds).values(next_poll_at=due))
    room.web.answers = dict.fromkeys(MANY, FIRST)
    for _ in range(8):
        clock.pass_time(seconds=5)
        await room.poll(everything=False)
    assert {state.last_success_at is not None for state in room.states()} == {True}


async def test_a_line_that_went_down_before_a_restart_is_told_to_be_up_again(
    room: Newsroom, clock: FakeClock
) -> None:
    room.subscribe(*MANY)
    room.web.answers = dict.fromkeys(MANY, out_of_reach())
    await room.poll()
    assert [problem.kind for problem in room.problems()] == [ProblemKind.LINE]
    room.restart()
    room.line_watch = LineWatch()
    room.web.answers = dict.fromkeys(MANY, FIRST)
    clock.pass_time(minutes=1)
    await room.poll()
    assert room.problems() == ()


async def test_a_dead_feed_beside_good_ones_is_blamed(room: Newsroom) -> None:
    room.subscribe(*MANY)
    room.web.answers = dict.fromkeys(MANY, FIRST) | {MANY[0]: out_of_reach()}
    await room.poll()
    assert [state.failures for state in room.states()].count(1) == 1
    assert [problem.kind for problem in room.problems()] == [ProblemKind.FEED]


async def test_a_pass_over_everything_ends_when_the_line_is_down(room: Newsroom) -> None:
    room.subscribe(*(f"https://site{number}.example/feed" for number in range(2 * IN_HAND)))
    room.web.answers = dict.fromkeys(room.feeds, out_of_reach())
    async with asyncio.timeout(60):
        await room.poll()
    assert len(room.web.asked) < 1.2 * IN_HAND  # those in hand when it was noticed
    assert {state.failures for state in room.states()} == {0}


# --- slow servers -----------------------------------------------------------------------------


async def test_servers_that_hang_with_many_feeds_leave_room_for_the_others(room: Newsroom) -> None:
    slow = [f"https://{host}.example/{n}" for host in ("one", "two") for n in range(IN_HAND)]
    quick = [f"https://quick{n}.example/feed" for n in range(10)]
    room.subscribe(*slow, *quick)
    room.web.answers = dict.fromkeys(slow, "hang") | dict.fromkeys(quick, FIRST)
    passing = asyncio.create_task(room.poll())
    async with asyncio.timeout(60):
        while len({url for url, *_ in room.web.asked} & set(quick)) < 10:
            await asyncio.sleep(0.02)
    passing.cancel()
    await asyncio.gather(passing, return_exceptions=True)
    assert len({url for url, *_ in room.web.asked} & set(slow)) <= IN_HAND - CONCURRENCY
