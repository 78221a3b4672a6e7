"""The cases in ``cases/*.toml``: a linguist's own tests of expressions (see the README there)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import QueryFault
from monitor.matching.index import Rulebook
from monitor.matching.query_parser import caret, parse_query
from monitor.matching.rule import Rule, Vocabulary
from monitor.model import Article

FOLDER = Path(__file__).parent / "cases"
CASE_KEYS = {"query", "title", "text", "language", "match", "terms", "why"} | {
    *("feed", "tags", "author", "site")
}


def _read(kind: str) -> Iterator[Any]:
    for path in sorted(FOLDER.glob("*.toml")):
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        shared = {key: document.get(key, {}) for key in ("languages", "vocabulary")}
        for number, table in enumerate(document.get(kind, []), 1):
            yield pytest.param({**shared, **table}, id=f"{path.stem}-{number}: {table['query']}")


def _article(case: dict[str, Any]) -> Article:
    return Article(
        id="case",
        url=None,
        title=case.get("title", ""),
        text=case.get("text", ""),
        language=case.get("language", "en") or None,
        first_seen_at=datetime(2026, 1, 1, tzinfo=UTC),
        author=case.get("author"),
        site=case.get("site", ""),
        feeds=(case["feed"],) if "feed" in case else (),
        tags=tuple(case.get("tags", ())),
    )


def _rulebook(case: dict[str, Any]) -> Rulebook:
    vocabularies = {
        name: Vocabulary(name, tuple((code, tuple(terms)) for code, terms in table.items()))
        for name, table in case["vocabulary"].items()
    }
    rule = Rule("case", parse_query(case["query"]))
    return Rulebook([rule], vocabularies, case["languages"] or ["en"])


@pytest.mark.parametrize("case", list(_read("case")))
def test_a_case_matches_as_it_says(case: dict[str, Any]) -> None:
    assert not case.keys() - CASE_KEYS - {"languages", "vocabulary"}
    book, article = _rulebook(case), _article(case)
    findings = book.findings(article)
    explanation = book.explain("case", article)
    assert bool(findings) == case["match"], explanation.as_text()
    assert explanation.matched == case["match"]
    if "terms" in case:
        assert list(findings[0].terms) == case["terms"]


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
    assert line == fault["query"]
    assert below.endswith("^")


def test_there_are_cases_of_both_kinds_in_every_file() -> None:
    for path in FOLDER.glob("*.toml"):
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        verdicts = {case["match"] for case in document.get("case", [])}
        assert verdicts == {True, False} or "fault" in document, path.name
