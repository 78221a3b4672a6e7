"""A feed as the configuration names it, and what is known of it between two polls."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlsplit

from monitor.records import dataclass

# What the library that reads any address takes five times as long for.
_USUAL_HOST = re.compile(r"https?://([a-z0-9.-]+(?::[1-9]\d{0,3})?)(?=[/?#]|\Z)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as the configuration names it. ``url`` is http(s), or an absolute file path.

    ``every`` and ``max_every`` are its first and its longest interval, in seconds; None: not said.
    """

    url: str
    name: str
    tags: tuple[str, ...] = ()
    language: str | None = None
    every: float | None = None
    max_every: float | None = None

    @property
    def host(self) -> str:
        """The server's name in lower case, with a port that is written; empty for a file."""
        if usual := _USUAL_HOST.match(self.url):
            return usual[1]
        try:
            parts = urlsplit(self.url) if "://" in self.url else urlsplit("")
            port = f":{parts.port}" if parts.port else ""
        except ValueError:
            return ""
        return f"{parts.hostname}{port}" if parts.hostname else ""


@dataclass(frozen=True, slots=True)
class FeedState:
    """What is known of a feed between two polls. Durations are in seconds.

    ``address`` is where it is asked since it moved there for good; ``moving_to`` is where its last
    ``moves_seen`` answers came from, all permanently redirected, the first at ``moving_since``.
    ``read_whole_at``: when it last answered with a document, and not that nothing changed.
    ``ttl``, ``skip_hours`` (0 to 23, UTC) and ``skip_days`` (0: Monday) are what its document asks
    for. ``demoted`` are kinds of keys, "guid" and "link", that its articles share. A feed that is
    gone for good (410) is asked no more since ``retired_at``. ``held_by``: by whose wish its next
    poll is later than usual, as "Retry-After" or "skipHours" (``feeds.timing``).
    """

    id: int
    url: str
    name: str
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    interval: float | None = None
    next_poll_at: datetime | None = None
    first_polled_at: datetime | None = None
    last_polled_at: datetime | None = None
    last_success_at: datetime | None = None
    last_new_at: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    trouble: str | None = None
    lease_token: str | None = None
    address: str | None = None
    moving_to: str | None = None
    moves_seen: int = 0
    moving_since: datetime | None = None
    read_whole_at: datetime | None = None
    ttl: float | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    demoted: tuple[str, ...] = ()
    retired_at: datetime | None = None
    host: str | None = None
    held_by: str | None = None
