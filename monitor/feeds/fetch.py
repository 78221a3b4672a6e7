"""The only reader of feeds over HTTP, bounded in time, size and reach.

    Lanes ──► one request ──► redirect? ──► the next request, checked anew
                 │
                 └──► 304: unchanged · 2xx: the body, unpacked within its limit · else: FetchError

A poll has ``timeout`` seconds for all its requests together, from the first connection to the
last byte, however slowly they drip; waiting for a slot does not count, nor does a large document's
waiting for memory (``holding``), in which it leaves its slot to others. Redirects are followed by
hand: each is checked, and what is secret goes to the feed's own server only.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from types import TracebackType
from typing import Self

import httpx

from monitor.errors import FetchError
from monitor.feeds import guard, plain_words
from monitor.feeds.addresses import (
    is_home,
    is_local,
    is_same_origin,
    local_path,
    place_of,
    split_credentials,
)
from monitor.feeds.doors import Doors
from monitor.feeds.holding import LARGE, Holding, Share
from monitor.feeds.http_fields import freshness, media_type
from monitor.feeds.inflate import ACCEPTED, Body, is_packed
from monitor.feeds.lanes import Lanes, Slot
from monitor.feeds.local_file import read_if_changed
from monitor.feeds.options import Subscription
from monitor.model import Clock, utc_now

MAX_HOPS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_CONNECT_SHARE = 0.75  # of a poll's time: without a connection by then, nobody is there
_SLICE = 64 * 1024  # bytes that are unpacked in one go
_HASH_DIGITS = 32
_THIS_MACHINE = ""  # the place of feeds that are files
_WANTED = (
    "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)


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


@dataclass(slots=True)
class _Poll:
    """One poll on its way through redirects. ``left``: seconds that remain of its time.

    ``home`` is the feed's own address, ``url`` the one asked now. ``home_trusted``: whether the
    feed's own server may be on a private network. ``slot`` and ``deadline`` are those of the
    request under way.
    """

    subscription: Subscription
    home: httpx.URL
    url: httpx.URL
    secrets: dict[str, str]
    conditions: dict[str, str]
    timeout: float
    left: float
    share: Share | None = None
    slot: Slot = field(init=False)
    deadline: asyncio.Timeout = field(init=False)
    answered: bool = False
    permanent: bool = True
    home_trusted: bool = True
    seen: list[str] = field(default_factory=list)

    def follow(self, answer: httpx.Response) -> None:
        """Go on to where a redirect points. Raises FetchError where that leads nowhere."""
        self.seen.append(str(self.url))
        location = answer.headers.get("location")
        if not location:
            raise plain_words.status_fault(answer.status_code, answer.headers, utc_now())
        target = _joined(self.url, location)
        if str(target) in self.seen:
            raise FetchError("redirects in a circle", temporary=False)
        if len(self.seen) > MAX_HOPS:
            raise FetchError(f"redirects more than {MAX_HOPS} times", temporary=False)
        self.permanent &= answer.status_code in _PERMANENT
        self.url = target

    @property
    def moved_to(self) -> str | None:
        """The new address, where nothing but permanent redirects (RFC 9110, 15.4) led to it."""
        return str(self.url) if self.seen and self.permanent else None

    @property
    def trusted(self) -> bool:
        """Whether the server asked now may be on a private network."""
        at_home = self.home_trusted and (self.url is self.home or is_home(self.home, self.url))
        return self.subscription.options.allow_private or at_home

    @property
    def headers(self) -> dict[str, str]:
        """The header fields for the server asked now."""
        at_home = self.url is self.home or is_same_origin(self.home, self.url)
        own = self.secrets if at_home else {}
        return {
            "user-agent": self.subscription.options.user_agent,
            "accept": _WANTED,
            "accept-encoding": ACCEPTED,
            **self.conditions,
            **own,
        }


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
        poll = _begin(subscription, etag, last_modified)
        poll.share = share
        poll.url = _joined(poll.home, at) if at else poll.home
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
        poll = _begin(subscription, None, None)
        poll.url, poll.home_trusted = _joined(poll.home, link), home_trusted
        poll.timeout = poll.left = seconds
        poll.share = self._pages.share()
        try:
            return await self._run(poll)
        finally:
            poll.share.end()

    async def _run(self, poll: _Poll, ready: Ready = _at_once) -> Fetched:
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

    async def _got(self, poll: _Poll) -> Fetched | httpx.Response:
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

    async def _send(self, poll: _Poll) -> httpx.Response:
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
        except (httpx.InvalidURL, httpx.RemoteProtocolError) as fault:
            # Our own addresses were read before; httpx reads those of redirects as they come.
            raise plain_words.bad_redirect() from fault
        except (httpx.UnsupportedProtocol, ValueError) as fault:
            raise plain_words.unusable_address() from fault

    async def _understood(self, poll: _Poll, answer: httpx.Response) -> Fetched:
        now = self._clock()
        unchanged = answer.status_code == 304 and bool(poll.conditions)
        if not unchanged and not 200 <= answer.status_code < 300:
            raise plain_words.status_fault(answer.status_code, answer.headers, now)
        headers = dict(answer.headers.items())  # httpx reads through all of them for each it gives
        kind, charset = media_type(headers.get("content-type"))
        return Fetched(
            unchanged=unchanged,
            body=b"" if unchanged else await _body(poll, answer),
            url=str(poll.url),
            etag=headers.get("etag"),
            last_modified=headers.get("last-modified"),
            charset=charset,
            content_type=kind,
            max_age=freshness(headers, now),
            moved_to=poll.moved_to,
        )


def _joined(url: httpx.URL, location: str) -> httpx.URL:
    """Where a redirect points; a stranger's "user:password@" is left out."""
    try:
        target, _ = split_credentials(url.join(location))
        usable = target.scheme in ("http", "https") and bool(target.host)
    except (httpx.InvalidURL, ValueError) as fault:
        raise plain_words.bad_redirect() from fault
    if not usable:
        raise plain_words.bad_redirect()
    return target


def _begin(subscription: Subscription, etag: str | None, last_modified: str | None) -> _Poll:
    """The poll of a feed before its first request."""
    try:
        home, credentials = split_credentials(httpx.URL(subscription.feed.url.strip()))
        usable = home.scheme in ("http", "https") and bool(home.host)
    except (httpx.InvalidURL, ValueError) as fault:
        raise plain_words.unusable_address() from fault
    if not usable:
        raise FetchError(
            "the address of a feed begins with http:// or https://, or is an absolute path",
            temporary=False,
        )
    secrets = {"authorization": credentials} if credentials else {}
    secrets |= {name.lower(): value.reveal() for name, value in subscription.options.headers}
    conditions = {"if-none-match": etag, "if-modified-since": last_modified}
    return _Poll(
        subscription=subscription,
        home=home,
        url=home,
        secrets=secrets,
        # A validator with other letters cannot be sent back; without it the feed is asked whole.
        conditions={name: value for name, value in conditions.items() if value and value.isascii()},
        timeout=subscription.options.timeout,
        left=subscription.options.timeout,
    )


async def _body(poll: _Poll, answer: httpx.Response) -> bytes:
    """The body as it streams in, unpacked, and given up at once beyond the feed's ``max_size``.

    A file that was compressed before it was sent is unpacked as well, once.
    """
    limit = poll.subscription.options.max_size
    body = Body(answer.headers.get("content-encoding"), limit)
    async for piece in answer.aiter_raw():
        await _take(poll, body, piece)
    whole = body.joined()
    if not is_packed(whole):
        return whole
    inner = Body("gzip", limit)
    for at in range(0, len(whole), _SLICE):  # each of many members would copy all that is left
        await _take(poll, inner, whole[at : at + _SLICE])
        await asyncio.sleep(0)
    return inner.joined()


async def _take(poll: _Poll, body: Body, piece: bytes) -> None:
    """Add to a body what arrived, step by step; where it is large, as memory allows."""
    while piece:
        piece = body.take(piece)
        if body.size >= LARGE and poll.share and not poll.share.grown(body.size):
            await _turn(poll, poll.share)


async def _turn(poll: _Poll, share: Share) -> None:
    """Wait until more may come: in no slot, and without any loss of the poll's time."""
    loop = asyncio.get_running_loop()
    left = (poll.deadline.when() or 0) - loop.time()
    poll.deadline.reschedule(None)
    poll.slot.leave()
    await share.turn()
    poll.deadline.reschedule(loop.time() + left)


def _is_private_literal(host: str) -> bool:
    """Whether ``host`` is an address, and not a public one. Names are judged when resolved."""
    literal = ":" in host or host.replace(".", "").isdigit()
    return literal and not guard.is_public(host)
