"""How words sound: names meet across scripts, and unlike ones do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.stories.sounds import LONGEST, latinised, name_characters, sound
from monitor.text.fold import fold


@pytest.mark.parametrize(
    "spellings",
    [
        "Belfast Белфаст بلفاست ベルファスト 贝尔法斯特",
        "Trump Трамп ترامب トランプ 特朗普 트럼프",
        "Agadez Агадес أغاديز アガデス 阿加德兹",
        "Macron Макрон ماكرون マクロン 马克龙",
        "Zelensky Зеленский Зеленський زيلينسكي ゼレンスキー",
        "Washington Waszyngton Вашингтон ワシントン",
        "Karamanlis Καραμανλής",
        "Pompeo Помпео بومبيو ポンペオ 蓬佩奥",
    ],
)
def test_a_name_sounds_the_same_in_every_script(spellings: str) -> None:
    heard = {sound(fold(word)) for word in spellings.split()}
    assert len(heard) == 1
    assert "" not in heard


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Belfast", "Bordeaux"),
        ("Niamey", "Nairobi"),
        ("Kuriga", "Kajuru"),
        ("Trump", "Tinubu"),
        ("Kampala", "Kinshasa"),
    ],
)
def test_unlike_names_sound_unlike(one: str, other: str) -> None:
    assert sound(fold(one)) != sound(fold(other))


def test_case_endings_that_are_vowels_make_no_difference() -> None:
    assert sound("белфаста") == sound("белфасту") == sound("белфаст")


def test_a_word_that_begins_with_a_vowel_is_told_from_one_that_does_not() -> None:
    assert sound("oman") == "AN"
    assert sound("man") == "N"


def test_characters_that_cannot_be_heard_say_nothing() -> None:
    assert sound("") == ""
    assert sound("警察") == ""
    assert latinised("101") == ""
    assert latinised("a1") == ""


def test_chinese_characters_of_names_are_read_each_in_one_way() -> None:
    characters = name_characters()
    assert len(characters) == len(set(characters))
    assert all(latinised(character).isascii() and latinised(character) for character in characters)


@given(st.text(max_size=200))
def test_any_word_has_a_sound_of_the_nine_classes_or_none(word: str) -> None:
    heard = sound(fold(word))
    assert set(heard) <= set("APFTKSLN")
    assert len(heard) <= 2 * LONGEST
