from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.feeds.line_watch import LineWatch
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
