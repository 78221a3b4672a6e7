"""A server for the tests that answers bytes, piece by piece, whatever HTTP thinks of them."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto

from monitor.errors import FetchError
from monitor.feeds.fetch import Fetcher
from monitor.feeds.options import PollOptions, Subscription
from monitor.model import Feed


class Then(Enum):
    """What the server does with a connection besides sending bytes."""

    CLOSE = auto()
    RESET = auto()
    WAIT = auto()
    """Wait until the other side goes."""


FEED = b"<rss><title>F\xc3\xaate</title></rss>"
SIZE = b"Content-Length: %d\r\n" % len(FEED)
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
PLAIN = OK + SIZE + b"\r\n" + FEED

NO_HTTP = "127.0.0.1 answered with something that is not HTTP"
BROKE = "127.0.0.1 ended the connection before the answer was complete"


Step = bytes | Then | Iterable[bytes]
Answer = tuple[Step, ...]


@dataclass(slots=True)
class Script:
    """A running server: ``answers`` to one request after the other, the last of them for ever.
    A connection stays open after an answer that does not end with ``Then.CLOSE``.

    ``greeting`` is sent before any request. ``requests`` are heads as they came, each with the
    number of its connection, counted from 1.
    """

    answers: list[Answer]
    greeting: Answer = ()
    port: int = 0
    scheme: str = "http"
    connections: int = 0
    open_connections: int = 0
    requests: list[tuple[int, bytes]] = field(default_factory=list)

    def url(self, path: str = "/feed", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    async def until_open(self, number: int) -> None:
        """Wait until that many connections stand."""
        async with asyncio.timeout(5):
            while self.open_connections != number:
                await asyncio.sleep(0.002)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_connections += 1
        number = self.connections
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await _send(self.greeting, reader, writer)
                while not writer.is_closing():
                    head = await reader.readuntil(b"\r\n\r\n")
                    self.requests.append((number, head))
                    answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                    await _send(answer, reader, writer)
        finally:
            self.open_connections -= 1
            writer.close()


async def _send(answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    for step in answer:
        if isinstance(step, bytes):
            writer.write(step)
            await writer.drain()
            await asyncio.sleep(0)  # so that the pieces come one by one
        elif not isinstance(step, Then):
            for piece in step:  # which may have no end
                writer.write(piece)
                await writer.drain()
        elif step is Then.CLOSE:
            writer.close()
        elif step is Then.RESET:
            writer.transport.abort()
        else:
            await reader.read()


@asynccontextmanager
async def scripted(
    *answers: Answer,
    greeting: Answer = (),
    host: str = "127.0.0.1",
    context: ssl.SSLContext | None = None,
) -> AsyncIterator[Script]:
    script = Script(list(answers), greeting, scheme="https" if context else "http")
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(script.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, host, 0, ssl=context)
    script.port = server.sockets[0].getsockname()[1]
    try:
        yield script
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


def feed(url: str, **options: object) -> Subscription:
    settings: dict[str, object] = {"timeout": 5.0, "max_size": 1_000_000, **options}
    return Subscription(Feed(url=url, name="News"), PollOptions(**settings))  # type: ignore[arg-type]


async def outcome(fetcher: Fetcher, url: str, **options: object) -> bytes | str:
    """The body, or in which words it was refused."""
    try:
        return (await fetcher.fetch(feed(url, **options), etag=None, last_modified=None)).body
    except FetchError as fault:
        return str(fault)


def one_by_one(whole: bytes) -> Answer:
    """Byte by byte."""
    return tuple(bytes([each]) for each in whole)


def closing(*answer: bytes) -> Answer:
    """The answer and the end of the connection."""
    return (*answer, Then.CLOSE)


@dataclass(frozen=True)
class Row:
    """``comes``: the body, or what the poll is refused with. ``kept``: is the connection?"""

    name: str
    answer: Answer | bytes
    comes: bytes | str = FEED
    kept: bool = True


async def outcomes(row: Row, fetcher: Fetcher) -> tuple[bytes | str, bytes | str, bool]:
    """What a poll brings, what the next one (of a plain answer), and if over one connection."""
    answer = (row.answer,) if isinstance(row.answer, bytes) else row.answer
    async with scripted(answer, (PLAIN,)) as script:
        comes = await outcome(fetcher, script.url())
        again = await outcome(fetcher, script.url())
        return comes, again, script.connections == 1
