"""Which language an article is in, and when that cannot be told."""

from __future__ import annotations

import pytest

from monitor.text.languages import LanguageTeller

IN_USE = ("en", "it", "fr", "ru", "zh", "ja")


def tell(text: str, stated: str | None = None, fixed: str | None = None) -> str | None:
    return LanguageTeller(IN_USE).tell("", text, stated=stated, fixed=fixed)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The ministry said that the last soldiers had left the country.", "en"),
        ("Il ministero ha detto che gli ultimi soldati hanno lasciato il paese.", "it"),
        ("Le ministère a déclaré que les derniers soldats avaient quitté le pays.", "fr"),
        ("Министерство сообщило, что последние солдаты покинули страну.", "ru"),
        ("国防部表示，最后一批士兵已经离开该国。", "zh"),
        ("国防省は最後の兵士が国を離れたと発表した。", "ja"),
    ],
)
def test_a_sentence_is_told(text: str, language: str) -> None:
    assert tell(text) == language


def test_what_the_configuration_says_overrules_all() -> None:
    assert tell("The last soldiers had left the country by then.", fixed="de-AT") == "de"


def test_a_confident_detection_overrules_what_the_feed_says() -> None:
    text = "Il ministero ha detto che gli ultimi soldati hanno lasciato il paese."
    assert tell(text, stated="en-US") == "it"


def test_a_headline_of_four_words_is_what_the_feed_says_or_unsure() -> None:
    assert tell("Macron visits Niger today", stated="en-US") == "en"
    assert tell("Macron visits Niger today") is None


def test_a_language_out_of_use_is_not_forced_into_one_in_use() -> None:
    polish = "Ministerstwo poinformowało, że ostatni żołnierze opuścili kraj w nocy."
    ukrainian = "Міністерство повідомило, що останні солдати залишили країну вночі."
    assert tell(polish) is None
    assert tell(ukrainian) is None


def test_a_script_that_a_language_is_never_written_in_rules_it_out() -> None:
    assert tell("미군이 니제르에서 철수했다", stated="en") is None
    assert LanguageTeller(("en", "ko")).tell("미군 철수", "", stated=None, fixed=None) == "ko"


def test_a_few_chinese_characters_may_be_japanese() -> None:
    assert tell("撤退開始") is None
    assert LanguageTeller(("en", "zh")).tell("撤退", "", stated=None, fixed=None) == "zh"


def test_an_article_without_letters_is_what_the_feed_says() -> None:
    assert tell("12 345 …", stated="it") == "it"
    assert tell("") is None
