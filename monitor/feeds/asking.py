"""How a feed is asked: at which address, and under which conditions. Pure.

A permanent redirect (RFC 9110, 15.4.2 and 15.4.9: 301 and 308) is adopted only after several
answers alike over more than a day, each with a feed in it: captive portals and maintenance pages
redirect permanently too. The configuration stays its owner's; the new address is kept beside it.
When nothing comes from the new address any more, every other try goes to the old one, and a feed
found there is asked there again.

Conditional requests save most of the traffic, and believe the server that nothing is new. Some say
so for ever; so once a day a feed is asked for its document whatever its validators.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.feeds.http_fields import http_date
from monitor.model import FeedState
from monitor.records import dataclass

ANSWERS_ALIKE = 3
"""Permanent redirects to one place before it is adopted, over at least ``MOVED_FOR``."""

MOVED_FOR = timedelta(days=1)
WHOLE_EVERY = timedelta(days=1)
"""A feed that only answers "unchanged" for so long is asked for the whole document."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a feed is asked with; None for both: for its document, in any case."""

    etag: str | None
    last_modified: str | None


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a feed is, as ``FeedState`` keeps it."""

    address: str | None = None
    moving_to: str | None = None
    moves_seen: int = 0
    moving_since: datetime | None = None


def where_to_ask(state: FeedState) -> str | None:
    """The address that a feed moved to; None where the one in the configuration is to be asked."""
    return state.address if state.failures % 2 == 0 else None


def conditions(state: FeedState, now: datetime) -> Conditions:
    """The conditions under which a feed is to be asked at ``now``."""
    if state.read_whole_at is None or now - state.read_whole_at >= WHOLE_EVERY:
        return Conditions(None, None)
    modified = http_date(state.last_modified)
    # No change is ever later than a date in the future, if the server believes it.
    believed = state.last_modified if modified is None or modified <= now else None
    return Conditions(state.etag, believed)


def whereabouts(state: FeedState, moved_to: str | None, now: datetime) -> Whereabouts:
    """Where the feed is after an answer that carried it, asked by ``where_to_ask``.

    ``moved_to`` is where nothing but permanent redirects led to; None: none, or another kind.
    """
    asked = where_to_ask(state)
    if moved_to is None or moved_to == asked:
        return Whereabouts(asked)
    if moved_to != state.moving_to or state.moving_since is None:
        return Whereabouts(asked, moved_to, 1, now)
    seen, since = state.moves_seen + 1, state.moving_since
    if seen < ANSWERS_ALIKE or now - since < MOVED_FOR:
        return Whereabouts(asked, moved_to, seen, since)
    return Whereabouts(None if moved_to == state.url else moved_to)
