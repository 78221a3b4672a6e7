"""A web page read once, to try rules on it: its title and its words, without its markup."""

from __future__ import annotations

import re

from monitor.feeds.decode import decode
from monitor.feeds.fetch import Fetcher
from monitor.feeds.options import PollOptions, Subscription
from monitor.model import Feed
from monitor.records import dataclass
from monitor.text.clean import clean_text, clean_title

_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_TITLE_WITHIN = 100_000  # characters; a title further down is none


@dataclass(frozen=True, slots=True)
class Page:
    """The title and the text of a page; the text may hold menus and the like."""

    title: str
    text: str


async def read_page(url: str) -> Page:
    """Fetch a page under the same bounds as a feed. Raises FetchError."""
    subscription = Subscription(Feed(url=url, name=url), PollOptions())
    async with Fetcher(concurrency=1) as fetcher:
        fetched = await fetcher.fetch(subscription, etag=None, last_modified=None)
    text = decode(fetched.body, charset=fetched.charset)
    title = _TITLE.search(text, 0, _TITLE_WITHIN)
    body = text[title.end() :] if title else text
    return Page(clean_title(title[1]) if title else "", clean_text(body))
