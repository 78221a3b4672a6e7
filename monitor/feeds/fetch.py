"""The only reader of feeds over HTTP, bounded in time, size and reach.

    Lanes ──► one request ──► redirect? ──► the next request, checked anew
                 │
                 └──► 304: unchanged · 2xx: the body, unpacked within its limit · else: FetchError

A poll has ``timeout`` seconds for all its requests together, from the first connection to the
last byte, however slowly they drip; waiting for a slot does not count, nor does a large document's
waiting for memory (``holding``), in which it leaves its slot to others.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from types import TracebackType
from typing import Self

import httpx

from monitor.errors import FetchError
from monitor.feeds import guard, plain_words
from monitor.feeds.addresses import is_local, local_path, place_of
from monitor.feeds.bodies import read_body
from monitor.feeds.doors import Doors
from monitor.feeds.holding import Holding, Share
from monitor.feeds.http_fields import freshness, media_type
from monitor.feeds.lanes import Lanes
from monitor.feeds.local_file import read_if_changed
from monitor.feeds.one_poll import OnePoll, begin, joined
from monitor.feeds.options import Subscription
from monitor.model import Clock, utc_now

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CONNECT_SHARE = 0.75  # of a poll's time: without a connection by then, nobody is there
_HASH_DIGITS = 32
_THIS_MACHINE = ""  # the place of feeds that are files

Ready = Callable[[], Awaitable[None]]
"""Waits until there is room for what an answer will bring."""


async def _at_once() -> None:
    """There is room at any time."""


@dataclass(frozen=True)
class Fetched:
    """What a poll brought.

    ``unchanged``: the server says that nothing is new (304), and ``body`` is empty. ``url`` is
    where the answer came from, after redirects. ``etag`` and ``last_modified`` are to be sent
    with the next poll; for a file, ``etag`` holds its mark. ``charset`` is the codec that the
    Content-Type names. ``max_age``: for how many seconds the server says the answer stays fresh.
    ``moved_to``: the new address, where every redirect on the way was a permanent one.
    """

    unchanged: bool
    body: bytes
    url: str
    etag: str | None = None
    last_modified: str | None = None
    charset: str | None = None
    content_type: str | None = None
    max_age: float | None = None
    moved_to: str | None = None

    @cached_property
    def body_hash(self) -> str:
        """A hash of the whole document."""
        return sha256(self.body, usedforsecurity=False).hexdigest()[:_HASH_DIGITS]


class _Question(httpx.Request):
    """A GET. It has no body, so none is made ready; the connection names the host asked.

    Raises UnicodeEncodeError where ``headers`` are not ASCII.
    """

    def __init__(
        self, url: httpx.URL, headers: dict[str, str], extensions: Mapping[str, object]
    ) -> None:
        super().__init__("GET", url, stream=_NO_BODY, extensions=extensions)
        self.headers = httpx.Headers(headers, "ascii")

    @property
    def content(self) -> bytes:
        """Nothing."""
        return b""


_NO_BODY = httpx.ByteStream(b"")


class Fetcher:
    """Fetches feeds, ``concurrency`` at once and at most two from one server.

    An asynchronous context manager: it owns its connections, closed at the end of the block.
    ``clock`` tells the time by which dates in answers are read. ``context`` says which certificates
    are trusted.
    """

    def __init__(
        self,
        concurrency: int = 32,
        *,
        clock: Clock = utc_now,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._lanes = Lanes(concurrency)
        self._clock = clock
        self._context = context
        self._pages = Holding()
        self._doors: Doors | None = None

    async def __aenter__(self) -> Self:
        # httpx notes every address in full, and addresses may hold secrets.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._doors = Doors(self._context)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._doors is not None:
            await self._doors.aclose()
            self._doors = None

    async def fetch(
        self,
        subscription: Subscription,
        *,
        etag: str | None,
        last_modified: str | None,
        at: str | None = None,
        ready: Ready = _at_once,
        share: Share | None = None,
    ) -> Fetched:
        """Read a feed, or learn that it is unchanged.

        ``etag`` and ``last_modified`` are the validators of the last poll that went well; None
        for both asks unconditionally. ``at`` is where the feed moved to: it is asked there, with
        no more rights and secrets than a redirect to that place would have. ``ready`` is waited
        for once it is the feed's turn; waiting is no part of the poll's time. ``share`` counts
        what has come, and a large document waits for it; None: nobody counts. Raises FetchError.
        """
        if is_local(subscription.feed.url):
            async with self._lanes.taken(_THIS_MACHINE) as slot:
                await ready()
                read = await self._read_file(subscription, etag)
                if share and not share.grown(len(read.body)):
                    slot.leave()
                    await share.turn()
                return read
        poll = begin(subscription, etag, last_modified)
        poll.share = share
        poll.url = joined(poll.home, at) if at else poll.home
        try:
            return await self._run(poll, ready)
        except FetchError as fault:
            fault.asked = str(poll.url)
            raise

    async def follow(
        self, subscription: Subscription, link: str, *, seconds: float, home_trusted: bool
    ) -> Fetched:
        """Read what a feed links to, within ``seconds``, under the feed's other bounds.

        The feed's headers go along where the link leads to its own server. The link is a
        stranger's: it must lead to public addresses, unless the feed's ``allow_private`` is set,
        or ``home_trusted`` and it is at the feed's own server. Raises FetchError.
        """
        if is_local(subscription.feed.url):  # a file has no server whose headers these were
            feed = replace(subscription.feed, url=link)
            subscription = Subscription(feed, replace(subscription.options, headers=()))
        poll = begin(subscription, None, None)
        poll.url, poll.home_trusted = joined(poll.home, link), home_trusted
        poll.timeout = poll.left = seconds
        poll.share = self._pages.share()
        try:
            return await self._run(poll)
        finally:
            poll.share.end()

    async def _run(self, poll: OnePoll, ready: Ready = _at_once) -> Fetched:
        while True:
            async with self._lanes.taken(place_of(poll.url)) as poll.slot:
                await ready()
                got = await self._got(poll)
            if isinstance(got, Fetched):
                return got
            poll.follow(got)

    async def _read_file(self, subscription: Subscription, known: str | None) -> Fetched:
        options, url = subscription.options, subscription.feed.url
        try:
            async with asyncio.timeout(options.timeout):
                mark, body = await asyncio.to_thread(
                    read_if_changed, local_path(url), known=known, limit=options.max_size
                )
        except TimeoutError as fault:
            raise plain_words.too_slow(options.timeout, answered=False) from fault
        return Fetched(unchanged=body is None, body=body or b"", url=url, etag=mark)

    async def _got(self, poll: OnePoll) -> Fetched | httpx.Response:
        """Send one request; gives what it brought, or the answer that points elsewhere.

        Whatever goes wrong becomes a FetchError. All of it is part of the poll's time.
        """
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            async with asyncio.timeout(max(poll.left, 0)) as poll.deadline:
                answer = await self._send(poll)
                try:
                    poll.answered = True
                    redirect = answer.status_code in _REDIRECTS
                    return answer if redirect else await self._understood(poll, answer)
                finally:
                    await answer.aclose()
        except TimeoutError as fault:
            raise plain_words.too_slow(poll.timeout, answered=poll.answered) from fault
        except plain_words.NETWORK_FAULTS as fault:
            raise plain_words.network_fault(fault, poll.url.host) from fault
        finally:
            poll.left -= loop.time() - started

    async def _send(self, poll: OnePoll) -> httpx.Response:
        if self._doors is None:
            raise RuntimeError("a Fetcher works inside its own block: async with Fetcher() as …")
        proxy = poll.subscription.options.proxy
        refused = guard.is_plainly_private if proxy else _is_private_literal
        if not poll.trusted and refused(poll.url.host):
            raise plain_words.private_address(poll.url.host)
        try:
            # Straight to the transport: of what httpx's client does beyond, nothing is wanted.
            timeout = {"pool": max(poll.left, 0) * _CONNECT_SHARE}
            extensions = {"trusted": poll.trusted, "proxy": proxy, "timeout": timeout}
            request = _Question(poll.url, poll.headers, extensions)
            return await self._doors.handle_async_request(request)
        except (httpx.UnsupportedProtocol, ValueError) as fault:
            raise plain_words.unusable_address() from fault

    async def _understood(self, poll: OnePoll, answer: httpx.Response) -> Fetched:
        now = self._clock()
        unchanged = answer.status_code == 304 and bool(poll.conditions)
        if not unchanged and not 200 <= answer.status_code < 300:
            raise plain_words.status_fault(answer.status_code, answer.headers, now)
        headers = dict(answer.headers.items())  # httpx reads through all of them for each it gives
        kind, charset = media_type(headers.get("content-type"))
        return Fetched(
            unchanged=unchanged,
            body=b"" if unchanged else await read_body(poll, answer),
            url=str(poll.url),
            etag=headers.get("etag"),
            last_modified=headers.get("last-modified"),
            charset=charset,
            content_type=kind,
            max_age=freshness(headers, now),
            moved_to=poll.moved_to,
        )


def _is_private_literal(host: str) -> bool:
    """Whether ``host`` is an address, and not a public one. Names are judged when resolved."""
    literal = ":" in host or host.replace(".", "").isdigit()
    return literal and not guard.is_public(host)
