"""Feeds whose intervals the configuration has shortened are asked sooner."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.model import Feed
from monitor.store.tables import AnyRow, feeds

_JITTER = 1.11  # times its interval: so long a feed waits that nothing else delays


def shortened_to(feed: Feed, every: float | None, max_every: float | None) -> float | None:
    """The longest interval (seconds) a feed may start anew with, where one became shorter.

    ``every`` and ``max_every`` are what the configuration gave before (None: not known).
    """
    if every and feed.every and feed.every < every:
        return feed.every
    return feed.max_every if max_every and feed.max_every and feed.max_every < max_every else None


def bring_forward(tx: Connection, shortened: Mapping[int, tuple[Feed, float]]) -> None:
    """Bring forward what is scheduled for feeds, by their ids, with their longest interval now.

    What holds a feed back on purpose goes on to do so: the growing wait after a failure, and hours
    and days to be left alone; a ``ttl`` or ``Cache-Control`` up to ``max_every``.
    """
    if not shortened:
        return
    columns = (feeds.c.id, feeds.c.interval, feeds.c.last_polled_at, feeds.c.next_poll_at)
    scheduled = sa.select(*columns).where(
        feeds.c.failures == 0,
        feeds.c.interval.is_not(None),
        feeds.c.last_polled_at.is_not(None),
        feeds.c.next_poll_at.is_not(None),
        feeds.c.skip_hours.is_(None),
        feeds.c.skip_days.is_(None),
    )
    rows = tx.execute(scheduled.order_by(feeds.c.id)).all()
    changed = [_sooner(row, *shortened[row.id]) for row in rows if row.id in shortened]
    if changed:
        tx.execute(_SCHEDULING, changed)


_SCHEDULING = (
    sa.update(feeds)
    .where(feeds.c.id == sa.bindparam("which"))
    .values(interval=sa.bindparam("shorter"), next_poll_at=sa.bindparam("sooner"))
)


def _sooner(row: AnyRow, feed: Feed, longest: float) -> dict[str, object]:
    """A feed's row as it is to be, by the share of its interval (the jitter) that it waits."""
    wait = (row.next_poll_at - row.last_polled_at).total_seconds()
    interval = min(row.interval, longest)
    held_back = wait > row.interval * _JITTER
    wanted = (feed.max_every or wait) if held_back else wait * interval / row.interval
    return {
        "which": row.id,
        "shorter": interval,
        "sooner": row.last_polled_at + timedelta(seconds=min(wait, wanted)),
    }
