"""The shelf of feeds' habits: how long a feed pauses, and which have been silent for longer.

A habit is reckoned once for each silence, from what the feed brought before it. It is void as soon
as the feed has news: a feed counts as silent only while ``last_new_at`` is still the same, so that
a silence ends with the very poll that ends it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.records import dataclass
from monitor.store import looks
from monitor.store.connection import portions, upsert
from monitor.store.tables import articles, feed_habits, feeds, sightings


@dataclass(frozen=True, slots=True)
class Quiet:
    """A feed that was read well and had nothing new for ``quiet_for`` seconds.

    ``known``: its habit was reckoned for this silence already; ``pause`` is then its usual longest
    pause in seconds, None where too little is known of it. ``silent`` is what is told of it; None
    where it does not count as silent.
    """

    feed_id: int
    name: str
    last_new_at: datetime
    quiet_for: float
    known: bool
    pause: float | None
    silent: str | None


_quiet_time = sa.type_coerce(feeds.c.last_success_at, sa.BigInteger) - sa.type_coerce(
    feeds.c.last_new_at, sa.BigInteger
)
"""Up to the last good poll, in milliseconds: a feed out of reach is no silent one."""

_still = sa.and_(
    feed_habits.c.feed_id == feeds.c.id, feed_habits.c.last_new_at == feeds.c.last_new_at
)


def quiet_for(connection: Connection, seconds: float) -> tuple[Quiet, ...]:
    """The feeds that are read well, and have had nothing new for longer than ``seconds``."""
    chosen = (
        sa.select(
            feeds.c.id,
            feeds.c.name,
            feeds.c.last_new_at,
            _quiet_time.label("quiet"),
            feed_habits.c.feed_id.label("known"),
            feed_habits.c.pause,
            feed_habits.c.silent,
        )
        .select_from(feeds.outerjoin(feed_habits, _still))
        .where(feeds.c.subscribed == 1, feeds.c.retired_at.is_(None), feeds.c.failures == 0)
        .where(_quiet_time > seconds * 1000)
        .order_by(feeds.c.id)
    )
    return tuple(
        Quiet(
            row.id,
            row.name,
            row.last_new_at,
            row.quiet / 1000,
            row.known is not None,
            row.pause,
            row.silent,
        )
        for row in connection.execute(chosen)
    )


@dataclass(frozen=True, slots=True)
class Silent:
    """A feed that is silent since ``since``, and what is told; the others as in ``Quiet``."""

    feed_id: int
    name: str
    since: datetime
    message: str
    pause: float | None
    quiet_for: float


def silent(connection: Connection) -> tuple[Silent, ...]:
    """The feeds that are silent now."""
    if not any(looks.there(connection, "feed_habits WHERE silent IS NOT NULL")):
        return ()
    columns = (feeds.c.id, feeds.c.name, feeds.c.last_new_at, feed_habits.c.silent)
    chosen = (
        sa.select(*columns, feed_habits.c.pause, _quiet_time.label("quiet"))
        .join(feed_habits, _still)
        .where(feeds.c.subscribed == 1, feeds.c.retired_at.is_(None))
        .where(feed_habits.c.silent.is_not(None))
        .order_by(feeds.c.last_new_at, feeds.c.id)
    )
    return tuple(
        Silent(row.id, row.name, row.last_new_at, row.silent, row.pause, row.quiet / 1000)
        for row in connection.execute(chosen)
    )


def moments(connection: Connection, feed_ids: Collection[int]) -> dict[int, list[datetime]]:
    """When each of these feeds brought something: times of publication, else when first seen.

    A time that lies after the moment it was seen is not believed. One pass over the sightings,
    for however many feeds.
    """
    found: dict[int, list[datetime]] = {}
    wanted = sa.select(sightings.c.feed_id, sightings.c.first_seen_at, articles.c.published_at)
    wanted = wanted.join(articles, articles.c.id == sightings.c.article_id)
    for portion in portions(sorted(feed_ids)):
        for row in connection.execute(wanted.where(sightings.c.feed_id.in_(portion))):
            published = row.published_at
            believed = published is not None and published <= row.first_seen_at
            found.setdefault(row.feed_id, []).append(published if believed else row.first_seen_at)
    return found


def keep(tx: Connection, reckoned: Sequence[Quiet]) -> None:
    """Keep what was found out of these feeds."""
    rows = [
        {
            "feed_id": each.feed_id,
            "last_new_at": each.last_new_at,
            "pause": each.pause,
            "silent": each.silent,
        }
        for each in reckoned
    ]
    upsert(tx, feed_habits, ("feed_id",), rows)


def forget(tx: Connection, feed_ids: Collection[int]) -> None:
    """Forget the habits of these feeds."""
    for portion in portions(sorted(feed_ids)):
        tx.execute(sa.delete(feed_habits).where(feed_habits.c.feed_id.in_(portion)))
