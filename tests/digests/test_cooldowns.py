"""Cooldowns: what new articles of a told story wait for, and what goes out when."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from monitor.digests.periods import QuietHours
from monitor.model import Held, Priority
from monitor.store import Store, open_store, silences
from tests.conftest import FakeClock
from tests.digests.desks import HOUR, RULE, PatientDesk, composed, titles, told


@pytest.fixture
def desk(store: Store, clock: FakeClock) -> PatientDesk:
    return PatientDesk(store, clock)


def test_new_articles_of_a_told_story_wait_an_hour_and_come_as_one_update(
    desk: PatientDesk,
) -> None:
    told(desk)
    for minutes in (10, 20):
        desk.clock.pass_time(minutes=10)
        desk.found(f"After {minutes}")
        desk.clock.pass_time(seconds=5)
        assert desk.go() == []
    desk.clock.pass_time(minutes=39, seconds=49)  # 59:59 after the telling
    assert desk.go() == []
    desk.clock.pass_time(seconds=1)
    (message,) = desk.messages()
    assert b'"update":true' in message.json.replace(b": ", b":")
    assert "After 10" in message.text
    assert "After 20" in message.text
    assert "Troops leave" not in message.text
    desk.clock.pass_time(minutes=1)
    desk.found("The next hour has begun")
    desk.clock.pass_time(minutes=58)
    assert desk.go() == []


def test_another_story_does_not_wait_for_a_cooldown(desk: PatientDesk) -> None:
    told(desk)
    desk.found("Floods", story="other")
    desk.clock.pass_time(seconds=5)
    assert desk.go() == [["Floods"]]


@pytest.mark.parametrize("cooldown", [None, 0.0])
def test_digests_on_a_schedule_have_no_cooldown_unless_a_rule_says_so(
    desk: PatientDesk, cooldown: float | None
) -> None:
    desk.rule(cooldown=cooldown)
    desk.found("Troops leave")
    assert desk.go("every 30m", everything=True) == [["Troops leave"]]
    desk.found("More")
    assert desk.go("every 30m", everything=True) == [["More"]]


def test_no_cooldown_at_all_lets_updates_out_at_once(desk: PatientDesk) -> None:
    desk.rule(cooldown=0.0)
    told(desk)
    desk.found("More")
    desk.clock.pass_time(seconds=5)
    assert desk.go() == [["More"]]


def test_a_scheduled_digest_goes_by_the_cooldown_of_the_rule(desk: PatientDesk) -> None:
    desk.rule(cooldown=12 * HOUR)
    desk.found("Troops leave")
    desk.go("every 1h")
    desk.clock.pass_time(hours=1)
    assert desk.go("every 1h") == [["Troops leave"]]
    desk.found("More")
    sent = []
    for hour in range(1, 14):
        desk.clock.pass_time(hours=1)
        sent += [(hour, each) for each in desk.go("every 1h")]
    assert sent == [(12, ["More"])]


def test_a_pass_by_hand_keeps_cooldowns_and_a_preview_shows_the_same(desk: PatientDesk) -> None:
    told(desk)
    desk.found("More")
    seen = desk.preview()
    assert seen.digest.stories == ()
    assert [wait.until - desk.clock() for wait in seen.waits.values()] == [timedelta(hours=1)]
    assert desk.go(everything=True) == []
    desk.clock.pass_time(hours=1)
    assert [each.title for each in desk.preview().digest.stories] == ["More"]
    assert desk.go(everything=True) == [["More"]]


def test_a_rule_that_has_not_told_the_story_waits_for_no_cooldown_and_takes_the_article_whole(
    desk: PatientDesk,
) -> None:
    told(desk)
    article = desk.found("A coup as well", rule=RULE)
    desk.match(article, rule="Coup", priority=Priority.HIGH)
    alone = desk.found("Only more of the same")
    desk.clock.pass_time(seconds=5)
    (message,) = desk.messages()
    assert titles(message) == ["A coup as well"]
    assert desk.sendings(article) == [True, True]
    assert desk.sendings(alone) == [False]


def test_a_cooldown_outlives_a_restart(desk: PatientDesk, address: str) -> None:
    told(desk)
    desk.found("More")
    again = open_store(address)
    try:
        desk.clock.pass_time(minutes=59)
        assert composed(again, desk, desk.digest()).messages == []
        desk.clock.pass_time(minutes=1)
        (message,) = composed(again, desk, desk.digest()).messages
        assert titles(message) == ["More"]
    finally:
        again.close()


def test_what_another_digest_told_starts_no_cooldown_here(desk: PatientDesk) -> None:
    told(desk)
    article = desk.found("More")
    desk.match(article, digest="evening")
    desk.clock.pass_time(seconds=5)
    (message,) = desk.messages(name="evening")
    assert titles(message) == ["More"]
    assert b'"update":false' in message.json.replace(b": ", b":")
    assert desk.sendings(article) == [False, True]


def test_a_cooldown_that_was_taken_out_of_the_rule_holds_nothing_any_more(
    desk: PatientDesk,
) -> None:
    desk.rule(cooldown=24 * HOUR)
    told(desk)
    desk.found("More")
    desk.clock.pass_time(hours=2)
    assert desk.go() == []
    desk.rule()
    assert desk.go() == [["More"]]


def test_a_clock_that_was_ahead_starts_no_endless_cooldown(desk: PatientDesk) -> None:
    desk.clock.pass_time(days=30)
    told(desk)
    desk.clock.pass_time(days=-30)
    desk.found("More")
    desk.clock.pass_time(seconds=5)
    assert desk.go() == [["More"]]


def test_a_silence_takes_what_would_go_out_and_not_what_waits_for_a_cooldown(
    desk: PatientDesk,
) -> None:
    first = told(desk)
    waiting = desk.found("More")
    with desk.store.write() as tx:
        silences.begin(tx, RULE, desk.clock() + timedelta(minutes=30), desk.clock())
    fresh = desk.found("Floods", story="other")
    desk.clock.pass_time(seconds=5)
    assert desk.go() == []
    assert desk.held(fresh) == [Held.SILENCE]
    assert desk.held(waiting) == [None]
    desk.clock.pass_time(hours=1)
    assert desk.go() == [["More"]]
    assert desk.sendings(first) == [True]


def test_a_cooldown_that_ends_in_quiet_hours_waits_for_their_end(desk: PatientDesk) -> None:
    told(desk)  # at 09:00 in Rome
    desk.found("More")
    quiet = QuietHours.parse("09:30-12:00")
    desk.clock.pass_time(hours=2)
    assert desk.go(quiet_hours=quiet) == []
    desk.clock.pass_time(hours=1)
    assert desk.go(quiet_hours=quiet) == [["More"]]


def test_two_composers_at_once_send_one_update_when_the_cooldown_ends(
    desk: PatientDesk, two_more: list[Store]
) -> None:
    told(desk)
    article = desk.found("More")
    desk.clock.pass_time(hours=1)
    with ThreadPoolExecutor(2) as pool:
        reports = pool.map(lambda store: composed(store, desk, desk.digest()), two_more)
        sent = [titles(message) for report in reports for message in report.messages]
    assert sent == [["More"]]
    assert desk.sendings(article) == [True]
