"""What a document says, before it is cleaned: the meeting point of the two formats. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from monitor.records import dataclass

MOST_ENTRIES = 20_000
"""Of one document; more fit into ten megabytes only if they say nothing."""

MARK_SIZE = 8
"""Bytes of a hash of all that an entry says, by which it is known to be the same as before."""

_PERIODS = {
    "hourly": 3600,
    "daily": 86400,
    "weekly": 604800,
    "monthly": 2592000,
    "yearly": 31536000,
}


@dataclass(frozen=True, slots=True)
class RawEntry:
    """An entry as it stands in the document; what is missing is an empty string.

    ``…_is_plain``: the string is text in which "<" means "<"; else it is HTML. Dates are text, or
    already read. ``source`` is the address of the publication that it was taken from; ``origin``
    where ``link`` leads in the end, if FeedBurner says so.
    """

    guid: str = ""
    link: str = ""
    title: str = ""
    title_is_plain: bool = False
    summary: str = ""
    summary_is_plain: bool = False
    content: str = ""
    content_is_plain: bool = False
    author: str = ""
    language: str = ""
    published: str | datetime | None = None
    updated: str | datetime | None = None
    source: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class RawFeed:
    """A document. ``ttl``: for how many seconds it says that nothing new will come.

    ``skip_hours`` (0 to 23) and ``skip_days`` (0: Monday), in UTC: when it is not to be asked.
    ``marks``, where there are any, are those of all its entries, in order; of these, ``entries``
    are then those that were not seen before. ``breaks_off``: it ends in the middle, and there was
    more to come.
    """

    title: str
    link: str
    language: str
    ttl: float | None
    entries: tuple[RawEntry, ...]
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    marks: tuple[bytes, ...] = ()
    breaks_off: bool = False


def under(holder: Mapping[str, Any], key: str) -> Any:
    """A value under exactly this key: feedparser's own dictionary falls back to others."""
    return dict.get(holder, key) if isinstance(holder, dict) else None


def string(holder: Mapping[str, Any], key: str) -> str:
    """A text under exactly this key; "" for anything else."""
    value = under(holder, key)
    return value.strip() if isinstance(value, str) else ""


def seconds_to_live(feed: Mapping[str, Any]) -> float | None:
    """Seconds by RSS's ``ttl`` (minutes), or by the syndication module of RSS 1.0."""
    minutes = _number(string(feed, "ttl"))
    if minutes:
        return minutes * 60
    period = _PERIODS.get(string(feed, "sy_updateperiod").lower())
    times = _number(string(feed, "sy_updatefrequency")) or 1
    return period / times if period else None


def is_alternate(relation: str) -> bool:
    """Whether a link of this relation leads to what an entry speaks of (RFC 4287, 4.2.7.2)."""
    return relation.rpartition("/")[2].lower() in ("alternate", "")


def web_guid(guid: str) -> str:
    """An id that can stand for a link that says nothing; "" for one that is no web address."""
    return guid if guid.startswith(("https://", "http://")) else ""


def _number(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdigit() and len(text) < 9 else None
