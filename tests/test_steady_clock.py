"""A clock that jumps ahead does not make everything old at once."""

from __future__ import annotations

from datetime import timedelta

from monitor.daemon.steady import LEEWAY, SteadyClock
from tests.conftest import FakeClock


def test_it_goes_as_the_clock_goes() -> None:
    clock, seconds = FakeClock(), [0.0]
    steady = SteadyClock(clock, lambda: seconds[0])
    clock.pass_time(days=3)
    seconds[0] += 3 * 86_400
    assert steady() == clock()


def test_a_clock_a_year_ahead_is_not_believed_and_one_put_back_is() -> None:
    clock, seconds = FakeClock(), [0.0]
    steady, began = SteadyClock(clock, lambda: seconds[0]), clock()
    clock.pass_time(days=365)
    seconds[0] += 60
    assert steady() == began + timedelta(seconds=60) + LEEWAY
    clock.pass_time(days=-366)
    assert steady() == clock()
