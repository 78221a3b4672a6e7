"""What a feed says of an article, and the article that we keep."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from monitor.records import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """What a feed says of one article, cleaned: no markup, no entities, Unicode in NFC.

    ``title`` is one line; ``text`` keeps paragraph breaks. ``link`` is absolute http(s) or None.
    Dates are as the feed gives them (None where it gives none or nonsense): they are shown, and
    never decide whether an entry is new. ``outlet`` is the site of the publication that the feed
    says it took the entry from.
    """

    guid: str | None
    link: str | None
    title: str
    text: str
    author: str | None = None
    language: str | None = None
    published_at: datetime | None = None
    updated_at: datetime | None = None
    outlet: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One text at one place.

    ``feeds`` and ``tags`` are the names and tags of every feed it was seen in, the first feed
    first. ``language`` is an ISO 639 code, or None where it cannot be told. ``site`` is the host
    of ``url`` without "www.", or the one that an aggregator names as its source. ``note`` is what
    a reader must know of the text, if anything: that it is not the whole one.
    """

    id: str
    url: str | None
    title: str
    text: str
    language: str | None
    first_seen_at: datetime
    published_at: datetime | None = None
    author: str | None = None
    site: str = ""
    feeds: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    revision: int = 1
    note: str | None = None


class Part(StrEnum):
    """The two parts of an article; nothing that is looked for spans both."""

    TITLE = "title"
    TEXT = "text"
