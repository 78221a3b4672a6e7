"""Numbers and dates are the same however they are written."""

from __future__ import annotations

import pytest

from monitor.stories.numbers import dates_in, numbers_in
from monitor.text.fold import fold
from monitor.text.tokens import tokenize


def _numbers(text: str) -> list[str]:
    return [f"{said.kind} {said.key}" for said in numbers_in(text)]


def _dates(text: str, language: str) -> list[str]:
    tokens = tokenize(text)
    words = [fold(word) for word in tokens.words]
    return [f"{said.kind} {said.key}" for said in dates_in(words, tokens.starts, language)]


@pytest.mark.parametrize(
    "text",
    ["1,000 soldiers", "1.000 soldati", "1 000 soldats", "1\u00a0000 солдат", "1000 soldiers",
     "1'000 Soldaten", "1\u202f000 soldats"],
)  # fmt: skip
def test_thousands_may_be_parted_in_any_way(text: str) -> None:
    assert _numbers(text) == ["number 1000"]


@pytest.mark.parametrize(
    "text",
    ["2.5 million", "2,5 Millionen", "2,5 миллиона", "2.5 millones", "250万", "2,5 mln"],
)
def test_a_scale_is_multiplied_in(text: str) -> None:
    assert _numbers(text) == ["number 2500000"]


def test_a_decimal_is_no_thousand() -> None:
    assert _numbers("magnitude 7.4") == _numbers("magnitud 7,4") == ["number 7.4"]


def test_a_year_is_a_year() -> None:
    assert _numbers("since 2012") == ["year 2012"]


def test_what_stands_before_a_word_that_is_no_scale_is_the_number_alone() -> None:
    assert _numbers("287 pupils") == ["number 287"]
    assert _numbers("5 minutes") == ["number 5"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("by 15 September", "en"), ("September 15", "en"), ("le 15 septembre", "fr"),
        ("bis zum 15. September", "de"), ("el 15 de septiembre", "es"), ("15 сентября", "ru"),
        ("do 15 września", "pl"), ("15 سبتمبر", "ar"),
    ],
)  # fmt: skip
def test_a_date_is_the_same_in_every_language(text: str, language: str) -> None:
    assert _dates(text, language) == ["date 09-15"]


def test_a_chinese_date_is_a_date_and_no_number() -> None:
    assert _numbers("9月15日前") == ["date 09-15"]
    assert _numbers("３日朝") == _numbers("3日朝") == []


def test_a_month_without_a_day_is_a_month() -> None:
    assert _dates("gone in August", "en") == ["month 8"]


def test_a_language_without_names_of_months_has_no_dates() -> None:
    assert _dates("15 September", "") == []
    assert _dates("15 September", "xx") == []


def test_no_number_is_too_long_to_be_read() -> None:
    assert _numbers("9" * 5000)
    assert len(_numbers("1,234" * 2000)) <= 2000
