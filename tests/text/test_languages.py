"""Which language an article is in, and when that cannot be told."""

from __future__ import annotations

import os
from math import sqrt
from pathlib import Path

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import function_words, language_model
from monitor.text.characters import is_mark
from monitor.text.clean import clean_text
from monitor.text.function_words import Evidence, evidence
from monitor.text.function_words import small_words as small_words_of
from monitor.text.languages import LanguageTeller, _marked_word, _unusual, _words_of

IN_USE = ("en", "it", "fr", "ru", "zh", "ja")
TEN = ("en", "fr", "de", "es", "it", "pt", "ru", "ar", "zh", "tr")


def tell(text: str, stated: str | None = None, fixed: str | None = None) -> str | None:
    return LanguageTeller(IN_USE).tell("", text, stated=stated, fixed=fixed)


def tell_among(languages: tuple[str, ...], text: str, stated: str | None = None) -> str | None:
    return LanguageTeller(languages).tell(text, "", stated=stated, fixed=None)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The ministry said that the last soldiers had left the country.", "en"),
        ("Il ministero ha detto che gli ultimi soldati hanno lasciato il paese.", "it"),
        ("Le ministère a déclaré que les derniers soldats avaient quitté le pays.", "fr"),
        ("Министерство сообщило, что последние солдаты покинули страну.", "ru"),
        ("国防部表示，最后一批士兵已经离开该国。", "zh"),
        ("國防部表示，最後一批士兵已經離開該國。", "zh"),
        ("国防省は最後の兵士が国を離れたと発表した。", "ja"),
    ],
)
def test_a_sentence_is_told(text: str, language: str) -> None:
    assert tell(text) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Das Ministerium teilte mit, dass die letzten Soldaten das Land verlassen haben.", "de"),
        ("El ministerio informó de que los últimos soldados habían abandonado el país.", "es"),
        ("O ministério informou que os últimos soldados já tinham deixado o país.", "pt"),
        ("قالت الوزارة إن آخر الجنود غادروا البلاد في ساعة متأخرة من الليل.", "ar"),
        ("Bakanlık, son askerlerin de gece yarısından sonra ülkeden ayrıldığını açıkladı.", "tr"),
    ],
)
def test_a_sentence_is_told_among_ten_languages(text: str, language: str) -> None:
    assert tell_among(TEN, text) == language


def test_what_the_configuration_says_overrules_all() -> None:
    assert tell("The last soldiers had left the country by then.", fixed="de-AT") == "de"


def test_a_confident_detection_overrules_what_the_feed_says() -> None:
    text = "Il ministero ha detto che gli ultimi soldati hanno lasciato il paese."
    assert tell(text, stated="en-US") == "it"


def test_a_headline_of_four_words_is_what_the_feed_says_or_unsure() -> None:
    assert tell("Macron visits Niger today", stated="en-US") == "en"
    assert tell("Macron visits Niger today") is None


@pytest.mark.parametrize(
    "text",
    [
        "Ministerstwo poinformowało, że ostatni żołnierze opuścili kraj w nocy.",
        "Міністерство повідомило, що останні солдати залишили країну вночі.",
        "Wizara ilisema kwamba wanajeshi wa mwisho waliondoka nchini usiku wa manane.",
        "Ma'aikatar ta ce sojojin karshe sun fice daga kasar a cikin dare.",
        "Bộ cho biết những người lính cuối cùng đã rời khỏi đất nước trong đêm.",
        "وزارتخانه اعلام کرد که آخرین سربازان شبانه کشور را ترک کرده‌اند.",
        "وزارت نے بتایا کہ آخری فوجی رات کو ملک سے چلے گئے ہیں۔",
        "Министерството съобщи, че последните войници са напуснали страната през нощта.",
        "Departementet opplyste at de siste soldatene hadde forlatt landet i løpet av natten.",
        "O ministerio informou de que os últimos soldados deixaron o país durante a noite.",
        "მინისტრის თქმით ბოლო ჯარისკაცებმა ქვეყანა დატოვეს.",
    ],
)
def test_a_language_out_of_use_is_not_forced_into_one_in_use(text: str) -> None:
    assert tell_among(("en", "fr", "de", "es", "it", "ru", "ar", "tr"), text) is None


def test_a_feed_that_says_another_language_than_the_text_is_in_is_not_believed() -> None:
    polish = "Ministerstwo poinformowało, że ostatni żołnierze opuścili kraj, ale nie podało gdzie."
    assert tell(polish, stated="en") is None
    assert tell(polish, stated="pl") == "pl"


SOLDIERS = (
    ("Le truppe statunitensi lasciano la base di Agadez", "it"),
    ("Amerykańscy żołnierze opuszczają bazę w Agadezie", "pl"),
    ("ABD askerleri Agadez üssünden çekiliyor", "tr"),
    ("Trupele americane părăsesc baza din Agadez", "ro"),
    ("Las tropas estadounidenses abandonan la base de Agadez", "es"),
)


@pytest.mark.parametrize(("title", "language"), SOLDIERS)
def test_a_headline_in_another_language_than_its_feed_says_is_never_taken_for_that(
    title: str, language: str
) -> None:
    for in_use in (("en", "fr"), ("en", "fr", "ru", language)):
        assert tell_among(in_use, title, stated="en-us") in {language, None}
        assert tell_among(in_use, title, stated=language) == language


def test_letters_of_one_language_of_a_script_speak_against_another_of_it() -> None:
    persian = "نیروهای آمریکایی پایگاه آگادز را ترک کردند"
    assert tell_among(("en", "ar"), persian, stated="ar") is None
    assert tell_among(("en", "ar"), persian, stated="fa") == "fa"
    assert tell_among(("en", "ru"), "Двоє загиблих унаслідок повені", stated="ru") is None


@pytest.mark.parametrize("title", ["Niger: Agadez 2024", "Macron, Tinubu", "Gaza", "12:30"])
def test_a_headline_without_evidence_is_what_the_feed_says(title: str) -> None:
    for stated in ("en", "it", "tr"):
        assert tell(title, stated=stated) == stated


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Američke trupe napuštaju bazu u Agadezu", "sr"),
        ("Američke trupe napuštaju bazu u Agadezu", "bs"),
        ("Američke postrojbe napuštaju bazu u Agadezu", "hr"),
        ("Amerikanske soldater forlater basen i Agadez", "nb"),
        ("Amerikanske soldater forlader basen i Agadez", "da"),
        ("Američtí vojáci opouštějí základnu v Agadezu", "cs"),
        ("Americkí vojaci opúšťajú základňu v Agadeze", "sk"),
        ("Presiden bertemu menteri pertahanan", "id"),
        ("Perdana Menteri bertemu menteri pertahanan", "ms"),
        ("O presidente fala co ministro de Defensa", "gl"),
        ("Presidente fala com ministro da Defesa", "pt"),
        ("Президент зустрівся з міністром оборони", "uk"),
        ("Prezident Qorǵanys ministrimen kezdesti", "kk"),
        ("口蹄疫、一部業務停止命令-知事", "ja"),
    ],
)
def test_close_relatives_and_what_the_model_does_not_know_stay_what_their_feed_says(
    title: str, language: str
) -> None:
    assert tell(title, stated=language) == language


@pytest.mark.parametrize("stated", ["xx", "<b>", "english", "e" * 500, "", "../en", "日本"])
def test_what_is_no_language_code_is_not_believed(stated: str) -> None:
    assert tell("Macron Niger", stated=stated) is None


def test_neighbours_are_told_apart_or_not_at_all() -> None:
    norwegian = (
        "Statsministeren sier at regjeringen ikke vil sende flere soldater til landet etter jul"
    )
    assert tell_among(("no", "da", "sv"), norwegian) == "no"
    assert tell_among(("da", "en"), norwegian) is None
    ukrainian = "Уряд заявив, що його війська вже вийшли з країни після кількох днів переговорів"
    assert tell_among(("ru", "uk"), ukrainian) == "uk"
    assert tell_among(("ru", "bg"), ukrainian) is None


@pytest.mark.parametrize(
    "title",
    [
        "US troops leave Niger as junta turns to Russia",
        "Niger junta orders American soldiers to go home",
        "Last soldiers leave the base in Agadez",
    ],
)
def test_a_short_english_headline_is_english_or_unsure(title: str) -> None:
    assert tell_among(TEN, title) in {"en", None}
    assert tell_among(TEN, title, stated="en") == "en"
    assert tell_among(("fr", "de", "it"), title) is None


def test_a_script_that_a_language_is_never_written_in_rules_it_out() -> None:
    assert tell("미군이 니제르에서 철수했다", stated="en") is None
    assert tell_among(("en", "ko"), "미군 철수") == "ko"
    assert tell_among(("en", "el"), "Αποχώρηση στρατευμάτων") == "el"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("米軍撤退開始", None),  # both write all of these
        ("撤退", None),
        ("美军从尼日尔撤军", "zh"),
        ("美軍撤離尼日，軍政府說", "zh"),
        ("駐留米軍撤退検討、防衛省発表", "ja"),
        ("2010年中・韩独立游戏征集大赛举行", "zh"),  # the dot alone is no kana
    ],
)
def test_headlines_in_chinese_characters_are_told_by_those_of_one_country(
    text: str, language: str | None
) -> None:
    assert tell(text) == language


def test_a_headline_in_japanese_characters_is_not_chinese_where_japanese_is_not_in_use() -> None:
    assert tell_among(("en", "zh"), "駐留米軍撤退検討、防衛省発表") is None


def test_an_article_without_letters_is_what_the_feed_says() -> None:
    assert tell("12 345 …", stated="it") == "it"
    assert tell("") is None
    assert tell("1 2 3 4 5 6 7 8 9 10") is None


def test_invisible_characters_between_letters_do_not_count() -> None:
    text = "The ministry said that the last soldiers had left the country."
    assert tell("\u200b".join(text)) == tell("\u00ad".join(text)) == "en"
    assert tell(clean_text("&#8203;".join(text))) == "en"
    assert tell("\u200b" * 5000) is None


def test_joiners_within_words_do_not_count() -> None:
    persian = "نیروهای آمریکایی پایگاه آگادز را ترک می\u200cکنند"
    for text in (persian, persian.replace("\u200c", "")):
        assert tell_among(("ar", "en", "fa"), text) == "fa"


def test_names_in_other_scripts_do_not_change_the_language() -> None:
    assert (
        tell("The president met Реджеп Эрдоган and 习近平 on the second day of the visit.") == "en"
    )


def test_a_long_text_is_judged_by_its_beginning() -> None:
    sentence = "The ministry said that the last soldiers had left the country. "
    assert tell(sentence * 20_000) == "en"
    assert tell("x" * 1_000_000) is None


def small_words(text: str) -> Evidence:
    return evidence(text.split())


def test_small_words_that_two_languages_share_tell_neither() -> None:
    assert not small_words("og i at det er en på for til den med").sure
    assert not small_words("o a os as de do da dos das e em no na").sure
    assert small_words("og i at det er en ikke som blev ud af").language == "da"
    assert evidence([]).language is None


_SOME_WORDS = ["the", "of", "a", "e", "de", "la", "и", "в", "не", "på", "och", "troops"]


@given(st.lists(st.sampled_from(_SOME_WORDS), max_size=60))
def test_small_words_weigh_the_less_the_more_languages_have_them(words: list[str]) -> None:
    weights = dict.fromkeys(function_words._WORDS, 0)
    for word in words:
        having = [code for code in weights if word in small_words_of(code)]
        for code in having:
            weights[code] += round(function_words._ONE / sqrt(len(having)))
    first, rival = sorted(weights, key=lambda code: -weights[code])[:2]
    lead = (weights[first] - weights[rival]) / function_words._ONE
    found = evidence(words)
    assert found.language == (first if lead >= 0.7 else None)
    few = weights[first] < function_words.SURE_SHARE * function_words._ONE * len(words)
    close = weights[rival] > function_words.SURE_RIVAL * weights[first]
    assert found.sure == (lead >= function_words.SURE_LEAD and not few and not close)


@given(
    st.lists(
        st.one_of(
            st.text(st.sampled_from("abЖéİſß1_٣²½ªº’'–.\n\u0301\u0e01ा漢\U00011000𝔞\ud800 ")),
            st.text(),
        )
    ).map("".join)
)
def test_words_are_parted_at_whatever_is_no_letter(text: str) -> None:
    lowered = text.lower()
    assert _words_of(lowered) == _marked_word().findall(lowered)


def test_what_is_usual_in_a_text_is_no_mark_and_no_digit_beyond_ascii() -> None:
    usual = (char for char in map(chr, range(0x80, 0x10000)) if not _unusual().match(char))
    assert not [char for char in usual if is_mark(char) or char.isdecimal()]
    assert _unusual().search("\ud800")
    assert _unusual().search("\U00011000")


def likeliest(text: str) -> str:
    found = language_model.likelihoods(text)
    return max(found, key=lambda code: found[code])


def test_the_model_is_unpacked_once_and_says_the_same_as_the_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    language_model._identifier.cache_clear()
    texts = ["The last soldiers had left", "Міністерство повідомило", "", "1234", "x" * 2000]
    library = language_model._loaded()
    for text in texts:
        assert language_model.likelihoods(text) == dict(library.rank(text))
    (kept,) = (tmp_path / "wirewatch" / "language-model").iterdir()
    made_at = kept.stat().st_mtime_ns
    language_model._identifier.cache_clear()
    assert likeliest(texts[0]) == "en"
    assert kept.stat().st_mtime_ns == made_at
    language_model._identifier.cache_clear()


def test_rows_of_the_model_are_read_once_until_they_are_too_many_or_released(
    tmp_path: Path,
) -> None:
    path = tmp_path / "weights.npy"
    weights = numpy.arange(60, dtype=numpy.float16).reshape(12, 5)
    numpy.save(path, weights)
    rows = language_model._Rows(path, numpy.load(path, mmap_mode="r"), at_most=8)

    def says_the_same(*numbers: int) -> bool:
        return bool((rows[numpy.array(numbers)] == weights[list(numbers)]).all())

    assert says_the_same(3, 1, 4)
    assert says_the_same(5, 3, 1, 4)
    assert rows[numpy.array([1])].dtype == numpy.float32
    os.truncate(path, 0)
    assert says_the_same(4, 5, 1)
    numpy.save(path, weights)
    assert says_the_same(0, 1, 2)
    assert says_the_same(*range(12))
    os.truncate(path, 0)
    rows.forget()
    assert rows[numpy.array([1])].size == 0  # asks the file anew, which is empty now


def test_a_model_that_was_released_says_the_same_again() -> None:
    text = "The last soldiers had left"
    before = language_model.likelihoods(text)
    language_model.release()
    assert language_model.likelihoods(text) == before
    assert list(before.values()) == sorted(before.values(), reverse=True)


def test_a_model_that_is_broken_or_cannot_be_kept_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    language_model._identifier.cache_clear()
    language_model.likelihoods("x")
    (kept,) = (tmp_path / "wirewatch" / "language-model").iterdir()
    (kept / "moves.npy").write_bytes(b"broken")
    language_model._identifier.cache_clear()
    assert likeliest("The last soldiers had left") == "en"
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/none")
    language_model._identifier.cache_clear()
    assert likeliest("The last soldiers had left") == "en"
    language_model._identifier.cache_clear()


def test_moves_of_the_model_are_read_once_until_they_are_too_many(tmp_path: Path) -> None:
    path = tmp_path / "moves.npy"
    numbers = numpy.arange(1000, 1012, dtype=numpy.uint32)
    numpy.save(path, numbers)
    moves = language_model._Moves(path, numpy.load(path, mmap_mode="r"), at_most=8)
    assert [moves[place] for place in (3, 11, 3, 0)] == [1003, 1011, 1003, 1000]
    numpy.save(path, numbers[::-1])
    assert [moves[place] for place in (3, 11, 0, 4)] == [1003, 1011, 1000, 1007]
    for place in range(12):
        assert moves[place] in (1000 + place, 1011 - place)
        assert len(moves) <= 8
    assert [moves[place] for place in (3, 11, 0)] == [1008, 1000, 1011]


def test_of_a_model_in_use_nothing_large_is_mapped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    language_model._identifier.cache_clear()
    language_model.likelihoods("Os militares deixam a base.")
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("nobody tells what is mapped")
    mapped = [line for line in maps.read_text().splitlines() if str(tmp_path) in line]
    language_model._identifier.cache_clear()
    assert [line for line in mapped if "features.npy" in line]
    assert not [line for line in mapped if "moves.npy" in line or "weights.npy" in line]
