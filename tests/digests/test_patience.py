"""Cooldowns and counted sources: what waits, what goes out when, and what waited in vain."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.digests.compose import ComposeReport, Composing, compose
from monitor.digests.gathering import Gathered, gather
from monitor.digests.options import DigestOptions
from monitor.digests.patience import Arrival, Known, Parted, outlets_counted, outlets_of, parted
from monitor.digests.periods import QuietHours, parse_schedule
from monitor.digests.render import Renderer
from monitor.model import Article, Held, Message, Patience, Priority
from monitor.store import Store, articles, feeds, matches, open_store, silences, stories
from monitor.store.stories import Member
from tests import make
from tests.conftest import FakeClock
from tests.digests.test_compose import Desk as ComposeDesk
from tests.digests.test_compose import titles
from tests.fakes import FakeChannel

HOUR = 3600.0
IMMEDIATE = DigestOptions("morning", parse_schedule("immediately"), ("desk",), ZoneInfo("UTC"))
RULE = "Niger troop withdrawal"


class Desk(ComposeDesk):
    """A desk whose rules may be patient, and whose articles are put into stories by hand."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        super().__init__(store, clock)
        self.patience: dict[str, Patience] = {}

    def rule(self, name: str = RULE, **patience: Any) -> None:
        self.patience[name] = Patience(**patience)

    def found(
        self, title: str, story: str = "s", *, site: str = "", text: str = "", **fields: Any
    ) -> Article:
        """An article in a story, of an outlet and with a text of its own unless said otherwise."""
        name = make.ident("article")
        site = site or f"{name}.example"
        article = make.article(
            title, id=name, site=site, first_seen_at=self.clock(), published_at=self.clock()
        )
        member = Member(name, story, self.clock(), outlet=site, print=text or name)
        with self.store.write() as tx:
            feed_id = feeds.states(tx)[0].id
            articles.add(tx, [articles.NewArticle(article, b"hash", alert=True)], feed_id)
            stories.add(tx, [member])
        self.match(article, **fields)
        return article

    def go(
        self, schedule: str = "immediately", *, everything: bool = False, **fields: Any
    ) -> list[list[str]]:
        """Compose now; the headlines of each message."""
        return [titles(message) for message in self.messages(schedule, everything, **fields)]

    def messages(
        self, schedule: str = "immediately", everything: bool = False, **fields: Any
    ) -> list[Message]:
        return self.compose_by(self.digest(schedule, **fields), everything=everything).messages

    def compose_by(self, options: DigestOptions, *, everything: bool = False) -> ComposeReport:
        return composed(self.store, self, options, everything=everything)

    def preview(self, schedule: str = "immediately") -> Gathered:
        with self.store.read() as connection:
            now, options = self.clock(), self.digest(schedule)
            return gather(connection, options, now, self.patience, everything=True)

    def held(self, article: Article) -> list[Held | None]:
        with self.store.read() as connection:
            return [fate.held for fate in matches.fate(connection, article.id)]

    def sendings(self, article: Article) -> list[bool]:
        with self.store.read() as connection:
            return [fate.sending_id is not None for fate in matches.fate(connection, article.id)]


def composed(
    store: Store, desk: Desk, options: DigestOptions, *, everything: bool = False
) -> ComposeReport:
    tools = Composing([options], Renderer(), {"desk": FakeChannel().pack})
    report = compose(store, tools, desk.clock, desk.patience, everything=everything)
    assert report.failed == {}
    return report


@pytest.fixture
def desk(store: Store, clock: FakeClock) -> Desk:
    return Desk(store, clock)


def told(desk: Desk, title: str = "Troops leave", **fields: Any) -> Article:
    """An article that an immediate digest has told."""
    article = desk.found(title, **fields)
    desk.clock.pass_time(seconds=5)
    assert desk.go() == [[title]]
    return article


# --- cooldown -----------------------------------------------------------------------------------


def test_new_articles_of_a_told_story_wait_an_hour_and_come_as_one_update(desk: Desk) -> None:
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


def test_another_story_does_not_wait_for_a_cooldown(desk: Desk) -> None:
    told(desk)
    desk.found("Floods", story="other")
    desk.clock.pass_time(seconds=5)
    assert desk.go() == [["Floods"]]


@pytest.mark.parametrize("cooldown", [None, 0.0])
def test_digests_on_a_schedule_have_no_cooldown_unless_a_rule_says_so(
    desk: Desk, cooldown: float | None
) -> None:
    desk.rule(cooldown=cooldown)
    desk.found("Troops leave")
    assert desk.go("every 30m", everything=True) == [["Troops leave"]]
    desk.found("More")
    assert desk.go("every 30m", everything=True) == [["More"]]


def test_no_cooldown_at_all_lets_updates_out_at_once(desk: Desk) -> None:
    desk.rule(cooldown=0.0)
    told(desk)
    desk.found("More")
    desk.clock.pass_time(seconds=5)
    assert desk.go() == [["More"]]


def test_a_scheduled_digest_goes_by_the_cooldown_of_the_rule(desk: Desk) -> None:
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


def test_a_pass_by_hand_keeps_cooldowns_and_a_preview_shows_the_same(desk: Desk) -> None:
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
    desk: Desk,
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


def test_a_cooldown_outlives_a_restart(desk: Desk, address: str) -> None:
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


def test_what_another_digest_told_starts_no_cooldown_here(desk: Desk) -> None:
    told(desk)
    article = desk.found("More")
    desk.match(article, digest="evening")
    desk.clock.pass_time(seconds=5)
    (message,) = desk.messages(name="evening")
    assert titles(message) == ["More"]
    assert b'"update":false' in message.json.replace(b": ", b":")
    assert desk.sendings(article) == [False, True]


def test_a_cooldown_that_was_taken_out_of_the_rule_holds_nothing_any_more(desk: Desk) -> None:
    desk.rule(cooldown=24 * HOUR)
    told(desk)
    desk.found("More")
    desk.clock.pass_time(hours=2)
    assert desk.go() == []
    desk.rule()
    assert desk.go() == [["More"]]


def test_a_clock_that_was_ahead_starts_no_endless_cooldown(desk: Desk) -> None:
    desk.clock.pass_time(days=30)
    told(desk)
    desk.clock.pass_time(days=-30)
    desk.found("More")
    desk.clock.pass_time(seconds=5)
    assert desk.go() == [["More"]]


def test_a_silence_takes_what_would_go_out_and_not_what_waits_for_a_cooldown(desk: Desk) -> None:
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


def test_a_cooldown_that_ends_in_quiet_hours_waits_for_their_end(desk: Desk) -> None:
    told(desk)  # at 09:00 in Rome
    desk.found("More")
    quiet = QuietHours.parse("09:30-12:00")
    desk.clock.pass_time(hours=2)
    assert desk.go(quiet_hours=quiet) == []
    desk.clock.pass_time(hours=1)
    assert desk.go(quiet_hours=quiet) == [["More"]]


# --- min_sources --------------------------------------------------------------------------------


def test_a_story_is_told_once_enough_outlets_tell_it(desk: Desk) -> None:
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


def test_an_agencys_text_and_an_outlet_count_once(desk: Desk) -> None:
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
    desk: Desk,
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


def test_a_scheduled_digest_looks_back_at_what_came_within_the_time(desk: Desk) -> None:
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


def test_outlets_that_another_rule_found_count_too(desk: Desk) -> None:
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


def test_a_story_that_the_rule_has_told_needs_no_new_count(desk: Desk) -> None:
    desk.rule(min_sources=2, within=HOUR)
    desk.found("One")
    desk.found("Two")
    desk.clock.pass_time(seconds=5)
    assert desk.go() == [["One"]]
    desk.clock.pass_time(days=2)
    desk.found("Days later")
    desk.clock.pass_time(seconds=5)
    assert desk.go() == [["Days later"]]


def test_an_article_waits_for_sources_by_one_rule_and_goes_out_by_another(desk: Desk) -> None:
    desk.rule("Careful", min_sources=2, within=HOUR)
    article = desk.found("One", rule="Careful")
    desk.match(article, rule="Broad")
    desk.clock.pass_time(seconds=5)
    assert desk.go() == [["One"]]
    desk.clock.pass_time(hours=1)
    assert desk.go() == []
    assert sorted(map(str, desk.held(article))) == ["None", "min_sources"]
    assert sorted(desk.sendings(article)) == [False, True]


def test_what_is_held_back_for_want_of_sources_is_counted(desk: Desk) -> None:
    desk.rule(min_sources=2, within=HOUR)
    article = desk.found("One")
    desk.clock.pass_time(hours=2)
    assert desk.go() == []
    with desk.store.read() as connection:
        assert matches.held_counts(connection) == {("morning", Held.MIN_SOURCES): 1}
        assert matches.waiting(connection, "morning") == ()
    assert desk.sendings(article) == [False]


def test_a_rule_that_asks_for_no_sources_any_more_tells_what_waits(desk: Desk) -> None:
    desk.rule(min_sources=2, within=HOUR)
    desk.found("One")
    desk.clock.pass_time(minutes=30)
    assert desk.go() == []
    desk.patience.clear()
    assert desk.go() == [["One"]]


# --- stories in a digest ------------------------------------------------------------------------


def test_max_stories_counts_stories_and_not_articles(desk: Desk) -> None:
    for story in ("a", "b", "c"):
        desk.found(f"First of {story}", story=story)
        desk.found(f"Second of {story}", story=story)
        desk.clock.pass_time(minutes=1)
    (message,) = desk.messages(max_stories=2)
    assert titles(message) == ["First of c", "First of b"]
    desk.clock.pass_time(days=1)
    assert desk.go(max_stories=2) == []


# --- several processes --------------------------------------------------------------------------


@pytest.fixture
def two_more(address: str) -> Iterator[list[Store]]:
    with ExitStack() as stack:
        opened = [open_store(address) for _ in range(2)]
        for each in opened:
            stack.callback(each.close)
        yield opened


def test_two_composers_at_once_send_one_update_when_the_cooldown_ends(
    desk: Desk, two_more: list[Store]
) -> None:
    told(desk)
    article = desk.found("More")
    desk.clock.pass_time(hours=1)
    with ThreadPoolExecutor(2) as pool:
        reports = pool.map(lambda store: composed(store, desk, desk.digest()), two_more)
        sent = [titles(message) for report in reports for message in report.messages]
    assert sent == [["More"]]
    assert desk.sendings(article) == [True]


def test_two_composers_at_once_give_each_match_one_fate(desk: Desk, two_more: list[Store]) -> None:
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


# --- counting -----------------------------------------------------------------------------------

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


# --- whatever comes -----------------------------------------------------------------------------

minutes = st.integers(0, 600)
arriving = st.lists(
    st.tuples(minutes, st.sampled_from("abcd"), st.sampled_from("wxyz"), st.booleans()),
    min_size=1,
    max_size=8,
)
patient = st.builds(
    Patience,
    cooldown=st.sampled_from([None, 0, 1800.0, 7200.0]),
    min_sources=st.integers(1, 3),
    within=st.sampled_from([600.0, 3600.0, 20000.0]),
)
last_told = st.one_of(st.none(), minutes)


def sorted_out(
    came: list[tuple[int, str, str, bool]], patience: Patience, told: int | None, now: int
) -> tuple[set[str], Parted]:
    """Matches of one story and rule (ids), one for each article that waits; and how they part."""
    arrivals = [
        Arrival(f"a{n}", make.moment(at), outlet, text)
        for n, (at, outlet, text, _) in enumerate(came)
    ]
    waiting = tuple(
        make.match(id=f"m{n}", article_id=f"a{n}", story_id="s", found_at=make.moment(at))
        for n, (at, _, _, waits) in enumerate(came)
        if waits
    )
    tellings = {"s": {RULE: make.moment(told)}} if told is not None else {}
    known = Known({RULE: patience}, tellings, {"s": arrivals})
    return {match.id for match in waiting}, parted(IMMEDIATE, waiting, known, make.moment(now))


@given(arriving, patient, last_told, minutes)
def test_every_match_goes_out_or_waits_or_waited_in_vain(
    came: list[tuple[int, str, str, bool]], patience: Patience, told: int | None, more: int
) -> None:
    now = max(at for at, *_ in came) + more
    ids, found = sorted_out(came, patience, told, now)
    assert sorted([*found.free, *found.waits, *found.late]) == sorted(ids)
    assert all(wait.until >= make.moment(now) for wait in found.waits.values())


@given(arriving, patient, last_told)
def test_what_waits_does_not_wait_for_ever(
    came: list[tuple[int, str, str, bool]], patience: Patience, told: int | None
) -> None:
    ids, found = sorted_out(came, patience, told, 10_000)
    assert {*found.free, *found.late} == ids


@given(arriving, patient, minutes, st.sampled_from("abcd"), st.sampled_from("wxyz"))
def test_one_article_more_holds_nothing_up_that_could_go(
    came: list[tuple[int, str, str, bool]], patience: Patience, at: int, outlet: str, text: str
) -> None:
    now = max(at, *(each for each, *_ in came), 0)
    _, before = sorted_out(came, patience, None, now)
    _, after = sorted_out([*came, (at, outlet, text, False)], patience, None, now)
    assert set(before.free) <= set(after.free)


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
