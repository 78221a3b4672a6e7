"""The article in a web page: its words, without menus, comments and advertisements. No I/O.

The finding is trafilatura's (the extra ``fulltext``), set to rather leave a menu out than take it
for the article. There are small pages that keep it busy for minutes, so it is never called in the
daemon itself: ``page_process`` is.
"""

from __future__ import annotations

import re

from monitor.feeds.decode import decode
from monitor.text.clean import clean_text

_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
_HEAD = 4096  # bytes in which a page may say its encoding (HTML standard, 13.2.3.2; here more)
_PAGE_TYPES = ("", "text/html", "application/xhtml+xml", "application/xml", "text/xml")
LONGEST = 2_000_000
"""Characters of a page that are looked at; the largest news pages have a fifth of that."""


def is_page(content_type: str | None) -> bool:
    """Whether what HTTP calls ``content_type`` may be a web page."""
    return (content_type or "").lower() in _PAGE_TYPES


def page_html(body: bytes, charset: str | None) -> str:
    """A page's bytes as text; ``charset`` is what HTTP says, before what the page says itself."""
    said = _META.search(body[:_HEAD])
    return decode(body, charset=charset or (said[1].decode("ascii") if said else None))


def article_in(html: str) -> str:
    """The article's text, with paragraph breaks; empty where the page holds none."""
    import trafilatura

    found = trafilatura.extract(
        html[:LONGEST],
        include_comments=False,
        include_tables=True,
        favor_precision=True,
        fast=True,
        output_format="html",
    )
    return clean_text(found) if found else ""


def joined(own: str, page: str) -> str:
    """The text to judge: the page's, after what the feed says where that says something else."""
    flat = " ".join(page.split()).casefold()
    known = " ".join(own.split()).casefold().rstrip(" .…[]")
    return page if known in flat else f"{own}\n\n{page}"
