"""An explanation says what held, where, and what did not."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from monitor.matching.index import Rulebook
from monitor.matching.query_parser import parse_query
from monitor.matching.rule import Rule, Vocabulary
from monitor.matching.rule_file import read_rule_file
from monitor.matching.rule_tables import named_items
from monitor.model import Article

VOCABULARIES = {"troops": Vocabulary("troops", (("en", ("troops",)), ("it", ("truppe",))))}
TITLE = "Troops to go"
TEXT = "The withdrawal from Niger was long planned, said one of the last few hundred troops."


def told(query: str, *, language: str = "en", width: int = 80) -> str:
    article = Article("a", None, TITLE, TEXT, language, datetime(2026, 1, 1, tzinfo=UTC))
    book = Rulebook([Rule("watch", parse_query(query))], VOCABULARIES, ["en", "it"])
    return book.explain("watch", article).as_text(width)


def test_what_held_is_told_with_the_words_and_their_part() -> None:
    assert told("country:NE AND troops") == "\n".join(
        (
            "watch: matches (language: en)",
            "+ country:NE (Niger)",
            '    "Niger" in the text',
            "+ troops",
            '    "Troops" in the headline, "troops" in the text',
        )
    )


def test_words_too_far_apart_are_told_with_their_distance() -> None:
    text = told("@troops NEAR/5 withdraw")
    assert "closest 12 words apart, 5 words at most" in text
    assert "watch: does not match" in text


def test_the_wrong_order_is_told() -> None:
    assert "never in this order" in told("hundred BEFORE/3 few")


def test_a_vocabulary_without_terms_in_the_language_is_told() -> None:
    assert "has no terms in fr" in told("@troops", language="fr")


def test_an_exclusion_that_struck_is_told() -> None:
    assert "what must be absent is there" in told("troops NOT Niger")


def test_what_exceptions_leave_out_is_told() -> None:
    assert '1 of 1 left out as part of "from Niger"' in told('Niger EXCEPT "from Niger"')


def test_a_count_is_told() -> None:
    assert "found twice, 3 are needed" in told("troops ATLEAST/3")


def test_what_the_article_itself_is_is_told() -> None:
    assert "the article's lang: en" in told("lang:it AND troops")
    assert "the article's site: none" in told("site:bbc.co.uk AND troops")


def test_the_zone_is_told() -> None:
    assert "not found in the headline" in told("title:Niger")


NEARLY = [
    (
        "troops NEAR/1 leave",
        "",
        "Troops may well leave.",
        "en",
        '2 words apart, 1 word at most; "T',
    ),
    ("troops BEFORE leave", "", "They leave the troops.", "en", '"leave" … "troops"'),
    ("troops NEAR leave", "Troops", "They leave.", "en", "one is in the headline, one in the text"),
    ("troops NEAR troop", "", "Troops.", "en", "each needs its own"),
    ("title:troops", "Rain", "Troops.", "en", 'in the headline; "Troops" is in the text'),
    ("lead:troops", "", "One. Two. Three. Troops.", "en", '"Troops" is in sentence 4'),
    ('"air base"', "", "The base for the air force.", "en", "not one after the other"),
    ('"air base"', "", "An airbase.", "en", 'written as one word: "airbase"'),
    ('"air base"', "", "The air is thin.", "en", 'not there: "base"; the rest is'),
    ("airbase", "", "An air base.", "en", 'written apart: "air base"'),
    ("base", "", "An airbase.", "en", 'within another word: "airbase"'),
    ("Niger", "", "A Nigerien town.", "en", 'another word: "Nigerien"'),
    ("withdraw", "", "Withdrawn.", "it", 'were the article in English, "Withdrawn" would be'),
    ("@troops", "", "Le truppe.", "en", '"truppe" is a term in Italian, for such articles only'),
    ("@troops", "", "Truppe.", "fr", "has no terms in fr"),
    ("=US", "", "They told us.", "en", 'written otherwise: "us"'),
    ('="Base 101"', "", "At base 101.", "en", 'written otherwise: "base 101"'),
    ("nig*", "", "A benign growth.", "en", 'not at its beginning: "benign"'),
    ("country:NE", "", "Nigerian police in Niger State.", "en", '"Nigerian", "Niger State"'),
    (r"/AB\d/", "", "From ab2.", "en", r'"ab2"; /AB\d/i finds it'),
    ("rain snow (ice OR fog)", "", "Rain, snow.", "en", "not: ice OR fog"),
]


@pytest.mark.parametrize(("query", "title", "text", "language", "says"), NEARLY)
def test_what_nearly_held_is_told(
    query: str, title: str, text: str, language: str, says: str
) -> None:
    article = Article("a", None, title, text, language, datetime(2026, 1, 1, tzinfo=UTC))
    book = Rulebook([Rule("watch", parse_query(query))], VOCABULARIES, ["en", "it"])
    explanation = book.explain("watch", article)
    assert not explanation.matched
    assert says in " ".join(explanation.as_text().split())
    assert says in json.dumps(explanation.as_dict(), ensure_ascii=False).replace(
        "\\\\", "\\"
    ).replace('\\"', '"')


def test_nothing_is_made_up_where_nothing_nearly_held() -> None:
    assert told("elephant").endswith("\n    not found")


def test_a_narrow_terminal_is_kept_to() -> None:
    text = told('(withdraw OR "pull out" OR leave) AND troops AND country:NE', width=50)
    assert all(len(line) <= 50 for line in text.split("\n"))


def test_parts_in_which_nothing_was_found_are_told_together_unless_all_is_asked_for() -> None:
    query = "rain AND (snow OR hail OR fog OR ice OR (sleet NEAR/5 (wind OR storm OR gale)))"
    rule = Rule("r", parse_query(query))
    article = Article("1", None, "Rain in Rome", "", "en", datetime(2024, 5, 20, tzinfo=UTC))
    explanation = Rulebook([rule], {}, ["en"]).explain("r", article)
    short, whole = explanation.as_text(), explanation.as_text(whole=True)
    assert "nothing of it was found" in short
    assert len(short.splitlines()) * 2 < len(whole.splitlines())
    assert "gale" in whole


def test_a_large_part_that_held_is_told_in_short_where_another_failed() -> None:
    query = "(troops NEAR/5 (leave OR go) OR Niger NEAR (planned OR long)) AND rain"
    text = told(query)
    assert "\n+ troops NEAR/5 (leave OR go) OR Niger NEAR/10 (planned OR long)\n" in text
    assert "+ Niger" not in text
    assert "- rain\n    not found" in text
    assert len(text.splitlines()) == 7
    held = told(query.replace("rain", "hundred"))
    assert "Niger NEAR/10 (planned OR long)" in held


def test_of_many_ways_none_of_which_holds_the_two_that_came_closest_are_told() -> None:
    ways = ("(rain snow)", "(Niger snow)", "(rain NEAR hail)", "(troops NEAR/1 Niger)")
    text = told(f"{' OR '.join(ways)} OR title:sun")
    assert "- Niger AND snow" in text
    assert "- troops NEAR/1 Niger" in text
    assert "- rain NEAR" not in text
    assert "- 3 other ways do not hold" in text


def test_the_expression_as_a_whole_is_not_repeated_above_its_parts() -> None:
    lines = told("rain AND troops").split("\n")
    assert lines[1:3] == ["  1 of 2 parts hold, all must", "- rain"]
    assert told("troops NEAR/5 rain").split("\n")[1] == "- troops NEAR/5 rain"


def test_a_head_uses_the_width_of_the_terminal() -> None:
    query = "lead:((@troops OR hundred) NEAR/8 (withdraw OR elephant OR giraffe OR zebra)) AND rain"
    assert "zebra))\n" in told(query, width=120)
    assert "OR giraffe …\n" in told(query, width=70)


def test_nothing_is_told_below_a_not_that_held() -> None:
    text = told("troops NOT title:(cricket OR football)")
    assert text.endswith("+ NOT title:(cricket OR football)\n    absent, as it must be")
    assert "Niger" in told("troops NOT (cricket OR Niger)").rpartition("what must be absent")[2]


def test_a_group_of_which_nothing_was_found_is_told_in_one_line_with_what_nearly_was() -> None:
    article = Article(
        "1",
        None,
        "",
        "One. Two. Three. Four. A river rose.",
        "en",
        datetime(2024, 5, 20, tzinfo=UTC),
    )
    rule = Rule("r", parse_query("lead:(rain OR river OR monsoon OR dam) AND rose"))
    explanation = Rulebook([rule], {}, ["en"]).explain("r", article)
    assert (
        "- lead:(rain OR river OR monsoon OR dam)\n"
        '    not found in the first three sentences; "river" is in sentence 5\n'
    ) in explanation.as_text()
    assert "monsoon\n" in explanation.as_text(whole=True)


def test_a_country_is_told_with_its_name() -> None:
    assert "- country:BA (Bosnia & Herzegovina)\n    not found" in told("country:BA AND troops")


def test_items_of_lists_are_told_by_their_places() -> None:
    text = (
        "[[rule]]\nname = 'r'\nall = ['troops', 'rain OR elephant']\n"
        "any = ['elephant', 'country:NE']\nnone = ['football']\n"
    )
    (rule,) = read_rule_file(text, "a.toml", "a.toml").rules
    article = Article("a", None, TITLE, TEXT, "en", datetime(2026, 1, 1, tzinfo=UTC))
    explanation = Rulebook([rule], {}, ["en"]).explain("r", article)
    shown = explanation.as_text(items=named_items(rule))
    for line in (
        "+ all[1]: troops",
        "- all[2]: rain OR elephant",
        "+ any: elephant OR country:NE",
        "  + any[2]: country:NE (Niger)",
        "+ none[1]: NOT football",
    ):
        assert f"\n{line}\n" in f"{shown}\n"


def test_a_rule_without_lists_has_no_items_to_name() -> None:
    (rule,) = read_rule_file("[[rule]]\nname='r'\nmatch='a b'", "a.toml", "a.toml").rules
    assert named_items(rule) == {}
