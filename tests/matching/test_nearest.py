"""Which rules came nearest to matching an article."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from monitor.matching import nearest as module
from monitor.matching.index import Rulebook
from monitor.matching.nearest import Miss, nearest
from monitor.matching.query_parser import parse_query
from monitor.matching.rule import Rule, Vocabulary
from tests import make

ARTICLE = make.article(
    "Troops leave Niger", text="The last soldiers flew home on Monday. Rain fell in Niamey."
)


def book_of(rules: Sequence[Rule]) -> Rulebook:
    vocabulary = Vocabulary("coup", (("en", ("coup", "putsch")),))
    return Rulebook(rules, {"coup": vocabulary}, ["en"])


def found(*expressions: str, most: int = 10) -> tuple[Miss, ...]:
    rules = [Rule(each, parse_query(each)) for each in expressions]
    return nearest(book_of(rules), rules, ARTICLE, most, book_of)


def names(*expressions: str) -> list[str]:
    return [miss.rule.name for miss in found(*expressions)]


def test_the_rule_with_the_largest_share_comes_first() -> None:
    in_order = [
        "Niger AND troops AND coup",
        "Niger AND coup",
        "Niger AND coup AND putsch",
    ]
    assert names(*reversed(in_order)) == in_order


def test_a_rule_of_which_no_word_is_there_did_not_come_near() -> None:
    assert names("coup", "coup OR putsch", "lang:en AND coup", "@coup AND NOT rain") == []


def test_what_is_barred_counts_only_where_it_is_there() -> None:
    assert names("coup AND NOT snow") == []
    (miss,) = found("troops AND Niger AND NOT rain")
    assert [(each.clause, each.why) for each in miss.failed] == [("NOT rain", 'there is "Rain"')]
    assert miss.share == pytest.approx(2 / 3)


def test_words_that_are_there_and_not_close_count_nearly() -> None:
    apart, one = found("last NEAR/1 Niamey", "last NEAR/1 coup")
    assert apart.share > one.share > 0
    assert [miss.failed[0].clause for miss in (apart, one)] == [
        "last NEAR/1 Niamey",
        "last NEAR/1 coup",
    ]


def test_of_several_ways_the_best_counts() -> None:
    best, worst = found("(Niger AND coup) OR (a AND b AND c)", "Niger AND coup AND putsch")
    assert best.share == pytest.approx(1 / 2)
    assert worst.share == pytest.approx(1 / 3)


def test_places_and_numbers_count_nearly() -> None:
    in_headline, often, none = found("title:soldiers", "Niger ATLEAST/3", "title:(soldiers coup)")
    assert in_headline.share == pytest.approx(0.9)
    assert often.share == pytest.approx(0.9)
    assert none.share == pytest.approx(0.45)
    assert in_headline.failed[0].why


def test_of_many_rules_those_that_lack_a_clause_are_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = ["Niger AND coup", "Niger AND coup AND putsch", "flood AND coup"]
    assert names(*asked) == asked[:2]
    monkeypatch.setattr(module, "MOST_EXPLAINED", 2)
    assert names(*asked) == asked[:1]
