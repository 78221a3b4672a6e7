from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from monitor.feeds.options import PollOptions
from monitor.feeds.timing import after_failure, after_success

NOW = datetime(2024, 5, 20, 12, tzinfo=UTC)
OPTIONS = PollOptions(every=900, min_every=300, max_every=21_600)


def published(gap: float, count: int = 10, newest: datetime = NOW) -> list[datetime]:
    return [newest - timedelta(seconds=gap * number) for number in range(count)]


def settled(dates: list[datetime], start: float | None = None, **said: float | None) -> float:
    """The interval after many polls alike."""
    interval = start
    for seed in range(30):
        interval, *_ = after_success(
            OPTIONS,
            now=NOW,
            interval=interval,
            published=dates,
            ttl=said.get("ttl"),
            max_age=said.get("max_age"),
            rng=Random(seed),
        )
    assert interval is not None
    return interval


def wait(interval: float | None = None, dates: tuple[datetime, ...] = (), **said: float) -> float:
    _, again, _ = after_success(
        OPTIONS,
        now=NOW,
        interval=interval,
        published=dates,
        ttl=said.get("ttl"),
        max_age=said.get("max_age"),
        rng=Random(1),
    )
    return (again - NOW).total_seconds()


def test_a_feed_begins_in_the_middle() -> None:
    assert settled([]) == pytest.approx(900)
    assert wait() == pytest.approx(900, rel=0.11)


def test_a_busy_feed_is_polled_as_often_as_allowed() -> None:
    assert settled(published(60)) == pytest.approx(300)


def test_an_hourly_feed_is_polled_four_times_an_hour() -> None:
    assert settled(published(3600), start=300) == pytest.approx(900, rel=0.01)


def test_a_weekly_feed_is_polled_as_seldom_as_allowed() -> None:
    assert settled(published(7 * 86_400)) == pytest.approx(21_600)


def test_a_feed_that_falls_silent_is_polled_less() -> None:
    assert settled(published(60, newest=NOW - timedelta(days=9))) == pytest.approx(21_600)


def test_habits_are_followed_step_by_step() -> None:
    interval, *_ = after_success(
        OPTIONS,
        now=NOW,
        interval=21_600,
        published=published(60),
        ttl=None,
        max_age=None,
        rng=Random(1),
    )
    assert 300 < interval < 21_600


def test_dates_in_the_future_or_all_alike_tell_no_habit() -> None:
    future = [NOW + timedelta(days=days) for days in range(1, 20)]
    assert settled(future) == pytest.approx(900)
    assert settled([NOW - timedelta(hours=1)] * 20) == pytest.approx(900)


def test_without_dates_what_is_new_tells_the_habit() -> None:
    busy, quiet = 900.0, 900.0
    for _ in range(20):
        busy, *_ = after_success(
            OPTIONS,
            now=NOW,
            interval=busy,
            new_entries=3,
            published=[],
            ttl=None,
            max_age=None,
            rng=Random(1),
        )
        quiet, *_ = after_success(
            OPTIONS,
            now=NOW,
            interval=quiet,
            new_entries=0,
            published=[],
            ttl=None,
            max_age=None,
            rng=Random(1),
        )
    assert busy == pytest.approx(300, rel=0.01)
    assert quiet == pytest.approx(21_600, rel=0.01)


def test_what_feed_and_server_ask_for_is_obeyed_up_to_the_limit() -> None:
    assert wait(ttl=3600) == 3600
    assert wait(max_age=7200, ttl=60) == 7200
    assert wait(ttl=10 * 86_400) == 21_600


def test_no_wait_is_shorter_than_allowed() -> None:
    dates = tuple(published(1))
    for seed in range(50):
        _, again, _ = after_success(
            OPTIONS, now=NOW, interval=300, published=dates, ttl=None, max_age=1, rng=Random(seed)
        )
        assert again - NOW >= timedelta(seconds=300)


def test_feeds_do_not_march_in_step() -> None:
    times = {
        after_success(
            OPTIONS, now=NOW, interval=None, published=[], ttl=None, max_age=None, rng=Random(seed)
        )[1]
        for seed in range(20)
    }
    assert len(times) == 20


def failed(failures: int, retry_after: float | None = None, seed: int = 1) -> float:
    again, _ = after_failure(
        OPTIONS, now=NOW, failures=failures, retry_after=retry_after, rng=Random(seed)
    )
    return (again - NOW).total_seconds()


def test_waits_grow_with_failures_and_never_end() -> None:
    waits = [failed(failures) for failures in (1, 2, 3, 4)]
    assert waits == sorted(waits)
    assert 300 <= waits[0] <= 360
    assert 2400 <= waits[3] <= 2880
    assert 21_600 <= failed(1000) <= 21_600 * 1.2


def test_retry_after_is_obeyed_up_to_a_day() -> None:
    assert failed(1, retry_after=7200) == 7200
    assert failed(1, retry_after=5) >= 300
    assert failed(1, retry_after=10**9) == 86_400


def skipped(hours: tuple[int, ...] = (), days: tuple[int, ...] = (), seed: int = 1) -> datetime:
    """When a feed asked on Monday at noon, with an interval of an hour, is asked again."""
    hourly = replace(OPTIONS, every=3600, min_every=3600)
    _, again, _ = after_success(
        hourly,
        now=NOW,
        interval=3600,
        published=[],
        ttl=None,
        max_age=None,
        rng=Random(seed),
        skip_hours=hours,
        skip_days=days,
    )
    return again


def test_hours_and_days_that_a_feed_skips_are_obeyed_and_nothing_more() -> None:
    assert skipped(hours=(10, 11)) == skipped()
    late = skipped(hours=(13, 14, 15))
    assert datetime(2024, 5, 20, 16, tzinfo=UTC) <= late < datetime(2024, 5, 20, 16, 15, tzinfo=UTC)
    assert skipped(hours=(13, 14, 15), seed=2) != late  # feeds do not march in step
    assert skipped(days=(0, 1)).date() == datetime(2024, 5, 22, tzinfo=UTC).date()
    assert skipped(days=(0, 1), hours=(0, 1)).hour == 2


def test_pauses_that_together_leave_no_time_at_all_count_as_none() -> None:
    assert skipped(hours=tuple(range(24))) == skipped()
    assert skipped(days=tuple(range(7))) == skipped()


def test_a_feed_that_turned_over_is_asked_four_times_as_often_at_once() -> None:
    interval, *_ = after_success(
        OPTIONS,
        now=NOW,
        interval=21_600,
        published=published(7 * 86_400),
        ttl=None,
        max_age=None,
        rng=Random(1),
        turned_over=True,
    )
    assert interval == 5400
