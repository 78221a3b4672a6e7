"""Words found by arrays are the words that tokenize finds."""

from __future__ import annotations

import unicodedata
from string import ascii_letters

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.text.tokens import tokenize
from monitor.text.word_numbers import LONGEST
from monitor.text.word_spans import word_spans

ODD = (
    "aAzsS.'’ʼ＇-–_ \n\t,;\u00a0\u2003éÉß12\u0301\u0308\u200b\u200d\u00adø"
    'Ийоб"״׳אבجيٌ尼日ジー゙กำิ่가\U0001f600\u0e31\u0903'
)
texts = st.text(st.one_of(st.sampled_from(ODD), st.characters()), max_size=60)


def found(text: str) -> list[tuple[str, int, int]]:
    spans = word_spans(text)
    words = [unicodedata.normalize("NFC", spans.word(i)) for i in range(len(spans))]
    return list(zip(words, spans.starts.tolist(), spans.ends.tolist(), strict=True))


def expected(text: str) -> list[tuple[str, int, int]]:
    tokens = tokenize(text)
    return list(zip(tokens.words, tokens.starts, tokens.ends, strict=True))


@settings(max_examples=1500, deadline=None)
@given(texts)
def test_any_text_falls_into_the_same_words(text: str) -> None:
    assert found(text) == expected(text)


@pytest.mark.parametrize(
    "text",
    [
        "The U.S. left Niger's Base 101, e.g. the U.S.A.'s, at 5 p.m.",
        "l'accordo dell’esercito non l'ha",
        "об'єкт під'їзд 'слово' п’ять",
        'צה"ל ארה״ב',
        "尼日尔军方 said 撤军。",
        "กองทัพ ไนเจอร์",
        "",
        " ",
        "s",
        "'s",
        "a's b'S c's'd",
        "Niger's\u200bbase, Niger's\u0301base",
        "x" * 100 + " y",
    ],
)
def test_words_with_signs_within_are_the_same(text: str) -> None:
    assert found(text) == expected(text)


@settings(max_examples=200, deadline=None)
@given(texts, st.integers(3, 12))
def test_a_long_text_is_cut_at_blanks(text: str, size: int) -> None:
    text = text.replace("\t", " ").replace("\u2003", " ")
    size = max(size, *map(len, text.split(" ")), *map(len, text.split("\n"))) + 2
    spans = word_spans(text, at_once=size)
    words = [unicodedata.normalize("NFC", spans.word(i)) for i in range(len(spans))]
    assert list(zip(words, spans.starts.tolist(), spans.ends.tolist(), strict=True)) == expected(
        text
    )


def test_equal_words_have_equal_numbers_and_others_do_not() -> None:
    words = [f"w{n}" for n in range(5000)]
    spans = word_spans(" ".join(words + words))
    numbers = spans.numbers.tolist()
    assert numbers[:5000] == numbers[5000:]
    assert len(set(numbers)) == 5000


def test_words_that_differ_at_the_end_of_each_eight_bytes_have_numbers_of_their_own() -> None:
    words = [f"abcdefg{a}ijklmno{b}" for a in ascii_letters for b in ascii_letters]
    assert len(set(word_spans(" ".join(words)).numbers.tolist())) == len(words)


def test_a_word_in_a_text_of_another_script_keeps_its_number() -> None:
    assert word_spans("troops").numbers[0] == word_spans("войска troops").numbers[1]


def test_a_word_too_long_has_no_number() -> None:
    spans = word_spans("a " + "b" * (LONGEST + 1) + " c")
    assert [number == 0 for number in spans.numbers.tolist()] == [False, True, False]


def test_capitals_and_what_links_words_are_told() -> None:
    spans = word_spans("The U.S. army, Niger's new-built. Base")
    assert [spans.word(i) for i in range(len(spans))] == [
        "The", "US", "army", "Niger", "new", "built", "Base",
    ]  # fmt: skip
    assert spans.capital.tolist() == [True, True, False, True, False, False, True]
    assert spans.linked.tolist() == [False, True, True, True, True, True, False]


def test_characters_without_spaces_are_parted_by_signs_and_not_by_blanks() -> None:
    spans = word_spans("枪,击 は、し 撤 军 a,b")
    parted = {spans.word(i) for i in range(len(spans)) if spans.parted[i]}
    assert parted == {"击", "し"}
