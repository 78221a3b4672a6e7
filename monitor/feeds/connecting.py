"""From the name of a server to a connection: addresses, a socket, and TLS where it is https.

    name ──► addresses ──► a socket to one of them (RFC 8305) ──► TLS ──► Connection

Where sockets are opened is up to the caller: ``guard.open_public_socket`` refuses addresses that
are not public ones, after the last lookup and before anything is sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from typing import NamedTuple

import httpx
from aiohappyeyeballs import start_connection

from monitor.feeds.connection import Connection
from monitor.feeds.guard import AddrInfo

OpenSocket = Callable[[AddrInfo], socket.socket]
_NEXT_ADDRESS = 0.25  # seconds until the next address is tried beside the first (RFC 8305, 8)


class Place(NamedTuple):
    """Where a request goes: connections to one place are alike."""

    scheme: str
    host: str
    port: int


async def connect(
    place: Place, seconds: float | None, *, context: ssl.SSLContext, open_socket: OpenSocket
) -> Connection:
    """A connection to ``place`` within ``seconds`` (None: as long as it takes).

    ``context`` says which certificates are trusted, ``open_socket`` opens the socket or refuses.
    Raises httpx.ConnectTimeout, and httpx.ConnectError with the OSError that it comes of:
    socket.gaierror where there is no such name, ssl.SSLError for what TLS did not bear.
    """
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            addresses = await look_up(place.host, place.port)
            opened = await start_connection(
                addresses, happy_eyeballs_delay=_NEXT_ADDRESS, socket_factory=open_socket
            )
            return await over(opened, place, context)
    except OSError as fault:
        if limit.expired():
            raise httpx.ConnectTimeout("no connection in time") from fault
        raise httpx.ConnectError(str(fault)) from fault


async def over(opened: socket.socket, place: Place, context: ssl.SSLContext) -> Connection:
    """The connection to ``place`` over a socket that leads there; raises httpx.ConnectError."""
    secure = place.scheme == "https"
    try:
        _, connection = await asyncio.get_running_loop().create_connection(
            Connection,
            sock=opened,
            ssl=context if secure else None,
            server_hostname=name_in_certificate(place) if secure else None,
        )
    except OSError as fault:
        raise httpx.ConnectError(str(fault)) from fault
    except ValueError:  # a name that cannot be one in a certificate
        opened.close()
        raise
    return connection


def name_in_certificate(place: Place) -> str:
    """What a server's certificate must name: its host, without the dot that may end a name."""
    return place.host.rstrip(".")


async def look_up(host: str, port: int) -> list[AddrInfo]:
    """The addresses of ``host``; raises OSError (socket.gaierror) where there are none.

    Each lookup has a thread of its own that nobody waits for at the end. The loop's own pool has
    few threads, and a name server that never answers holds one for half a minute: a handful of
    dead names would stop every other feed, and hold up the end of the program. The number of
    lookups under way is bounded by the number of polls under way.
    """
    if _is_literal(host):
        return _asked(host, port)
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[AddrInfo]] = loop.create_future()
    threading.Thread(target=_look_up, args=(loop, answer, host, port), daemon=True).start()
    return await answer


def _is_literal(host: str) -> bool:
    """Whether ``host`` is an address as written, for which nobody is asked."""
    for family in (socket.AF_INET, socket.AF_INET6):
        with contextlib.suppress(OSError, ValueError):
            socket.inet_pton(family, host)
            return True
    return False


def _asked(host: str, port: int) -> list[AddrInfo]:
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


def _look_up(
    loop: asyncio.AbstractEventLoop,
    answer: asyncio.Future[list[AddrInfo]],
    host: str,
    port: int,
) -> None:
    """Ask the system for the addresses, and hand the answer to the loop if it still runs."""
    deliver: Callable[[], None]
    try:
        found = _asked(host, port)
        deliver = _unless_done(answer, lambda: answer.set_result(found))
    except (OSError, UnicodeError) as fault:
        refusal = fault if isinstance(fault, OSError) else socket.gaierror(socket.EAI_NONAME, "")
        deliver = _unless_done(answer, lambda: answer.set_exception(refusal))
    with contextlib.suppress(RuntimeError):  # the loop has ended in the meantime
        loop.call_soon_threadsafe(deliver)


def _unless_done(
    answer: asyncio.Future[list[AddrInfo]], act: Callable[[], None]
) -> Callable[[], None]:
    """``act``, but nothing where the one who asked has gone."""
    return lambda: None if answer.done() else act()
