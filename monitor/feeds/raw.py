"""What a document says, before it is cleaned: the meeting point of the two formats. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

MOST_ENTRIES = 20_000
"""Of one document; more fit into ten megabytes only if they say nothing."""


@dataclass(frozen=True, slots=True)
class RawEntry:
    """An entry as it stands in the document; what is missing is an empty string.

    ``…_is_plain``: the string is text in which "<" means "<"; else it is HTML. Dates are text, or
    already read.
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


@dataclass(frozen=True, slots=True)
class RawFeed:
    """A document. ``ttl``: for how many seconds it says that nothing new will come."""

    title: str
    link: str
    language: str
    ttl: float | None
    entries: tuple[RawEntry, ...]
