"""Lengths of time, as people write them."""

from __future__ import annotations

import pytest

from monitor.text.durations import describe_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5s", 5), ("15m", 900), ("2h", 7200), ("90d", 7_776_000), ("1w", 604_800), ("1.5h", 5400)],
)
def test_a_number_and_a_letter_are_a_length_of_time(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


def test_spaces_do_not_matter() -> None:
    assert parse_duration(" 15 m ") == 900


@pytest.mark.parametrize("text", ["", "15", "m", "-5m", "five minutes", "1h30m", "1e9s", "٥m"])
def test_anything_else_is_answered_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match=r"30s, 15m, 2h, 90d or 1w"):
        parse_duration(text)


@pytest.mark.parametrize(("text", "better"), [("15min", "15m"), ("2 hours", "2h"), ("3D", "3d")])
def test_a_unit_in_words_is_answered_with_our_letter(text: str, better: str) -> None:
    with pytest.raises(ValueError, match=f'write "{better}"'):
        parse_duration(text)


def test_months_are_not_taken_for_minutes() -> None:
    with pytest.raises(ValueError, match="no unit here") as caught:
        parse_duration("3mo")
    assert '"3m"' not in str(caught.value)


def test_nought_is_no_length_of_time() -> None:
    with pytest.raises(ValueError, match="no time at all"):
        parse_duration("0s")


@pytest.mark.parametrize("text", ["5s", "90m", "2h", "3d", "1w", "90s"])
def test_what_was_read_is_told_in_the_same_words(text: str) -> None:
    assert describe_duration(parse_duration(text)) == text
