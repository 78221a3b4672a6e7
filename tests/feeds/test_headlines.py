"""Letters are told by a short way where one is enough."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.feeds.headlines import letters

_TEXTS = st.text(
    st.sampled_from("aZ09 _-.,…’–—“”«»。、ßİıÉé\u0307\u0301ﬁＡ٣日本語ñΣς\u200b½Ⅷ") | st.characters()
) | st.text(st.characters(categories=["L", "M"]))


@settings(max_examples=400)
@given(_TEXTS)
@example("\ud800 a")
def test_letters_are_the_same_by_any_way(text: str) -> None:
    signs = "…’–—“”«»。、"
    kept = "".join(each for each in text if each not in signs and (each > "\x7f" or each.isalnum()))
    folded = unicodedata.normalize("NFKC", kept).casefold()
    assert letters(text) == re.sub(r"[\W_]+", "", folded)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Troops leave — at last…", "troopsleaveatlast"),
        ("İstanbul’da SEL", "istanbuldasel"),
        ("STRASSE, Straße", "strassestrasse"),
        ("ＡＢＣ １２", "abc12"),
        ("E\u0301té", "été"),
    ],
)
def test_letters_mind_no_case_width_and_composition(text: str, told: str) -> None:
    assert letters(text) == told
