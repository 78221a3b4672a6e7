from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

import pytest
import sqlalchemy as sa

from monitor.feeds.silent import (
    TIMES_ITS_PAUSE,
    UNKNOWN_HABIT,
    SilenceWatch,
    may_be_quiet_for,
    note_silent_feeds,
    usual_pause,
)
from monitor.model import FeedState, ProblemKind
from monitor.store import Store, articles, feeds, habits, problems, tables
from tests import make
from tests.conftest import FakeClock

DAY, HOUR = 86_400.0, 3_600.0
THREE_DAYS = 3 * DAY


def every(seconds: float, times: int, jitter: float = 0.0) -> list[datetime]:
    """So many moments before now, the newest last, apart by so many seconds."""
    rng = Random(7)
    moments, at = [], make.NOW
    for _ in range(times):
        moments.append(at)
        at -= timedelta(seconds=seconds * (1 + jitter * rng.uniform(-1, 1)))
    return moments[::-1]


def test_the_usual_pause_is_the_longest_but_one() -> None:
    moments = every(HOUR, 20)
    assert usual_pause(moments) == HOUR
    outage = [moment - timedelta(days=30) for moment in moments[:10]] + moments[10:]
    assert usual_pause(outage) == HOUR
    weekends = [m for m in every(HOUR, 24 * 28) if m.weekday() < 5]
    assert usual_pause(weekends) == 49 * HOUR


def test_a_feed_of_which_little_is_known_has_no_habit() -> None:
    assert usual_pause(()) is None
    assert usual_pause([make.NOW] * 50) is None  # all that a first poll brought, undated
    assert usual_pause(every(DAY, 2)) is None
    assert usual_pause(every(30 * DAY, 3)) == 30 * DAY
    assert may_be_quiet_for(None, THREE_DAYS) == UNKNOWN_HABIT * THREE_DAYS


def test_three_days_are_silence_by_the_hour_and_none_by_the_month() -> None:
    hourly, monthly = usual_pause(every(HOUR, 50, 0.5)), usual_pause(every(30 * DAY, 4, 0.2))
    assert may_be_quiet_for(hourly, THREE_DAYS) == THREE_DAYS
    assert may_be_quiet_for(monthly, THREE_DAYS) > TIMES_ITS_PAUSE * 24 * DAY


class Shelf:
    """A store with feeds that published at certain moments, and are read at others."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock

    def feed(self, name: str, published: Sequence[datetime], *, dated: bool = True) -> None:
        """A feed that showed what it published at its first poll, now."""
        with self.store.write() as tx:
            known = [make.feed(state.url, name=state.name) for state in feeds.states(tx)]
            feeds.subscribe(tx, [*known, make.feed(f"https://{name}.example/", name=name)])
        state = self.state(name)
        with self.store.write() as tx:
            new = [
                articles.NewArticle(
                    make.article(
                        first_seen_at=self.clock(), published_at=moment if dated else None
                    ),
                    b"hash",
                    alert=False,
                )
                for moment in published
            ]
            articles.add(tx, new, state.id)
        self.read(name, new_entries=len(published))

    def state(self, name: str) -> FeedState:
        with self.store.read() as connection:
            return next(state for state in feeds.states(connection) if state.name == name)

    def read(self, name: str, *, new_entries: int = 0) -> None:
        """A good poll."""
        now, id_ = self.clock(), self.state(name).id
        values: dict[str, object] = {"last_success_at": now, "last_polled_at": now, "failures": 0}
        values |= {"last_new_at": now} if new_entries else {}
        self.change(id_, **values)

    def change(self, feed_id: int, **values: object) -> None:
        with self.store.write() as tx:
            tx.execute(sa.update(tables.feeds).where(tables.feeds.c.id == feed_id).values(values))

    def silent(self) -> list[str]:
        """The feeds that are told to be silent, without a further look."""
        with self.store.read() as connection:
            found = problems.present(connection, None)
        assert {problem.kind for problem in found} <= {ProblemKind.FEED}
        return [problem.name for problem in found if "nothing new" in problem.message]

    def look(self) -> list[str]:
        note_silent_feeds(self.store, THREE_DAYS)
        return self.silent()


@pytest.fixture
def shelf(store: Store, clock: FakeClock) -> Shelf:
    return Shelf(store, clock)


def ending(clock: FakeClock, moments: Sequence[datetime]) -> list[datetime]:
    """The same moments, the last of them now."""
    return [moment + (clock() - moments[-1]) for moment in moments]


def test_a_silent_feed_is_told_until_it_has_something_new(shelf: Shelf) -> None:
    shelf.feed("hourly", ending(shelf.clock, every(HOUR, 30)))
    shelf.clock.pass_time(days=2)
    shelf.read("hourly")
    assert shelf.look() == []
    shelf.clock.pass_time(days=1.1)
    shelf.read("hourly")
    assert shelf.look() == ["hourly"]
    with shelf.store.read() as connection:
        (problem,) = problems.present(connection, None)
    assert problem.since == shelf.state("hourly").last_new_at
    usual = "its usual pauses are up to 60 minutes"
    assert problem.message == f"is read well and has nothing new; {usual}"
    shelf.clock.pass_time(days=1)
    shelf.read("hourly", new_entries=1)
    assert shelf.silent() == []  # with the very poll
    assert shelf.look() == []


def test_a_feed_that_publishes_once_a_month_is_not_silent_after_three_days(shelf: Shelf) -> None:
    shelf.feed("monthly", ending(shelf.clock, every(30 * DAY, 5)))
    for days in (3.5, 20, 35):
        shelf.clock.pass_time(days=days)
        shelf.read("monthly")
        assert shelf.look() == []
    shelf.clock.pass_time(days=2)
    shelf.read("monthly")
    assert shelf.look() == ["monthly"]


def test_a_feed_without_dates_is_known_by_what_it_brought_when(shelf: Shelf) -> None:
    shelf.feed("undated", [make.NOW] * 20, dated=False)
    shelf.clock.pass_time(days=29)
    shelf.read("undated")
    assert shelf.look() == []
    shelf.clock.pass_time(days=2)
    shelf.read("undated")
    assert shelf.look() == ["undated"]


def test_a_feed_that_fails_or_is_not_asked_does_not_fall_silent(shelf: Shelf) -> None:
    shelf.feed("failing", ending(shelf.clock, every(HOUR, 30)))
    shelf.feed("not-asked", ending(shelf.clock, every(HOUR, 30)))
    shelf.clock.pass_time(days=5)
    shelf.change(shelf.state("failing").id, failures=3, failing_since=shelf.clock())
    assert shelf.look() == []


def test_a_feed_that_is_no_longer_watched_is_not_told(shelf: Shelf) -> None:
    shelf.feed("hourly", ending(shelf.clock, every(HOUR, 30)))
    shelf.clock.pass_time(days=5)
    shelf.read("hourly")
    assert shelf.look() == ["hourly"]
    with shelf.store.write() as tx:
        feeds.subscribe(tx, [])
    assert shelf.silent() == []


def test_other_settings_take_it_back(shelf: Shelf) -> None:
    shelf.feed("hourly", ending(shelf.clock, every(HOUR, 30)))
    shelf.clock.pass_time(days=5)
    shelf.read("hourly")
    assert shelf.look() == ["hourly"]
    note_silent_feeds(shelf.store, 6 * DAY)
    assert shelf.silent() == []
    assert shelf.look() == ["hourly"]
    note_silent_feeds(shelf.store, None)
    assert shelf.silent() == []


def test_a_habit_is_reckoned_once_for_each_silence(shelf: Shelf) -> None:
    shelf.feed("monthly", ending(shelf.clock, every(30 * DAY, 5)))
    shelf.clock.pass_time(days=4)
    shelf.read("monthly")
    for known in (False, True):
        with shelf.store.read() as connection:
            (quiet,) = habits.quiet_for(connection, THREE_DAYS)
        assert quiet.known == known
        shelf.look()
    shelf.read("monthly", new_entries=1)
    shelf.clock.pass_time(days=4)
    shelf.read("monthly")
    with shelf.store.read() as connection:
        (quiet,) = habits.quiet_for(connection, THREE_DAYS)
    assert not quiet.known


def test_it_is_looked_for_now_and_then(shelf: Shelf) -> None:
    watch = SilenceWatch(THREE_DAYS)
    shelf.feed("hourly", ending(shelf.clock, every(HOUR, 30)))
    watch.look(shelf.store, shelf.clock())
    shelf.clock.pass_time(days=4)
    shelf.read("hourly")
    shelf.clock.now -= timedelta(days=4)
    shelf.clock.pass_time(minutes=59)
    watch.look(shelf.store, shelf.clock())
    assert shelf.silent() == []
    shelf.clock.pass_time(minutes=1)
    watch.look(shelf.store, shelf.clock())
    assert shelf.silent() == ["hourly"]
