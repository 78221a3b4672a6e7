"""The shelf of articles: what was read, what it is known by, where it was seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.model import Article
from monitor.records import dataclass
from monitor.store.column_types import from_milliseconds
from monitor.store.connection import (
    Turn,
    alone,
    insert,
    insert_new,
    portions,
    rows_with,
    upsert,
)
from monitor.store.tables import (
    AnyRow,
    articles,
    feeds,
    identities,
    matches,
    sightings,
    story_articles,
)

# A key seen again is written again only after so long: a poll that brings nothing writes nothing.
FRESH_FOR = timedelta(days=7)
IDENTITIES_KEPT = timedelta(days=365)

Holder = tuple[str, datetime]
"""The id of the article that a key belongs to, and when the key was last noted."""


@dataclass(frozen=True, slots=True)
class NewArticle:
    """An article to keep. ``alert`` is false for old backlog."""

    article: Article
    content_hash: bytes
    alert: bool


@dataclass(frozen=True, slots=True)
class Known:
    """An article that was read before. ``feed_id`` is the feed whose wording it has.

    ``content_hash`` is None once the article itself is forgotten, and ``url`` and ``title`` are
    empty then; ``feeds`` have shown it.
    """

    id: str
    feed_id: int | None = None
    content_hash: bytes | None = None
    first_seen_at: datetime | None = None
    feeds: frozenset[int] = frozenset()
    url: str | None = None
    title: str = ""
    published_at: datetime | None = None


def hold(tx: Connection) -> None:
    """Have the shelf to oneself until the transaction ends; others wait.

    Whoever asks what is known and writes what is not (polling), or writes several articles
    (judging, forgetting), asks for it first: nothing is then entered twice, and no two wait for
    each other in a ring.
    """
    alone(tx, Turn.ARTICLES)


def holders(connection: Connection, keys: Iterable[bytes]) -> dict[bytes, Holder]:
    """The article each known key belongs to, and when the key was last noted."""
    asked = rows_with(
        connection,
        identities.c.key,
        list(keys),
        *(identities.c.key, identities.c.article_id, identities.c.seen_at),
    )
    return {bytes(key): (article_id, from_milliseconds(at)) for key, article_id, at in asked}


def known(connection: Connection, ids: Iterable[str]) -> dict[str, Known]:
    """What is known of these articles, the forgotten ones included."""
    wanted = list(dict.fromkeys(ids))
    found = {id_: Known(id_) for id_ in wanted}
    for portion in portions(wanted):
        seen: dict[str, set[int]] = {}
        pairs = sa.select(sightings.c.article_id, sightings.c.feed_id)
        for article_id, feed_id in connection.execute(
            pairs.where(sightings.c.article_id.in_(portion))
        ):
            seen.setdefault(article_id, set()).add(feed_id)
        columns = (
            articles.c.id,
            articles.c.feed_id,
            articles.c.content_hash,
            articles.c.first_seen_at,
            articles.c.url,
            articles.c.title,
            articles.c.published_at,
        )
        for row in connection.execute(sa.select(*columns).where(articles.c.id.in_(portion))):
            found[row.id] = Known(
                row.id,
                row.feed_id,
                bytes(row.content_hash),
                row.first_seen_at,
                frozenset(seen.get(row.id, ())),
                row.url,
                row.title,
                row.published_at,
            )
    return found


def shown_by(
    connection: Connection, feed_id: int, limit: int
) -> list[tuple[str, str, datetime | None, datetime, bytes]]:
    """What a feed has shown, the newest first, as far as it is not forgotten.

    Of each of up to ``limit`` articles its id, headline, publication, when it was first seen and
    the hash of its content. It takes time: some 0.3 ms for a thousand articles of any feeds.
    """
    shown = articles.c
    columns = (shown.id, shown.title, shown.published_at, shown.first_seen_at, shown.content_hash)
    chosen = (
        sa.select(*columns)
        .join(sightings, sightings.c.article_id == articles.c.id)
        .where(sightings.c.feed_id == feed_id)
        .order_by(articles.c.id.desc())
        .limit(limit)
    )
    return [(*row[:4], bytes(row.content_hash)) for row in connection.execute(chosen)]


def notes_by_poll(
    connection: Connection, feed_id: int, after: datetime, limit: int
) -> list[tuple[datetime, bool]]:
    """Of each poll that brought articles of a feed, whether one of them is without a note.

    The newest poll first; of articles first seen ``after`` that may alert, the newest ``limit``.
    """
    newest = (
        sa.select(articles.c.first_seen_at, articles.c.note)
        .where(
            articles.c.feed_id == feed_id, articles.c.alert == 1, articles.c.first_seen_at > after
        )
        .order_by(articles.c.first_seen_at.desc())
        .limit(limit)
    )
    polls: dict[datetime, bool] = {}
    for row in connection.execute(newest):
        polls[row.first_seen_at] = polls.get(row.first_seen_at, False) or row.note is None
    return list(polls.items())


def add(tx: Connection, new: Sequence[NewArticle], feed_id: int) -> None:
    """Keep new articles, note where they were seen, and leave them for the rules to judge."""
    if not new:
        return
    insert(tx, articles, [_row(item, feed_id) for item in new])
    insert(
        tx,
        sightings,
        [
            {
                "article_id": item.article.id,
                "feed_id": feed_id,
                "first_seen_at": item.article.first_seen_at,
            }
            for item in new
        ],
    )


def _row(item: NewArticle, feed_id: int) -> dict[str, object]:
    article = item.article
    return {
        "id": article.id,
        "feed_id": feed_id,
        "url": article.url,
        "title": article.title,
        "text": article.text,
        "author": article.author,
        "language": article.language,
        "site": article.site,
        "published_at": article.published_at,
        "first_seen_at": article.first_seen_at,
        "content_hash": item.content_hash,
        "revision": 1,
        "alert": int(item.alert),
        "pending": int(item.alert),
        "note": article.note,
    }


def revise(tx: Connection, article: Article, content_hash: bytes) -> None:
    """Keep what a publisher changed, and have the rules judge the article again."""
    tx.execute(
        sa.update(articles)
        .where(articles.c.id == article.id)
        .values(
            title=article.title,
            text=article.text,
            author=article.author,
            language=article.language,
            content_hash=content_hash,
            note=article.note,
            revision=articles.c.revision + 1,
            pending=articles.c.alert,
        )
    )


def see(tx: Connection, article_ids: Sequence[str], feed_id: int, now: datetime) -> None:
    """Note that a feed shows articles it had not shown before; the rules judge them again."""
    if not article_ids:
        return
    rows = [{"article_id": id_, "feed_id": feed_id, "first_seen_at": now} for id_ in article_ids]
    insert_new(tx, sightings, rows)
    for portion in portions(article_ids):
        again = sa.update(articles).where(articles.c.id.in_(portion))
        tx.execute(again.values(pending=articles.c.alert))


def remember(tx: Connection, keys: dict[bytes, str], now: datetime) -> None:
    """Note that ``keys`` (key to article id) are still shown by a feed."""
    rows = [{"key": key, "article_id": id_, "seen_at": now} for key, id_ in keys.items()]
    upsert(tx, identities, ("key",), rows)


def pending(
    connection: Connection, limit: int, *conditions: sa.ColumnElement[bool]
) -> tuple[Article, ...]:
    """Up to ``limit`` articles that the rules have yet to judge, oldest first.

    Only those of which ``conditions`` hold, too.
    """
    waiting = sa.select(*_COLUMNS).where(articles.c.pending == 1, *conditions)
    oldest_first = waiting.order_by(articles.c.id).limit(limit)
    return _articles(connection, connection.execute(oldest_first).all())


def judged(tx: Connection, done: Sequence[Article]) -> None:
    """Note that the rules have judged these articles as they were read.

    One that was revised since, or that another feed shows since, stays to be judged.
    """
    alike: dict[tuple[int, int], list[str]] = {}
    for article in done:
        alike.setdefault((article.revision, len(article.feeds)), []).append(article.id)
    for (revision, feeds_then), ids in alike.items():
        for portion in portions(ids):
            as_read = {"these": portion, "seen": revision, "feeds": feeds_then}
            tx.execute(_JUDGED, as_read)


_SHOWN_IN = (
    sa.select(sa.func.count()).where(sightings.c.article_id == articles.c.id).scalar_subquery()
)
_JUDGED = (
    sa.update(articles)
    .where(
        articles.c.id.in_(sa.bindparam("these", expanding=True)),
        articles.c.revision == sa.bindparam("seen"),
        sa.bindparam("feeds") == _SHOWN_IN,
    )
    .values(pending=0)
)


def get(connection: Connection, ids: Sequence[str]) -> dict[str, Article]:
    """Articles by id; those that are forgotten are absent."""
    found: dict[str, Article] = {}
    for portion in portions(ids):
        chosen = sa.select(*_COLUMNS).where(articles.c.id.in_(portion))
        read = _articles(connection, connection.execute(chosen).all())
        found.update({article.id: article for article in read})
    return found


def with_url(connection: Connection, url: str) -> str | None:
    """The id of the article first shown under exactly this address, the newest of several."""
    chosen = sa.select(articles.c.id).where(articles.c.url == url).order_by(articles.c.id.desc())
    return connection.execute(chosen.limit(1)).scalar_one_or_none()


def judged_since(connection: Connection, moment: datetime) -> dict[str, bool]:
    """Articles first seen since ``moment`` that no rule has yet to judge, oldest first.

    Maps their ids to whether they may alert: old backlog may not, and no rule ever judged it. Read
    the articles themselves portion by portion with ``get``, each in a transaction of its own.
    """
    chosen = (
        sa.select(articles.c.id, articles.c.alert)
        .where(articles.c.first_seen_at >= moment, articles.c.pending == 0)
        .order_by(articles.c.id)
    )
    return {row.id: bool(row.alert) for row in connection.execute(chosen)}


def oldest(connection: Connection) -> datetime | None:
    """When the oldest article still stored was first seen."""
    return connection.execute(sa.select(sa.func.min(articles.c.first_seen_at))).scalar()


def languages_of_newest(connection: Connection, limit: int) -> dict[str | None, int]:
    """How many of the newest ``limit`` articles are in each language (None: it can't be told)."""
    newest = sa.select(articles.c.language).order_by(articles.c.id.desc()).limit(limit).subquery()
    counted = sa.select(newest.c.language, sa.func.count()).group_by(newest.c.language)
    return {row[0]: row[1] for row in connection.execute(counted)}


def count_since(
    connection: Connection, moment: datetime | None, until: datetime | None = None
) -> int:
    """How many articles were first seen after ``moment`` (None: ever), at the latest ``until``."""
    counted = sa.select(sa.func.count()).select_from(articles)
    if moment is not None:
        counted = counted.where(articles.c.first_seen_at > moment)
    if until is not None:
        counted = counted.where(articles.c.first_seen_at <= until)
    return int(connection.execute(counted).scalar_one())


def forget(tx: Connection, before: datetime, now: datetime) -> int:
    """Forget articles first seen before ``before`` that wait for nothing; returns how many.

    Their identities stay for a year after a feed last showed them.
    """
    hold(tx)
    waiting = sa.select(matches.c.article_id).where(
        matches.c.sending_id.is_(None), matches.c.held.is_(None)
    )
    old = sa.select(articles.c.id).where(
        articles.c.first_seen_at < before, articles.c.pending == 0, articles.c.id.not_in(waiting)
    )
    ids = list(tx.execute(old).scalars())
    for portion in portions(ids):
        for table, column in (
            (sightings, sightings.c.article_id),
            (story_articles, story_articles.c.article_id),
            (articles, articles.c.id),
        ):
            tx.execute(sa.delete(table).where(column.in_(portion)))
    tx.execute(sa.delete(identities).where(identities.c.seen_at < now - IDENTITIES_KEPT))
    return len(ids)


_FIELDS = [field.name for field in fields(Article)]
_SHOWN = _FIELDS.index("feeds")  # the tags come next; both stand in other tables
_COLUMNS = tuple(articles.c[name] for name in (*_FIELDS[:_SHOWN], *_FIELDS[_SHOWN + 2 :]))


def _articles(connection: Connection, rows: Sequence[AnyRow]) -> tuple[Article, ...]:
    """The articles of rows of ``_COLUMNS``, with the feeds that have shown each."""
    places = _places(connection, [row[0] for row in rows])
    made: list[Article] = []
    for row in rows:
        shown_in = places.get(row[0], [])
        names = tuple(name for name, _ in shown_in)
        tags = tuple(dict.fromkeys(tag for _, some in shown_in for tag in some))
        values = [*row[:_SHOWN], names, tags, *row[_SHOWN:]]
        made.append(Article(*values))
    return tuple(made)


def _places(
    connection: Connection, ids: Sequence[str]
) -> dict[str, list[tuple[str, Sequence[str]]]]:
    """The name and the tags of each feed that has shown these articles, the first feed first."""
    shown = rows_with(
        connection,
        sightings.c.article_id,
        ids,
        *(sightings.c.first_seen_at, sightings.c.feed_id, sightings.c.article_id),
    )
    in_order = sorted(shown)
    of_feeds: dict[int, tuple[str, Sequence[str]]] = {}
    for portion in portions(list({feed_id for _, feed_id, _ in in_order})):
        columns = feeds.c.id, feeds.c.name, feeds.c.tags
        for row in connection.execute(sa.select(*columns).where(feeds.c.id.in_(portion))):
            of_feeds[row.id] = row.name, row.tags
    places: dict[str, list[tuple[str, Sequence[str]]]] = {}
    for _, feed_id, article_id in in_order:
        places.setdefault(article_id, []).append(of_feeds[feed_id])
    return places
