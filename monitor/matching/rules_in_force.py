"""The rules as they stand: what an article is judged by, on which day, and for which digests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from monitor.matching.rule import Rule, Vocabulary
from monitor.model import Article, Finding, Patience

if TYPE_CHECKING:
    from monitor.matching.index import Rulebook

LISTENING = timedelta(minutes=1)
"""How often it is asked whether rules are quieter than they expect."""


Judged = list[tuple[Rule, Finding]]
"""The rules that match an article, each with what it found."""


class RulesInForce:
    """The rules as they stand, and the digests they send to.

    ``languages`` are those in use; ``digests`` the names of all digests; ``zone`` says on which
    day a rule's ``until`` ends; ``before`` are the rules that these replace, of which what has not
    changed is taken over. They are compiled when first used: many a pass brings nothing to judge.
    ``since`` is when these came into force, once somebody has said so.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        vocabularies: Mapping[str, Vocabulary],
        *,
        languages: Sequence[str],
        digests: Sequence[str],
        zone: ZoneInfo,
        before: RulesInForce | None = None,
    ) -> None:
        self.rules = {rule.name: rule for rule in rules}
        self._vocabularies = vocabularies
        self._languages = languages
        self._before = before._made if before is not None else None
        self._made: Rulebook | None = None
        self._making = Lock()
        self.since: datetime | None = None
        self._digests = tuple(digests)
        self._zone = zone
        self._listened_at: datetime | None = None

    @cached_property
    def patience(self) -> Mapping[str, Patience]:
        """What matches wait for, by the names of the rules that say so."""
        given = ((rule.name, rule.patience) for rule in self.rules.values())
        return {name: patience for name, patience in given if patience != Patience()}

    @property
    def book(self) -> Rulebook:
        """The rules, compiled; any thread may ask."""
        from monitor.matching.index import Rulebook

        with self._making:
            if self._made is None:
                rules = tuple(self.rules.values())
                vocabularies, languages = self._vocabularies, self._languages
                self._made = Rulebook(rules, vocabularies, languages, before=self._before)
                self._before = None
            return self._made

    def judge(self, articles: Sequence[Article], now: datetime) -> list[Judged]:
        """The rules that match each of ``articles``, but for those whose time is over."""
        today = now.astimezone(self._zone).date()
        return [
            [
                (rule, finding)
                for finding in findings
                if watches(rule := self.rules[finding.rule], today)
            ]
            for findings in self.book.all_findings(articles)
        ]

    def to_be_heard(self, now: datetime) -> list[Rule] | None:
        """The rules that watch today, when it is time again to ask whether they are too quiet.

        None while the last time is less than a minute ago.
        """
        if self._listened_at is not None and now - self._listened_at < LISTENING:
            return None
        self._listened_at = now
        return self.watching(now)

    def watching(self, now: datetime) -> list[Rule]:
        """The rules that watch today: those enabled and not past their ``until``."""
        today = now.astimezone(self._zone).date()
        return [rule for rule in self.rules.values() if watches(rule, today)]

    def digests_of(self, rule: Rule) -> tuple[str, ...]:
        """The digests a rule's matches go to."""
        return self._digests if rule.digests is None else rule.digests


def watches(rule: Rule, today: date) -> bool:
    """Whether a rule is in force on a day."""
    return rule.enabled and (rule.until is None or today <= rule.until)
