"""The cases in ``cases/*.toml``: a linguist's own tests of expressions (see the README there)."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import QueryFault
from monitor.matching.index import Rulebook
from monitor.matching.query_parser import caret, parse_query
from monitor.matching.rule import Rule, Vocabulary
from monitor.matching.rule_file import read_rule_file
from monitor.model import Article
from monitor.text.clean import clean_text, clean_title

FOLDER = Path(__file__).parent / "cases"
ARTICLE_KEYS = {"title", "text", "language", "feed", "tags", "author", "site", "raw"}
CASE_KEYS = ARTICLE_KEYS | {"query", "match", "terms", "why"}


def _read(kind: str) -> Iterator[Any]:
    for path in sorted(FOLDER.glob("*.toml")):
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        shared = {key: document.get(key, {}) for key in ("languages", "vocabulary")}
        for number, table in enumerate(document.get(kind, []), 1):
            asked = table["query"] if "query" in table else " ".join(table["rule"].split())
            yield pytest.param({**shared, **table}, id=f"{path.stem}-{number}: {asked}")


def _article(case: dict[str, Any]) -> Article:
    title, text = case.get("title", ""), case.get("text", "")
    if case.get("raw"):
        title, text = clean_title(title), clean_text(text)
    return Article(
        id="case",
        url=None,
        title=title,
        text=text,
        language=case.get("language", "en") or None,
        first_seen_at=datetime(2026, 1, 1, tzinfo=UTC),
        author=case.get("author"),
        site=case.get("site", ""),
        feeds=(case["feed"],) if "feed" in case else (),
        tags=tuple(case.get("tags", ())),
    )


def _rulebook(case: dict[str, Any], rule: Rule) -> Rulebook:
    vocabularies = {
        name: Vocabulary(name, tuple((code, tuple(terms)) for code, terms in table.items()))
        for name, table in case["vocabulary"].items()
    }
    return Rulebook([rule], vocabularies, case["languages"] or ["en"])


@pytest.mark.parametrize("case", list(_read("case")))
def test_a_case_matches_as_it_says(case: dict[str, Any]) -> None:
    assert not case.keys() - CASE_KEYS - {"languages", "vocabulary"}
    book, article = _rulebook(case, Rule("case", parse_query(case["query"]))), _article(case)
    findings = book.findings(article)
    explanation = book.explain("case", article)
    assert bool(findings) == case["match"], explanation.as_text()
    assert explanation.matched == case["match"]
    if "terms" in case:
        assert list(findings[0].terms) == case["terms"]


@pytest.mark.parametrize("case", list(_read("rule_case")))
def test_a_rule_of_several_keys_matches_as_it_says(case: dict[str, Any]) -> None:
    assert not case.keys() - ARTICLE_KEYS - {"rule", "match", "why", "languages", "vocabulary"}
    content = read_rule_file(f'[[rule]]\nname = "case"\n{case["rule"]}', "case.toml", "case.toml")
    assert content.faults == ()
    (rule,) = content.rules
    found = _rulebook(case, rule).findings(_article(case))
    assert bool(found) == case["match"]


@pytest.mark.parametrize("fault", list(_read("fault")))
def test_a_fault_is_answered_with_its_place_and_our_form(fault: dict[str, Any]) -> None:
    with pytest.raises(QueryFault) as raised:
        parse_query(fault["query"])
    told = raised.value
    assert fault["query"][told.position :].startswith(fault["at"])
    assert fault["at"] or told.position == len(fault["query"])
    for piece in fault["says"]:
        assert piece in f"{told.message} {told.hint}"
    line, below = caret(fault["query"], told.position).split("\n")
    assert below.endswith("^")
    if len(fault["query"]) < 60 and fault["query"].isprintable():
        assert line == fault["query"]
        assert len(below) == 1 + width(fault["query"][: told.position])


def width(text: str) -> int:
    """Columns that ``text`` takes on a terminal."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return wide + sum(not unicodedata.combining(char) for char in text)


def test_there_are_cases_of_both_kinds_in_every_file() -> None:
    for path in FOLDER.glob("*.toml"):
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        tables = document.get("case", []) + document.get("rule_case", [])
        verdicts = {case["match"] for case in tables}
        assert verdicts == {True, False} or "fault" in document, path.name
