"""The station of the matching room: judges every article that the rules have not judged yet.

An article is judged once for each of its revisions. A match that is there already (the same rule,
article and digest) is left alone, so that an article judged again alerts only for what newly
matches.

Processes that share a database judge different batches: each is leased, and written back together
with the end of its lease. Were a lease to run out under work, two would judge the same articles,
and lay down the same matches once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from monitor import progress
from monitor.errors import StoreError, own_fault
from monitor.leasing import LEASE_SECONDS
from monitor.log import Log
from monitor.matching.expectations import note_quiet_rules
from monitor.matching.rule import Rule
from monitor.matching.rules_in_force import Judged, RulesInForce
from monitor.model import Article, Clock, Finding, Match, ProblemKind, new_id
from monitor.store import Store, articles, judging, matches, problems, rule_history

log = Log("match")

BATCH = 500
"""Articles judged between two transactions: of each language enough to be read together."""

_BEGINNING = 80
"""Characters of the text that stand in the log for a headline."""


@dataclass(slots=True)
class MatchReport:
    """What a pass did. ``matched`` counts articles that a rule matched for the first time."""

    judged: int = 0
    matched: int = 0


def match(
    store: Store, rules: RulesInForce, clock: Clock, *, everything: bool = False
) -> MatchReport:
    """Judge every pending article that no other process is judging, batch by batch.

    Each batch is laid back in one transaction. ``everything``: those that another is judging too,
    for a pass that is to tell all there is; that other may have died a moment ago.
    """
    report = MatchReport()
    if everything:
        _free_all(store)
    while True:
        with _leased(store) as batch:
            if not batch.articles:
                break
            _judge_batch(store, rules, clock, batch, report)
    now = clock()
    listening = rules.to_be_heard(now)
    if listening is not None:
        note_quiet_rules(store, listening, now)
    return report


def _free_all(store: Store) -> None:
    with store.read() as connection:
        waits = judging.any_waits(connection)
    if waits:
        with store.write() as tx:
            judging.free_all(tx)


@contextmanager
def _leased(store: Store) -> Iterator[judging.Batch]:
    """A batch of our own; without articles where nothing waits. Given back where judging fails."""
    with store.read() as connection:
        waits = judging.any_free(connection)
    if not waits:
        yield judging.Batch("", ())
        return
    with store.write() as tx:
        batch = judging.take(tx, BATCH, LEASE_SECONDS)
    try:
        yield batch
    except BaseException:
        with suppress(StoreError), store.write() as tx:  # else the lease runs out by itself
            judging.give_back(tx, batch)
        raise


def _judge_batch(
    store: Store,
    rules: RulesInForce,
    clock: Clock,
    leased: judging.Batch,
    report: MatchReport,
) -> None:
    now = clock()
    batch = leased.articles
    found: list[tuple[Match, str]] = []
    used: dict[str, Rule] = {}
    judged, failed = _judged(rules, batch, now)
    before = _matched_before(store, judged)
    for article, matching in judged:
        report.matched += any((rule.name, article.id) not in before for rule, _ in matching)
        for rule, finding in matching:
            used[rule.fingerprint] = rule
            found += [
                (_match(rule, finding, article, digest, now), rule.fingerprint)
                for digest in rules.digests_of(rule)
            ]
            facts = {"rule": rule.name, "article": _called(article), "url": article.url}
            if (rule.name, article.id) in before:
                log.debug("rule still matches", **facts)
            else:
                log.info("rule matched", **facts)
    with store.write() as tx:
        articles.hold(tx)
        texts = [(mark, rule.name, rule.text) for mark, rule in used.items()]
        matches.keep_rule_texts(tx, texts, now)
        matches.add(tx, found)
        changed = {article.id for article in batch if article.revision > 1}
        matches.reword(tx, [match for match, _ in found if match.article_id in changed])
        articles.judged(tx, batch)
        judging.give_back(tx, leased)
        rule_history.note_judged(tx, batch, rules.since, now)
        for article, fault in failed:
            told = f"could not be judged: {own_fault(fault)}"
            problems.begin(tx, ProblemKind.RULES, article.url or article.title, told, now)
    report.judged += len(batch)
    progress.made()


def _matched_before(
    store: Store, judged: Sequence[tuple[Article, Judged]]
) -> frozenset[tuple[str, str]]:
    """What matched before, as (rule, article's id), of articles that may be judged again."""
    again = [
        article.id
        for article, matching in judged
        if matching and (article.revision > 1 or len(article.feeds) > 1)
    ]
    if not again:
        return frozenset()
    with store.read() as connection:
        return matches.known(connection, again)


def _called(article: Article) -> str:
    """What an article is called in the log: its headline, how its text begins, or its link."""
    if article.title:
        return article.title
    from monitor.text.wording import one_line

    return one_line(article.text, _BEGINNING) or article.url or article.id


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
