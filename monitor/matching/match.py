"""The station of the matching room: judges every article that the rules have not judged yet.

An article is judged once for each of its revisions. A match that is there already (the same rule,
article and digest) is left alone, so that an article judged again alerts only for what newly
matches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from monitor import progress
from monitor.errors import own_fault
from monitor.matching.expectations import note_quiet_rules
from monitor.matching.rule import Rule
from monitor.matching.rules_in_force import Judged, RulesInForce
from monitor.model import Article, Clock, Finding, Match, ProblemKind, new_id
from monitor.store import Store, articles, matches, problems, rule_history
from monitor.text import dictionary

log = structlog.get_logger("match")

BATCH = 200
"""Articles judged between two transactions."""


@dataclass(slots=True)
class MatchReport:
    """What a pass did."""

    judged: int = 0
    matched: int = 0


def match(store: Store, rules: RulesInForce, clock: Clock) -> MatchReport:
    """Judge every pending article, batch by batch; each batch is laid back in one transaction."""
    report = MatchReport()
    while True:
        with store.read() as connection:
            batch = articles.pending(connection, BATCH)
        if not batch:
            break
        _judge_batch(store, rules, clock, batch, report)
        dictionary.release()
    now = clock()
    listening = rules.to_be_heard(now)
    if listening is not None:
        note_quiet_rules(store, listening, now)
    return report


def _judge_batch(
    store: Store,
    rules: RulesInForce,
    clock: Clock,
    batch: Sequence[Article],
    report: MatchReport,
) -> None:
    now = clock()
    found: list[tuple[Match, str]] = []
    used: dict[str, Rule] = {}
    judged, failed = _judged(rules, batch, now)
    for article, matching in judged:
        report.matched += bool(matching)
        for rule, finding in matching:
            used[rule.fingerprint] = rule
            found += [
                (_match(rule, finding, article, digest, now), rule.fingerprint)
                for digest in rules.digests_of(rule)
            ]
            log.info("rule matched", rule=rule.name, article=article.title, url=article.url)
    with store.write() as tx:
        articles.hold(tx)
        texts = [(mark, rule.name, rule.text) for mark, rule in used.items()]
        matches.keep_rule_texts(tx, texts, now)
        matches.add(tx, found)
        articles.judged(tx, batch)
        rule_history.note_judged(tx, batch, rules.since, now)
        for article, fault in failed:
            told = f"could not be judged: {own_fault(fault)}"
            problems.begin(tx, ProblemKind.RULES, article.url or article.title, told, now)
    report.judged += len(batch)
    progress.made()


def _judged(
    rules: RulesInForce, batch: Sequence[Article], now: datetime
) -> tuple[list[tuple[Article, Judged]], list[tuple[Article, Exception]]]:
    """What matches each article, all together; where that fails, one by one, and what failed."""
    try:
        return list(zip(batch, rules.judge(batch, now), strict=True)), []
    except Exception as error:  # the one broad except: one article never stops the rest
        if len(batch) == 1:
            article = batch[0]
            log.exception("article could not be judged", article=article.id, url=article.url)
            return [], [(article, error)]
    judged: list[tuple[Article, Judged]] = []
    failed: list[tuple[Article, Exception]] = []
    for article in batch:
        of_one, fault = _judged(rules, [article], now)
        judged += of_one
        failed += fault
    return judged, failed


def _match(rule: Rule, finding: Finding, article: Article, digest: str, now: datetime) -> Match:
    return Match(
        id=new_id(now),
        rule=rule.name,
        article_id=article.id,
        digest=digest,
        found_at=now,
        terms=finding.terms,
        excerpt=finding.excerpt,
        priority=rule.priority,
        tags=rule.tags,
        note=rule.note,
    )
