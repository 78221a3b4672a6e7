"""What grouping knows of an article."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Article
from monitor.stories.features import MOST
from monitor.stories.telling import Telling, telling_of
from tests.stories.make import DAY, LONG, told


def _weights(telling: Telling) -> dict[str, float]:
    return {feature.name: feature.weight for feature in telling.features}


def test_an_article_tells_with_names_numbers_places_and_ideas() -> None:
    told_of = _weights(
        told("US to leave Niger", "Deputy Secretary Campbell met Zeine; 1,000 soldiers at Agadez.")
    )
    assert told_of["country:US"] == told_of["country:NE"] == told_of["idea:withdrawal"] == 2.0
    assert told_of["number:1000"] == told_of["name:AKTS"] == told_of["idea:troops"] == 1.0
    assert told_of["word:en:soldier"] == 1.0


def test_joiners_change_nothing_of_what_is_told() -> None:
    text = "نیروهای آمریکایی پایگاه را ترک می\u200cکنند، ۱۰۰۰\u200cسرباز."
    joined, plain = (
        telling_of(Article("a", None, said, said * 9, "fa", DAY, site="a"))
        for said in (text, text.replace("\u200c", ""))
    )
    assert joined == plain


def test_the_headline_counts_more_than_the_opening_and_that_more_than_what_follows() -> None:
    told_of = _weights(told("Kigali", "Kampala. " + "Nothing is said here. " * 20 + "Kinshasa."))
    heard = [told_of[f"city:{city}"] for city in ("Kigali", "Kampala", "Kinshasa")]
    assert heard == [2.0, 1.0, 0.5]


def test_what_comes_far_behind_is_not_looked_at() -> None:
    assert "city:Kinshasa" not in _weights(told("Rain", "Dry grass. " * 200 + "Kinshasa."))


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Putin visits Pyongyang", "en"), ("Путин посетил Пхеньян", "ru"),
        ("Putin besucht Pjöngjang", "de"), ("Putin a Pyongyang", "it"),
        ("Путін відвідав Пхеньян", "uk"),
    ],
)  # fmt: skip
def test_a_name_is_known_in_every_language(title: str, language: str) -> None:
    assert "name:PTN" in _weights(told(title, language=language))
    assert "country:KP" in _weights(told(title, language=language))


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Fire at a school", "en"), ("Incendie dans une école", "fr"),
        ("Brand in einer Schule", "de"), ("Incendio en una escuela", "es"),
        ("Incendio in una scuola", "it"), ("Incêndio numa escola", "pt"),
        ("Пожар в школе", "ru"), ("Пожежа у школі", "uk"), ("Pożar w szkole", "pl"),
        ("Brand in een school", "nl"), ("Okulda yangın", "tr"), ("حريق في مدرسة", "ar"),
        ("学校火灾", "zh"), ("学校で火災", "ja"),
    ],
)  # fmt: skip
def test_an_idea_is_known_in_every_language(title: str, language: str) -> None:
    assert {"idea:fire", "idea:school"} <= _weights(told(title, language=language)).keys()


def test_niger_state_is_not_niger() -> None:
    assert "country:NE" not in _weights(told("Bandits attack village in Niger State"))
    assert "country:NE" in _weights(told("Bandits attack village in Niger"))


def test_words_of_a_headline_in_capitals_are_not_all_names() -> None:
    told_of = _weights(told("Car Plows Into Vancouver Street Fair, Killing People"))
    assert told_of["city:Vancouver"] == 2.0
    assert all(weight < 2.0 for name, weight in told_of.items() if name.startswith("name:"))


def test_an_article_whose_language_cannot_be_told_still_has_numbers_and_words() -> None:
    telling = telling_of(Article("a", None, "Agadez 101", "", None, DAY))
    assert telling.language == ""
    assert {"number:101", "word::agadez"} <= _weights(telling).keys()


def test_it_is_as_old_as_it_says_unless_it_says_the_future() -> None:
    seen = datetime(2024, 5, 20, 12, tzinfo=UTC)
    early = seen - timedelta(days=2)
    assert told("a", first_seen_at=seen, published_at=early).when == early
    assert told("a", first_seen_at=seen, published_at=seen + timedelta(days=2)).when == seen
    assert told("a", first_seen_at=seen).when == seen


def test_moments_are_in_utc() -> None:
    rome = datetime(2024, 5, 20, 14, tzinfo=timezone(timedelta(hours=2)))
    assert told("a", first_seen_at=rome).when == datetime(2024, 5, 20, 12, tzinfo=UTC)


def test_equal_texts_have_equal_prints_whatever_their_signs_and_headlines() -> None:
    one, other = told("A", LONG), told("B", LONG.upper().replace(" ", "  ").replace(",", ""))
    assert one.text_print == other.text_print != ""
    assert told("A", LONG + " More of it.").text_print != one.text_print


def test_a_short_text_has_no_print() -> None:
    assert told("A", "Read more on our site.").text_print == ""


@pytest.mark.parametrize("text", ["", "Troops LEAVE Niger!", "..."])
def test_what_says_nothing_beyond_its_headline_is_a_headline_only(text: str) -> None:
    assert told("Troops leave Niger", text).is_headline_only
    assert told("军队撤离尼日尔", "军队撤离" if text else "", "zh").is_headline_only


@pytest.mark.parametrize("text", ["The last soldiers went home.", LONG])
def test_what_has_a_text_of_its_own_is_no_headline_only(text: str) -> None:
    assert not told("Troops leave Niger", text).is_headline_only
    assert not told("军队撤离尼日尔", "最后一批士兵回国", "zh").is_headline_only


def test_a_telling_comes_back_from_json_as_it_was() -> None:
    telling = told("Потоп у Херсоні: 1 000 людей", LONG, "uk")
    assert Telling.from_json(telling.to_json()) == telling
    assert "\n" not in telling.to_json()


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", '{"version":1}', '{"version":0,"article":"a"}', "{", "7"]
)
def test_json_of_another_kind_is_no_telling(text: str) -> None:
    assert Telling.from_json(text) is None


def test_a_telling_of_another_version_is_made_anew() -> None:
    kept = json.loads(told("A").to_json())
    assert Telling.from_json(json.dumps({**kept, "version": kept["version"] + 1})) is None


@given(st.text(max_size=300), st.text(max_size=600), st.sampled_from(["", "en", "zh", "ar", "xx"]))
def test_any_text_has_a_telling_of_bounded_size(title: str, text: str, language: str) -> None:
    telling = told(title, text, language, id="a")
    assert len(telling.features) <= MOST
    assert len({feature.name for feature in telling.features}) == len(telling.features)
    assert Telling.from_json(telling.to_json()) == telling


@pytest.mark.parametrize("text", ["7" * 100_000, "a" * 100_000, "中" * 100_000, "Å. " * 30_000])
def test_a_text_of_any_length_has_a_small_telling(text: str) -> None:
    assert len(told(text, text, "zh", id="a").to_json()) < 20_000
