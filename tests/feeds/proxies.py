"""Small proxies for the tests: HTTP (absolute form and CONNECT) and SOCKS5, with a password or not.

They know names that no name server knows: whatever a test says leads to this machine.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ipaddress
import re
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

HEAD_END = b"\r\n\r\n"


@dataclass(slots=True)
class Proxy:
    """A running proxy. ``names`` are hosts that it knows, ``asked`` what it was to connect to."""

    port: int = 0
    password: str | None = None
    names: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, int]] = field(default_factory=list)
    refuse: int | None = None

    def url(self, scheme: str, login: str = "") -> str:
        return f"{scheme}://{login}127.0.0.1:{self.port}"

    async def http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Requests in absolute form, one after the other; or a tunnel."""
        while True:
            head = (await reader.readuntil(HEAD_END)).decode("latin-1")
            method, target, _ = head.split("\r\n")[0].split()
            refused = 407 if not self._is_login_right(head) else self.refuse
            if refused is not None:
                writer.write(f"HTTP/1.1 {refused} No\r\ncontent-length: 0\r\n\r\n".encode())
                await writer.drain()
                return
            if method == "CONNECT":
                there = await self._connected(target)
                writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
                await both_ways((reader, writer), there)
                return
            _, _, place, path = target.split("/", 3)
            plain = re.sub(r"(?im)^proxy-.*\r\n", "", head.replace(target, f"/{path}", 1))
            await self._passed_on(place, plain, writer)

    def _is_login_right(self, head: str) -> bool:
        wanted = base64.b64encode((self.password or "").encode()).decode()
        said = re.search(r"(?im)^proxy-authorization: Basic (\S+)\r$", head)
        return self.password is None or (said is not None and said[1] == wanted)

    async def _passed_on(self, place: str, head: str, writer: asyncio.StreamWriter) -> None:
        upstream, to = await self._connected(place)
        to.write(head.encode("latin-1"))
        answer = await upstream.readuntil(HEAD_END)
        length = re.search(rb"(?i)content-length: (\d+)", answer)
        writer.write(answer + await upstream.readexactly(int(length[1]) if length else 0))
        await writer.drain()
        await closed(to)

    async def socks5(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """RFC 1928: greeting, perhaps a password (RFC 1929), one CONNECT, then a tunnel."""
        _, count = await reader.readexactly(2)
        offered = await reader.readexactly(count)
        method = 2 if self.password is not None else 0
        if method not in offered:
            writer.write(b"\x05\xff")
            await writer.drain()
            return
        writer.write(bytes((5, method)))
        if method == 2 and not await self._password_is_right(reader, writer):
            return
        await reader.readexactly(3)
        kind = (await reader.readexactly(1))[0]
        if kind == 3:
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        else:
            host = str(ipaddress.ip_address(await reader.readexactly(4 if kind == 1 else 16)))
        (port,) = struct.unpack(">H", await reader.readexactly(2))
        if self.refuse is not None:
            writer.write(bytes((5, self.refuse, 0, 1, 0, 0, 0, 0, 0, 0)))
            await writer.drain()
            return
        there = await self._connected(f"{host}:{port}")
        writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        await both_ways((reader, writer), there)

    async def _password_is_right(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        _, length = await reader.readexactly(2)
        user = (await reader.readexactly(length)).decode()
        word = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        right = f"{user}:{word}" == self.password
        writer.write(b"\x01\x00" if right else b"\x01\x01")
        await writer.drain()
        return right

    async def _connected(self, place: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, _, port = place.rpartition(":")
        self.asked.append((host, int(port)))
        return await asyncio.open_connection(self.names.get(host, host), int(port))


Side = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def both_ways(one: Side, other: Side) -> None:
    try:
        await asyncio.gather(_pipe(one[0], other[1]), _pipe(other[0], one[1]))
    finally:
        await closed(other[1])


async def closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()


@asynccontextmanager
async def proxying(kind: str, password: str | None = None) -> AsyncIterator[Proxy]:
    """A proxy of ``kind`` "http" or "socks5"; ``password`` is "user:word"."""
    proxy = Proxy(password=password)
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
    serve = proxy.http if kind == "http" else proxy.socks5
    tasks: set[asyncio.Task[None]] = set()

    async def handled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await serve(reader, writer)
        await closed(writer)

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(handled(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
