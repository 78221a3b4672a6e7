"""The pages behind new entries, read before anything is judged (``full_text = true``).

    what the feed says ──► which entries are new, or worded anew? ──► their pages ──► their articles

A page is asked for when its entry is new and may alert, or when the feed words it otherwise than
before; never again for what is known. What an article is known by, and whether it was changed,
goes by the feed's own words as ever: pages change with every visit. Where a page cannot be had,
the feed's own words are judged, and the article says so (``Article.note``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import field
from types import TracebackType
from typing import Self

from monitor.errors import FetchError
from monitor.feeds.addresses import shown
from monitor.feeds.fetch import Fetcher
from monitor.feeds.options import Subscription
from monitor.feeds.page_process import PageProcess, PageTooSlow
from monitor.feeds.page_text import is_page, joined, page_html
from monitor.log import Log
from monitor.model import Article
from monitor.records import dataclass

log = Log("poll")

MOST_PAGES = 50
"""So many pages are read for one poll; for what is beyond, the feed's own words are judged."""

SECONDS_FOR_ALL = 120.0
"""So long the pages of one poll may take together; each has the feed's own ``timeout``."""

MOST_SLOW = 2
"""After so many pages that take too long to be understood, no more of a poll are looked at: others
wait for their turn."""

AT_ONCE = 2
"""Pages of one poll under way: feeds of the same server wait no longer than for two."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is judged of an article: ``text``, and where it is not its page's the ``reason``."""

    text: str
    reason: str | None = None
    slow: bool = False

    @property
    def note(self) -> str | None:
        """What is said of an article whose page could not be had."""
        return note(self.reason) if self.reason else None


@dataclass(slots=True)
class Pages:
    """What came of a poll's pages, by the id of the article; ``slow`` ones are counted."""

    told: dict[str, Told] = field(default_factory=dict)
    slow: int = 0


class PageReader:
    """Reads pages with ``fetcher``, whose lanes they share with feeds. A context manager."""

    def __init__(self, fetcher: Fetcher, process: PageProcess | None = None) -> None:
        self._fetcher = fetcher
        self._process = process or PageProcess()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._process.__aexit__(kind, fault, trace)

    async def read(self, subscription: Subscription, wanted: Sequence[Article]) -> Pages:
        """Read the pages of ``wanted``, which hold the feed's own words; never fails."""
        pages = Pages()
        until = asyncio.get_running_loop().time() + SECONDS_FOR_ALL
        places = asyncio.Semaphore(AT_ONCE)

        async def one(number: int, article: Article) -> None:
            async with places:
                if pages.slow < MOST_SLOW:
                    told = await self._told(subscription, article, number, until)
                else:
                    told = Told(article.text, "others of its site took too long")
            pages.slow += told.slow
            pages.told[article.id] = told

        async with asyncio.TaskGroup() as tasks:
            for number, article in enumerate(wanted):
                tasks.create_task(one(number, article))
        return pages

    async def _told(
        self, subscription: Subscription, article: Article, number: int, until: float
    ) -> Told:
        try:
            page = await self._article(subscription, _link(article, number), until)
        except FetchError as why:
            name, link = subscription.feed.name, shown(article.url or "")
            log.warning("full text not had", feed=name, url=link, reason=str(why))
            return Told(article.text, str(why), slow=isinstance(why, PageTooSlow))
        return Told(joined(article.text, page))

    async def _article(self, subscription: Subscription, link: str, until: float) -> str:
        """The article at ``link``. Raises FetchError."""
        left = until - asyncio.get_running_loop().time()
        if left <= 0:
            raise FetchError(f"the pages of one poll took over {SECONDS_FOR_ALL:g} s")
        seconds = min(subscription.options.timeout, left)
        fetched = await self._fetcher.follow(
            subscription, link, seconds=seconds, home_trusted=False
        )
        if not is_page(fetched.content_type):
            raise FetchError(f"what is there is no web page ({fetched.content_type})")
        html = await asyncio.to_thread(page_html, fetched.body, fetched.charset)
        found = await self._process.article_in(html)
        if not found:
            raise FetchError("no article was found in its page")
        return found


def _link(article: Article, number: int) -> str:
    """The page of the article that is the ``number``th of a poll, from 0. Raises FetchError."""
    if article.url is None:
        raise FetchError("the feed gives no link")
    if number >= MOST_PAGES:
        raise FetchError(f"more than {MOST_PAGES} came in one poll")
    return article.url


def note(reason: str) -> str:
    """What is said of an article whose page could not be had."""
    return f"The full text could not be had ({reason}); what the feed says was judged."
