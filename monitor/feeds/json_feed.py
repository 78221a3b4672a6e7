"""JSON Feed, versions 1 and 1.1 (jsonfeed.org), in the same words as feedparser's entries. Pure."""

from __future__ import annotations

import json
from typing import Any

from monitor.feeds.raw import MOST_ENTRIES, RawEntry, RawFeed


def read_json_feed(text: str) -> RawFeed | None:
    """What a JSON Feed says; None where ``text`` is JSON of another kind, or none at all.

    A document that breaks off keeps the entries before the break.
    """
    found, breaks_off = _loaded(text)
    if not isinstance(found, dict):
        return None
    items = found.get("items") or []
    if not isinstance(items, list) or not _is_feed(found, items):
        return None
    feed_author = _author(found)
    return RawFeed(
        title=_text(found.get("title")),
        link=_text(found.get("home_page_url")),
        language=_text(found.get("language")),
        ttl=None,
        entries=tuple(
            _entry(item, feed_author) for item in items[:MOST_ENTRIES] if isinstance(item, dict)
        ),
        breaks_off=breaks_off,
    )


def _is_feed(found: dict[str, Any], items: list[Any]) -> bool:
    """Whether it calls itself one, or looks so much like one that the name was forgotten."""
    if "jsonfeed.org" in _text(found.get("version")).lower():
        return True
    fields = {"content_html", "content_text", "date_published"}
    return any(isinstance(item, dict) and "id" in item and fields & item.keys() for item in items)


def _loaded(text: str) -> tuple[Any, bool]:
    """What the text holds, and whether it ends in the middle."""
    try:
        return json.loads(text, strict=False), False
    except RecursionError:
        return None, False
    except ValueError:
        return _salvaged(text)


def _salvaged(text: str) -> tuple[Any, bool]:
    """The head and the whole entries of a document that breaks off in its list of entries."""
    decoder = json.JSONDecoder(strict=False)
    head, found, rest = text.partition('"items"')
    end = rest.find("[") + 1  # of what was read
    if not found or not end:
        return None, False
    items: list[Any] = []
    try:
        whole: dict[str, Any] = decoder.decode(head.rstrip().rstrip(",") + "}")
        while len(items) < MOST_ENTRIES and (start := _next_object(rest, end)) >= 0:
            item, end = decoder.raw_decode(rest, start)
            items.append(item)
    except (ValueError, RecursionError):
        if not items:
            return None, False
    unread = rest[end:].rstrip()
    return {**whole, "items": items}, not ("]" in unread and unread.endswith("}"))


def _next_object(text: str, start: int) -> int:
    """Where the next object of a list begins; -1 where the list ends."""
    while start < len(text) and text[start] in " \t\r\n,":
        start += 1
    return start if text[start : start + 1] == "{" else -1


def _entry(item: dict[str, Any], feed_author: str) -> RawEntry:
    html, plain = _text(item.get("content_html")), _text(item.get("content_text"))
    return RawEntry(
        guid=_text(item.get("id")),
        link=_text(item.get("url")) or _text(item.get("external_url")),
        title=_text(item.get("title")),
        title_is_plain=True,
        summary=_text(item.get("summary")),
        summary_is_plain=True,
        content=html or plain,
        content_is_plain=not html,
        author=_author(item) or feed_author,
        language=_text(item.get("language")),
        published=_text(item.get("date_published")),
        updated=_text(item.get("date_modified")),
    )


def _author(holder: dict[str, Any]) -> str:
    """The names of "authors" (1.1) or "author" (1)."""
    listed = holder.get("authors")
    people = listed if isinstance(listed, list) else [holder.get("author")]
    names = [_text(person.get("name")) for person in people if isinstance(person, dict)]
    return ", ".join(name for name in names if name)


def _text(value: Any) -> str:
    """A string; numbers are written out (ids often are numbers), all else counts as empty."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""
