"""A small HTTP server for the tests: it answers as each test says, rightly or wrongly."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Request:
    """What was asked, with header names in lower case."""

    path: str
    headers: dict[str, str]


@dataclass(slots=True)
class Site:
    """A running server: ``answers`` by path, and what was asked so far, over how many connections.

    ``open_now`` are requests that are being answered, ``open_connections`` connections that stand.
    """

    port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    open_now: int = 0
    most_open: int = 0
    connections: int = 0
    open_connections: int = 0

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_connections += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._one(reader, writer):
                pass
        self.open_connections -= 1
        writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = [line.partition(":") for line in head[1:] if line]
        request = Request(
            head[0].split()[1],
            {name.strip().lower(): value.strip() for name, _, value in fields},
        )
        self.requests.append(request)
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            await self.answers.get(request.path, status(404))(writer)
            await writer.drain()
        finally:
            self.open_now -= 1
        return not writer.is_closing()


def ok(body: bytes, **headers: str) -> Answer:
    return status(200, body, **headers)


def status(code: int, body: bytes = b"", **headers: str) -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        fields = {"content-length": str(len(body)), **headers}
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
        head = f"HTTP/1.1 {code} Whatever\r\n" + "\r\n".join(lines) + "\r\n\r\n"
        writer.write(head.encode("latin-1") + body)

    return answer


def redirect(to: str, code: int = 302) -> Answer:
    return status(code, location=to)


def streamed(pieces: AsyncIterator[bytes], **headers: str) -> Answer:
    """A body of unknown length, which ends with the connection."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        fields = {"connection": "close", **headers}
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
        writer.write(("HTTP/1.1 200 OK\r\n" + "\r\n".join(lines) + "\r\n\r\n").encode())
        async for piece in pieces:
            writer.write(piece)
            await writer.drain()
        writer.close()

    return answer


def raw(data: bytes) -> Answer:
    """Exactly these bytes, and the end of the connection."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        writer.close()

    return answer


async def silence(_writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


@asynccontextmanager
async def running(host: str = "127.0.0.1") -> AsyncIterator[Site]:
    site = Site()
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(site.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, host, 0)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
