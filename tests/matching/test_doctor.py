"""What is odd about rules: told where it is, and not where it is not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.matching.doctor import Checkup, Ledger, lacks, of_ledger
from monitor.matching.query_parser import parse_query
from monitor.matching.rule import Rule, Vocabulary
from monitor.matching.unmet_terms import TermWatch
from monitor.model import Article
from tests import make

WORDS = {
    "rain": Vocabulary("rain", (("en", ("rain", "drizzle")), ("it", ("pioggia",)))),
    "storm": Vocabulary("storm", (("en", ("storm",)), ("it", ("tempesta",)), ("fr", ("orage",)))),
}


def rule(match: str, **fields: object) -> Rule:
    return Rule("R", parse_query(match), **fields)  # type: ignore[arg-type]


def articles(title: str, count: int, language: str | None = "en") -> list[Article]:
    return [make.article(f"{title} {n}", text="", language=language) for n in range(count)]


def kinds(asked: Rule, *some: list[Article]) -> list[str]:
    checkup = Checkup([asked], WORDS, ("en", "it"))
    for each in some:
        checkup.look(each)
    return [advice.kind for advice in checkup.advice()]


def test_a_rule_that_matches_a_large_share_is_told() -> None:
    assert kinds(rule("rain"), articles("rain", 30), articles("sun", 90)) == ["broad"]
    assert kinds(rule("rain"), articles("rain", 20), articles("sun", 90)) == []
    assert kinds(rule("rain"), articles("rain", 20)) == []  # too few to say anything


def test_a_rule_that_matches_nothing_is_told_once_there_is_enough_to_match() -> None:
    assert kinds(rule("snow"), articles("sun", 120)) == ["silent"]
    assert kinds(rule("snow"), articles("sun", 12)) == []
    assert kinds(rule("snow", enabled=False), articles("sun", 120)) == []


def test_plain_words_that_only_one_language_knows_are_told() -> None:
    english, italian = articles("the rain", 12), articles("il sole", 60, "it")
    others = articles("sun", 60)
    assert kinds(rule("rain"), english, others, italian) == ["one language"]
    assert kinds(rule("rain"), english, others) == []
    assert kinds(rule("rain AND lang:en"), english, others, italian) == []
    assert kinds(rule("@rain"), english, others, italian) == []


def ledger(**by_feed: int) -> Ledger:
    return Ledger(articles=1000, by_feed={"R": by_feed}, heard={"R": make.NOW})


@pytest.mark.parametrize(
    ("match", "by_feed", "told"),
    [
        ("rain", {"A": 19, "B": 1}, "19 of 20 alerts come from A"),
        ("rain", {"A": 15, "B": 5}, None),
        ("rain", {"A": 9}, None),
        ("rain AND feed:A", {"A": 19, "B": 1}, None),
    ],
)
def test_one_feed_that_gives_nearly_all_alerts_is_told(
    match: str, by_feed: dict[str, int], told: str | None
) -> None:
    found = [advice.message for advice in of_ledger([rule(match)], ledger(**by_feed), make.NOW)]
    assert found == ([told] if told else [])


def test_a_rule_quieter_than_it_expects_is_told() -> None:
    asked = rule("rain", expect=86400.0)
    later = make.NOW + timedelta(days=2)
    assert [advice.kind for advice in of_ledger([asked], ledger(), later)] == ["quiet"]
    assert list(of_ledger([asked], ledger(), make.NOW)) == []


def test_languages_that_arrive_and_that_rules_lack_are_named() -> None:
    (found,) = lacks([rule("@rain AND @storm")], WORDS, {"en": 50, "fr": 9, "de": 2, None: 40})
    assert (found.language, found.articles, found.vocabularies) == ("fr", 9, ("rain",))
    assert found.blind == ("R",)
    (found,) = lacks([rule("@rain OR @storm")], WORDS, {"fr": 9})
    assert (found.rules, found.blind) == (("R",), ())
    assert list(lacks([rule("@storm AND NOT @rain")], WORDS, {"fr": 9})) == []
    assert list(lacks([rule("@rain AND lang:it")], WORDS, {"fr": 9})) == []
    (found,) = lacks([rule("country:NE")], WORDS, {"fr": 9, "mi": 9})
    assert (found.language, found.countries) == ("mi", True)


def test_terms_that_no_article_holds_are_told_by_owner_and_language() -> None:
    asked = rule('(@rain OR trian OR "the tram") AND NOT @storm AND NOT snow')
    watch = TermWatch([asked], WORDS)
    for start in range(0, 150, 50):
        watch.look(articles(f"the rain {start} on the tram", 50))
    watch.look(articles("pioggia", 20, "it"))
    watch.look(articles("trian", 20, None))
    found = {(unmet.owner, unmet.language): unmet.terms for unmet in watch.unmet()}
    assert found == {
        ("R", ""): ("trian",),
        ("@rain", "en"): ("drizzle",),
        ("@storm", "en"): ("storm",),
    }
