"""Foreign words made fit to be shown, and text in columns."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.digests.columns import WIDTH, width, wrap
from monitor.text.wording import (
    counted,
    day_and_time,
    language_name,
    listed,
    one_line,
    shorten,
    web_link,
    whole_date,
)


def test_a_headline_is_one_line() -> None:
    assert (
        one_line("Troops\r\nBcc: x@y\x00\u2028leave\x85\tNiger ") == "Troops Bcc: x@y leave Niger"
    )


def test_an_override_of_the_reading_order_is_dropped() -> None:
    assert one_line("gpj.\u202eexe\u2066!") == "gpj.exe!"


def test_joiners_that_scripts_need_are_kept() -> None:
    persian, family = "می\u200cروند", "👩\u200d👧"
    assert one_line(f"{persian} {family}") == f"{persian} {family}"


@given(st.text(), st.integers(1, 40))
def test_a_line_is_safe_whatever_comes(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert len(line.splitlines()) <= 1
    line.encode("utf-8")


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("as it is", 8, "as it is"),
        ("cut at the edge of a word", 12, "cut at the…"),
        ("no comma, at the end", 11, "no comma…"),
        ("乌克兰东部前线战事持续升级", 6, "乌克兰东部…"),
        ("a donaudampfschifffahrt", 12, "a donaudamp…"),
    ],
)
def test_a_long_text_is_cut_at_a_word(text: str, limit: int, short: str) -> None:
    assert shorten(text, limit) == short


@pytest.mark.parametrize(
    "url", ["https://example.org/a?b=1&c=2", "http://example.org", "https://例え.jp/ニュース"]
)
def test_a_web_address_may_be_followed(url: str) -> None:
    assert web_link(url) == url


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "https://",
        "//example.org/x",
        "https://example.org/a b",
        "https://example.org/\u202efdp",
        "https://[broken",
        "https://example.org/" + "a" * 3000,
    ],
)
def test_nothing_else_may_be_followed(url: str | None) -> None:
    assert web_link(url) is None


def test_times_are_told_with_the_year_only_where_it_is_another() -> None:
    now = datetime(2024, 1, 2, 7, 5, tzinfo=UTC)
    assert day_and_time(now, now) == "2 January, 07:05"
    assert day_and_time(datetime(2023, 12, 31, 23, 0, tzinfo=UTC), now) == "31 December 2023, 23:00"
    assert whole_date(now) == "Tuesday 2 January 2024, 07:05"


def test_numbers_and_lists_read_as_people_write_them() -> None:
    assert counted(1, "story", "stories") == "1 story"
    assert counted(1200, "story", "stories") == "1,200 stories"
    assert [listed(()), listed(("a",)), listed(("a", "b", "c"))] == ["", "a", "a, b and c"]


@pytest.mark.parametrize(
    ("code", "name"),
    [("it", "Italian"), ("pt-BR", "Brazilian Portuguese"), ("zh", "Chinese"), ("q?", "q?")],
)
def test_languages_are_called_by_name(code: str, name: str) -> None:
    assert language_name(code) == name


# --- columns ----------------------------------------------------------------------------------


def test_text_is_wrapped_by_how_wide_it_looks() -> None:
    lines = wrap("米" * 50, indent=2).split("\n")
    assert [width(line) for line in lines] == [72, 32]


def test_a_first_line_may_begin_with_something_else() -> None:
    assert wrap("one two " * 12, 4, first=" 1. ").startswith(" 1. one two")
    assert wrap("one two " * 12, 4, first=" 1. ").split("\n")[1].startswith("    ")


def test_a_web_address_is_never_cut() -> None:
    url = "https://example.org/" + "long/" * 30
    assert f"    {url}" in wrap(f"see {url} there", 4).split("\n")


def test_combining_marks_take_no_column() -> None:
    assert width("e\u0301te\u0301") == 3


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=300))
def test_no_line_is_too_wide_and_no_letter_is_lost(text: str) -> None:
    wrapped = wrap(text.replace("http", ""), 4)
    assert all(width(line) <= WIDTH for line in wrapped.split("\n"))
    assert "".join(wrapped.split()) == "".join(text.replace("http", "").split())
