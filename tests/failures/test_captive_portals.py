"""Networks that ask for a sign-in: a portal answers in place of every server (RFC 8952)."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from monitor.errors import FetchError
from monitor.feeds.fetch import Fetched, Fetcher
from monitor.feeds.line_watch import LineWatch
from monitor.feeds.poll import PollReport
from monitor.model import FeedState, ProblemKind
from tests.conftest import FakeClock
from tests.failures.newsroom import Newsroom, item, rss
from tests.fakes import refused
from tests.feeds.server import ok, redirect, running

FIRST = rss(item("Niger, first", guid="1"))
SECOND = rss(item("Niger, first", guid="1"), item("Niger, second", guid="2"))
SITES = tuple(f"https://site{number}.example/feed" for number in range(12))
LOGIN = "https://portal.example/login"
PAGE = b"<!doctype html><html><title>Hotel</title><body>Please sign in</body></html>"


def as_known(state: FeedState) -> tuple[object, ...]:
    """What a portal could have spoilt."""
    return state.failures, state.trouble, state.address, state.moves_seen, state.retired_at


def at_portal(url: str) -> Fetched:
    """A temporary redirect to the portal, whose page knows where one wanted to go."""
    body = PAGE.replace(b"Please", url.encode())
    return Fetched(False, body, f"{LOGIN}?to={url}", content_type="text/html")


def moved_for_good(url: str) -> Fetched:
    return replace(at_portal(url), moved_to=LOGIN)


def same_page(url: str) -> Fetched:
    return Fetched(False, PAGE, url, content_type="text/html", max_age=86400.0)


def same_text(url: str) -> Fetched:
    return Fetched(False, b"Please sign in at the desk.", url, content_type="text/plain")


def sign_in_status(url: str) -> FetchError:
    return refused("answered 511", status=511, asked=url, retry_after=86400.0)


def gone_at_portal(_: str) -> FetchError:
    return refused("answered 410 Gone", status=410, gone=True, asked=LOGIN)


def private_portal(_: str) -> FetchError:
    return refused("leads to 10.0.0.1", temporary=False, asked="http://10.0.0.1/login")


def forbidden(url: str) -> FetchError:
    return refused("answered 403 Forbidden", status=403, asked=url)


def unpaid(url: str) -> FetchError:
    return refused("answered 503 Service Unavailable", status=503, asked=url)


PORTALS = [at_portal, moved_for_good, same_page, same_text, sign_in_status]
PORTALS += [gone_at_portal, private_portal, forbidden, unpaid]


@pytest.mark.parametrize("portal", PORTALS)
async def test_a_portal_is_blamed_on_no_feed_and_what_came_meanwhile_is_told(
    room: Newsroom, clock: FakeClock, portal: object
) -> None:
    room.subscribe(*SITES)
    room.web.answers = dict.fromkeys(SITES, FIRST)
    await room.poll()
    before = room.states()
    room.web.answers = {url: portal(url) for url in SITES}  # type: ignore[operator]
    problem = await room.out_for_ten_minutes()
    refuses = portal in (forbidden, unpaid)
    assert problem.message.startswith(
        "something on the way" if refuses else "it asks for a sign-in"
    )
    assert ": 5 feeds of 5 servers were answered " in problem.message
    room.web.answers = dict.fromkeys(SITES, SECOND)
    for _ in range(3):
        clock.pass_time(seconds=40)
        await room.poll(everything=False)
    assert room.problems() == ()
    assert [as_known(state) for state in room.states()] == [as_known(state) for state in before]
    assert len(room.articles()) == 24


@pytest.mark.parametrize("portal", PORTALS)
async def test_a_portal_is_seen_in_the_first_round_after_feeds_had_just_answered(
    room: Newsroom, clock: FakeClock, portal: object
) -> None:
    room.subscribe(*SITES)
    room.web.answers = dict.fromkeys(SITES, FIRST)
    await room.poll()
    room.web.answers = {url: portal(url) for url in SITES}  # type: ignore[operator]
    clock.pass_time(seconds=4)
    await room.poll()
    assert [problem.kind for problem in room.problems()] == [ProblemKind.LINE]
    assert {(state.failures, state.trouble) for state in room.states()} == {(0, None)}
    room.web.answers = dict.fromkeys(SITES, SECOND)
    clock.pass_time(seconds=40)
    await room.poll()
    assert (room.problems(), len(room.articles())) == ((), 24)


async def test_failures_counted_before_a_portal_was_seen_are_taken_back(
    room: Newsroom, clock: FakeClock
) -> None:
    room.subscribe(*SITES)
    room.web.answers = dict.fromkeys(SITES, FIRST)
    await room.poll()
    room.web.answers = {url: at_portal(url) for url in SITES}
    everywhere = room.feeds
    room.feeds = {url: everywhere[url] for url in SITES[8:]}
    for _ in range(2):
        clock.pass_time(seconds=4)
        await room.poll()
    assert sorted(state.failures for state in room.states()) == [0] * 8 + [2] * 4
    room.feeds = everywhere
    await room.poll()  # with the four still under way when it is seen
    assert {(state.failures, state.trouble) for state in room.states()} == {(0, None)}


async def test_domains_that_are_parked_on_one_page_are_blamed_while_others_answer(
    room: Newsroom, clock: FakeClock
) -> None:
    room.subscribe(*SITES)
    dead = SITES[:6]
    good = Fetched(False, FIRST, SITES[9], content_type="application/rss+xml")
    room.web.answers = dict.fromkeys(SITES, good) | {url: at_portal(url) for url in dead}
    for _ in range(4):
        await room.poll()
        assert {problem.kind for problem in room.problems()} == {ProblemKind.FEED}
        clock.pass_time(hours=2)
    assert sorted(state.failures for state in room.states()) == [0] * 6 + [4] * 6


async def test_a_line_that_is_found_free_a_moment_later_is_not_left_told(room: Newsroom) -> None:
    room.subscribe(*SITES)
    late = dict.fromkeys(SITES[6:], FIRST)  # noted once they are kept, behind the others
    room.web.answers = {url: at_portal(url) for url in SITES} | late
    await room.poll()
    assert ProblemKind.LINE not in {problem.kind for problem in room.problems()}


async def test_a_410_of_another_server_retires_no_feed(room: Newsroom) -> None:
    await room.poll(gone_at_portal(""))
    assert (room.feed().retired_at, room.feed().failures) == (None, 1)


async def test_a_pass_after_a_restart_behind_the_same_portal_blames_none_either(
    room: Newsroom, clock: FakeClock
) -> None:
    room.subscribe(*SITES)
    room.web.answers = {url: at_portal(url) for url in SITES}
    for _ in range(4):
        room.line_watch = LineWatch()
        await room.poll()
        clock.pass_time(hours=1)
    assert {state.failures for state in room.states()} == {0}
    assert [problem.kind for problem in room.problems()] == [ProblemKind.LINE]


@pytest.mark.parametrize("count", [5, 12])
@pytest.mark.parametrize("portal", [forbidden, unpaid])
async def test_single_passes_behind_a_filter_that_refuses_all_blame_none(
    room: Newsroom, clock: FakeClock, portal: object, count: int
) -> None:
    sites = SITES[:count]
    room.subscribe(*sites)
    room.web.answers = dict.fromkeys(sites, FIRST)
    await room.poll()
    room.web.answers = {url: portal(url) for url in sites}  # type: ignore[operator]
    for _ in range(4):
        clock.pass_time(hours=5)
        room.line_watch = LineWatch()
        report = await room.poll()
        assert (report.failed, report.in_vain) == ({}, count)
        assert "servers were answered " in (report.line or "")
    assert {(state.failures, state.trouble) for state in room.states()} == {(0, None)}
    room.web.answers = dict.fromkeys(sites, SECOND)
    room.line_watch = LineWatch()
    assert (await room.poll()).line is None
    assert (room.problems(), len(room.articles())) == ((), 2 * count)


@pytest.mark.parametrize("times", [1, 3])
async def test_feeds_that_are_refused_before_others_answer_are_asked_again_and_blamed(
    room: Newsroom, clock: FakeClock, times: int
) -> None:
    room.subscribe(*SITES)
    room.web.answers = dict.fromkeys(SITES, FIRST)
    await room.poll()
    # With no word that they are feeds the others are noted once they are kept, behind the refusals.
    room.web.answers = dict.fromkeys(SITES, SECOND) | {url: forbidden(url) for url in SITES[:5]}
    for _ in range(times):
        clock.pass_time(hours=1)
        room.line_watch = LineWatch()
        report = await room.poll()
        assert (report.polled, len(report.failed), report.in_vain) == (12, 5, 0)
    assert sorted(state.failures for state in room.states()) == [0] * 7 + [times] * 5
    assert ProblemKind.LINE not in {problem.kind for problem in room.problems()}


async def test_new_feeds_that_all_refuse_programs_are_blamed(room: Newsroom) -> None:
    room.subscribe(*SITES)
    room.web.answers = {url: forbidden(url) for url in SITES}
    assert set((await room.poll()).failed) == set(SITES)
    assert {problem.kind for problem in room.problems()} == {ProblemKind.FEED}


@pytest.mark.parametrize("reachable", [True, False])
async def test_servers_behind_a_real_portal_are_asked_again_when_it_lets_go(
    room: Newsroom, clock: FakeClock, *, reachable: bool
) -> None:
    async with AsyncExitStack() as stack:
        sites = [await stack.enter_async_context(running()) for _ in range(6)]
        portal = await stack.enter_async_context(running())
        room.web = await stack.enter_async_context(Fetcher())
        room.subscribe(*(site.url("/feed") for site in sites), allow_private=reachable)
        portal.answers["/login"] = ok(PAGE, content_type="text/html")
        for site in sites:
            site.answers["/feed"] = redirect(portal.url("/login", "localhost"), 307)
        assert (await _passed(room)).new_articles == 0
        (problem,) = room.problems()
        assert "servers were answered by localhost; no feed is blamed" in problem.message
        assert {(state.failures, state.trouble) for state in room.states()} == {(0, None)}
        for number, site in enumerate(sites):
            site.answers["/feed"] = ok(rss(item(f"Niger, {number}", guid=str(number))))
        clock.pass_time(minutes=1)
        assert (await _passed(room)).new_articles == 6  # right behind the probe
        assert room.problems() == ()


async def _passed(room: Newsroom) -> PollReport:
    return await room.poll(everything=False)
