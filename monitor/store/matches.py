"""The shelf of matches: one rule, one article, one digest; and the rule texts in force then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.model import Fragment, Match, Priority
from monitor.store.connection import insert_new, portions
from monitor.store.tables import AnyRow, matches, rule_texts


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
