"""Digests while the clock jumps: sent once, and never silent until a wrong time comes again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.digests.compose import Composing, compose
from monitor.digests.periods import Cron, Every, Immediately, by_this_clock, next_due
from monitor.digests.render import Renderer
from monitor.store import Store, digests
from tests.conftest import FakeClock
from tests.digests.desks import ROME, Desk, titles

MONDAY = datetime(2024, 5, 20, 5, 0, tzinfo=UTC)  # 07:00 in Rome
YEAR = timedelta(days=365)


@pytest.fixture
def desk(store: Store, clock: FakeClock) -> Desk:
    return Desk(store, clock)


def sent(desk: Desk, schedule: str, **passes: float) -> list[str]:
    """When an empty digest goes out while time passes, by the clock of the wall: "20 07:00"."""
    options = desk.digest(schedule, send_empty=True)
    end = desk.clock() + timedelta(**passes)
    found = []
    while desk.clock() < end:
        found += desk.compose(options).messages
        desk.clock.pass_time(minutes=30)
    return [f"{message.composed_at.astimezone(ROME):%d %H:%M}" for message in found]


def test_an_hour_back_sends_no_slot_a_second_time(desk: Desk) -> None:
    desk.clock.now = MONDAY - timedelta(minutes=30)
    assert sent(desk, "0 7 * * *", minutes=60) == ["20 07:00"]
    desk.clock.pass_time(hours=-1)
    assert sent(desk, "0 7 * * *", days=1, hours=2) == ["21 07:00"]


def test_a_day_forward_sends_what_fell_due_once(desk: Desk) -> None:
    desk.clock.now = MONDAY
    assert sent(desk, "0 7 * * *", minutes=30) == []  # it began at 07:00, which is not after it
    desk.clock.pass_time(days=1, minutes=60)
    assert sent(desk, "0 7 * * *", hours=30) == ["21 08:30", "22 07:00"]


@pytest.mark.parametrize(
    ("schedule", "first"),
    [
        ("0 7 * * *", "21 May 07:00"),
        ("0 7 * * mon", "27 May 07:00"),
        ("0 7 1 * *", "01 June 07:00"),
        ("every 1d", "21 May 07:30"),
    ],
)
def test_back_from_a_year_ahead_the_next_sending_is_by_the_clock_of_now(
    desk: Desk, schedule: str, first: str
) -> None:
    options = desk.digest(schedule, send_empty=True)
    desk.clock.now = MONDAY + YEAR
    desk.compose(options)
    desk.clock.pass_time(days=32)
    assert len(desk.compose(options).messages) == 1
    desk.clock.now = MONDAY + timedelta(minutes=30)
    assert desk.compose(options).messages == []
    with desk.store.read() as connection:
        due = digests.due(connection)["morning"].next_at
    assert due is not None
    assert f"{due.astimezone(ROME):%d %B %H:%M}" == first
    desk.clock.now = due
    assert len(desk.compose(options).messages) == 1


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=1), YEAR])
def test_every_half_hour_goes_on_half_an_hour_after_a_step_back(
    desk: Desk, back: timedelta
) -> None:
    desk.clock.now = MONDAY
    sent(desk, "every 30m", hours=2)
    desk.clock.now -= back
    started = desk.clock()
    sent(desk, "every 30m", minutes=30)
    assert desk.clock() - started == timedelta(minutes=30)
    assert len(sent(desk, "every 30m", minutes=30)) == 1


def test_a_schedule_of_every_hour_does_not_wait_for_the_clock_to_catch_up(desk: Desk) -> None:
    desk.clock.now = MONDAY - timedelta(minutes=30)
    assert sent(desk, "0 * * * *", hours=1) == ["20 07:00"]
    desk.clock.pass_time(hours=-2)
    assert sent(desk, "0 * * * *", hours=1) == ["20 06:00"]


@pytest.mark.parametrize("back", [timedelta(minutes=3), timedelta(hours=1), YEAR])
def test_an_immediate_digest_does_not_wait_for_the_clock_to_catch_up(
    desk: Desk, back: timedelta
) -> None:
    desk.matched()
    desk.clock.now -= back
    (message,) = desk.compose(desk.digest()).messages
    assert titles(message) == ["Troops leave Niger"]
    assert desk.compose(desk.digest()).messages == []


def test_a_match_of_a_clock_slightly_ahead_is_gathered_all_the_same(desk: Desk) -> None:
    desk.matched()
    desk.clock.pass_time(seconds=-2)
    assert desk.compose(desk.digest()).messages == []
    desk.clock.pass_time(seconds=7)
    assert len(desk.compose(desk.digest()).messages) == 1


def test_no_story_is_sent_twice_however_the_clock_jumps(desk: Desk) -> None:
    options = desk.digest("every 30m")
    told = []
    for hours in (1, 24, -25, 1, 24 * 365, -24 * 365, -1, 2):
        desk.matched(f"Story before {hours}, {desk.clock()}")
        for _ in range(3):
            told += [title for each in desk.compose(options).messages for title in titles(each)]
            desk.clock.pass_time(minutes=31)
        desk.clock.pass_time(hours=hours)
    assert len(told) == len(set(told)) == 8


def test_a_right_clock_reckons_nothing_anew(desk: Desk) -> None:
    compose(desk.store, Composing([desk.digest("0 7 * * *")], Renderer(), {}), desk.clock)
    for _ in range(26):
        with desk.store.read() as connection:
            due = digests.due(connection)["morning"].next_at
        assert by_this_clock(Cron("0 7 * * *"), due, desk.clock(), ROME) == due
        sent(desk, "0 7 * * *", minutes=30)
        desk.clock.pass_time(minutes=30)


ZONES = [ROME, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")]
SCHEDULES = [
    Cron("30 2 * * *"),
    Cron("0 7 * * mon"),
    Cron("0 * * * *"),
    Cron("*/20 1,2,3 * * *"),
    Every(1800),
    Every(86400),
]


def moments() -> Iterator[datetime]:
    """Odd moments through a year, more of them around the changes of the clocks."""
    for hours in range(0, 366 * 24, 401):
        yield datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=hours, seconds=hours * 7 % 3600)
    for day in ("2024-03-10", "2024-03-31", "2024-04-06", "2024-10-05", "2024-10-27", "2024-11-03"):
        for minutes in range(0, 30 * 60, 97):
            yield datetime.fromisoformat(f"{day}T00:00:31+00:00") + timedelta(minutes=minutes)


@pytest.mark.parametrize("zone", ZONES, ids=str)
@pytest.mark.parametrize("schedule", SCHEDULES, ids=str)
def test_what_a_schedule_says_now_is_always_believed_now(
    schedule: Cron | Every, zone: ZoneInfo
) -> None:
    for moment in moments():
        due = next_due(schedule, moment, zone)
        assert by_this_clock(schedule, due, moment, zone) == due
        assert due is not None
        just_before = due - timedelta(microseconds=1)
        assert by_this_clock(schedule, due, max(moment, just_before), zone) == due


def test_what_is_due_by_no_clock_stays_so() -> None:
    assert by_this_clock(Immediately(), None, MONDAY, ROME) is None
