from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from monitor.errors import FetchError, NotAFeed
from monitor.feeds.fetch import Fetched
from monitor.feeds.line_watch import LineWatch, Sign, is_told_a_feed, portal_sign
from monitor.model import FeedState
from tests.make import feed_state

NOW = datetime(2024, 5, 20, 12, tzinfo=UTC)


def feeds(count: int, **fields: object) -> list[FeedState]:
    return [feed_state(f"https://site{n}.example/feed", **fields) for n in range(count)]


def host(state: FeedState) -> str:
    return state.url.split("/")[2]


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def out(watch: LineWatch, states: list[FeedState], now: datetime = NOW) -> list[FeedState]:
    return [each for state in states for each in watch.unreached(state, host(state), now)]


def test_when_most_feeds_are_out_of_reach_it_is_the_line() -> None:
    watch, states = LineWatch(), feeds(6)
    assert out(watch, states[:4]) == []
    assert watch.down_since is None
    assert out(watch, [states[4]], later(9)) == states[:4]  # those are unburdened
    assert watch.down_since == NOW
    assert out(watch, [states[5]], later(10)) == []


def test_a_few_feeds_or_one_server_out_of_reach_are_not_the_line() -> None:
    watch, states = LineWatch(), feeds(30)
    for state in states[:20]:
        watch.reached(state, host(state), NOW)
    out(watch, states[20:])
    assert watch.down_since is None
    watch = LineWatch()
    for state in states:
        watch.unreached(state, "one.example", NOW)
    assert watch.down_since is None


def test_feeds_that_fail_for_long_are_no_evidence() -> None:
    watch = LineWatch()
    out(watch, feeds(30, failures=3))
    assert watch.down_since is None


def test_what_was_out_of_reach_an_hour_ago_is_no_evidence() -> None:
    watch, states = LineWatch(), feeds(6)
    out(watch, states[:4])
    out(watch, states[4:], later(3600))
    assert watch.down_since is None


def test_while_it_is_down_one_feed_is_asked_now_and_then() -> None:
    watch = LineWatch()
    assert watch.granted(32, NOW) == 32
    out(watch, feeds(6))
    asked = [watch.granted(32, later(second)) for second in range(1, 91)]
    assert (sum(asked), max(asked)) == (3, 1)
    assert watch.granted(0, later(200)) == 0


def test_a_probe_for_which_no_feed_was_due_is_granted_again() -> None:
    watch, states = LineWatch(), feeds(7)
    watch.reached(states[6], host(states[6]), NOW)
    out(watch, states[:6], later(1))
    for second in (40, 41, 42):
        assert watch.granted(32, later(second)) == 1
        watch.not_used()
    assert watch.granted(32, later(43)) == 1
    watch.reached(states[6], host(states[6]), later(44))
    assert watch.granted(32, later(45)) == 5
    watch.not_used()
    assert [watch.granted(32, later(45)), watch.granted(32, later(46))] == [5, 0]


def test_the_first_server_that_is_reached_again_ends_it() -> None:
    watch, states = LineWatch(), feeds(6)
    out(watch, states)
    assert watch.reached(states[2], host(states[2]), later(3000))
    assert watch.down_since is None
    assert watch.granted(32, later(3000)) == 32
    assert not watch.reached(states[3], host(states[3]), later(3001))


def test_a_server_that_was_reached_all_along_ends_nothing() -> None:
    watch, states = LineWatch(), feeds(20)
    watch.reached(states[0], "intranet.example", NOW)
    out(watch, states[1:])
    assert watch.down_since is not None
    assert not watch.reached(states[0], "intranet.example", later(5000))
    assert watch.down_since is not None


def test_the_first_server_that_is_ever_reached_ends_what_another_process_told() -> None:
    watch, states = LineWatch(), feeds(2)
    assert [watch.reached(state, host(state), NOW) for state in states] == [True, False]


def test_a_file_says_nothing_of_the_line() -> None:
    watch, states = LineWatch(), feeds(6)
    out(watch, states)
    assert not watch.reached(feed_state("/srv/feed.xml"), "", later(60))
    assert watch.down_since is not None


# --- feeds that failed by themselves ------------------------------------------------------------


def test_dead_feeds_that_are_tried_again_while_no_other_is_due_are_not_the_line() -> None:
    watch, states = LineWatch(), feeds(30)
    out(watch, states[:5])
    for state in states[5:]:
        watch.reached(state, host(state), NOW)
    for minutes in (5, 15, 35):
        out(watch, states[:5], later(60 * minutes))
    assert watch.down_since is None


def test_several_servers_that_were_reached_all_along_end_an_outage() -> None:
    watch, states = LineWatch(), feeds(20)
    for state in states[:3]:
        watch.reached(state, host(state), NOW)
    out(watch, states[3:])
    assert watch.down_since is not None
    ended = [watch.reached(state, host(state), later(60)) for state in states[:3]]
    assert (ended, watch.down_since) == ([False, False, True], None)


def test_a_line_that_comes_and_goes_is_known_to_be_down_each_time() -> None:
    watch, states = LineWatch(), feeds(6)
    for _ in range(3):
        out(watch, states)
        assert watch.down_since is not None
        assert watch.reached(states[0], host(states[0]), later(60))
        assert watch.down_since is None


def down_after_good_answers() -> tuple[LineWatch, list[FeedState]]:
    """A line over which 40 feeds answered, of which 34 were then asked in vain."""
    watch, states = LineWatch(), feeds(40)
    for state in states:
        watch.reached(state, host(state), NOW)
    out(watch, states[:34], later(4))
    assert watch.down_since == later(4)
    return watch, states


def test_where_a_feed_answers_that_was_not_asked_in_the_outage_others_are_asked_at_once() -> None:
    watch, states = down_after_good_answers()
    assert watch.granted(32, later(35)) == 1
    assert not watch.reached(states[36], host(states[36]), later(36))
    assert watch.granted(32, later(36)) == 5
    assert watch.granted(32, later(36)) == 0
    assert not watch.reached(states[37], host(states[37]), later(37))
    assert watch.reached(states[38], host(states[38]), later(37))
    assert watch.granted(32, later(37)) == 32


def test_any_feed_asked_in_vain_in_the_outage_ends_it_when_it_answers() -> None:
    watch, states = down_after_good_answers()
    assert not watch.reached(states[36], host(states[36]), later(36))
    assert watch.reached(states[3], host(states[3]), later(37))
    assert watch.down_since is None


def test_a_server_nearby_that_answers_throughout_neither_ends_it_nor_has_others_asked() -> None:
    watch, states = down_after_good_answers()
    granted = []
    for second in range(35, 335, 32):
        granted.append(watch.granted(32, later(second)))
        assert not watch.reached(states[39], host(states[39]), later(second + 0.5))
        granted.append(watch.granted(32, later(second + 1)))
        out(watch, states[:5], later(second + 1))
    assert watch.down_since == later(4)
    assert granted == [1, 5] + [1, 0] * 9


# --- a portal that answers for every server -----------------------------------------------------

PORTAL = Sign("answered by portal.example")
PAGE = Sign("answered with one and the same page", "1f")


def portal(
    watch: LineWatch, states: list[FeedState], sign: Sign = PORTAL, now: datetime = NOW
) -> list[FeedState]:
    return [each for state in states for each in watch.unreached(state, host(state), now, sign)]


@pytest.mark.parametrize("sign", [PORTAL, PAGE, Sign("answered 511")])
def test_servers_that_all_answer_alike_are_a_portal(sign: Sign) -> None:
    watch, states = LineWatch(), feeds(6)
    watch.reached(states[5], host(states[5]), NOW)
    assert portal(watch, states[:4], sign, later(150)) == []
    assert portal(watch, states[4:5], sign, later(159)) == states[:4]  # those are unburdened
    assert watch.down_since == later(150)
    assert watch.capture == f"5 feeds of 5 servers were {sign.words}"
    assert watch.granted(32, later(160)) == 0
    assert watch.reached(states[2], host(states[2]), later(3000))
    assert (watch.down_since, watch.capture) == (None, None)


def test_a_single_server_that_answers_as_it_should_clears_the_line() -> None:
    watch, states = LineWatch(), feeds(40)
    for state in states:
        portal(watch, [state])
        if state.id % 4 == 0:
            watch.reached(state, host(state), NOW)
    assert watch.down_since is None


def test_pages_that_are_read_after_the_feeds_that_were_asked_with_them_are_no_portal() -> None:
    watch, states = LineWatch(), feeds(12)
    for state in states[6:]:
        watch.reached(state, host(state), NOW)
    portal(watch, states[:6], now=later(20))
    assert watch.down_since is None


@pytest.mark.parametrize(("count", "shown_by"), [(6, 5), (12, 6), (20, 10), (40, 20)])
def test_a_portal_is_seen_at_once_where_feeds_had_just_answered(count: int, shown_by: int) -> None:
    watch, states = LineWatch(), feeds(count)
    for state in states:
        watch.reached(state, host(state), NOW)
    portal(watch, states[: shown_by - 1], PAGE, later(3))
    assert watch.down_since is None
    assert portal(watch, [states[shown_by - 1]], PAGE, later(4)) == states[: shown_by - 1]
    assert (watch.down_since, watch.granted(32, later(5))) == (later(3), 0)


def test_feeds_that_failed_several_times_before_a_portal_was_seen_are_given_as_at_first() -> None:
    watch, states = LineWatch(), feeds(40)
    for state in states:
        watch.reached(state, host(state), NOW)
    for failures in (0, 1, 2):
        portal(watch, [replace(s, failures=failures) for s in states[:4]], now=later(3 + failures))
    blamed = portal(watch, states[4:20], now=later(9))
    assert [state.failures for state in blamed] == [0] * 19
    assert watch.capture == "20 feeds of 20 servers were answered by portal.example"


@pytest.mark.parametrize("good", [1, 5, 10, 40])
@pytest.mark.parametrize("seed", range(5))
def test_a_few_parked_domains_are_no_portal_in_whatever_order_all_are_asked(
    good: int, seed: int
) -> None:
    watch, states = LineWatch(), feeds(good + 5)
    hosts = {state.id: f"parked{n % 3}.example" for n, state in enumerate(states[:5])}
    for state in states[5:]:
        watch.reached(state, host(state), NOW)
    for second in range(0, 40, 4):
        Random(seed + second).shuffle(states)
        for state in states:
            if state.id in hosts:
                watch.unreached(state, hosts[state.id], later(second), PAGE)
            else:
                watch.reached(state, host(state), later(second))
            assert watch.down_since is None


@pytest.mark.parametrize("good", [10, 40])
def test_domains_that_are_parked_all_at_once_are_no_portal_beside_more_that_answer(
    good: int,
) -> None:
    watch, states = LineWatch(), feeds(good + 5)
    for state in states:
        watch.reached(state, host(state), NOW)
    for second in (4, 8, 12):
        portal(watch, states[:5], now=later(second))
        assert watch.down_since is None
        for state in states[5:]:
            watch.reached(state, host(state), later(second))


def test_a_server_of_thirty_feeds_that_is_parked_is_no_portal_beside_ten_that_answer() -> None:
    watch, states = LineWatch(), feeds(40)
    for state in states:
        watch.reached(state, host(state), NOW)
    for state in states[10:]:
        watch.unreached(state, "www.parked.example", later(4), PORTAL)
    assert watch.down_since is None


def test_many_feeds_of_one_server_that_moved_to_another_are_no_portal() -> None:
    watch = LineWatch()
    for state in feeds(30):
        watch.unreached(state, "feeds.feedburner.example", NOW, Sign("answered by follow.example"))
    assert watch.down_since is None


def test_servers_that_each_answer_with_a_page_of_their_own_are_no_portal() -> None:
    watch = LineWatch()
    for state in feeds(30):
        portal(watch, [state], Sign("answered with a page", str(state.id)))
    assert watch.down_since is None


def test_parked_domains_are_no_portal_however_rarely_others_are_asked() -> None:
    watch, states = LineWatch(), feeds(12)
    parked = states[:6]
    for state in parked[:4]:
        portal(watch, [state])
    watch.reached(states[7], host(states[7]), NOW)
    for hours in range(1, 5):
        portal(watch, parked, now=later(3600 * hours))
    assert watch.down_since is None


def test_what_cannot_be_reached_behind_a_portal_counts_with_what_it_answers() -> None:
    watch, states = LineWatch(), feeds(8)
    watch.reached(states[7], host(states[7]), NOW)
    watch.reached(states[6], host(states[6]), NOW)
    out(watch, states[:2], later(150))
    portal(watch, states[2:4], now=later(150))
    assert watch.down_since is None
    portal(watch, states[4:5], now=later(150))
    assert watch.capture == "3 feeds of 3 servers were answered by portal.example"


def test_a_line_that_comes_back_behind_a_portal_is_said_to_be_captured() -> None:
    watch, states = LineWatch(), feeds(9)
    out(watch, states)
    since = watch.down_since
    portal(watch, states[:2], now=later(60))
    assert watch.capture is None
    portal(watch, states[2:3], now=later(90))
    assert watch.capture == "3 feeds of 3 servers were answered by portal.example"
    assert watch.down_since == since


# --- refusals that a server may give by itself, too ---------------------------------------------

FORBIDDEN = Sign("answered 403 Forbidden", refusal=True)
WELL = {"last_success_at": NOW}


@pytest.mark.parametrize("good", [0, 1, 4])
def test_servers_that_were_well_and_all_turn_to_one_refusal_are_behind_a_portal(good: int) -> None:
    watch, states = LineWatch(), feeds(25, **WELL)
    for state in states[:good]:
        watch.reached(state, host(state), NOW)
    portal(watch, states[good:], FORBIDDEN, later(3))
    assert watch.down_since == later(3)
    refused = max(5, 4 * good + 1)
    told = f"{refused} feeds of {refused} servers were answered 403 Forbidden; no feed is blamed"
    assert told in (watch.trouble or "")
    assert watch.reached(states[-1], host(states[-1]), later(99))


def test_servers_that_turn_to_several_refusals_or_were_not_well_show_no_portal() -> None:
    watch, states = LineWatch(), feeds(25, **WELL)
    for number, state in enumerate(states[:12]):
        portal(watch, [state], Sign(f"answered {500 + number % 3}", refusal=True))
    portal(watch, [replace(state, failures=1) for state in states[12:]], FORBIDDEN)
    portal(watch, [replace(state, last_success_at=None) for state in states[12:]], FORBIDDEN)
    assert watch.down_since is None


def test_feeds_of_one_server_that_turn_to_a_refusal_show_no_portal() -> None:
    watch = LineWatch()
    for state in feeds(30, **WELL):
        watch.unreached(state, "www.example", NOW, FORBIDDEN)
    assert watch.down_since is None


@pytest.mark.parametrize("seed", range(5))
def test_a_third_of_all_feeds_that_turns_to_a_refusal_is_no_portal_but_for_a_moment(
    seed: int,
) -> None:
    watch, states = LineWatch(), feeds(45, **WELL)
    turned = {state.id for state in states[:15]}
    for state in states:
        watch.reached(state, host(state), NOW)
    for round_ in range(3):
        Random(seed + round_).shuffle(states)
        for state in states:
            if state.id in turned:
                again = replace(state, failures=round_)
                watch.unreached(again, host(state), later(900 * (round_ + 1)), FORBIDDEN)
            else:
                watch.reached(state, host(state), later(900 * (round_ + 1)))
        watch.reached(feed_state("https://good.example"), "good.example", later(900 * (round_ + 1)))
        assert watch.down_since is None


def test_servers_that_refuse_for_good_do_not_hold_up_the_two_that_answer() -> None:
    watch, states = LineWatch(), feeds(7, **WELL)
    refusing, well = states[:5], states[5:]
    for state in states:
        watch.reached(state, host(state), NOW)
    portal(watch, refusing, FORBIDDEN, later(600))
    assert watch.down_since is not None
    assert not watch.reached(well[0], host(well[0]), later(630))
    assert watch.reached(well[1], host(well[1]), later(630))
    assert watch.down_since is None


def test_a_feed_that_was_refused_hours_before_a_portal_is_not_taken_for_one_of_its() -> None:
    watch, states = LineWatch(), feeds(30, **WELL)
    portal(watch, states[:1], FORBIDDEN)
    for state in states[1:]:
        watch.reached(state, host(state), later(1))
    assert portal(watch, states[1:6], FORBIDDEN, later(7200)) == states[1:5]
    assert watch.capture == "5 feeds of 5 servers were answered 403 Forbidden"


def test_a_refusal_of_a_feed_in_trouble_neither_ends_an_outage_nor_hides_one() -> None:
    watch, states = LineWatch(), feeds(12, **WELL)
    for number, state in enumerate(states[:10]):
        portal(watch, [state], FORBIDDEN)
        ill = replace(states[10 + number % 2], failures=9)
        portal(watch, [ill], FORBIDDEN, later(number))
    assert watch.down_since == NOW
    assert watch.capture


# --- what may be a portal's answer ---------------------------------------------------------------

STATE = feed_state("https://news.example/feed", host="news.example")


def page(url: str, body: bytes = b"<html>Sign in</html>") -> Fetched:
    return Fetched(unchanged=False, body=body, url=url)


@pytest.mark.parametrize(
    ("error", "answer", "words"),
    [
        (FetchError("511", status=511, asked=STATE.url), None, "511 Network Authentication"),
        (FetchError("404", status=404, asked="http://portal.example/in?k=1"), None, "by portal.ex"),
        (FetchError("private", asked="http://10.0.0.1/login"), None, "by 10.0.0.1"),
        (NotAFeed("page"), page("https://portal.example/in"), "by portal.example"),
        (NotAFeed("page"), page(STATE.url), "one and the same page"),
        (NotAFeed("empty"), page(STATE.url, b""), None),
        (NotAFeed("page"), page("https://www.news.example/feed", b""), None),
        (FetchError("answered 404", status=404, asked=STATE.url), None, "answered 404"),
        (FetchError("410", status=410, gone=True, asked=STATE.url), None, None),
        (FetchError("429", status=429, asked=STATE.url), None, None),
        (FetchError("503", status=503, retry_after=60, asked=STATE.url), None, None),
        (FetchError("the proxy answered 407", asked=STATE.url), None, None),
        (FetchError("slow", unreached=True, asked="http://portal.example/"), None, None),
        (FetchError("what"), None, None),
    ],
)
def test_an_answer_of_another_server_or_a_page_may_be_a_portals(
    error: FetchError, answer: Fetched | None, words: str | None
) -> None:
    sign = portal_sign(STATE, error, answer)
    assert (words in sign.words) if sign and words else sign is words


@pytest.mark.parametrize(
    ("kind", "feed"),
    [
        ("application/rss+xml", True),
        ("text/xml", True),
        ("application/feed+json", True),
        ("application/xhtml+xml", False),
        ("text/html", False),
        ("text/plain", False),
        (None, False),
    ],
)
def test_what_is_told_to_be_a_feed_is_no_portals_answer(kind: str | None, *, feed: bool) -> None:
    assert is_told_a_feed(kind) is feed


def test_a_file_is_never_answered_by_a_portal() -> None:
    state = feed_state("/srv/feed.xml")
    assert portal_sign(state, NotAFeed("page"), page("/srv/feed.xml")) is None
