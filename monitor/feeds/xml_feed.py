"""RSS, RDF and Atom: feedparser's verdict, put into our words.

feedparser is the only judge of what an entry of an XML feed means, but for dates, which it reads
where we cannot. It gets the document itself, in UTF-8 that says so: an address it would fetch, a
string it would take for the name of a file, and in other encodings it would guess. It neither
cleans nor resolves anything here: that is most of its cost, and is done for what is kept only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from monitor.feeds.prolog import for_xml_reader
from monitor.feeds.raw import (
    RawEntry,
    RawFeed,
    is_alternate,
    seconds_to_live,
    string,
    under,
    web_guid,
)


def read_xml_feed(text: str) -> RawFeed | None:
    """What an XML feed says; None where ``text`` is nothing that feedparser knows."""
    from monitor.feeds.xml_reader import read

    found = read(for_xml_reader(text))
    feed = found.feed
    if not found.version and not found.entries:
        return None
    literal = found.version.startswith("atom")
    return RawFeed(
        title=string(feed, "title"),
        link=string(feed, "link"),
        language=string(feed, "language"),
        ttl=seconds_to_live(feed),
        entries=tuple(_entry(entry, literal=literal) for entry in found.entries),
        breaks_off=found.breaks_off,
    )


def _entry(entry: Mapping[str, Any], *, literal: bool) -> RawEntry:
    """One entry. ``literal``: the format says what is HTML and what is not (Atom does)."""
    summary, content = string(entry, "summary"), _content(entry)
    return RawEntry(
        guid=string(entry, "id"),
        link=_link(entry),
        title=string(entry, "title"),
        title_is_plain=literal and _is_plain(under(entry, "title_detail")),
        summary=summary,
        summary_is_plain=literal and _is_plain(under(entry, "summary_detail")),
        content=string(content, "value"),
        content_is_plain=literal and _is_plain(content),
        author=_author(entry),
        language=_language(entry, content),
        published=_date(entry, "published") or _date(entry, "created"),
        updated=_date(entry, "updated"),
        source=string(under(entry, "source") or {}, "href"),
        origin=string(entry, "feedburner_origlink"),
    )


def _link(entry: Mapping[str, Any]) -> str:
    """Where the entry is. feedparser takes links to HTML only, and an id for one where none is."""
    link, guid = string(entry, "link"), string(entry, "id")
    listed = under(entry, "links")
    links = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    if link and (link != guid or any(string(one, "href") == link for one in links)):
        return link
    others = [string(one, "href") for one in links if is_alternate(string(one, "rel"))]
    said_empty = under(entry, "link") == ""
    return next(filter(None, others), link) or (web_guid(guid) if said_empty else "")


def _is_plain(detail: Any) -> bool:
    return isinstance(detail, dict) and under(detail, "type") == "text/plain"


def _content(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """The longest of the contents that are text."""
    listed = under(entry, "content")
    contents: Sequence[Mapping[str, Any]] = listed if isinstance(listed, list) else []
    texts = [content for content in contents if _is_text(string(content, "type"))]
    return max(texts, key=lambda content: len(string(content, "value")), default={})


def _is_text(media_type: str) -> bool:
    return not media_type or media_type.startswith("text/") or media_type.endswith("xml")


def _author(entry: Mapping[str, Any]) -> str:
    """Everybody named as an author, by name where there is one."""
    listed = under(entry, "authors")
    people = listed if isinstance(listed, list) else []
    names = [string(person, "name") or string(person, "email") for person in people]
    return ", ".join(dict.fromkeys(name for name in names if name)) or string(entry, "author")


def _language(entry: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    details = (content, under(entry, "summary_detail"), under(entry, "title_detail"))
    stated = (string(detail, "language") for detail in details if isinstance(detail, dict))
    return string(entry, "language") or next((code for code in stated if code), "")


def _date(entry: Mapping[str, Any], key: str) -> datetime | None:
    from monitor.feeds.as_feedparser import read_date

    return read_date(string(entry, key))
