"""Small judgements exactly as feedparser makes them, for who reads a feed without it. Pure.

Where feedparser can be asked, it is asked; what is written out here is the usual case, many times
as fast, and held to feedparser's answers by tests. Dates are read here first, for feedparser takes
many for midnight, or a zone for none, where they say more.
"""

from __future__ import annotations

import calendar
import contextlib
import re
from datetime import UTC, datetime
from typing import Any

from feedparser.api import StrictFeedParser
from feedparser.datetimes import _parse_date
from feedparser.html import _cp1252
from feedparser.urls import _urljoin

from monitor.feeds import dates

NAMESPACES = {uri.lower(): prefix for uri, prefix in StrictFeedParser.namespaces.items()}
"""The prefixes by which feedparser knows namespaces, whatever a document calls them."""

TREATED = frozenset(
    name.removeprefix(f"_{edge}_")
    for edge in ("start", "end")
    for name in dir(StrictFeedParser)
    if name.startswith(f"_{edge}_")
)
"""Elements that feedparser treats in their own way: "dc_creator" and the like."""

_LONGEST_NAME = 500  # characters; the reader of all documents cuts longer ones
# In UTF-8: U+0080 to U+009F; what begins as UTF-8 does that was taken for latin-1.
_C1 = re.compile(rb"\xc2[\x80-\x9f]")
_TWICE = re.compile(rb"\xc3[\x82-\xb4]\xc2")
_BARE_REFERENCE = re.compile(r"&([A-Za-z0-9_]+);")
_USUAL_LINK = re.compile("https?://[^/]")
_MONTHS = {name: f"{number:02}" for number, name in enumerate(calendar.month_abbr) if name}
_USUAL_DATE = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\s+)?(\d{1,2})\s+([A-Z][a-z]{2})\s+(\d{4})\s+"
    r"(\d\d:\d\d:\d\d)\s+(?:GMT|UTC|Z|([+-](?:0\d|1[0-3])[0-5]\d|\+1400))",
    re.ASCII,
)
_ISO_DATE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d|\+14:00)",
    re.ASCII,
)


def mended(text: str) -> str:
    """The text as feedparser mends it: UTF-8 encoded twice, and characters of windows-1252."""
    if text.isascii():
        return text
    encoded = text.encode()
    if b"\xc2" not in encoded:  # nothing from U+0080 to U+00BF, as both faults have
        return text
    if _TWICE.search(encoded):
        with contextlib.suppress(UnicodeError):
            text = text.encode("latin-1").decode()
            encoded = text.encode()
    return text.translate(_cp1252) if _C1.search(encoded) else text


class _OneAuthor:
    """What feedparser asks for, to find the name in "name@example.org (Name)"."""

    def __init__(self, text: str) -> None:
        self.entry: dict[str, Any] = {"author": text, "authors": [{}]}

    def _get_context(self) -> dict[str, Any]:
        return self.entry


def name_in(text: str) -> str | None:
    """The author's name; None where feedparser has a view of its own."""
    if len(text) > _LONGEST_NAME:
        return None
    if "@" not in text:
        return text
    asked = _OneAuthor(text)
    StrictFeedParser._sync_author_detail(asked)
    detail = asked.entry["authors"][0]
    name: str = (detail.get("name") or detail.get("email") or "").strip()
    return name or None


def read_date(text: str) -> datetime | None:
    """A date: as we read it, where all of it is understood; else as feedparser does, if it can."""
    if not text:
        return None
    try:
        read = datetime.fromisoformat(_in_iso(text)).astimezone(UTC)
    except (ValueError, KeyError, OverflowError):
        return dates.from_whole(text) or _asked(text) or dates.from_text(text)
    return dates.believable(read.replace(microsecond=0) if read.microsecond else read)


def _asked(text: str) -> datetime | None:
    return dates.from_parts(_parse_date(text)) if dates.says_a_day(text) else None


def _in_iso(text: str) -> str:
    """A date as ISO 8601 writes it. Raises ValueError or KeyError where it is written oddly."""
    found = _USUAL_DATE.fullmatch(text)
    if found:
        day, month, year, time, zone = found.groups("Z")
        return f"{year}-{_MONTHS[month]}-{day:0>2}T{time}{zone}"
    if _ISO_DATE.fullmatch(text):
        return text
    raise ValueError


def resolved(link: str) -> str:
    """A link as feedparser resolves it where no base is known."""
    if _USUAL_LINK.match(link):
        return link
    resolved_link: str = _urljoin("", link)
    return resolved_link


def mended_link(link: str, *, of_entry: bool) -> str:
    """The text of a link element, with its references put right."""
    link = mended(resolved(link)) if link else ""
    if "&" in link:
        link = link.replace("&amp;", "&") if of_entry else link
        link = _BARE_REFERENCE.sub(r"&\1", link)
    return link
