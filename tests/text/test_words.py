"""Texts cut into words and sentences, words folded and brought to their base forms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.base_forms import base_forms
from monitor.text.fold import fold
from monitor.text.sentences import lead_end, sentence_spans
from monitor.text.tokens import tokenize


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Niger's army, Niger’s", ["Niger", "army", "Niger"]),
        ("l'accordo dell’esercito", ["l", "accordo", "dell", "esercito"]),
        ("U.S. troops, U.S.-led, a.m.", ["US", "troops", "US", "led", "am"]),
        ("U.S.troops", ["US", "troops"]),
        ("F-16 snake_case #hash 3.5", ["F", "16", "snake", "case", "hash", "3", "5"]),
        ("尼日利亚 AK47军", ["尼", "日", "利", "亚", "AK47", "军"]),
        ("об'єкт", ["об'єкт"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ('רחוב צה"ל', ["רחוב", 'צה"ל']),
        ("니제르에서", ["니제르에서"]),
        ("…—!", []),
        ("", []),
    ],
)
def test_a_text_is_cut_into_words(text: str, words: list[str]) -> None:
    assert tokenize(text).words == words


@given(st.text(alphabet="aB é.'’-\n尼日กำu\u0301\u200b\"שלom!"))
def test_every_word_stands_where_it_is_said_to_stand(text: str) -> None:
    tokens = tokenize(text)
    assert len(tokens.starts) == len(tokens.ends) == len(tokens)
    for word, start, end in zip(tokens.words, tokens.starts, tokens.ends, strict=True):
        assert fold(text[start:end].replace(".", "")) == fold(word)
    assert all(end <= start for end, start in zip(tokens.ends, tokens.starts[1:], strict=False))


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("ŁÓDŹ", "lodz"),
        ("Ørsted", "orsted"),
        ("İstanbul", "istanbul"),
        ("ISPARTA", "isparta"),
        ("Straße", "strasse"),
        ("œuvre", "oeuvre"),
        ("Ёлка", "елка"),
        ("йод", "йод"),
        ("їжа", "їжа"),
        ("и\u0306", "й"),
        ("النَّيْجَر", "النيجر"),
        ("أمريكا", "امريكا"),
        ("ＵＳ", "us"),
        ("Ἀθῆναι", "αθηναι"),
        ("が", "が"),
        ("tro\u00adops", "troops"),
    ],
)
def test_case_and_accents_are_folded_and_letters_are_not(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(st.text())
def test_what_is_folded_is_folded_for_good(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def share(word: str, other: str, language: str) -> bool:
    """Whether the two words are one to a rule."""
    return not set(base_forms(word, language)).isdisjoint(base_forms(other, language))


@pytest.mark.parametrize(
    ("word", "other", "language"),
    [
        ("withdrew", "withdrawal", "en"),
        ("left", "leave", "en"),
        ("left", "left", "en"),
        ("retirés", "retirer", "fr"),
        ("ritirarsene", "ritiro", "it"),
        ("retirándose", "retirar", "es"),
        ("войск", "войсками", "ru"),
        ("Нигера", "Нигер", "ru"),
        ("القوات", "قوات", "ar"),
        ("니제르에서", "니제르", "ko"),
        ("Nigers", "Niger", "de"),
        ("zorblats", "zorblat", "en"),
        ("soldât", "soldat", "fr"),
    ],
)
def test_forms_of_one_word_are_one(word: str, other: str, language: str) -> None:
    assert share(word, other, language)


@pytest.mark.parametrize(
    ("word", "other", "language"),
    [
        ("soldato", "soldi", "it"),
        ("militare", "militante", "it"),
        ("Niger", "Nigeria", "it"),
        ("Niger", "Nigeria", "en"),
        ("Нигер", "Нигерия", "ru"),
        ("soldat", "soldes", "fr"),
        ("roses", "rise", "en"),
        ("university", "universe", "en"),
        ("stato", "essere", "it"),
    ],
)
def test_what_people_keep_apart_stays_apart(word: str, other: str, language: str) -> None:
    assert not share(word, other, language)


def test_an_unknown_word_that_is_a_name_is_not_stemmed() -> None:
    assert "~zorblat" in base_forms("Zorblats", "en")
    assert "~zorblat" not in base_forms("Zorblats", "en", name=True)


def test_a_word_of_a_language_without_dictionary_is_itself() -> None:
    assert base_forms("ọmọ", "yo") == ("=omo", "omo")


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


def test_sentences_end_where_a_reader_ends_them() -> None:
    text = 'The U.S. Army left. Mr. J. Doe said "no." He went at 5 p.m. on foot... 军队撤离。他说！'
    assert sentences(text) == [
        "The U.S. Army left.",
        'Mr. J. Doe said "no."',
        "He went at 5 p.m. on foot...",
        "军队撤离。",
        "他说！",
    ]


def test_an_empty_line_ends_a_sentence_and_a_wrapped_line_does_not() -> None:
    assert sentences("A headline\n\nThe text goes\non here") == [
        "A headline",
        "The text goes\non here",
    ]


def test_the_lead_is_three_sentences() -> None:
    text = "One. Two. Three. Four."
    assert text[: lead_end(text)] == "One. Two. Three."
    assert lead_end("") == 0


@pytest.mark.parametrize("piece", [".", ". ", "\n", "\n \n", "A. ", "。", "' "])
def test_sentences_and_words_of_a_hostile_text_take_linear_time(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    assert sum(1 for _ in sentence_spans(text)) <= len(text)
    assert len(tokenize(text)) <= len(text)
