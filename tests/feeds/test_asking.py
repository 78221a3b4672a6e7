from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.feeds.asking import Conditions, Whereabouts, conditions, where_to_ask, whereabouts
from monitor.model import FeedState
from tests.make import feed_state

NOW = datetime(2024, 5, 20, 12, tzinfo=UTC)
OLD, NEW = "http://old.example/feed", "https://new.example/feed"


def moved(answers: list[tuple[float, str | None]], **fields: object) -> Whereabouts:
    """Where a feed is after these answers: hours from now, and where redirects led."""
    where = Whereabouts(**fields)  # type: ignore[arg-type]
    for hours, moved_to in answers:
        state = feed_state(
            OLD,
            address=where.address,
            moving_to=where.moving_to,
            moves_seen=where.moves_seen,
            moving_since=where.moving_since,
        )
        where = whereabouts(state, moved_to, NOW + timedelta(hours=hours))
    return where


def test_an_address_is_adopted_after_equal_answers_over_a_day() -> None:
    assert moved([(0, NEW), (12, NEW)]).address is None
    assert moved([(0, NEW), (12, NEW), (25, NEW)]) == Whereabouts(NEW)
    assert moved([(0, NEW), (1, NEW), (2, NEW), (3, NEW)]).address is None
    assert moved([(0, NEW), (25, NEW)]).address is None


@pytest.mark.parametrize("other", [None, "https://portal.example/"])
def test_an_answer_from_elsewhere_begins_the_count_anew(other: str | None) -> None:
    assert moved([(0, NEW), (12, NEW), (20, other), (25, NEW), (26, NEW)]).address is None
    assert moved([(0, NEW), (25, other), (26, NEW), (40, NEW), (51, NEW)]) == Whereabouts(NEW)


def test_an_address_that_moves_again_is_followed_again() -> None:
    third = "https://third.example/feed"
    assert moved([(0, third), (12, third), (25, third)], address=NEW) == Whereabouts(third)
    assert moved([(0, OLD), (12, OLD), (25, OLD)], address=NEW) == Whereabouts(None)
    assert moved([(0, None)], address=NEW) == Whereabouts(NEW)


def known(**fields: object) -> FeedState:
    defaults = {"etag": '"1"', "last_modified": "Mon, 20 May 2024 06:00:00 GMT"}
    return feed_state(OLD, **{"read_whole_at": NOW, **defaults, **fields})


def test_while_the_new_address_fails_every_other_try_goes_to_the_old_one() -> None:
    tries = [where_to_ask(known(address=NEW, failures=n)) for n in range(4)]
    assert tries == [NEW, None, NEW, None]


def test_once_a_day_a_feed_is_asked_whatever_its_validators() -> None:
    soon, later = NOW + timedelta(hours=23), NOW + timedelta(hours=24)
    assert conditions(known(), soon) == Conditions('"1"', "Mon, 20 May 2024 06:00:00 GMT")
    assert conditions(known(), later) == Conditions(None, None)
    assert conditions(known(read_whole_at=None), NOW) == Conditions(None, None)


def test_a_date_in_the_future_is_no_condition() -> None:
    dated = known(last_modified="Tue, 01 Jan 2041 00:00:00 GMT")
    assert conditions(dated, NOW) == Conditions('"1"', None)
    assert conditions(known(last_modified="yesterday"), NOW).last_modified == "yesterday"
