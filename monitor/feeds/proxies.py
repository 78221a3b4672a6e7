"""Through a proxy, which looks the server's name up and connects to it.

http, by an HTTP proxy  ──► asked in absolute form, each request by itself (RFC 9112, 3.2.2)
https, by an HTTP proxy ──► a tunnel (CONNECT; RFC 9110, 9.3.6), TLS inside of it
both, by a SOCKS proxy  ──► SOCKS5 (RFC 1928, 1929) by python-socks, an extra
"""

from __future__ import annotations

import ssl
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import httpx

from monitor.errors import FetchError
from monitor.feeds import connecting, extras, guard, plain_words
from monitor.feeds.addresses import split_credentials
from monitor.feeds.connecting import Place
from monitor.feeds.connection import Connection
from monitor.feeds.keep_alive import Connect, KeepAliveTransport, place_of, request_head

if TYPE_CHECKING:
    from python_socks.async_.asyncio import Proxy


def through(address: str, context: ssl.SSLContext) -> httpx.AsyncBaseTransport:
    """The way through the proxy at ``address``, which may hold a password.

    ``context`` says which certificates of servers, and of https proxies, are trusted. Raises
    FetchError where a library is missing; so do requests for what goes wrong at the proxy.
    """
    if extras.is_socks(address):
        return KeepAliveTransport(_socks(address, context))
    url, login = split_credentials(httpx.URL(address))
    proxy = _HttpProxy(place_of(url), login, context)
    return KeepAliveTransport(proxy.connect, proxy.head)


class _HttpProxy:
    """An HTTP proxy at ``place``; ``login`` is what it is told who asks (Basic, RFC 7617)."""

    def __init__(self, place: Place, login: str | None, context: ssl.SSLContext) -> None:
        self._place = place
        self._login = [(b"Proxy-Authorization", login.encode("ascii"))] if login else []
        self._context = context

    def head(self, request: httpx.Request) -> bytes:
        """The bytes of a request: to the proxy itself where it is not for a tunnel."""
        if request.url.scheme == "https":
            return request_head(request)
        url = request.url
        return request_head(request, b"http://%b%b" % (url.netloc, url.raw_path), *self._login)

    async def connect(self, target: Place, seconds: float | None) -> Connection:
        """A connection on which requests to ``target`` can be sent."""
        connection = await self._reached(seconds)
        if target.scheme == "https":
            try:
                await self._tunnel(connection, target)
            except BaseException:
                connection.abort()
                raise
        return connection

    async def _reached(self, seconds: float | None) -> Connection:
        """A connection to the proxy."""
        try:
            return await connecting.connect(
                self._place, seconds, context=self._context, open_socket=guard.open_socket
            )
        except (httpx.ConnectError, httpx.ConnectTimeout) as fault:
            at = f"the proxy at {self._place.host}"
            if isinstance(fault.__cause__, ssl.SSLError):
                reason = plain_words.tls_reason(fault.__cause__)
                raise FetchError(
                    f"no secure connection to {at}: {reason}", unreached=True
                ) from fault
            raise FetchError(f"{at} cannot be reached", line_down=True) from fault

    async def _tunnel(self, connection: Connection, target: Place) -> None:
        """Have the proxy connect to ``target``, and speak TLS with that."""
        host = f"[{target.host}]" if ":" in target.host else target.host
        to = f"{host}:{target.port}".encode("ascii")
        fields = [(b"Host", to), *self._login]
        lines = [b"CONNECT %b HTTP/1.1" % to, *(b"%b: %b" % field for field in fields)]
        refused = f"the proxy made no connection to {target.host}"
        try:
            await connection.ask(b"\r\n".join((*lines, b"", b"")))
        except httpx.TransportError as fault:
            raise FetchError(f"{refused}: it gave no whole answer") from fault
        if not 200 <= connection.status < 300:
            raise FetchError(f"{refused}: it answered {connection.status}")
        try:
            await connection.secure(self._context, connecting.name_in_certificate(target))
        except OSError as fault:
            raise httpx.ConnectError(str(fault)) from fault


def _socks(address: str, context: ssl.SSLContext) -> Connect:
    """Connections through a SOCKS5 proxy."""
    try:
        from python_socks import ProxyType
        from python_socks.async_.asyncio import Proxy
    except ImportError:
        raise FetchError(f"{extras.SOCKS_MISSING}; {extras.SOCKS_HINT}", temporary=False) from None
    parts = urlsplit(address)
    proxy = Proxy(
        ProxyType.SOCKS5,
        host=parts.hostname or "",
        port=parts.port or 1080,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password or "") if parts.username else None,
        rdns=True,
    )
    return partial(_by_socks, proxy, parts.hostname or "", context)


async def _by_socks(
    proxy: Proxy, host: str, context: ssl.SSLContext, target: Place, seconds: float | None
) -> Connection:
    """A connection to ``target`` through ``proxy``, which is at ``host``."""
    from python_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError

    try:
        opened = await proxy.connect(target.host, target.port, timeout=seconds)
    except ProxyConnectionError as fault:
        raise FetchError(f"the proxy at {host} cannot be reached", line_down=True) from fault
    except ProxyTimeoutError as fault:
        raise FetchError(f"the proxy at {host} did not answer in time") from fault
    except ProxyError as fault:
        raise FetchError(
            f"the proxy at {host} made no connection to {target.host}: "
            f"{str(fault).rstrip('.').lower()}"
        ) from fault
    return await connecting.over(opened, target, context)
