"""What follows a failed try, hour by hour."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.delivery.retry import (
    LONGEST_ASKED,
    LONGEST_WAIT,
    TRIED_FOR,
    Fail,
    GiveUp,
    Retry,
    after_fault,
)
from monitor.errors import DeliveryError
from tests.make import NOW

BUSY = DeliveryError("451 come back later", temporary=True)
LOCKED_OUT = DeliveryError("535 wrong password", temporary=False, channel_fault=True)
REFUSED = DeliveryError("550 no such user", temporary=False)
UNHEARD = DeliveryError("no answer", temporary=True, unknown=True)

faults = st.builds(
    DeliveryError,
    st.just("words"),
    temporary=st.booleans(),
    channel_fault=st.booleans(),
    unknown=st.booleans(),
    retry_after=st.none() | st.floats(allow_nan=False),
)
attempts = st.integers(min_value=1, max_value=100_000)
since_first = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=30))


def waits(error: DeliveryError, count: int) -> list[float]:
    """The seconds waited after each of the first tries."""
    seconds = []
    for tries in range(1, count + 1):
        follows = after_fault(error, attempts=tries, first_tried_at=NOW, now=NOW)
        assert isinstance(follows, Retry)
        seconds.append((follows.at - NOW).total_seconds())
    return seconds


def test_a_temporary_fault_waits_one_second_then_twice_as_long_each_time_up_to_an_hour() -> None:
    assert waits(BUSY, 14) == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600]


def test_an_unknown_outcome_is_tried_again_like_a_temporary_fault() -> None:
    assert waits(UNHEARD, 3) == [1, 2, 4]


def test_a_channel_at_fault_rests_a_minute_then_longer_up_to_an_hour() -> None:
    assert waits(LOCKED_OUT, 8) == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    follows = after_fault(LOCKED_OUT, attempts=1, first_tried_at=NOW, now=NOW)
    assert follows == Retry(NOW + timedelta(minutes=1), rests_channel=True)


def test_a_temporary_fault_does_not_rest_the_channel() -> None:
    follows = after_fault(BUSY, attempts=1, first_tried_at=NOW, now=NOW)
    assert follows == Retry(NOW + timedelta(seconds=1), rests_channel=False)


def test_a_refusal_for_good_fails_at_once() -> None:
    assert after_fault(REFUSED, attempts=1, first_tried_at=NOW, now=NOW) == Fail()


@pytest.mark.parametrize("error", [BUSY, LOCKED_OUT, UNHEARD])
def test_after_72_hours_a_delivery_is_given_up_and_not_a_minute_before(
    error: DeliveryError,
) -> None:
    almost = NOW + timedelta(hours=72) - timedelta(minutes=1)
    last = after_fault(error, attempts=80, first_tried_at=NOW, now=almost)
    assert isinstance(last, Retry)
    assert last.at == NOW + timedelta(hours=72)
    assert after_fault(error, attempts=81, first_tried_at=NOW, now=last.at) == GiveUp()


def test_retry_after_is_obeyed_when_it_is_longer_than_our_own_wait() -> None:
    patient = DeliveryError("429", temporary=True, retry_after=120)
    follows = after_fault(patient, attempts=1, first_tried_at=NOW, now=NOW)
    assert follows == Retry(NOW + timedelta(seconds=120))


def test_retry_after_does_not_shorten_our_own_wait() -> None:
    eager = DeliveryError("503", temporary=True, retry_after=0)
    follows = after_fault(eager, attempts=5, first_tried_at=NOW, now=NOW)
    assert follows == Retry(NOW + timedelta(seconds=16))


def test_a_receiver_that_asks_for_a_month_gets_a_day() -> None:
    greedy = DeliveryError("503", temporary=True, retry_after=30 * 24 * 3600)
    follows = after_fault(greedy, attempts=1, first_tried_at=NOW, now=NOW)
    assert follows == Retry(NOW + timedelta(hours=24))


@given(faults, attempts, since_first)
def test_every_fault_has_a_sequel_within_bounds(
    error: DeliveryError, tries: int, elapsed: timedelta
) -> None:
    now = NOW + elapsed
    follows = after_fault(error, attempts=tries, first_tried_at=NOW, now=now)
    if not (error.temporary or error.channel_fault or error.unknown):
        assert follows == Fail()
    elif elapsed >= TRIED_FOR:
        assert follows == GiveUp()
    else:
        assert isinstance(follows, Retry)
        asked = timedelta(seconds=min(max(error.retry_after or 0, 0), 86400))
        assert now < follows.at <= now + max(LONGEST_WAIT, LONGEST_ASKED)
        assert follows.at >= now + asked
        assert follows.rests_channel == error.channel_fault


@given(st.booleans(), attempts, since_first)
def test_no_wait_is_shorter_than_the_one_before_unless_the_time_is_up(
    at_fault: bool, tries: int, elapsed: timedelta
) -> None:
    error = LOCKED_OUT if at_fault else BUSY
    now = NOW + elapsed
    follows = [
        after_fault(error, attempts=n, first_tried_at=NOW, now=now) for n in (tries, tries + 1)
    ]
    if all(isinstance(each, Retry) for each in follows):
        first, second = follows
        assert isinstance(first, Retry)
        assert isinstance(second, Retry)
        assert first.at <= second.at <= NOW + TRIED_FOR
