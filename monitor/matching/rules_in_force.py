"""The rules as they stand: what an article is judged by, on which day, and for which digests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from monitor.matching.index import Rulebook
from monitor.matching.rule import Rule, Vocabulary
from monitor.model import Article, Finding


class RulesInForce:
    """The rules as they stand, compiled, and the digests they send to.

    ``languages`` are those in use; ``digests`` the names of all digests; ``zone`` says on which
    day a rule's ``until`` ends.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        vocabularies: Mapping[str, Vocabulary],
        *,
        languages: Sequence[str],
        digests: Sequence[str],
        zone: ZoneInfo,
    ) -> None:
        self.rules = {rule.name: rule for rule in rules}
        self.book = Rulebook(rules, vocabularies, languages)
        self._digests = tuple(digests)
        self._zone = zone

    def judge(self, article: Article, now: datetime) -> list[tuple[Rule, Finding]]:
        """The rules that match an article, but for those whose time is over."""
        today = now.astimezone(self._zone).date()
        found = ((self.rules[finding.rule], finding) for finding in self.book.findings(article))
        return [(rule, finding) for rule, finding in found if watches(rule, today)]

    def digests_of(self, rule: Rule) -> tuple[str, ...]:
        """The digests a rule's matches go to."""
        return self._digests if rule.digests is None else rule.digests


def watches(rule: Rule, today: date) -> bool:
    """Whether a rule is in force on a day."""
    return rule.enabled and (rule.until is None or today <= rule.until)
