"""Schedules, clock changes and quiet hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.digests.periods import (
    Cron,
    Every,
    Immediately,
    QuietHours,
    next_due,
    parse_schedule,
)

ROME = ZoneInfo("Europe/Rome")
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
SYDNEY = ZoneInfo("Australia/Sydney")


def at(text: str, zone: ZoneInfo, fold: int = 0) -> datetime:
    """A moment in UTC: where two zones are compared, Python holds a repeated hour unequal."""
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


def dues(schedule: str, start: datetime, end: datetime, zone: ZoneInfo) -> list[datetime]:
    """Every moment due after ``start`` up to ``end``, each asked for from the one before."""
    found = []
    due = next_due(parse_schedule(schedule), start, zone)
    while due is not None and due <= end:
        found.append(due)
        due = next_due(parse_schedule(schedule), due, zone)
    return found


def walls(moments: list[datetime], zone: ZoneInfo) -> list[str]:
    return [f"{moment.astimezone(zone):%d %H:%M}" for moment in moments]


# --- reading ----------------------------------------------------------------------------------


def test_the_three_kinds_of_schedule_are_read() -> None:
    assert parse_schedule("0 7 * * mon-fri") == Cron("0 7 * * mon-fri")
    assert parse_schedule("every 30m") == Every(1800)
    assert parse_schedule("every 1d") == Every(86400)
    assert parse_schedule(" Immediately ") == Immediately()
    assert Immediately().gather == 5


def test_shorthands_of_cron_are_known() -> None:
    assert parse_schedule("@daily") == parse_schedule("0 0 * * *")
    assert parse_schedule("@weekly") == parse_schedule("0 0 * * 0")


@pytest.mark.parametrize("text", ["0 7 * * mon-fri", "every 90m", "immediately"])
def test_a_schedule_is_told_as_it_was_written(text: str) -> None:
    assert str(parse_schedule(text)) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("61 7 * * *", r'the minute "61" is wrong: it takes 0 to 59'),
        ("0 25 * * *", r'the hour "25" is wrong: it takes 0 to 23'),
        ("0 7 0 * *", r'the day of the month "0" is wrong: it takes 1 to 31'),
        ("0 7 * 13 *", r'the month "13" is wrong: it takes 1 to 12'),
        ("0 7 * * 8", r'the day of the week "8" is wrong: it takes 0 to 7'),
        ("0 7 * * fri-mon", r'list the values instead: "fri,…,mon"'),
        ("0 7 * * monday", r"mon-fri"),
        ("*/0 * * * *", r'the minute "\*/0" is wrong'),
        ("0 7 * *", r'4 fields .* write for example "0 7 \* \* mon-fri"'),
        ("0 0 7 * * *", r"6 fields"),
        ("0 0 30 2 *", r"never comes"),
        ("@reboot", r"@daily"),
        ("", r"empty"),
        ("daily", r'"daily" is no schedule; write five cron fields'),
        ("every", r'write "every 30m"'),
        ("every 30", r"30s, 15m, 2h"),
        ("every 30 minutes", r'write "30m"'),
        ("every 0.2s", r"too often"),
    ],
)
def test_a_faulty_schedule_is_answered_with_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_schedule(text)


@given(st.text(alphabet="0123456789*/,-#Llwmonsuja @?", max_size=24))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_schedule_with_a_due_time_or_a_plain_fault(text: str) -> None:
    try:
        schedule = parse_schedule(text)
    except ValueError:
        return
    due = next_due(schedule, datetime(2024, 5, 20, tzinfo=UTC), ROME)
    assert due is None or due > datetime(2024, 5, 20, tzinfo=UTC)


# --- crontab(5) -------------------------------------------------------------------------------


@pytest.mark.parametrize("sunday", ["0", "7", "sun", "SUN"])
def test_weekdays_0_and_7_are_sunday(sunday: str) -> None:
    due = next_due(parse_schedule(f"0 7 * * {sunday}"), at("2024-05-20T12:00", ROME), ROME)
    assert due == at("2024-05-26T07:00", ROME)


def test_1_to_5_is_monday_to_friday() -> None:
    week = dues("0 7 * * 1-5", at("2024-05-18T00:00", ROME), at("2024-05-26T23:00", ROME), ROME)
    assert walls(week, ROME) == [f"{day} 07:00" for day in range(20, 25)]


def test_day_of_month_and_day_of_week_are_either_or() -> None:
    found = dues("0 7 13 * fri", at("2024-05-01T00:00", ROME), at("2024-05-20T00:00", ROME), ROME)
    assert walls(found, ROME) == ["03 07:00", "10 07:00", "13 07:00", "17 07:00"]


def test_a_moment_that_is_due_is_not_due_again() -> None:
    due = at("2024-05-20T07:00", ROME)
    assert next_due(Cron("0 7 * * *"), due, ROME) == due + timedelta(days=1)
    almost = due - timedelta(microseconds=1)
    assert next_due(Cron("0 7 * * *"), almost, ROME) == due


def test_every_steps_from_the_moment_given_in_real_time() -> None:
    before_the_change = at("2024-03-31T01:50", ROME)
    due = next_due(Every(1800), before_the_change, ROME)
    assert due == before_the_change.astimezone(UTC) + timedelta(minutes=30)


def test_immediately_has_no_due_time() -> None:
    assert next_due(Immediately(), datetime(2024, 5, 20, tzinfo=UTC), ROME) is None


# --- clock changes ----------------------------------------------------------------------------

SPRING = {  # zone: the night the clock jumps ahead, and where the jump ends
    ROME: ("2024-03-31", "03:00"),
    NEW_YORK: ("2024-03-10", "03:00"),
    SYDNEY: ("2024-10-06", "03:00"),
    LORD_HOWE: ("2024-10-06", "02:30"),
}
AUTUMN = {ROME: "2024-10-27", NEW_YORK: "2024-11-03", SYDNEY: "2024-04-07", LORD_HOWE: "2024-04-07"}
MISSING = {ROME: "30 2", NEW_YORK: "30 2", SYDNEY: "30 2", LORD_HOWE: "15 2"}
TWICE = {ROME: "30 2", NEW_YORK: "30 1", SYDNEY: "30 2", LORD_HOWE: "45 1"}


@pytest.mark.parametrize("zone", SPRING, ids=str)
def test_a_slot_the_clock_jumps_over_is_sent_once_when_the_jump_ends(zone: ZoneInfo) -> None:
    day, end = SPRING[zone]
    noon = at(f"{day}T12:00", zone)
    found = dues(f"{MISSING[zone]} * * *", noon - timedelta(hours=48), noon, zone)
    assert found[-1] == at(f"{day}T{end}", zone)
    assert len(found) == 2


@pytest.mark.parametrize("zone", AUTUMN, ids=str)
def test_a_slot_that_comes_twice_is_sent_the_first_time(zone: ZoneInfo) -> None:
    noon = at(f"{AUTUMN[zone]}T12:00", zone)
    found = dues(f"{TWICE[zone]} * * *", noon - timedelta(hours=48), noon, zone)
    minute, hour = TWICE[zone].split()
    first = at(f"{AUTUMN[zone]}T{int(hour):02}:{minute}", zone, fold=0)
    assert found[-1] == first
    assert len(found) == 2


@pytest.mark.parametrize("zone", AUTUMN, ids=str)
def test_between_the_two_equal_hours_the_next_sending_is_tomorrow(zone: ZoneInfo) -> None:
    minute, hour = TWICE[zone].split()
    again = at(f"{AUTUMN[zone]}T{int(hour):02}:{minute}", zone, fold=1) - timedelta(minutes=5)
    due = next_due(Cron(f"{minute} {hour} * * *"), again, zone)
    assert due is not None
    assert due > again
    assert due.astimezone(zone).date() == again.astimezone(zone).date() + timedelta(days=1)


def test_several_slots_in_the_missing_hour_are_one_sending() -> None:
    start, end = at("2024-03-31T00:00", ROME), at("2024-03-31T12:00", ROME)
    found = dues("*/20 2,3 * * *", start, end, ROME)
    assert walls(found, ROME) == ["31 03:00", "31 03:20", "31 03:40"]


@pytest.mark.parametrize("zone", SPRING, ids=str)
@pytest.mark.parametrize("schedule", ["0 * * * *", "*/30 * * * *", "*/20 0-23 * * *"])
def test_a_schedule_of_every_hour_follows_real_time(zone: ZoneInfo, schedule: str) -> None:
    for day in (SPRING[zone][0], AUTUMN[zone]):
        noon = at(f"{day}T12:00", zone)
        found = dues(schedule, noon - timedelta(hours=24), noon, zone)
        steps = [later - sooner for sooner, later in pairwise(found)]
        usual = {"0 * * * *": 60, "*/30 * * * *": 30, "*/20 0-23 * * *": 20}[schedule]
        allowed = {timedelta(minutes=usual)}
        if zone is LORD_HOWE:  # its clock moves by half an hour, and slots move with it
            allowed |= {timedelta(minutes=30), timedelta(minutes=90), timedelta(minutes=10)}
        assert set(steps) <= allowed
        assert all(moment.astimezone(zone).minute % usual == 0 for moment in found)


@pytest.mark.parametrize("zone", SPRING, ids=str)
def test_every_half_hour_is_half_an_hour_across_both_changes(zone: ZoneInfo) -> None:
    for day in (SPRING[zone][0], AUTUMN[zone]):
        noon = at(f"{day}T12:00", zone)
        found = dues("every 30m", noon - timedelta(hours=24), noon, zone)
        assert {later - sooner for sooner, later in pairwise(found)} == {timedelta(minutes=30)}
        assert len(found) == 48


@given(
    minutes=st.integers(0, 3 * 365 * 24 * 60),
    zone=st.sampled_from([ROME, NEW_YORK, LORD_HOWE, SYDNEY, ZoneInfo("Asia/Kathmandu")]),
    schedule=st.sampled_from(
        [
            "30 2 * * *",
            "*/10 * * * *",
            "15 1,2,3 * * *",
            "0 * * * sun",
            "*/30 */2 * * 0",
            "45 1 * * 7",
        ]
    ),
)
@settings(max_examples=400, deadline=None)
def test_the_next_due_time_is_later_and_nothing_due_lies_between(
    minutes: int, zone: ZoneInfo, schedule: str
) -> None:
    start = datetime(2023, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    due = next_due(Cron(schedule), start, zone)
    assert due is not None
    assert due > start
    middle = start + (due - start) / 2
    assert next_due(Cron(schedule), middle, zone) == due
    assert next_due(Cron(schedule), due - timedelta(microseconds=1), zone) == due


# --- quiet hours ------------------------------------------------------------------------------


def test_quiet_hours_run_over_midnight() -> None:
    quiet = QuietHours.parse("22:00-07:00")
    assert not quiet.covers(at("2024-05-20T21:59", ROME), ROME)
    assert quiet.covers(at("2024-05-20T22:00", ROME), ROME)
    assert quiet.covers(at("2024-05-21T06:59", ROME), ROME)
    assert not quiet.covers(at("2024-05-21T07:00", ROME), ROME)


def test_quiet_hours_within_a_day_are_that_only() -> None:
    quiet = QuietHours.parse("13:00 – 14:30")
    assert quiet.covers(at("2024-05-20T14:00", ROME), ROME)
    assert not quiet.covers(at("2024-05-20T03:00", ROME), ROME)


def test_quiet_hours_are_by_the_clock_of_the_zone() -> None:
    moment = datetime(2024, 5, 20, 21, 0, tzinfo=UTC)
    assert QuietHours.parse("22:00-07:00").covers(moment, ROME)
    assert not QuietHours.parse("22:00-07:00").covers(moment, NEW_YORK)


def test_the_end_of_the_quiet_hours_is_known() -> None:
    quiet = QuietHours.parse("22:00-07:00")
    for moment in ("2024-05-20T23:00", "2024-05-21T06:00", "2024-05-20T12:00"):
        assert quiet.ends_after(at(moment, ROME), ROME) == at("2024-05-21T07:00", ROME)
    assert quiet.ends_after(at("2024-05-21T07:00", ROME), ROME) == at("2024-05-22T07:00", ROME)


def test_quiet_hours_that_end_in_a_missing_hour_end_with_the_jump() -> None:
    quiet = QuietHours.parse("22:00-02:30")
    assert quiet.ends_after(at("2024-03-30T23:00", ROME), ROME) == at("2024-03-31T03:00", ROME)
    assert not quiet.covers(at("2024-03-31T03:00", ROME), ROME)


def test_quiet_hours_that_end_in_a_repeated_hour_last_through_it() -> None:
    quiet = QuietHours.parse("22:00-02:30")
    end = at("2024-10-27T02:30", ROME, fold=1)
    assert quiet.covers(at("2024-10-27T02:45", ROME, fold=0), ROME)
    assert quiet.ends_after(at("2024-10-27T02:45", ROME, fold=0), ROME) == end
    assert not quiet.covers(end, ROME)


def test_quiet_hours_may_end_at_midnight() -> None:
    quiet = QuietHours.parse("20:00-24:00")
    assert quiet.covers(at("2024-05-20T23:59", ROME), ROME)
    assert not quiet.covers(at("2024-05-21T00:00", ROME), ROME)
    assert str(quiet) == "20:00-00:00"


@pytest.mark.parametrize("text", ["", "22-7", "22:00", "25:00-07:00", "22:60-07:00", "07:00-07:00"])
def test_faulty_quiet_hours_are_answered_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="22:00-07:00"):
        QuietHours.parse(text)
