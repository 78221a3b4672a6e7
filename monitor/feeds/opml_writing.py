"""A list of feeds for other readers: OPML 2.0 (opml.org/spec2.opml). Pure.

A feed's first tag is its folder; all its tags stand in ``category`` too, where they can: one with
"," or "/" in it, which have a meaning there, becomes a folder of its own. Secrets stay here:
headers are not written, and addresses without what ``without_secrets`` takes away.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from monitor.feeds.addresses import is_local, without_secrets
from monitor.model import Feed

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def write_opml(feeds: Sequence[Feed], title: str, now: datetime) -> str:
    """The list, ending in a line feed."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        "  <head>",
        f"    <title>{escape(_allowed(title))}</title>",
        f"    <dateCreated>{format_datetime(now)}</dateCreated>",
        "    <docs>http://opml.org/spec2.opml</docs>",
        "  </head>",
        "  <body>",
    ]
    folders: dict[tuple[str, ...], list[Feed]] = {}
    for feed in feeds:
        folders.setdefault(_folders(feed.tags), []).append(feed)
    for path, held in folders.items():
        lines += _folder(path, held, "    ")
    return "\n".join([*lines, "  </body>", "</opml>", ""])


def _folder(path: tuple[str, ...], feeds: Sequence[Feed], indent: str) -> list[str]:
    if not path:
        return [indent + _outline(feed) for feed in feeds]
    begin = f"{indent}<outline text={_quoted(path[0])} title={_quoted(path[0])}>"
    return [begin, *_folder(path[1:], feeds, indent + "  "), f"{indent}</outline>"]


def _outline(feed: Feed) -> str:
    url = Path(feed.url).as_uri() if is_local(feed.url) else without_secrets(feed.url)
    name = feed.name
    parts = [f"text={_quoted(name)}", f"title={_quoted(name)}", 'type="rss"']
    parts.append(f"xmlUrl={_quoted(url)}")
    if feed.language:
        parts.append(f"language={_quoted(feed.language)}")
    categories = [tag for tag in feed.tags if _fits(tag)]
    if categories:
        parts.append(f"category={_quoted(','.join(categories))}")
    return f"<outline {' '.join(parts)}/>"


def _folders(tags: Sequence[str]) -> tuple[str, ...]:
    return tuple(tag for number, tag in enumerate(tags) if number == 0 or not _fits(tag))


def _fits(tag: str) -> bool:
    """Whether a tag can stand in ``category``."""
    return "," not in tag and "/" not in tag


def _quoted(text: str) -> str:
    return quoteattr(_allowed(text))


def _allowed(text: str) -> str:
    """What XML 1.0 (2.2) lets stand in a document."""
    return _FORBIDDEN.sub("", text)
