"""A rule's own tests: an example becomes an article, and one rule judges it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from monitor.matching.index import Rulebook
from monitor.matching.near_miss import failures, shortened
from monitor.matching.rule import Example, Rule, Vocabulary
from monitor.model import Article
from monitor.text.languages import LanguageTeller


def article_of(example: Example, teller: LanguageTeller) -> Article:
    """The article that an example describes; where it names no language, it is detected."""
    language = teller.tell(example.title, example.text, stated=None, fixed=example.language)
    host = urlsplit(example.url or "").hostname or ""
    return Article(
        id="example",
        url=example.url,
        title=example.title,
        text=example.text,
        language=language,
        first_seen_at=datetime.now(UTC),
        site=host.removeprefix("www."),
        feeds=(example.feed,) if example.feed else (),
        tags=example.tags,
    )


class ExampleJudge:
    """Says whether one rule matches an example; made for ``rule_files.run_examples``."""

    def __init__(self, vocabularies: Mapping[str, Vocabulary], languages: Sequence[str]) -> None:
        self._vocabularies = vocabularies
        self._languages = tuple(languages)
        self._teller = LanguageTeller(self._languages)
        self._book: Rulebook | None = None
        self._rule: Rule | None = None

    def __call__(self, rule: Rule, example: Example) -> bool:
        """Whether the rule, enabled or not, matches the example."""
        return bool(self._book_of(rule).findings(article_of(example, self._teller)))

    def why(self, rule: Rule, example: Example) -> tuple[str, ...]:
        """The words by which the rule matches the example, or the clauses that fail in it.

        A long clause is shortened.
        """
        book, article = self._book_of(rule), article_of(example, self._teller)
        if found := book.findings(article):
            return (f"matches by: {', '.join(found[0].terms)}",)
        failed = failures(rule.query, book.explain(rule.name, article))
        return tuple(f"fails: {shortened(each.clause)}: {each.why}" for each in failed)

    def _book_of(self, rule: Rule) -> Rulebook:
        if self._book is None or self._rule is not rule:
            enabled = replace(rule, enabled=True)
            self._book = Rulebook([enabled], self._vocabularies, self._languages)
            self._rule = rule
        return self._book
