"""All that the shelves hold of one article, from the feed to the receivers. Only for looking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.model import DeliveryState, Priority
from monitor.records import dataclass
from monitor.store.matches import Fate, fate
from monitor.store.tables import (
    AnyRow,
    articles,
    deliveries,
    feeds,
    identities,
    matches,
    messages,
    rule_texts,
    sightings,
    stories,
    story_articles,
)

_NEIGHBOURS = 2000
"""Articles of one host among which an address much like another is looked for, the newest."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A feed showed the article for the first time; ``first_polled_at`` is when the feed was read
    for the first time. ``subscribed``: the configuration still names the feed.
    """

    feed_id: int
    feed: str
    at: datetime
    first_polled_at: datetime | None
    subscribed: bool


@dataclass(frozen=True, slots=True)
class Life:
    """An article on its shelf.

    ``feed_id`` is the feed whose wording it has; ``alert`` is false for what came too old to alert
    on; ``pending``: the rules have yet to judge it. ``keys`` are those by which it is known, with
    when each was last noted.
    """

    feed_id: int
    alert: bool
    pending: bool
    sightings: tuple[Sighting, ...]
    keys: dict[bytes, datetime]


def of_article(connection: Connection, article_id: str) -> Life | None:
    """What the shelves hold of an article; None where it is forgotten, or never was."""
    columns = (articles.c.feed_id, articles.c.alert, articles.c.pending)
    row = connection.execute(sa.select(*columns).where(articles.c.id == article_id)).one_or_none()
    if row is None:
        return None
    return Life(
        feed_id=row.feed_id,
        alert=bool(row.alert),
        pending=bool(row.pending),
        sightings=_sightings(connection, article_id),
        keys=_keys(connection, article_id),
    )


def _sightings(connection: Connection, article_id: str) -> tuple[Sighting, ...]:
    chosen = (
        sa.select(
            feeds.c.id,
            feeds.c.name,
            sightings.c.first_seen_at,
            feeds.c.first_polled_at,
            feeds.c.subscribed,
        )
        .join(feeds, feeds.c.id == sightings.c.feed_id)
        .where(sightings.c.article_id == article_id)
        .order_by(sightings.c.first_seen_at, feeds.c.id)
    )
    return tuple(Sighting(*row[:4], bool(row.subscribed)) for row in connection.execute(chosen))


def _keys(connection: Connection, article_id: str) -> dict[bytes, datetime]:
    """No index leads from an article to its keys: a look through all of them, in a second."""
    chosen = sa.select(identities.c.key, identities.c.seen_at).where(
        identities.c.article_id == article_id
    )
    return {bytes(row.key): row.seen_at for row in connection.execute(chosen)}


@dataclass(frozen=True, slots=True)
class Found:
    """A match and what became of it. ``text`` is the rule's own text then, where it is stored."""

    fate: Fate
    priority: Priority
    terms: tuple[str, ...]
    text: str | None


def matches_of(connection: Connection, article_id: str) -> tuple[Found, ...]:
    """Every match of an article, oldest first, the article forgotten or not."""
    chosen = (
        sa.select(matches.c.priority, matches.c.terms, rule_texts.c.text)
        .outerjoin(rule_texts, rule_texts.c.fingerprint == matches.c.fingerprint)
        .where(matches.c.article_id == article_id)
        .order_by(matches.c.id)
    )
    rows = connection.execute(chosen).all()
    fates = fate(connection, article_id)
    return tuple(
        Found(its, Priority(row.priority), tuple(row.terms), row.text)
        for its, row in zip(fates, rows, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Fellow:
    """An article of a story: who published it, when it came to the story, and what it shares with
    others of it (nothing, where it began the story).
    """

    id: str
    title: str
    url: str | None
    outlet: str
    joined_at: datetime
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InStory:
    """The story of an article, and its articles that are not forgotten, in the order they came."""

    id: str
    begun_at: datetime
    articles: tuple[Fellow, ...]


def story_of(connection: Connection, story_id: str) -> InStory | None:
    """A story with its articles."""
    begun = sa.select(stories.c.begun_at).where(stories.c.id == story_id)
    begun_at = connection.execute(begun).scalar_one_or_none()
    if begun_at is None:
        return None
    chosen = (
        sa.select(
            articles.c.id,
            articles.c.title,
            articles.c.url,
            sa.func.coalesce(story_articles.c.outlet, articles.c.site, ""),
            story_articles.c.joined_at,
            story_articles.c.because,
        )
        .join(articles, articles.c.id == story_articles.c.article_id)
        .where(story_articles.c.story_id == story_id)
        .order_by(story_articles.c.joined_at, articles.c.first_seen_at, articles.c.id)
    )
    return InStory(story_id, begun_at, tuple(Fellow(*row) for row in connection.execute(chosen)))


@dataclass(frozen=True, slots=True)
class Trip:
    """A delivery as the outbox has it, without the bytes that are sent.

    ``attempts`` counts the tries from ``first_tried_at`` on: since it was last retried by hand.
    """

    id: str
    message_id: str
    channel: str
    recipient: str
    state: DeliveryState
    created_at: datetime
    due_at: datetime
    attempts: int
    first_tried_at: datetime | None
    last_tried_at: datetime | None
    answer: str | None
    resent: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A message of a sending. ``json`` says what is in it, as the webhook has it."""

    id: str
    sending_id: str
    digest: str
    composed_at: datetime
    subject: str
    json: bytes
    trips: tuple[Trip, ...]


def told_in(connection: Connection, sending_ids: Sequence[str]) -> tuple[Told, ...]:
    """The messages of these sendings, oldest first, each with its deliveries."""
    of_message = [messages.c[name] for name in Told.__dataclass_fields__ if name != "trips"]
    chosen = (
        sa.select(*of_message)
        .where(messages.c.sending_id.in_(sending_ids))
        .order_by(messages.c.composed_at, messages.c.id)
    )
    rows = connection.execute(chosen).all()
    columns = [deliveries.c[name] for name in Trip.__dataclass_fields__]
    trips: dict[str, list[Trip]] = {}
    of_these = sa.select(*columns).where(deliveries.c.message_id.in_([row.id for row in rows]))
    for trip in connection.execute(of_these.order_by(deliveries.c.id)):
        trips.setdefault(trip.message_id, []).append(_trip(trip))
    return tuple(
        Told(
            row.id,
            row.sending_id,
            row.digest,
            row.composed_at,
            row.subject,
            bytes(row.json),
            tuple(trips.get(row.id, ())),
        )
        for row in rows
    )


def _trip(row: AnyRow) -> Trip:
    values = dict(row._mapping)
    state = DeliveryState(values["state"])
    return Trip(**{**values, "state": state, "resent": bool(values["resent"])})


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A stored article at an address on the same host, and the feed whose wording it has."""

    id: str
    url: str
    title: str
    first_seen_at: datetime
    feed_id: int


def on_host(connection: Connection, host: str) -> tuple[Neighbour, ...]:
    """The newest articles whose address holds the name of ``host``, newest first.

    Whatever its port: ``host`` has none.
    """
    columns = (articles.c[name] for name in Neighbour.__dataclass_fields__)
    holds = (articles.c.url.contains(f"{host}{end}", autoescape=True) for end in "/:")
    chosen = (
        sa.select(*columns).where(sa.or_(*holds)).order_by(articles.c.id.desc()).limit(_NEIGHBOURS)
    )
    return tuple(Neighbour(*row) for row in connection.execute(chosen))
