"""GET requests to servers, over connections that are kept for the next one for a while.

    request ──► a kept connection of its place, or a new one ──► answer ──► kept again, or closed

It is a transport for httpx and does what polls need: no bodies in requests, no upgrades. Time and
size of answers are bounded by who asks; of httpx's time limits only "pool" is looked at: how many
seconds there are until a connection stands.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx

from monitor.feeds.connecting import Place
from monitor.feeds.connection import Connection

KEPT_SECONDS = 15.0
"""How long a connection is kept for the next request; servers close theirs after 5 to 75."""

Connect = Callable[[Place, float | None], Awaitable[Connection]]
"""Makes a connection to a place within some seconds; raises httpx.ConnectError and its like."""

Head = Callable[[httpx.Request], bytes]
"""The bytes of a request; raises ValueError where a field cannot be sent."""


class KeepAliveTransport(httpx.AsyncBaseTransport):
    """Sends each request over a connection that ``connect`` has made; closed by ``aclose``.

    ``head`` makes the bytes of a request where they are not those that a server is sent.
    """

    def __init__(self, connect: Connect, head: Head | None = None) -> None:
        self._connect = connect
        self._head = head or request_head
        self._kept: dict[Place, list[Connection]] = {}
        self._sweeping: asyncio.TimerHandle | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and give the answer as soon as its head is there.

        Raises httpx.TransportError, and ValueError where a header field cannot be sent.
        """
        place, head = place_of(request.url), self._head(request)
        limits = request.extensions.get("timeout", {})
        connection = await self._asked(place, head, limits.get("pool"))
        body = _Body(connection, lambda: self._give_back(place, connection))
        return httpx.Response(
            connection.status, headers=connection.headers, stream=body, request=request
        )

    async def aclose(self) -> None:
        """Close the connections that are kept."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None
        for kept in self._kept.values():
            for connection in kept:
                connection.abort()
        self._kept.clear()
        await asyncio.sleep(0)  # sockets are closed in the loop's next round

    async def _asked(self, place: Place, head: bytes, seconds: float | None) -> Connection:
        """A connection to ``place`` on which the head of the answer has come.

        A server may close a kept connection just as it is asked. Where nothing of an answer has
        come, the question is put again (RFC 9110, 9.2.2), over a new connection in the end.
        """
        while kept := self._fresh(place):
            try:
                return await _ask(kept, head)
            except httpx.ReadError:
                if kept.has_begun:
                    raise
        return await _ask(await self._connect(place, seconds), head)

    def _fresh(self, place: Place) -> Connection | None:
        """A connection to ``place`` that can still be used, taken out of those kept."""
        kept = self._kept.get(place)
        oldest = asyncio.get_running_loop().time() - KEPT_SECONDS
        while kept:
            connection = kept.pop()
            if not connection.is_closed and connection.idle_since > oldest:
                return connection
            connection.abort()
        return None

    def _give_back(self, place: Place, connection: Connection) -> None:
        """Keep a connection whose answer is over; close any other."""
        if not connection.can_be_asked:
            connection.abort()
            return
        loop = asyncio.get_running_loop()
        connection.idle_since = loop.time()
        self._kept.setdefault(place, []).append(connection)
        if self._sweeping is None:
            self._sweeping = loop.call_later(KEPT_SECONDS, self._sweep)

    def _sweep(self) -> None:
        """Close what was kept in vain, and come again while anything is kept."""
        loop = asyncio.get_running_loop()
        oldest = loop.time() - KEPT_SECONDS
        for place, kept in list(self._kept.items()):
            for connection in kept:
                if connection.idle_since <= oldest:
                    connection.abort()
            self._kept[place] = [connection for connection in kept if not connection.is_closed]
            if not self._kept[place]:
                del self._kept[place]
        self._sweeping = loop.call_later(KEPT_SECONDS, self._sweep) if self._kept else None


class _Body(httpx.AsyncByteStream):
    """The body of an answer; ``give_back`` is called when it is done with."""

    def __init__(self, connection: Connection, give_back: Callable[[], None]) -> None:
        self._connection = connection
        self._give_back: Callable[[], None] | None = give_back

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._connection.body():
            yield piece

    async def aclose(self) -> None:
        """Let the connection go, once."""
        give_back, self._give_back = self._give_back, None
        if give_back is not None:
            give_back()


async def _ask(connection: Connection, head: bytes) -> Connection:
    try:
        await connection.ask(head)
    except BaseException:
        connection.abort()
        raise
    return connection


def place_of(url: httpx.URL) -> Place:
    """Where a request to ``url`` goes; raises httpx.UnsupportedProtocol."""
    if url.scheme not in ("http", "https"):
        raise httpx.UnsupportedProtocol(f"{url.scheme}: is neither http nor https")
    port = url.port or (443 if url.scheme == "https" else 80)
    if port > 65535:
        raise httpx.UnsupportedProtocol("there is no such port")
    return Place(url.scheme, url.raw_host.decode("ascii"), port)


def request_head(
    request: httpx.Request, target: bytes | None = None, *more: tuple[bytes, bytes]
) -> bytes:
    """The bytes of a GET (RFC 9112, 3): its ``target`` (None: the path), its fields and ``more``.

    Raises ValueError where a field would break its line.
    """
    url = request.url
    fields = [b"%b: %b" % field for field in (*request.headers.raw, *more)]
    if "host" not in request.headers:
        fields.insert(0, b"Host: %b" % url.netloc)
    head = b"\r\n".join((b"GET %b HTTP/1.1" % (target or url.raw_path), *fields, b"", b""))
    breaks = len(fields) + 2
    if head.count(b"\n") != breaks or head.count(b"\r") != breaks:
        raise ValueError("a header field holds a line break")
    return head
