"""Rules that wait for several outlets: what counts as one, what waits, and what waited in vain."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.digests.patience import Arrival, outlets_counted, outlets_of
from monitor.model import Held, Patience
from monitor.store import Store, matches
from tests import make
from tests.conftest import FakeClock
from tests.digests.desks import HOUR, PatientDesk, composed, titles


@pytest.fixture
def desk(store: Store, clock: FakeClock) -> PatientDesk:
    return PatientDesk(store, clock)


def test_a_story_is_told_once_enough_outlets_tell_it(desk: PatientDesk) -> None:
    desk.rule(min_sources=3, within=6 * HOUR)
    for title in ("One", "Two"):
        desk.found(title)
        desk.clock.pass_time(hours=2)
        assert desk.go() == []
        assert desk.go(everything=True) == []
    desk.found("Three")
    assert desk.go() == []  # it gathers what else comes
    desk.clock.pass_time(seconds=5)
    (message,) = desk.messages()
    assert titles(message) == ["One"]
    assert "3 sources" in message.text
    assert all(title in message.text for title in ("One", "Two", "Three"))


def test_an_agencys_text_and_an_outlet_count_once(desk: PatientDesk) -> None:
    desk.rule(min_sources=3, within=6 * HOUR)
    for number in range(4):
        desk.found(f"Agency in paper {number}", text="agency")
    for _ in range(3):
        desk.found("The same paper", site="paper.example")
    desk.clock.pass_time(minutes=1)
    assert desk.go() == []
    (wait, *_) = desk.preview().waits.values()
    assert (wait.sources, wait.wanted) == (2, 3)
    desk.found("A third")
    desk.clock.pass_time(seconds=5)
    assert len(desk.messages()) == 1


def test_too_few_in_time_are_held_back_and_a_later_article_counts_what_lies_within(
    desk: PatientDesk,
) -> None:
    desk.rule(min_sources=3, within=6 * HOUR)
    one = desk.found("One")
    desk.clock.pass_time(hours=4)
    two = desk.found("Two")
    desk.clock.pass_time(hours=2, seconds=1)
    assert desk.go() == []
    assert (desk.held(one), desk.held(two)) == ([Held.MIN_SOURCES], [None])
    desk.found("Three")  # with Two these are two
    desk.clock.pass_time(seconds=5)
    assert desk.go() == []
    desk.found("Four")
    desk.clock.pass_time(seconds=5)
    (message,) = desk.messages()
    assert titles(message) == ["Two"]
    assert desk.sendings(one) == [False]
    assert desk.held(one) == [Held.MIN_SOURCES]


def test_a_scheduled_digest_looks_back_at_what_came_within_the_time(desk: PatientDesk) -> None:
    desk.rule(min_sources=3, within=6 * HOUR)
    desk.go("every 1d")
    alone = desk.found("Alone", story="other")
    for title in ("One", "Two", "Three"):
        desk.found(title)
        desk.clock.pass_time(hours=2)
    desk.clock.pass_time(hours=18)
    late = desk.found("Too new to be given up", story="third")
    assert desk.go("every 1d") == [["One"]]
    assert (desk.held(alone), desk.held(late)) == ([Held.MIN_SOURCES], [None])


def test_outlets_that_another_rule_found_count_too(desk: PatientDesk) -> None:
    desk.rule("Careful", min_sources=3, within=6 * HOUR)
    desk.found("One", rule="Broad")
    desk.found("Two", rule="Broad")
    desk.clock.pass_time(seconds=5)
    assert desk.go() == [["One"]]
    article = desk.found("Three", rule="Careful")
    desk.clock.pass_time(seconds=5)
    (message,) = desk.messages()
    assert titles(message) == ["Three"]
    assert b'"update":true' in message.json.replace(b": ", b":")
    assert desk.sendings(article) == [True]


def test_a_story_that_the_rule_has_told_needs_no_new_count(desk: PatientDesk) -> None:
    desk.rule(min_sources=2, within=HOUR)
    desk.found("One")
    desk.found("Two")
    desk.clock.pass_time(seconds=5)
    assert desk.go() == [["One"]]
    desk.clock.pass_time(days=2)
    desk.found("Days later")
    desk.clock.pass_time(seconds=5)
    assert desk.go() == [["Days later"]]


def test_an_article_waits_for_sources_by_one_rule_and_goes_out_by_another(
    desk: PatientDesk,
) -> None:
    desk.rule("Careful", min_sources=2, within=HOUR)
    article = desk.found("One", rule="Careful")
    desk.match(article, rule="Broad")
    desk.clock.pass_time(seconds=5)
    assert desk.go() == [["One"]]
    desk.clock.pass_time(hours=1)
    assert desk.go() == []
    assert sorted(map(str, desk.held(article))) == ["None", "min_sources"]
    assert sorted(desk.sendings(article)) == [False, True]


def test_what_is_held_back_for_want_of_sources_is_counted(desk: PatientDesk) -> None:
    desk.rule(min_sources=2, within=HOUR)
    article = desk.found("One")
    desk.clock.pass_time(hours=2)
    assert desk.go() == []
    with desk.store.read() as connection:
        assert matches.held_counts(connection) == {("morning", Held.MIN_SOURCES): 1}
        assert matches.waiting(connection, "morning") == ()
    assert desk.sendings(article) == [False]


def test_a_rule_that_asks_for_no_sources_any_more_tells_what_waits(desk: PatientDesk) -> None:
    desk.rule(min_sources=2, within=HOUR)
    desk.found("One")
    desk.clock.pass_time(minutes=30)
    assert desk.go() == []
    desk.patience.clear()
    assert desk.go() == [["One"]]


def test_two_composers_at_once_give_each_match_one_fate(
    desk: PatientDesk, two_more: list[Store]
) -> None:
    desk.rule(min_sources=2, within=HOUR)
    late = desk.found("Alone", story="other")
    desk.clock.pass_time(hours=2)
    told_now = [desk.found(title) for title in ("One", "Two")]
    desk.clock.pass_time(seconds=5)
    with ThreadPoolExecutor(2) as pool:
        reports = pool.map(lambda store: composed(store, desk, desk.digest()), two_more)
        sent = [titles(message) for report in reports for message in report.messages]
    assert sent == [["One"]]
    assert [desk.sendings(each) for each in told_now] == [[True], [True]]
    assert (desk.held(late), desk.sendings(late)) == ([Held.MIN_SOURCES], [False])


papers = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("wxyz")), max_size=9)


@given(papers)
def test_sources_are_as_many_as_outlets_can_each_have_a_text_of_its_own(
    edges: list[tuple[str, str]],
) -> None:
    arrivals = [Arrival(f"{n}", make.NOW, *edge) for n, edge in enumerate(edges)]
    assert len(outlets_of(arrivals)) == _largest(tuple(dict.fromkeys(edges)))


def _largest(edges: tuple[tuple[str, str], ...]) -> int:
    """The largest matching, by trying all."""
    if not edges:
        return 0
    (outlet, text), *rest = edges
    without = tuple(rest)
    others = tuple(each for each in rest if each[0] != outlet and each[1] != text)
    return max(_largest(without), 1 + _largest(others))


def test_the_outlets_by_which_enough_told_a_story_are_named() -> None:
    at = make.moment(0)
    told = [
        Arrival(str(number), at + timedelta(hours=hours), outlet, text)
        for number, (hours, outlet, text) in enumerate(
            [(0, "a", "x"), (7, "b", "y"), (8, "c", "y"), (9, "d", "z"), (10, "e", "w")]
        )
    ]
    asked = Patience(min_sources=2, within=6 * 3600)
    assert outlets_counted(told[:1], asked) == ("a",)
    assert outlets_counted(told, asked) == ("b", "d")  # c printed what b had; a came too early
    assert outlets_counted(told[:3], asked) == ("a",)
    assert outlets_counted([], asked) == ()
