"""Which articles tell of one event: what is brought together, and what stays apart."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.stories.clustering import AT_ONCE, SAME_TEXT, Clustering
from monitor.stories.telling import Telling
from tests.stories.make import LONG, case, names, scores, stories_of, together, told

BRIDGE = (
    told("Bridge collapses in Baltimore after ship hits it",
         "The container ship Dali struck the Francis Scott Key bridge; six workers are missing."),
    told("Baltimore, crolla un ponte urtato da una nave",
         "La portacontainer Dali ha colpito il Francis Scott Key Bridge: sei operai dispersi.",
         "it"),
    told("В Балтиморе рухнул мост после столкновения с судном",
         "Контейнеровоз Dali врезался в мост Фрэнсиса Скотта Ки, шесть рабочих пропали.", "ru"),
    told("巴尔的摩大桥遭货船撞击坍塌",
         "集装箱船Dali撞上弗朗西斯·斯科特·基大桥，6名工人失踪。", "zh"),
)  # fmt: skip
OTHER_BRIDGE = told(
    "Ship hits bridge in Guangzhou, five die",
    "A barge split the Lixinsha bridge in two in southern China; vehicles fell into the water.",
)


def test_one_event_in_four_languages_is_one_story() -> None:
    stories = stories_of([*BRIDGE, OTHER_BRIDGE])
    assert together(stories, *BRIDGE)


def test_the_same_kind_of_event_in_another_place_is_another_story() -> None:
    stories = stories_of([*BRIDGE, OTHER_BRIDGE])
    assert not together(stories, BRIDGE[0], OTHER_BRIDGE)


def test_the_first_articles_of_all_are_not_brought_together_by_their_subject_alone() -> None:
    first = told("Six soldiers killed by a mine in Tillaberi, Niger", "The army struck back.")
    other = told("Thousands march in Niamey against soldiers of the US", "Flags were waved.")
    assert not together(stories_of([first, other]), first, other)


def test_two_places_with_a_line_of_text_each_are_two_stories_whatever_their_headlines_share() -> (
    None
):
    agadez = told(
        "Troops leave Niger base Agadez", "The last soldiers left on Monday.", site="example.org"
    )
    dirkou = told(
        "Troops leave Niger base Dirkou", "A convoy set out in the night.", site="example.org"
    )
    assert not together(stories_of([agadez, dirkou]), agadez, dirkou)


def test_two_articles_may_make_a_story_when_nothing_else_is_known() -> None:
    assert together(stories_of(BRIDGE[:2]), *BRIDGE[:2])


def test_an_article_joins_a_story_that_is_known() -> None:
    clustering = Clustering([("told", BRIDGE[0])])
    (placed,) = clustering.place([BRIDGE[1]], names())
    assert placed.story_id == "told"


def test_it_is_said_what_an_article_shares_with_its_story() -> None:
    placed = Clustering().place(BRIDGE[:2], names())
    because = {each.article_id: each.because for each in placed}
    first, second = because[BRIDGE[0].article_id], because[BRIDGE[1].article_id]
    assert sorted([bool(first), bool(second)]) == [False, True]
    assert {"Dali", "Baltimore"} & {word.title() for word in first + second}


def test_equal_texts_of_two_sites_are_one_story_whatever_their_headlines() -> None:
    one, other = told("Herring boats to get new papers", LONG), told("Good news at sea", LONG)
    stories = stories_of([one, other])
    assert together(stories, one, other)
    placed = Clustering([("told", one)]).place([other], names())
    assert (placed[0].story_id, placed[0].because) == ("told", (SAME_TEXT,))


def test_a_form_letter_of_one_site_makes_no_story() -> None:
    teaser = "Subscribe to read this article and thousands more from our award-winning desk. " * 2
    titles = [
        "Floods cut off three towns in Queensland", "Parliament votes on pensions in Oslo",
        "Striker Haaland injured before derby", "Lava reaches road near Grindavik",
        "Louvre shows lost Caravaggio", "Ferry crews in Piraeus walk out",
        "Rice prices rise again in Manila", "Zebra escapes from zoo in Seoul",
    ]  # fmt: skip
    paywalled = [told(title, teaser, site="paywall.example.org") for title in titles]
    stories = stories_of([*paywalled, *(telling for telling, _ in case("quakes"))])
    assert len({stories[each.article_id] for each in paywalled}) >= 7


def test_a_story_that_was_quiet_for_a_week_takes_no_more_articles() -> None:
    late = Clustering([("told", BRIDGE[0])]).place([_moved(BRIDGE[1], 7.1)], names())
    soon = Clustering([("told", BRIDGE[0])]).place([_moved(BRIDGE[1], 6.9)], names())
    assert late[0].story_id != "told"
    assert soon[0].story_id == "told"


def test_not_even_an_equal_text_wakes_a_quiet_story() -> None:
    placed = Clustering([("told", told("A", LONG))]).place([told("B", LONG, days=8)], names())
    assert placed[0].story_id != "told"


def test_a_story_that_goes_on_lives_on() -> None:
    known = [("told", BRIDGE[0]), ("told", _moved(BRIDGE[2], 5))]
    placed = Clustering(known).place([_moved(BRIDGE[1], 10)], names())
    assert placed[0].story_id == "told"


def test_known_stories_are_never_joined() -> None:
    clustering = Clustering([("one", BRIDGE[0]), ("two", BRIDGE[1])])
    stories = {each.story_id for each in clustering.place(BRIDGE[2:], names())}
    assert stories <= {"one", "two"}
    again = clustering.place(BRIDGE[:2], names())
    assert {each.article_id: each.story_id for each in again} == {
        BRIDGE[0].article_id: "one",
        BRIDGE[1].article_id: "two",
    }


def test_an_article_that_comes_twice_is_placed_once() -> None:
    assert len(Clustering().place([BRIDGE[0], BRIDGE[0]], names())) == 1


def test_nothing_is_placed_in_nothing() -> None:
    assert Clustering().place([], names()) == []
    assert len(Clustering().place([told("", "", "")], names())) == 1


def test_a_batch_that_failed_is_as_if_it_had_not_been_tried() -> None:
    def no_names() -> str:
        raise LookupError

    clustering = Clustering([("told", BRIDGE[0])])
    with pytest.raises(LookupError):
        clustering.place([BRIDGE[1], OTHER_BRIDGE], no_names)
    placed = clustering.place([BRIDGE[1], OTHER_BRIDGE], names())
    stories = {each.article_id: each.story_id for each in placed}
    assert stories == {BRIDGE[1].article_id: "told", OTHER_BRIDGE.article_id: "story-1"}


def test_what_others_placed_is_learned() -> None:
    clustering = Clustering()
    clustering.place([OTHER_BRIDGE], names())
    clustering.learn([("theirs", BRIDGE[0]), ("theirs", OTHER_BRIDGE)])
    placed = clustering.place(BRIDGE[1:2], names())
    assert placed[0].story_id == "theirs"
    assert clustering.place([OTHER_BRIDGE], names())[0].story_id == "story-1"


def test_the_order_within_a_batch_makes_no_difference() -> None:
    tellings = [telling for telling, _ in case("quakes")]
    forth, back = stories_of(tellings), stories_of(tellings[::-1])
    assert _as_sets(forth) == _as_sets(back)


def test_more_than_are_grouped_at_once_are_all_placed() -> None:
    many = [told(f"Headline {n}", id=str(n), days=n / 5000) for n in range(AT_ONCE + 20)]
    assert len(stories_of(many)) == len(many)


def test_a_big_story_goes_on_growing() -> None:
    """What seventy articles of one event share is not taken for common."""
    ends = ("police say", "latest", "what we know", "live", "rescue begins", "in pictures", "video")
    headlines = [
        f"{start}, {end}"
        for start in (
            "Ship hits bridge in Baltimore", "Baltimore bridge collapses after ship crash",
            "Six missing as Baltimore bridge falls", "Key Bridge in Baltimore struck by ship Dali",
            "Dali crash: Baltimore bridge down",
        )
        for end in ends
    ]  # fmt: skip
    sites = [told(title, days=day) for day in (0, 0.5) for title in headlines]
    stories = stories_of([*sites, *BRIDGE, OTHER_BRIDGE], batch=30)
    counts = Counter(stories.values())
    assert counts.most_common(1)[0][1] >= 55
    assert stories[OTHER_BRIDGE.article_id] not in {stories[each.article_id] for each in sites}


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(26)), st.integers(1, 26))
def test_whatever_comes_in_whatever_order_nothing_placed_is_moved(
    order: list[int], batch: int
) -> None:
    tellings = [case("quakes")[n][0] for n in order]
    clustering, name = Clustering(), names()
    placed: dict[str, str] = {}
    for start in range(0, len(tellings), batch):
        for each in clustering.place(tellings[start : start + batch], name):
            assert placed.setdefault(each.article_id, each.story_id) == each.story_id
    again = clustering.place(tellings, name)
    assert {each.article_id: each.story_id for each in again} == placed


@settings(max_examples=5, deadline=None)
@given(st.integers(1, 30))
def test_the_same_articles_make_the_same_stories(batch: int) -> None:
    tellings = [telling for telling, _ in case("agadez")]
    assert stories_of(tellings, batch=batch) == stories_of(tellings, batch=batch)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text(max_size=80), min_size=1, max_size=8))
def test_any_texts_are_placed(titles: list[str]) -> None:
    tellings = [told(title, id=str(number)) for number, title in enumerate(titles)]
    assert len(stories_of(tellings, batch=3)) == len(tellings)


def _moved(telling: Telling, days: float) -> Telling:
    """The same, so many days later."""
    return replace(telling, when=telling.when + timedelta(days=days))


def _as_sets(stories: dict[str, str]) -> set[frozenset[str]]:
    return {
        frozenset(article for article, story in stories.items() if story == each)
        for each in stories.values()
    }


def test_scores_are_those_of_the_literature() -> None:
    assert scores("aab", "xxy") == (1.0, 1.0)
    precision, recall = scores("aabb", "xxxx")
    assert (precision, recall) == (0.5, 1.0)
