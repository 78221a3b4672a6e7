"""One HTTP/1.1 connection to a server (RFC 9112): a GET at a time, and its answer as it comes.

    request's bytes ──► the server ──► llhttp (httptools) ──► head ──► body, piece by piece

The parsing is llhttp's, which Node.js reads the web with; it is as lenient as browsers are where
nothing hangs on it (lines that end with LF alone, blanks around chunk sizes). What stands here is
what a parser does not know: how long a head may be, when to stop reading because nobody takes the
body, and that a body without a length ends with the connection.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from typing import cast

import httpx
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

HEAD_LIMIT = 64 * 1024
"""Bytes in which nothing of the body has come: a head, the lines after the last chunk."""
_AHEAD = 64 * 1024  # bytes of body that may wait to be taken before no more is read
_PIECE = 64 * 1024  # bytes of body that are given at once


class Connection(asyncio.Protocol):
    """A connection that ``asyncio`` has made; ``ask`` one thing, read its ``body``, ask the next.

    ``status`` and ``headers`` are those of the answer under way. ``has_begun``: whether any of it
    has come. ``idle_since`` is for whoever keeps the connection (the loop's time).
    """

    def __init__(self) -> None:
        self.is_closed = False
        self.idle_since = 0.0
        self._transport: asyncio.Transport
        self._parser: HttpResponseParser | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._begin()

    def _begin(self) -> None:
        """Forget the answer before."""
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.has_begun = False
        self._has_head = False
        self._is_complete = False
        self._is_kept_open = False
        self._fault: httpx.TransportError | None = None
        self._pieces: list[bytes] = []
        self._ahead = 0  # bytes in _pieces
        self._is_paused = False
        self._without_body = 0  # bytes since the last that were of the body

    async def ask(self, request: bytes) -> None:
        """Send the bytes of a request, and wait for the head of the answer; that of a 1xx is none.

        Raises httpx.ReadError where the connection ends before, and httpx.RemoteProtocolError for
        what is no HTTP. It has no time of its own: who asks bounds it.
        """
        self._begin()
        parser = self._parser = HttpResponseParser(self)
        parser.set_dangerous_leniencies(
            lenient_headers=True,
            lenient_optional_cr_before_lf=True,
            lenient_spaces_after_chunk_size=True,
        )
        self._transport.write(request)
        while not self._has_head:
            await self._more()

    async def body(self) -> AsyncIterator[bytes]:
        """The body as it comes, as it was sent (packed); raises as ``ask`` does."""
        while True:
            if self._pieces:
                come, self._pieces, self._ahead = b"".join(self._pieces), [], 0
                for at in range(0, len(come), _PIECE):
                    yield come[at : at + _PIECE]
                self._read_on()
            elif self._is_complete:
                return
            else:
                await self._more()

    async def secure(self, context: ssl.SSLContext, name: str) -> None:
        """Speak TLS from here on, to a server whose certificate names ``name``; raises OSError."""
        loop = asyncio.get_running_loop()
        transport = await loop.start_tls(self._transport, self, context, server_hostname=name)
        if transport is None:
            raise ConnectionResetError("the connection was closed")
        self._transport = transport

    @property
    def can_be_asked(self) -> bool:
        """Whether the whole answer has come, taken or not, and the server goes on listening."""
        return self._is_kept_open and not self.is_closed and not self._is_paused

    def abort(self) -> None:
        """Close at once; what was not read is lost."""
        self.is_closed = True
        self._transport.abort()

    async def _more(self) -> None:
        """Wait until anything has come; raises what the connection broke by."""
        if self._fault is not None:
            raise self._fault
        self._waiter = asyncio.get_running_loop().create_future()
        await self._waiter

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _fail(self, fault: httpx.TransportError) -> None:
        if not self._is_complete:
            self._fault = self._fault or fault
        self.abort()

    def _read_on(self) -> None:
        if self._is_paused:
            self._is_paused = False
            self._transport.resume_reading()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is there."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Bytes have come; what nobody asked for ends the connection."""
        parser = self._parser
        if parser is None or self._is_complete:
            self.abort()
            return
        self.has_begun = True
        for at in range(0, len(data), HEAD_LIMIT):
            self._parse(parser, data[at : at + HEAD_LIMIT])
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, which is how a body without a length ends."""
        self.is_closed = True
        if self._is_complete or self._fault is not None:
            pass
        elif self._has_head and exc is None and _ends_with_connection(self.headers):
            self._is_complete = True
        else:
            self._fault = httpx.ReadError(str(exc or "the connection was closed"))
            self._fault.__cause__ = exc
        self._parser = None  # it holds the connection in turn
        self._wake()

    def _parse(self, parser: HttpResponseParser, data: bytes) -> None:
        if self.is_closed:
            return
        self._without_body += len(data)
        try:
            parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as fault:
            self._fail(httpx.RemoteProtocolError(str(fault)))
        if self._without_body > HEAD_LIMIT:
            self._fail(httpx.RemoteProtocolError("a head without an end"))

    # What the parser calls.

    def on_message_begin(self) -> None:
        """An answer begins; a second one was not asked for, and raises an error in the parser."""
        if self._is_complete:
            raise ValueError("an answer that nobody asked for")

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of the head; those after the last chunk are dropped (RFC 9110, 6.5.1).

        Raises ValueError, which ends the parsing, where a value holds NUL (RFC 9110, 5.5).
        """
        if b"\0" in value:
            raise ValueError("a field with NUL")
        if not self._has_head:
            self.headers.append((name.rstrip(), value))  # a blank may stand before the colon

    def on_headers_complete(self) -> None:
        """A head is whole: that of the answer, or of a 1xx before it, which tells nothing here."""
        status = self._parser.get_status_code() if self._parser else 0
        if 100 <= status < 200:
            self.headers = []
        else:
            self.status, self._has_head = status, True

    def on_body(self, piece: bytes) -> None:
        """A piece of the body; where many wait to be taken, no more are read."""
        self._without_body = 0
        self._pieces.append(piece)
        self._ahead += len(piece)
        if self._ahead > _AHEAD and not self._is_paused and not self.is_closed:
            self._is_paused = True
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        """An answer is whole, or a 1xx before it."""
        self._is_complete = self._has_head
        if self._parser is not None:  # it knows only now: afterwards the fields are forgotten
            self._is_kept_open = self._is_complete and self._parser.should_keep_alive()


def _ends_with_connection(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether a body has neither a length nor chunks (RFC 9112, 6.3, rule 8)."""
    fields = {name.lower(): value for name, value in headers}
    coding = fields.get(b"transfer-encoding", b"").strip().lower()
    return b"content-length" not in fields and not coding.endswith(b"chunked")
