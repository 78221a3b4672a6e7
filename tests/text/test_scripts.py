"""Which script a text is in: the scans say what a count of its letters says."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.text.characters import is_invisible
from monitor.text.scripts import may_be_written, script_of, visible_and_script, writers

_OF_MANY_SCRIPTS = (
    "aZéßřʻªº 09.–“”\n\u0301\u0307×÷µ€①½"
    "аЖїґ҃٠٣ابپّ、。のキー々〆漢字國\U00020000\U0002f800한ᄀᅟ"
    "ελάאבไทยकाংਗગଓதెకമසລབམბյአខ\u17b4\u200b\u061c\ufeff\u00ad\U000e0020😀𝔞\ud800"
)


def counted(text: str) -> str | None:
    """The rule itself, letter by letter."""
    counts = Counter(script for char in text if (script := script_of(char)))
    kana, han = counts["Kana"], counts["Han"]
    if kana * 20 > han and kana + han > counts["Latin"] / 3:
        return "Kana"
    if han:
        counts["Han"] *= 3
    return max(counts, key=lambda script: counts[script]) if any(counts.values()) else None


@given(
    st.lists(
        st.one_of(
            st.text(st.sampled_from(_OF_MANY_SCRIPTS), max_size=6),
            st.text(st.sampled_from("漢字國のキ"), max_size=12),
            st.text(st.sampled_from("президент"), max_size=12),
            st.text(st.sampled_from("president é"), max_size=12),
            st.text(max_size=6),
        ),
        max_size=8,
    ).map("".join)
)
@example("")
@example("…")
@example("аб\U00020000\U00020001")
@example("ab\U00020000\U00020001")
@example("НАТО and ЕС")
@example("漢字漢字漢字漢字漢字の")
@example("漢" * 21 + "の")
def test_the_script_is_that_of_most_letters_and_what_nobody_sees_is_taken_out(text: str) -> None:
    seen = "".join(char for char in text if not is_invisible(char))
    assert visible_and_script(text) == (seen, counted(seen))


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("NATO: Президент заявил, что войска уйдут", "Cyrillic"),
        ("The president met Реджеп Эрдоган and 习近平", "Latin"),
        ("米軍が撤退", "Kana"),
        ("Microsoft 发布新系统", "Han"),
        ("12 345 – 10 %", None),
    ],
)
def test_names_in_another_script_do_not_count(text: str, script: str | None) -> None:
    assert visible_and_script(text) == (text, script)


def test_a_language_that_is_not_listed_is_written_in_latin_letters() -> None:
    assert may_be_written("sw", "Latin")
    assert not may_be_written("sw", "Greek")
    assert may_be_written("sr", "Latin")
    assert may_be_written("en", None)
    assert writers("Greek") == {"el"}
    assert writers("Latin") == frozenset()
