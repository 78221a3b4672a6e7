"""The shipped rules and vocabularies: their own examples, the seeds, and articles that look alike.

``articles/*.toml`` holds the articles, in our own words, each with the names of the sample rules
that must match it; add one there, no Python is needed. ``known`` marks an article that the rules
still get wrong (``missed`` or ``false alarm``).
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from monitor.feeds.parse import parse
from monitor.matching.examples import ExampleJudge
from monitor.matching.index import Rulebook
from monitor.matching.rule_files import RuleSet, read_rules, run_examples
from monitor.model import Article
from tests.make import NOW

ROOT = Path(__file__).parents[2]
ARTICLES = Path(__file__).parent / "articles"
NIGER, AGADEZ = "Niger troop withdrawal", "Agadez base"


@lru_cache(maxsize=1)
def shipped() -> RuleSet:
    return read_rules(ROOT / "rules")


def languages() -> list[str]:
    return sorted({code for v in shipped().vocabularies.values() for code, _ in v.terms})


@lru_cache(maxsize=1)
def rulebook() -> Rulebook:
    return Rulebook(shipped().rules, shipped().vocabularies, languages())


def _known(told: dict[str, Any]) -> list[pytest.MarkDecorator]:
    """What the rules are known to get wrong fails as told; the mark goes when it is mended."""
    if "known" not in told:
        return []
    return [pytest.mark.xfail(strict=True, raises=AssertionError, reason=told["known"])]


def looks_alike() -> list[Any]:
    return [
        pytest.param(told, id=f"{path.stem}-{number}", marks=_known(told))
        for path in sorted(ARTICLES.glob("*.toml"))
        for number, told in enumerate(tomllib.loads(path.read_text("utf-8"))["article"], 1)
    ]


def rules_on(title: str, text: str, language: str | None) -> set[str]:
    article = Article("a", None, title, text, language, NOW)
    return {finding.rule for finding in rulebook().findings(article)}


def test_the_shipped_files_have_no_fault() -> None:
    assert shipped().faults == ()
    assert shipped().warnings == ()


def test_every_example_of_every_shipped_file_holds() -> None:
    judge = ExampleJudge(shipped().vocabularies, languages())
    assert [str(fault) for fault in run_examples(shipped(), judge)] == []


def test_every_shipped_file_has_examples_of_both_kinds_in_several_languages() -> None:
    for owner in (*shipped().rules, *shipped().vocabularies.values()):
        assert {example.match for example in owner.examples} == {True, False}, owner.name
        assert len({example.language for example in owner.examples}) > 1, owner.name


def test_the_sample_rules_name_no_digest() -> None:
    assert {rule.digests for rule in shipped().rules} == {None}


@pytest.mark.parametrize("told", looks_alike())
def test_an_article_that_looks_alike_is_told_apart(told: dict[str, Any]) -> None:
    assert rules_on(told["title"], told["text"], told["language"]) == set(told["rules"])


@pytest.mark.parametrize(
    ("file", "language", "expected"),
    [
        ("world-en.rss", "en", {NIGER}),
        ("mondo-it.atom", "it", {NIGER, AGADEZ}),
    ],
)
def test_of_a_seed_feed_only_the_given_story_matches(
    file: str, language: str, expected: set[str]
) -> None:
    feed = parse((ROOT / "seeds" / file).read_bytes(), url=f"file:///{file}", charset=None)
    matched = {entry.title: rules_on(entry.title, entry.text, language) for entry in feed.entries}
    assert len(matched) == 9
    assert [rules for rules in matched.values() if rules] == [expected]
    assert matched[feed.entries[0].title] == expected
