"""The shelf of matches: one rule, one article, one digest; and the rule texts in force then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.model import Fragment, Match, Priority
from monitor.store.connection import insert_new, portions
from monitor.store.tables import AnyRow, articles, feeds, matches, rule_texts


def add(tx: Connection, found: Sequence[tuple[Match, str]]) -> None:
    """Keep matches, each with the fingerprint of its rule's text.

    A match that is there already (the same rule, article and digest) is left as it is: an article
    judged again alerts only for what newly matches.
    """
    insert_new(tx, matches, [_row(match, fingerprint) for match, fingerprint in found])


def _row(match: Match, fingerprint: str) -> dict[str, object]:
    return {
        "id": match.id,
        "rule": match.rule,
        "fingerprint": fingerprint,
        "article_id": match.article_id,
        "digest": match.digest,
        "found_at": match.found_at,
        "terms": list(match.terms),
        "excerpt": [[piece.text, int(piece.hit)] for piece in match.excerpt],
        "priority": str(match.priority),
        "tags": list(match.tags),
        "note": match.note,
    }


def keep_rule_texts(tx: Connection, texts: Sequence[tuple[str, str, str]], now: datetime) -> None:
    """Keep rule texts given as (fingerprint, name, text); known fingerprints are left alone."""
    rows = [
        {"fingerprint": mark, "name": name, "text": text, "first_used_at": now}
        for mark, name, text in texts
    ]
    insert_new(tx, rule_texts, rows)


def ungrouped(connection: Connection, limit: int) -> tuple[str, ...]:
    """Up to ``limit`` ids of articles that matched and are in no story yet, oldest first."""
    chosen = (
        sa.select(matches.c.article_id)
        .where(matches.c.story_id.is_(None))
        .distinct()
        .order_by(matches.c.article_id)
        .limit(limit)
    )
    return tuple(connection.execute(chosen).scalars())


def put_in_story(tx: Connection, article_id: str, story_id: str) -> None:
    """Say which story an article's matches belong to."""
    tx.execute(
        sa.update(matches)
        .where(matches.c.article_id == article_id, matches.c.story_id.is_(None))
        .values(story_id=story_id)
    )


def waiting(connection: Connection, digest: str) -> tuple[Match, ...]:
    """The grouped matches of a digest that are in no sending yet, oldest first."""
    chosen = (
        sa.select(matches)
        .where(
            matches.c.digest == digest,
            matches.c.sending_id.is_(None),
            matches.c.story_id.is_not(None),
        )
        .order_by(matches.c.id)
    )
    return tuple(_match(row) for row in connection.execute(chosen))


def waiting_counts(connection: Connection) -> dict[str, int]:
    """How many matches wait for each digest."""
    counted = (
        sa.select(matches.c.digest, sa.func.count())
        .where(matches.c.sending_id.is_(None))
        .group_by(matches.c.digest)
    )
    return {row[0]: row[1] for row in connection.execute(counted)}


def mark_sent(tx: Connection, match_ids: Sequence[str], sending_id: str) -> None:
    """Put matches into a sending."""
    statement = (
        sa.update(matches)
        .where(matches.c.id == sa.bindparam("which"), matches.c.sending_id.is_(None))
        .values(sending_id=sending_id)
    )
    if match_ids:
        tx.execute(statement, [{"which": id_} for id_ in match_ids])


def told_stories(connection: Connection, digest: str, story_ids: Sequence[str]) -> frozenset[str]:
    """Which of these stories an earlier sending of the digest has told."""
    told: set[str] = set()
    for portion in portions(list(dict.fromkeys(story_ids))):
        chosen = sa.select(matches.c.story_id).where(
            matches.c.digest == digest,
            matches.c.sending_id.is_not(None),
            matches.c.story_id.in_(portion),
        )
        told.update(connection.execute(chosen.distinct()).scalars())
    return frozenset(told)


def last_by_rule(connection: Connection) -> dict[str, tuple[int, datetime]]:
    """How many articles each rule has matched, and when it last did."""
    counted = sa.select(
        matches.c.rule,
        sa.func.count(matches.c.article_id.distinct()).label("articles"),
        sa.func.max(matches.c.found_at).label("last"),
    ).group_by(matches.c.rule)
    return {row.rule: (row.articles, row.last) for row in connection.execute(counted)}


def alerted(connection: Connection, article_ids: Sequence[str]) -> frozenset[tuple[str, str]]:
    """Which rules alerted on these articles, for whatever digest: as (rule, article id)."""
    found: set[tuple[str, str]] = set()
    for portion in portions(article_ids):
        chosen = sa.select(matches.c.rule, matches.c.article_id).distinct()
        rows = connection.execute(chosen.where(matches.c.article_id.in_(portion)))
        found.update((row.rule, row.article_id) for row in rows)
    return frozenset(found)


def alerts_by_feed(connection: Connection) -> dict[str, dict[str, int]]:
    """For each rule, how many articles that are still stored it alerted on, by the feed's name."""
    counted = (
        sa.select(
            matches.c.rule, feeds.c.name, sa.func.count(matches.c.article_id.distinct()).label("n")
        )
        .join(articles, articles.c.id == matches.c.article_id)
        .join(feeds, feeds.c.id == articles.c.feed_id)
        .group_by(matches.c.rule, feeds.c.name)
    )
    found: dict[str, dict[str, int]] = {}
    for row in connection.execute(counted):
        found.setdefault(row.rule, {})[row.name] = row.n
    return found


def last_heard(connection: Connection, rules: Sequence[str]) -> dict[str, datetime]:
    """When each of these rules last matched, else when its text was first kept."""
    found: dict[str, datetime] = {}
    for column, moment, pick in (
        (rule_texts.c.name, rule_texts.c.first_used_at, sa.func.min),
        (matches.c.rule, matches.c.found_at, sa.func.max),
    ):
        for portion in portions(rules):
            chosen = sa.select(column, pick(moment)).where(column.in_(portion)).group_by(column)
            found.update({row[0]: row[1] for row in connection.execute(chosen)})
    return found


def _match(row: AnyRow) -> Match:
    return Match(
        id=row.id,
        rule=row.rule,
        article_id=row.article_id,
        digest=row.digest,
        found_at=row.found_at,
        terms=tuple(row.terms),
        excerpt=tuple(Fragment(text, bool(hit)) for text, hit in row.excerpt),
        priority=Priority(row.priority),
        tags=tuple(row.tags),
        note=row.note,
        story_id=row.story_id,
    )
