from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.digests.tidings import (
    GATHER,
    LONGEST_GATHER,
    LONGEST_PAUSE,
    PAUSE,
    Tidings,
    compare,
    gather_for,
    next_pace,
    of_interest,
)
from monitor.model import Problem, ProblemKind
from monitor.store.health import Key, Pace, Told
from tests import make

FEED = make.problem("answers 503", name="Sahel wire", since=make.moment(-5))


class Ledger:
    """What was told, as the store would keep it."""

    def __init__(self) -> None:
        self.told: dict[Key, Told] = {}

    def look(self, *present: Problem, minutes: float) -> Tidings:
        """What there is to tell at a moment; it is told, and written down."""
        tidings = compare(present, self.told, make.moment(minutes))
        for row in (*tidings.rows, *tidings.counted):
            self.told[row.key] = row
        for key in tidings.gone:
            del self.told[key]
        return tidings


def messages(problems: Sequence[Problem]) -> list[str]:
    return [problem.message for problem in problems]


def test_a_problem_is_told_once_when_it_begins_and_once_when_it_ends() -> None:
    ledger = Ledger()
    assert ledger.look(FEED, minutes=0).begun == (FEED,)
    assert not ledger.look(FEED, minutes=1).any
    assert not ledger.look(replace(FEED, message="answers 404"), minutes=2).any
    assert ledger.look(minutes=3).over == (FEED,)
    assert not ledger.look(minutes=4).any


def test_a_problem_that_flaps_is_told_again_after_a_pause_and_with_how_often_it_came() -> None:
    ledger = Ledger()
    ledger.look(FEED, minutes=0)
    ledger.look(minutes=1)
    back = [replace(FEED, since=make.moment(2 * n)) for n in range(1, 5)]
    for n, problem in enumerate(back[:3], 1):
        assert not ledger.look(problem, minutes=2 * n).any
        assert not ledger.look(minutes=2 * n + 1).any
    told = ledger.look(back[3], minutes=1 + PAUSE.total_seconds() / 60)
    assert messages(told.begun) == ["answers 503 (it came and went 3 times since it was last told)"]
    assert messages(ledger.look(minutes=12).over) == ["answers 503"]


def test_one_that_came_and_went_and_is_gone_is_told_once_as_over() -> None:
    ledger = Ledger()
    ledger.look(FEED, minutes=0)
    ledger.look(minutes=1)
    ledger.look(replace(FEED, since=make.moment(2)), minutes=2)
    assert not ledger.look(minutes=3).any
    told = ledger.look(minutes=12)
    assert messages(told.over) == ["answers 503 (it came and went once since it was last told)"]
    assert not ledger.look(minutes=60).any


def test_a_day_of_flapping_every_two_minutes_is_a_handful_of_tellings() -> None:
    ledger = Ledger()
    tellings = 0
    for n in range(720):
        down = replace(FEED, since=make.moment(2 * n))
        tellings += ledger.look(down, minutes=2 * n).any
        tellings += ledger.look(minutes=2 * n + 1).any
    assert 6 <= tellings <= 20


def test_one_that_comes_back_after_a_quiet_while_is_told_as_any_other() -> None:
    ledger = Ledger()
    ledger.look(FEED, minutes=0)
    ledger.look(minutes=1)
    later = 2 + LONGEST_PAUSE.total_seconds() / 60
    assert ledger.look(minutes=later).gone
    again = replace(FEED, since=make.moment(later))
    assert ledger.look(again, minutes=later).begun == (again,)


def test_what_happened_is_told_once_and_never_over() -> None:
    ledger = Ledger()
    lost = make.problem("did not get “morning”", kind=ProblemKind.DELIVERY, lasts=False)
    another = replace(lost, message="did not get “evening”")
    assert ledger.look(lost, minutes=0).begun == (lost,)
    assert ledger.look(lost, another, minutes=1).begun == (another,)
    assert not ledger.look(minutes=2).any
    assert len(ledger.look(minutes=5 * 24 * 60).gone) == 2


def test_a_feed_that_recovers_and_is_silent_is_told_of_both() -> None:
    ledger = Ledger()
    silent = replace(FEED, message="has nothing new", aspect="silent")
    ledger.look(FEED, minutes=0)
    told = ledger.look(silent, minutes=1)
    assert (told.begun, told.over) == ((silent,), (FEED,))


def test_two_troubles_of_one_thing_are_one_problem() -> None:
    ledger = Ledger()
    other = replace(FEED, message="is gone", since=make.moment(-90))
    (told,) = ledger.look(FEED, other, minutes=0).begun
    assert (told.message, told.since) == ("answers 503; is gone", other.since)


def test_thirty_feeds_are_one_telling() -> None:
    feeds = [replace(FEED, name=f"Feed {n}") for n in range(30)]
    assert len(Ledger().look(*feeds, minutes=0).begun) == 30


def test_the_channels_own_faults_and_what_is_no_fault_are_left_out() -> None:
    own = make.problem("404", kind=ProblemKind.DELIVERY, name="ops")
    circle = make.problem("failed", kind=ProblemKind.DIGEST, name="health")
    notice = make.problem("ended silence", kind=ProblemKind.SILENCE)
    other = make.problem("404", kind=ProblemKind.DELIVERY, name="desk")
    assert of_interest([own, circle, notice, other, FEED], "ops") == (other, FEED)


def tellings(changes: Mapping[int, bool], hours: int) -> list[datetime]:
    """When something is told where at every minute in ``changes`` there is something new."""
    pace, told, noticed = Pace(), [], None
    for minute in range(hours * 60):
        now = make.moment(minute)
        noticed = noticed or (now if changes.get(minute) else None)
        if noticed and now - noticed >= gather_for(pace, now):
            pace, noticed = next_pace(pace, now), None
            told.append(now)
    return told


def test_the_more_is_told_the_longer_it_is_gathered() -> None:
    now = make.moment()
    pace = next_pace(Pace(), now)
    waits = [gather_for(Pace(), now)]
    for _ in range(8):
        waits.append(gather_for(pace, now))
        pace = next_pace(pace, now)
    assert waits[:4] == [GATHER, GATHER * 2, GATHER * 4, GATHER * 8]
    assert waits[-1] == LONGEST_GATHER
    assert gather_for(pace, now + timedelta(minutes=11)) == GATHER
    always = dict.fromkeys(range(24 * 60), True)
    assert len(tellings(always, 24)) <= 24 * 12
