"""A word never spans a blank: a text may be cut at its blanks before it is cut into words."""

from __future__ import annotations

import sys
from unicodedata import category

from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.text.characters import INVISIBLE
from monitor.text.tokens import tokenize

BLANKS = [chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace()]
ALIKE = {"Lo", "Ll", "Lu", "Cn", "Co", "Cs", "So", "Sm"}
"""Categories of which a few stand for all: letters, symbols, what is not assigned."""

NEARLY_BLANK = [
    *"\u00ad\u034f\u115f\u1680\u17b4\u180b\u180e\u200b\u200c\u200d\u2060\u2800\u3164\ufeff\uffa0",
    *"\u2028\u2029\x85\x1c\x1d\x1e\x1f\x0b\x0c\x00\x08",
]
LETTERS = [
    *"aBsS9_éßłøİıĳǆΣςйїЙנאش尼日가กำकि𐐀𝔸²Ⅷ①ªº'’ʼ＇.·-‐…\"״׳,;:。・\u0301\u0308\u05b0\u064b\u093e"
]


def in_chunks(text: str) -> list[str]:
    return [word for chunk in text.split() for word in tokenize(chunk).words]


@settings(max_examples=400, deadline=None)  # the first builds the expression
@given(st.text(st.sampled_from([*BLANKS, *NEARLY_BLANK, *LETTERS]), max_size=40))
@example("U.S.\u2028A. B.\x1cC")
@example("об'\u3000єкт s\x85's '\x1f's")
@example('צה\u00a0"ל')
@example("a \u0301b e\u0301 \u200bc")
def test_words_of_a_text_are_those_of_its_chunks(text: str) -> None:
    assert tokenize(text).words == in_chunks(text)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_words_of_any_text_are_those_of_its_chunks(text: str) -> None:
    assert tokenize(text).words == in_chunks(text)


def test_every_blank_of_unicode_parts_words() -> None:
    for blank in BLANKS:
        assert tokenize(f"об{blank}'{blank}єкт").words == ["об", "єкт"], hex(ord(blank))
        assert tokenize(f"U.{blank}S.").words == ["U", "S"], hex(ord(blank))
        assert tokenize(f"尼{blank}日").words == ["尼", "日"], hex(ord(blank))


def test_no_word_holds_a_blank_whatever_stands_beside_it() -> None:
    signs = [c for c in map(chr, range(sys.maxunicode + 1)) if category(c) not in ALIKE]
    assert len(signs) > 5000
    for char in signs:
        text = f"a{char}\u2003{char}b"
        words = tokenize(text).words
        assert words == in_chunks(text), hex(ord(char))
        assert not any(part.isspace() for word in words for part in word), hex(ord(char))


def test_invisible_characters_part_no_words() -> None:
    for char in "\u00ad\u200b\u200d\u2060\ufeff":
        assert char in INVISIBLE or any(low <= char <= high for low, high in ranges(INVISIBLE))
        assert len(tokenize(f"tro{char}ops").words) == 1, hex(ord(char))


def ranges(inside: str) -> list[tuple[str, str]]:
    """The ranges in the inside of a class of a regular expression."""
    return [(inside[i - 1], inside[i + 1]) for i, c in enumerate(inside) if c == "-" and i > 0]


def test_the_places_of_words_hold_after_odd_blanks() -> None:
    text = "\u3000Niger's\u2028U.S.\x1fбої\u205fоб'єкт"
    tokens = tokenize(text)
    assert tokens.words == ["Niger", "US", "бої", "об'єкт"]
    assert [text[s:e] for s, e in zip(tokens.starts, tokens.ends, strict=True)] == [
        "Niger",
        "U.S.",
        "бої",
        "об'єкт",
    ]
