"""Today's rules put to yesterday's articles, beside what was alerted then. Pure.

Added is what a rule matches now and did not alert on then; dropped, what it alerted on and matches
no more. A rule with ``until`` counts as long as it watched, by the day an article was first seen.
What no rule ever judged, because it was old when its feed was first read, is counted apart.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from monitor.matching.index import Rulebook
from monitor.matching.near_miss import clauses, lenient_forms
from monitor.matching.rule import Rule, Vocabulary
from monitor.matching.shown import as_written
from monitor.model import Article

MOST_KEPT = 200
"""So many articles, the newest, are kept of every list; all are counted."""

NEAR_KEPT = 20
"""The same of near misses, for each clause."""

MOST_RULES_BESIDE = 1000
"""Near misses are looked for where no more rules than these are asked for."""


@dataclass(slots=True)
class Pile:
    """Articles of one kind: how many, and the ids of the newest."""

    count: int = 0
    newest: deque[str] = field(default_factory=lambda: deque(maxlen=MOST_KEPT))

    @classmethod
    def of_near_misses(cls) -> Pile:
        """A pile that keeps fewer."""
        return cls(newest=deque(maxlen=NEAR_KEPT))

    def add(self, article_id: str) -> None:
        """One more."""
        self.count += 1
        self.newest.append(article_id)


@dataclass(slots=True)
class Outcome:
    """What became of one rule. ``near`` maps a clause, as written, to the articles lacking it."""

    rule: Rule
    then: int = 0
    added: Pile = field(default_factory=Pile)
    dropped: Pile = field(default_factory=Pile)
    backlog: int = 0
    near: dict[str, Pile] = field(default_factory=dict)

    @property
    def now(self) -> int:
        """How many of the articles it alerts on now."""
        return self.then + self.added.count - self.dropped.count

    @property
    def changed(self) -> bool:
        """Whether it alerts on other articles than it did."""
        return bool(self.added.count or self.dropped.count)


class Backtest:
    """Takes articles, the oldest first, and sorts them.

    ``rules`` are those asked for; they are put to articles whether they are enabled or not.
    ``zone`` says on which day a rule's ``until`` ends.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        vocabularies: Mapping[str, Vocabulary],
        languages: Sequence[str],
        zone: ZoneInfo,
    ) -> None:
        self.outcomes = {rule.name: Outcome(rule) for rule in rules}
        self.beside = len(rules) <= MOST_RULES_BESIDE
        self.articles = 0
        self._zone = zone
        self._clauses: dict[str, tuple[str, str]] = {}
        awake = [replace(rule, enabled=True) for rule in rules]
        self.book = Rulebook([*awake, *self._lenient(awake)], vocabularies, languages)

    def _lenient(self, rules: Sequence[Rule]) -> list[Rule]:
        """The lenient forms of every rule, under names that no rule has (names are one line)."""
        made = []
        for rule in rules if self.beside else ():
            written = [as_written(clause) for clause in clauses(rule.query)]
            for number, form in lenient_forms(rule):
                name = f"{rule.name}\n{number}"
                self._clauses[name] = rule.name, written[number]
                made.append(replace(form, name=name))
        return made

    def look(
        self,
        articles: Sequence[Article],
        alerted: Mapping[str, Collection[str]],
        may_alert: Mapping[str, bool],
    ) -> None:
        """Judge articles.

        ``alerted`` maps their ids to the rules that alerted on them, where any did; ``may_alert``
        to whether they could, which old backlog could not.
        """
        self.articles += len(articles)
        for article, rules in zip(articles, self.book.matching(articles), strict=True):
            names = {rule.name for rule in rules}
            then = alerted.get(article.id, ())
            self._compare(article, names, then, may_alert=may_alert[article.id])
            for name in names & self._clauses.keys():
                rule, clause = self._clauses[name]
                if rule not in names and rule not in then:
                    near = self.outcomes[rule].near
                    near.setdefault(clause, Pile.of_near_misses()).add(article.id)

    def _compare(
        self, article: Article, found: set[str], alerted: Collection[str], *, may_alert: bool
    ) -> None:
        day = article.first_seen_at.astimezone(self._zone).date()
        now = {
            name
            for name in found & self.outcomes.keys()
            if (until := self.outcomes[name].rule.until) is None or day <= until
        }
        for name in now.difference(alerted):
            if may_alert:
                self.outcomes[name].added.add(article.id)
            else:
                self.outcomes[name].backlog += 1
        for name in self.outcomes.keys() & alerted:
            self.outcomes[name].then += 1
            if name not in now:
                self.outcomes[name].dropped.add(article.id)

    def words(self, rule: Rule, article: Article) -> tuple[str, ...]:
        """The words by which a rule matches an article; none where it does not."""
        found = (finding for finding in self.book.findings(article) if finding.rule == rule.name)
        return next((finding.terms for finding in found), ())
