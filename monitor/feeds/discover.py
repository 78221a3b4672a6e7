"""The feeds of a site: what its page names, what it links to, and the usual places, each tried.

    the page ──► is a feed itself? ──► done
        └──► announced ──► linked ──► usual places ──► each asked once, read, and told

Politely: a handful of requests, two at a time, none further at the usual places once the site says
that it is too much. The person who asks names the site, so it may be on a private network; what its
page names elsewhere may not (``allow_private``).
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import field, replace
from datetime import datetime

from monitor.errors import FetchError
from monitor.feeds.fetch import Fetched, Fetcher
from monitor.feeds.options import PollOptions, Subscription
from monitor.feeds.page_feeds import ANNOUNCED, USUAL, Named, feeds_named_in, usual_places
from monitor.feeds.page_text import page_html
from monitor.feeds.parse import ParsedFeed, parse
from monitor.feeds.prolog import root_of
from monitor.model import Feed
from monitor.records import dataclass

SECONDS = 60.0
"""So long a search may take in all."""

_TOO_MUCH = frozenset({403, 429, 503})


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed that was tried and read. ``kind`` is "RSS", "Atom", "RDF" or "JSON Feed"."""

    url: str
    found: str
    title: str
    kind: str
    entries: int
    newest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Tried:
    """An address that is no feed, and what it is."""

    url: str
    found: str
    reason: str


@dataclass(slots=True)
class Discovery:
    """What came of a search. ``cut_short``: it took too long, and there may be more."""

    url: str
    feeds: list[FoundFeed] = field(default_factory=list)
    tried: list[Tried] = field(default_factory=list)
    cut_short: bool = False


async def discover(url: str, options: PollOptions, *, seconds: float = SECONDS) -> Discovery:
    """Find the feeds of the site at ``url``, a web address. Raises FetchError: it answers nothing.

    ``options`` hold for every request; a request takes at most half of their ``timeout``.
    """
    site = Subscription(Feed(url=url, name=url), options)
    async with Fetcher(concurrency=2) as fetcher:
        fetched = await fetcher.fetch(site, etag=None, last_modified=None)
        search = _Search(fetcher, site, fetched)
        try:
            async with asyncio.timeout(seconds):
                await search.run()
        except TimeoutError:
            search.result.cut_short = True
    return search.result


class _Search:
    """One search, on a page that was fetched."""

    def __init__(self, fetcher: Fetcher, site: Subscription, page: Fetched) -> None:
        self.result = Discovery(page.url)
        self._fetcher = fetcher
        # After a redirect the site is where it led: "example.org" is at "www.example.org".
        self._site = replace(site, feed=replace(site.feed, url=page.url))
        self._page = page
        self._bodies: set[bytes] = set()
        self._asked: set[str] = {page.url}

    async def run(self) -> None:
        """Try everything."""
        if self._is_feed(Named(self._page.url, ANNOUNCED), self._page):
            return
        html = page_html(self._page.body, self._page.charset)
        await self._try_all(feeds_named_in(html, self._page.url))
        for place in usual_places(self._page.url):
            if place.url not in self._asked and await self._try(place) in _TOO_MUCH:
                return

    async def _try_all(self, named: tuple[Named, ...]) -> None:
        """Two at a time, which the fetcher sees to; told in their order on the page."""
        fetched = await asyncio.gather(*(self._fetched(each) for each in named))
        for each, answer in zip(named, fetched, strict=True):
            self._note(each, answer)

    async def _try(self, named: Named) -> int | None:
        """Try one; the HTTP status of a refusal."""
        answer = await self._fetched(named)
        self._note(named, answer)
        return answer.status if isinstance(answer, FetchError) else None

    async def _fetched(self, named: Named) -> Fetched | FetchError:
        self._asked.add(named.url)
        seconds = self._site.options.timeout / 2
        try:
            return await self._fetcher.follow(
                self._site, named.url, seconds=seconds, home_trusted=True
            )
        except FetchError as error:
            return error

    def _note(self, named: Named, answer: Fetched | FetchError) -> None:
        if isinstance(answer, FetchError):
            self.result.tried.append(Tried(named.url, named.found, str(answer)))
        elif not self._is_feed(named, answer) and not self._is_known(answer):
            reason = str(_fault(answer))
            self.result.tried.append(Tried(named.url, named.found, reason))

    def _is_feed(self, named: Named, fetched: Fetched) -> bool:
        """Whether it is one; told unless the same document was."""
        try:
            parsed = _parsed(fetched)
        except FetchError:
            return False
        if not self._is_known(fetched):
            self._bodies.add(_print(fetched))
            # A guess that was led elsewhere is known by where it led.
            url = fetched.url if named.found == USUAL else named.url
            self.result.feeds.append(_described(url, named, fetched, parsed))
        return True

    def _is_known(self, fetched: Fetched) -> bool:
        urls = {feed.url for feed in self.result.feeds}
        return _print(fetched) in self._bodies or fetched.url in urls


def _print(fetched: Fetched) -> bytes:
    return hashlib.blake2b(fetched.body, digest_size=16).digest()


def _parsed(fetched: Fetched) -> ParsedFeed:
    return parse(
        fetched.body,
        url=fetched.url,
        charset=fetched.charset,
        content_type=fetched.content_type,
    )


def _fault(fetched: Fetched) -> FetchError | None:
    """Why a document is no feed."""
    try:
        _parsed(fetched)
    except FetchError as error:
        return error
    return None


def _described(url: str, named: Named, fetched: Fetched, parsed: ParsedFeed) -> FoundFeed:
    dates = [entry.published_at or entry.updated_at for entry in parsed.entries]
    return FoundFeed(
        url=url,
        found=named.found,
        title=parsed.title or named.title,
        kind=kind_of(page_html(fetched.body[:5000], fetched.charset)),
        entries=len(parsed.entries),
        newest_at=max((date for date in dates if date), default=None),
    )


def kind_of(text: str) -> str:
    """What sort of feed a document is, by its beginning."""
    if text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return "JSON Feed"
    root = (root_of(text) or "").lower().rpartition(":")[2]
    return {"feed": "Atom", "rdf": "RDF"}.get(root, "RSS")
