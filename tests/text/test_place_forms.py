import pytest

from monitor.text.place_forms import Inflection, as_endings, spell_out

CLASSES = as_endings({"o": "o a i e", "s": "- s", "e4": "e e i i"})


def test_a_plain_term_stays_as_it_is() -> None:
    assert list(spell_out("Niamey", CLASSES)) == ["Niamey"]


def test_a_stem_takes_every_ending_of_its_class() -> None:
    assert list(spell_out("nigerin+o", CLASSES)) == [
        "nigerino",
        "nigerina",
        "nigerini",
        "nigerine",
    ]


def test_a_dash_stands_for_no_ending() -> None:
    assert list(spell_out("Nigerien+s", CLASSES)) == ["Nigerien", "Nigeriens"]


def test_two_classes_in_one_term_agree() -> None:
    assert list(spell_out("guinean+o equatorial+e4", CLASSES)) == [
        "guineano equatoriale",
        "guineana equatoriale",
        "guineani equatoriali",
        "guineane equatoriali",
    ]


def test_classes_of_different_length_in_one_term_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        list(spell_out("guinean+o equatorial+s", CLASSES))


def test_an_unknown_class_is_refused() -> None:
    with pytest.raises(KeyError):
        list(spell_out("nigerin+u", CLASSES))


def test_an_exact_term_is_given_in_capitals_too() -> None:
    assert list(spell_out("=Turkey", CLASSES)) == ["=Turkey", "=TURKEY"]
    assert list(spell_out("=US", CLASSES)) == ["=US"]


def test_the_longest_ending_that_fits_changes_a_name() -> None:
    rules = Inflection(endings=as_endings({"": "- а", "ия": "ия ии", "я": "я и", "о": "о"}))
    assert list(spell_out("Россия", {}, rules)) == ["Россия", "России"]
    assert list(spell_out("Корея", {}, rules)) == ["Корея", "Кореи"]
    assert list(spell_out("Нигер", {}, rules)) == ["Нигер", "Нигера"]
    assert list(spell_out("Конго", {}, rules)) == ["Конго"]


def test_endings_leave_abbreviations_and_terms_with_a_class_alone() -> None:
    rules = Inflection(endings=as_endings({"": "- s"}))
    assert list(spell_out("USA", CLASSES, rules)) == ["USA"]
    assert "nigerinos" not in spell_out("nigerin+o", CLASSES, rules)


def test_a_bare_plus_keeps_a_term_as_it_is() -> None:
    rules = Inflection(endings=as_endings({"": "- u"}))
    assert list(spell_out("Nigru+", CLASSES, rules)) == ["Nigru"]


def test_beginnings_change_a_name_the_longest_first() -> None:
    rules = Inflection(beginnings=as_endings({"": "- و", "ال": "ال لل"}))
    assert list(spell_out("النيجر", {}, rules)) == ["النيجر", "للنيجر"]
    assert list(spell_out("مالي", {}, rules)) == ["مالي", "ومالي"]
