"""The shelf of matches: one rule, one article, one digest; and the rule texts in force then.

A match waits until it is in a sending, or is held back with a reason: one of the two, once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.model import Fragment, Held, Match, Priority, Silence
from monitor.records import dataclass
from monitor.store import looks
from monitor.store.connection import insert_new, portions
from monitor.store.tables import (
    AnyRow,
    articles,
    feeds,
    matches,
    messages,
    rule_texts,
    silences,
)


def add(tx: Connection, found: Sequence[tuple[Match, str]]) -> None:
    """Keep matches, each with the fingerprint of its rule's text.

    A match that is there already (the same rule, article and digest) is left as it is: an article
    judged again alerts only for what newly matches.
    """
    insert_new(tx, matches, [_row(match, fingerprint) for match, fingerprint in found])


def known(connection: Connection, article_ids: Collection[str]) -> frozenset[tuple[str, str]]:
    """What has matched of these articles so far, as (rule, article's id)."""
    found: set[tuple[str, str]] = set()
    for portion in portions(sorted(article_ids)):
        chosen = sa.select(matches.c.rule, matches.c.article_id)
        rows = connection.execute(chosen.where(matches.c.article_id.in_(portion)))
        found.update((row.rule, row.article_id) for row in rows)
    return frozenset(found)


def reword(tx: Connection, found: Sequence[Match]) -> None:
    """Have matches that still wait show the words of an article that its publisher changed since.

    What is sent, or held back, stays as it was.
    """
    if not found:
        return
    keys = ("rule", "article_id", "digest")
    same = (matches.c[key] == sa.bindparam(f"its_{key}") for key in keys)
    waits = matches.c.sending_id.is_(None), matches.c.held.is_(None)
    new: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in ("terms", "excerpt")}
    rows = []
    for match in found:
        row = _row(match, "")
        its = {f"its_{key}": row[key] for key in keys}
        rows.append({**its, **{f"new_{name}": row[name] for name in new}})
    tx.execute(sa.update(matches).where(*same, *waits).values(new), rows)


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


def any_ungrouped(connection: Connection) -> bool:
    """Whether an article that matched is in no story yet: a cheap look."""
    return any(looks.there(connection, "matches WHERE story_id IS NULL"))


def put_in_story(tx: Connection, stories: Mapping[str, str]) -> None:
    """Say which story the matches of each article (by id) belong to."""
    statement = (
        sa.update(matches)
        .where(matches.c.article_id == sa.bindparam("which"), matches.c.story_id.is_(None))
        .values(story_id=sa.bindparam("story"))
    )
    if stories:
        tx.execute(statement, [{"which": id_, "story": story} for id_, story in stories.items()])


def _waits() -> sa.ColumnElement[bool]:
    """In no sending, and not held back; or held back only because there was no such digest.

    Such a digest may be named again. An article that is forgotten cannot be told by then.
    """
    stored = sa.exists().where(articles.c.id == matches.c.article_id)
    again = sa.and_(matches.c.held == str(Held.NO_DIGEST), stored)
    return sa.and_(matches.c.sending_id.is_(None), sa.or_(matches.c.held.is_(None), again))


def any_for(connection: Connection, digest: str) -> bool:
    """Whether a match may wait for a digest: a cheap look, which takes ``_waits`` a little wide."""
    waits = (
        "matches WHERE digest = :digest AND sending_id IS NULL AND (held IS NULL OR held = :again)"
    )
    return any(looks.there(connection, waits, digest=digest, again=str(Held.NO_DIGEST)))


def waiting(connection: Connection, digest: str) -> tuple[Match, ...]:
    """The grouped matches that wait for a digest to be composed, oldest first."""
    chosen = (
        sa.select(matches)
        .where(matches.c.digest == digest, _waits(), matches.c.story_id.is_not(None))
        .order_by(matches.c.id)
    )
    return tuple(_match(row) for row in connection.execute(chosen))


def waiting_in_short(connection: Connection, digest: str) -> tuple[Match, ...]:
    """The same without what readers are shown: no words, excerpts, tags and notes.

    Many matches may wait for an hour or a night, and are looked through every second.
    """
    names = ("id", "rule", "article_id", "found_at", "priority", "story_id")
    chosen = (
        sa.select(*(matches.c[name] for name in names))
        .where(matches.c.digest == digest, _waits(), matches.c.story_id.is_not(None))
        .order_by(matches.c.id)
    )
    return tuple(
        Match(id_, rule, article, digest, at, (), (), _PRIORITIES[priority], story_id=story)
        for id_, rule, article, at, priority, story in connection.execute(chosen)
    )


_PRIORITIES = {str(priority): priority for priority in Priority}


def whole(connection: Connection, match_ids: Sequence[str]) -> tuple[Match, ...]:
    """These matches with all that is known of them, oldest first."""
    rows = [
        row
        for portion in portions(match_ids)
        for row in connection.execute(sa.select(matches).where(matches.c.id.in_(portion)))
    ]
    return tuple(sorted((_match(row) for row in rows), key=lambda match: match.id))


def waiting_counts(connection: Connection) -> dict[str, int]:
    """How many matches wait for each digest."""
    counted = sa.select(matches.c.digest, sa.func.count()).where(_waits())
    return {row[0]: row[1] for row in connection.execute(counted.group_by(matches.c.digest))}


def waiting_of(connection: Connection, digest: str) -> dict[tuple[str, Priority], int]:
    """How many matches wait for a digest, by rule and priority."""
    by = (matches.c.rule, matches.c.priority)
    counted = sa.select(*by, sa.func.count()).where(matches.c.digest == digest, _waits())
    rows = connection.execute(counted.group_by(*by).order_by(*by))
    return {(row[0], Priority(row[1])): row[2] for row in rows}


def mark_sent(tx: Connection, match_ids: Sequence[str], sending_id: str) -> None:
    """Put matches that wait into a sending."""
    statement = (
        sa.update(matches)
        .where(matches.c.id == sa.bindparam("which"), _waits())
        .values(sending_id=sending_id, held=None, held_at=None)
    )
    if match_ids:
        tx.execute(statement, [{"which": id_} for id_ in match_ids])


# --- what is held back --------------------------------------------------------------------------


def hold_back_for_want_of_sources(tx: Connection, match_ids: Sequence[str], now: datetime) -> None:
    """Hold matches back for good: too few outlets told their stories in time."""
    statement = (
        sa.update(matches)
        .where(matches.c.id == sa.bindparam("which"), _waits())
        .values(held=str(Held.MIN_SOURCES), held_at=now)
    )
    if match_ids:
        tx.execute(statement, [{"which": id_} for id_ in match_ids])


def hold_back(tx: Connection, silenced: Mapping[str, str], now: datetime) -> None:
    """Hold matches back for good: match ids, each with the id of the silence of its rule."""
    statement = (
        sa.update(matches)
        .where(matches.c.id == sa.bindparam("which"), _waits())
        .values(held=str(Held.SILENCE), held_at=now, silence_id=sa.bindparam("silence"))
    )
    if silenced:
        tx.execute(statement, [{"which": id_, "silence": by} for id_, by in silenced.items()])


def _of_no_digest(digests: Collection[str]) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        matches.c.sending_id.is_(None),
        matches.c.held.is_(None),
        matches.c.digest.not_in(digests),
    )


def any_of_no_digest(connection: Connection, digests: Collection[str]) -> bool:
    """Whether matches wait for a digest that is none of ``digests``: a cheap look."""
    of_none = "matches WHERE sending_id IS NULL AND held IS NULL AND digest NOT IN :digests"
    return any(looks.there(connection, of_none, digests=tuple(digests)))


def hold_back_of_no_digest(tx: Connection, digests: Collection[str], now: datetime) -> int:
    """Hold back what waits for a digest that is none of ``digests``; returns how many matches."""
    statement = sa.update(matches).where(*_of_no_digest(digests))
    return tx.execute(statement.values(held=str(Held.NO_DIGEST), held_at=now)).rowcount


def held_counts(connection: Connection) -> dict[tuple[str, Held], int]:
    """How many matches of each digest are held back, by reason; of articles still stored."""
    stored = sa.exists().where(articles.c.id == matches.c.article_id)
    counted = (
        sa.select(matches.c.digest, matches.c.held, sa.func.count())
        .where(matches.c.held.is_not(None), stored)
        .group_by(matches.c.digest, matches.c.held)
    )
    return {(row[0], Held(row[1])): row[2] for row in connection.execute(counted)}


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a match. It waits where it has neither ``sending_id`` nor ``held``.

    ``id`` is the match's, ``fingerprint`` that of the rule's text then. ``held`` says why it is in
    no sending, since ``held_at``; for a silence, ``silence`` is which.
    """

    id: str
    rule: str
    fingerprint: str
    digest: str
    found_at: datetime
    story_id: str | None
    sending_id: str | None
    held: Held | None
    held_at: datetime | None
    silence: Silence | None


def fate(connection: Connection, article_id: str) -> tuple[Fate, ...]:
    """What became of every match of an article, in the order in which they were found."""
    chosen = (
        sa.select(
            matches,
            silences.c.rule.label("silenced"),
            silences.c.begun_at,
            silences.c.until,
            silences.c.ended_by_hand,
        )
        .outerjoin(silences, silences.c.id == matches.c.silence_id)
        .where(matches.c.article_id == article_id)
        .order_by(matches.c.id)
    )
    return tuple(_fate(row) for row in connection.execute(chosen))


def _fate(row: AnyRow) -> Fate:
    by = row.silence_id and Silence(
        row.silence_id,
        row.silenced,
        row.begun_at,
        row.until,
        ended_by_hand=bool(row.ended_by_hand),
    )
    return Fate(
        id=row.id,
        rule=row.rule,
        fingerprint=row.fingerprint,
        digest=row.digest,
        found_at=row.found_at,
        story_id=row.story_id,
        sending_id=row.sending_id,
        held=Held(row.held) if row.held else None,
        held_at=row.held_at,
        silence=by or None,
    )


def forget(tx: Connection, before: datetime) -> None:
    """Forget matches found before ``before`` whose article is forgotten; none of them waits."""
    stored = sa.exists().where(articles.c.id == matches.c.article_id)
    done = sa.or_(matches.c.sending_id.is_not(None), matches.c.held.is_not(None))
    tx.execute(sa.delete(matches).where(matches.c.found_at < before, done, sa.not_(stored)))


# --- looking back -------------------------------------------------------------------------------


def tellings(
    connection: Connection, digest: str, story_ids: Sequence[str]
) -> dict[str, dict[str, datetime | None]]:
    """For each of these stories that the digest has told: by which rules, and when last.

    When is None where that sending is no longer stored.
    """
    told: dict[str, dict[str, datetime | None]] = {}
    for portion in portions(list(dict.fromkeys(story_ids))):
        chosen = (
            sa.select(matches.c.story_id, matches.c.rule, sa.func.max(messages.c.composed_at))
            .outerjoin(messages, messages.c.id == matches.c.sending_id)
            .where(
                matches.c.digest == digest,
                matches.c.sending_id.is_not(None),
                matches.c.story_id.in_(portion),
            )
            .group_by(matches.c.story_id, matches.c.rule)
        )
        for story_id, rule, at in connection.execute(chosen):
            told.setdefault(story_id, {})[rule] = at
    return told


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
