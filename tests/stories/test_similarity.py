"""How alike tellings are, and by what."""

from __future__ import annotations

import numpy as np
import pytest

from monitor.stories.ideas import ideas_in_characters, ideas_of_word
from monitor.stories.similarity import VAGUE, Vectors, likeness
from tests.stories.make import case, told


def test_a_telling_is_most_like_itself() -> None:
    vectors = Vectors([telling for telling, _ in case("niger")], list(range(len(case("niger")))))
    for row in range(len(vectors.rows)):
        assert int(vectors.likeness_to_all(row).argmax()) == row


def test_likeness_goes_both_ways() -> None:
    rows = [telling for telling, _ in case("quakes")]
    vectors = Vectors(rows, list(range(len(rows))))
    table = np.array([vectors.likeness_to_all(row) for row in range(len(rows))])
    assert np.allclose(table, table.T)
    assert table.max() <= 1.0


def test_a_row_that_is_added_is_compared_like_the_others() -> None:
    rows = [telling for telling, _ in case("quakes")]
    vectors = Vectors(rows[:-1], list(range(len(rows) - 1)))
    row = vectors.add(rows[-1])
    found = vectors.likeness_to_all(row)
    assert len(found) == len(rows)
    assert np.allclose(found[:5], [vectors.likeness_to_all(other)[row] for other in range(5)])


def test_what_every_story_shares_counts_for_little() -> None:
    storms = [
        told(f"Storm Elsa hits {place} in Cuba", f"Winds tore off roofs in {place}.")
        for place in ("Holguin", "Matanzas", "Bayamo", "Pinar", "Moron", "Guisa", "Banes")
    ]
    alone = likeness(storms[0], storms[1])
    vectors = Vectors(storms, list(range(len(storms))))
    assert vectors.likeness_to_all(0)[1] < alone


def test_a_short_word_at_the_beginning_of_a_headline_is_a_name_between_languages_only() -> None:
    crash = told("Bus falls into a ravine", "Rescuers came on foot.")
    other = told("Bus burns out on a mountain road", "Nobody can say why.")
    abroad = told("Bus kippt auf der Autobahn um", "Die Feuerwehr ist vor Ort.", "de")
    assert likeness(crash, other) <= VAGUE < likeness(crash, abroad)


def test_what_is_shared_is_shown_as_the_article_writes_it() -> None:
    one = told("Kurt Campbell in Niamey", "He spoke of 1,000 soldiers.")
    other = told("Курт Кэмпбелл в Ниамее", "Речь шла о 1000 солдат.", "ru")
    shared = Vectors((one, other), (0, 1)).shared(1, 0)
    assert "country NE" in shared
    assert {"1000", "Курт", "Кэмпбелл", "Niamey"} & set(shared)


def test_a_word_its_sound_and_its_idea_are_one_reason() -> None:
    one = told("Troops leave Agadez", "Soldiers of the garrison in Agadez left at dawn.")
    other = told("Agadez: troops leave", "Every soldier of the garrison left at dawn.")
    shared = Vectors((one, other), (0, 1)).shared(1, 0)
    assert (
        sum(word.casefold() in ("troop", "troops", "soldier", "soldiers") for word in shared) == 1
    )
    assert sum("agadez" in word.casefold() for word in shared) == 1
    assert sum("garrison" in word.casefold() for word in shared) == 1
    assert "dawn" in shared


def test_articles_without_anything_in_common_are_not_alike() -> None:
    assert likeness(told("Rain in Oslo"), told("日本銀行が金利を上げる", "", "ja")) <= 0.0
    assert likeness(told("", "", ""), told("", "", "")) == 0.0


@pytest.mark.parametrize("word", ["withdrew", "withdrawal", "withdrawing", "Withdraws"])
def test_an_idea_is_known_by_any_form_of_its_words(word: str) -> None:
    assert "withdrawal" in ideas_of_word(word, "en")


def test_a_language_that_the_table_lacks_has_no_ideas() -> None:
    assert ideas_of_word("tűz", "hu") == ()
    assert list(ideas_in_characters("fire", "en")) == []
    assert ideas_of_word("fire", "") == ()


def test_ideas_in_characters_stand_where_they_are_said() -> None:
    assert list(ideas_in_characters("美军同意撤军", "zh")) == [(0, "troops"), (4, "withdrawal")]
