"""Small feeds written out, and what the parser makes of them."""

from __future__ import annotations

import pytest

from monitor.errors import NotAFeed
from monitor.feeds.parse import ParsedFeed, parse
from monitor.model import Entry

URL = "https://news.example/feeds/world.xml"


def read(document: str | bytes, **hints: str | None) -> ParsedFeed:
    body = document.encode() if isinstance(document, str) else document
    return parse(body, url=URL, charset=hints.get("charset"))


def rss(items: str, head: str = "") -> str:
    return (
        '<?xml version="1.0"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<channel><title>World</title>{head}{items}</channel></rss>"
    )


def atom(entry: str, head: str = "") -> str:
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>World</title>'
        f"{head}<entry>{entry}</entry></feed>"
    )


def only(parsed: ParsedFeed) -> Entry:
    (entry,) = parsed.entries
    return entry


def refusal(document: str | bytes) -> str:
    with pytest.raises(NotAFeed) as caught:
        read(document)
    return str(caught.value)
