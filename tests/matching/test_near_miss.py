from __future__ import annotations

import pytest

from monitor.matching.index import Rulebook
from monitor.matching.near_miss import clauses, failures, lenient_forms, shortened
from monitor.matching.query_parser import parse_query
from monitor.matching.rule import Rule
from monitor.matching.shown import as_written
from tests import make


def rule(match: str) -> Rule:
    return Rule("R", parse_query(match))


def failed(match: str, title: str, text: str = "") -> list[tuple[str, str]]:
    asked = rule(match)
    article = make.article(title, text=text)
    explained = Rulebook([asked], {}, ("en",)).explain("R", article)
    return [(each.clause, each.why) for each in failures(asked.query, explained)]


def test_the_clauses_of_a_rule_are_what_must_hold_together() -> None:
    query = parse_query("a AND (b OR c) AND (d AND NOT e)")
    assert [as_written(clause) for clause in clauses(query)] == ["a", "b OR c", "d", "NOT e"]
    assert [as_written(clause) for clause in clauses(parse_query("a OR b"))] == ["a OR b"]


def test_what_failed_is_named_with_the_reason() -> None:
    match = "base AND (Mali OR Chad) AND troops NEAR/2 leave AND NOT rain"
    told = failed(match, "Troops at the base will by and by leave, in the rain")
    assert [clause for clause, _ in told] == ["Mali OR Chad", "troops NEAR/2 leave", "NOT rain"]
    assert told[0][1] == "nothing of it was found"
    assert told[1][1] == "closest 7 words apart, 2 words at most"
    assert told[2][1] == 'there is "rain"'
    assert failed("base", "The base") == []


@pytest.mark.parametrize(
    ("match", "forms"),
    [
        ("a AND b AND NOT c", {0: "b AND NOT c", 1: "a AND NOT c", 2: "a AND b"}),
        ("a AND NOT c", {1: "a"}),
        ("a AND lang:it", {1: "a"}),
        ("a OR b", {}),
        ("a AND (lang:it OR b)", {0: "lang:it OR b", 1: "a"}),
    ],
)
def test_a_lenient_form_lacks_one_clause_and_still_looks_for_words(
    match: str, forms: dict[int, str]
) -> None:
    made = {number: as_written(form.query) for number, form in lenient_forms(rule(match))}
    assert made == forms


def test_a_long_clause_is_shown_in_one_line() -> None:
    assert shortened("a AND b") == "a AND b"
    long = shortened("(a OR b)\n AND " * 20)
    assert len(long) <= 60
    assert long.startswith("(a OR b) AND (a OR b)")
    assert long.endswith(" …")
