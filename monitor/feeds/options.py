"""The options of the feeds room. Durations are in seconds, sizes in bytes."""

from __future__ import annotations

from monitor.model import Feed, Secret
from monitor.records import dataclass

DEFAULT_USER_AGENT = "Wirewatch/0.1 (self-hosted news monitor)"


@dataclass(frozen=True, slots=True)
class PollOptions:
    """How one feed is polled.

    ``backlog``: a first poll alerts only on entries published within so many seconds; None means
    on all of them, 0 on none. ``max_size`` counts after decompression. ``headers`` go to the
    feed's own host only. ``proxy`` is the whole address of one, with its password. ``full_text``:
    the page that an entry links to is read, and judged in the place of what the feed says.
    """

    every: float = 15 * 60
    min_every: float = 5 * 60
    max_every: float = 6 * 3600
    backlog: float | None = 2 * 86400
    timeout: float = 20
    max_size: int = 10_000_000
    user_agent: str = DEFAULT_USER_AGENT
    allow_private: bool = False
    headers: tuple[tuple[str, Secret], ...] = ()
    encoding: str | None = None
    proxy: Secret | None = None
    full_text: bool = False


@dataclass(frozen=True, slots=True)
class Subscription:
    """A feed and how to poll it."""

    feed: Feed
    options: PollOptions
