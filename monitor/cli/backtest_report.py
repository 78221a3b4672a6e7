"""What ``wirewatch backtest`` says: for people in 80 columns, and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from monitor.cli import show
from monitor.model import Article, utc_now
from monitor.records import dataclass

if TYPE_CHECKING:
    from monitor.config import Settings
    from monitor.matching.backtest import Backtest, Outcome, Pile
    from monitor.matching.near_miss import Failed
    from monitor.matching.rule import Rule
    from monitor.wiring import LoadedRules

FEW = 5
"""Up to so many rules, the near misses of all are shown; of more, those of rules that are named."""

Lines = Callable[[Article], Iterator[str]]
"""More lines about an article."""


@dataclass(slots=True)
class Looked:
    """What was looked at: since when it was asked for, and when the first article was seen.

    ``gone`` counts the alerts of rules that no file holds any more; ``shown`` are the articles to
    be shown, by id.
    """

    asked: datetime
    first: datetime | None = None
    gone: Counter[str] = field(default_factory=Counter)
    shown: dict[str, Article] = field(default_factory=dict)


def newest(pile: Pile, most: int | None) -> list[str]:
    """The newest of a pile, newest first."""
    return list(reversed(pile.newest))[:most]


# --- for people -------------------------------------------------------------------------------


def tell(
    settings: Settings,
    loaded: LoadedRules,
    run: Backtest,
    looked: Looked,
    *,
    named: bool,
    most: int | None,
) -> None:
    """The whole report; ``named``: rules were asked for by name, ``most``: articles of a list."""
    show.result(show.wrapped(_reach(settings, run, looked)))
    listed = [o for o in run.outcomes.values() if named or o.changed or o.backlog or o.near]
    detailed = named or len(run.outcomes) <= FEW
    for outcome in listed:
        show.result("")
        for line in _outcome_lines(settings, run, looked, outcome, most, near=detailed):
            show.result(line)
    same = len(run.outcomes) - len(listed)
    rest = [] if named else [rule.name for rule in loaded.files.rules if not rule.enabled]
    ending = (
        [show.counted(same, "rule alerts as it did", "rules alert as they did")] if same else []
    )
    if rest:
        ending.append(f"not enabled, and not asked: {', '.join(rest)} (name one to try it)")
    ending += [
        f"gone: {name}, with {show.counted(count, 'alert')} then"
        for name, count in looked.gone.most_common()
    ]
    if not run.beside:
        ending.append("near misses are told where up to 1000 rules are asked: name some")
    if ending:
        show.result("")
    for line in ending:
        show.result(show.wrapped(line, hanging="  "))


def _reach(settings: Settings, run: Backtest, looked: Looked) -> str:
    """How many articles were looked at, and why no older ones."""
    from monitor.text.durations import describe_duration

    zone = settings.timezone
    if not run.articles or looked.first is None:
        return f"No article is stored that was first seen since {show.local(looked.asked, zone)}."
    told = (
        f"Looked at {show.counted(run.articles, 'article')}, "
        f"first seen since {show.local(looked.first, zone)}."
    )
    if utc_now() - looked.asked > timedelta(seconds=settings.retention):
        kept = describe_duration(settings.retention)
        return f"{told} Older ones are forgotten (retention is {kept})."
    if looked.first - looked.asked > timedelta(days=1):
        told += " There are no older ones."
    return told


def _outcome_lines(
    settings: Settings,
    run: Backtest,
    looked: Looked,
    outcome: Outcome,
    most: int | None,
    *,
    near: bool,
) -> Iterator[str]:
    from monitor.matching.near_miss import shortened

    rule = outcome.rule
    note = "" if rule.enabled else " (not enabled; judged as if it were)"
    if rule.until:
        note += f" (until {rule.until})"
    alerts = show.counted(outcome.then, "alert")
    yield show.wrapped(f"{rule.name}{note}: {alerts} then, {outcome.now} now", hanging="  ")
    telling = _Telling(settings, run, looked, rule, most)
    yield from telling.pile("added", outcome.added, telling.by_words)
    yield from telling.pile("dropped", outcome.dropped, telling.by_failures)
    if outcome.backlog:
        old = show.counted(outcome.backlog, "article")
        yield show.wrapped(
            f"matches {old} more that came too old to alert on, when a feed was first read", "  "
        )
    missed = sum(pile.count for pile in outcome.near.values())
    if missed and not near:
        misses = show.counted(missed, "near miss", "near misses")
        yield show.wrapped(f"{misses}: name the rule to see them", "  ")
        return
    for clause, pile in sorted(outcome.near.items(), key=lambda item: item[1].count):
        head = f"near misses, all but this held: {shortened(clause)}"
        yield from telling.pile(head, pile, telling.by_reason)


@dataclass(frozen=True, slots=True)
class _Telling:
    """Shows piles of articles of one rule."""

    settings: Settings
    run: Backtest
    looked: Looked
    rule: Rule
    most: int | None

    def pile(
        self, head: str, pile: Pile, more: Callable[[Article], Iterator[str]]
    ) -> Iterator[str]:
        """The head with the count, and the newest articles."""
        if not pile.count:
            return
        yield show.wrapped(f"{head}: {pile.count}", "  ", "  ")
        shown = newest(pile, self.most)
        for article_id in shown:
            if article := self.looked.shown.get(article_id):
                seen = show.local(article.first_seen_at, self.settings.timezone)
                title = article.title or show.short(article.text)
                yield show.wrapped(f"{seen}  {title}", "    ", "  ")
                if article.url:
                    yield f"      {article.url}"
                yield from more(article)
        if pile.count > len(shown):
            hint = "" if self.most is None else " (-v shows more)"
            yield f"    and {pile.count - len(shown)} more{hint}"

    def by_words(self, article: Article) -> Iterator[str]:
        """What it matches by."""
        words = self.run.words(self.rule, article)
        yield show.wrapped(f"by: {', '.join(words)}", "      ", "  ")

    def by_failures(self, article: Article) -> Iterator[str]:
        """What failed."""
        from monitor.matching.near_miss import shortened

        for failed in _failures(self.run, self.rule, article):
            told = f"fails: {shortened(failed.clause)}: {failed.why}"
            yield show.wrapped(told, "      ", "  ")
        yield from self._changed(article)

    def by_reason(self, article: Article) -> Iterator[str]:
        """Why the one clause failed, which stands above."""
        from monitor.matching.near_miss import NOTHING_FOUND

        for failed in _failures(self.run, self.rule, article):
            if failed.why != NOTHING_FOUND:
                yield show.wrapped(failed.why, "      ", "  ")
        yield from self._changed(article)

    def _changed(self, article: Article) -> Iterator[str]:
        if article.revision > 1:
            yield "      its publisher has changed it since"


def _failures(run: Backtest, rule: Rule, article: Article) -> tuple[Failed, ...]:
    from monitor.matching.near_miss import failures

    return failures(rule.query, run.book.explain(rule.name, article))


# --- for programs -----------------------------------------------------------------------------


def described(run: Backtest, looked: Looked) -> dict[str, Any]:
    """The report for JSON."""
    return {
        "since": show.iso(looked.asked),
        "first_seen_at": show.iso(looked.first),
        "articles": run.articles,
        "rules": [_outcome(run, looked, outcome) for outcome in run.outcomes.values()],
        "gone": [{"name": name, "then": count} for name, count in looked.gone.most_common()],
    }


def _outcome(run: Backtest, looked: Looked, outcome: Outcome) -> dict[str, Any]:
    def pile(pile: Pile, *, failing: bool) -> dict[str, Any]:
        listed = [
            _article(run, outcome.rule, looked.shown[id_], failing=failing)
            for id_ in newest(pile, None)
            if id_ in looked.shown
        ]
        return {"count": pile.count, "articles": listed}

    return {
        "name": outcome.rule.name,
        "enabled": outcome.rule.enabled,
        "then": outcome.then,
        "now": outcome.now,
        "added": pile(outcome.added, failing=False),
        "dropped": pile(outcome.dropped, failing=True),
        "backlog": outcome.backlog,
        "near_misses": [
            {"clause": clause, **pile(found, failing=True)}
            for clause, found in outcome.near.items()
        ],
    }


def _article(run: Backtest, rule: Rule, article: Article, *, failing: bool) -> dict[str, Any]:
    described: dict[str, Any] = {
        "id": article.id,
        "title": article.title,
        "url": article.url,
        "language": article.language,
        "first_seen_at": show.iso(article.first_seen_at),
    }
    if not failing:
        described["terms"] = list(run.words(rule, article))
    else:
        described["failed"] = [
            {"clause": failed.clause, "why": failed.why} for failed in _failures(run, rule, article)
        ]
    return described
