"""Every way out: straight to a server, in two kinds, or through a proxy.

    a request ──► hosts that the configuration names ──► any address
             ├──► hosts that strangers name ──────────► public addresses only (``guard``)
             └──► a proxy (HTTP or SOCKS5) ────────────► the proxy looks names up and connects

Requests say by their extensions which way they take: "proxy" holds the address of one (a
``Secret``, or None), "trusted" whether the configuration names the host. Each way has a pool of
its own, so that a kept-alive connection into a private network is out of a stranger's reach.

What a proxy connects to cannot be checked from here. So no name is looked up here for it either
(a lookup would tell the network what is read), and strangers' hosts that are plainly private are
refused before it is asked (``guard.is_plainly_private``).
"""

from __future__ import annotations

import ssl
from urllib.parse import unquote, urlsplit

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from monitor.errors import FetchError
from monitor.feeds import extras, guard
from monitor.feeds.addresses import split_credentials
from monitor.model import Secret


class Doors(httpx.AsyncBaseTransport):
    """Sends each request the way that it names. Must be made, and closed, in a running loop.

    ``context`` says which certificates of servers, and of https proxies, are trusted.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context = context or httpx.create_ssl_context(trust_env=False)
        self._straight = {
            trusted: _transport(
                guard.connector(public_only=not trusted, ssl_context=self._context), self._context
            )
            for trusted in (True, False)
        }
        self._proxies: dict[Secret, httpx.AsyncBaseTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send by the way that the request names; strangers' where it names none."""
        proxy = request.extensions.get("proxy")
        if proxy is None:
            door = self._straight[bool(request.extensions.get("trusted", False))]
            return await door.handle_async_request(request)
        return await self._by(proxy).handle_async_request(request)

    async def aclose(self) -> None:
        """Close every pool."""
        for door in (*self._straight.values(), *self._proxies.values()):
            await door.aclose()

    def _by(self, proxy: Secret) -> httpx.AsyncBaseTransport:
        if proxy not in self._proxies:
            made = _socks if extras.is_socks(proxy.reveal()) else _http
            self._proxies[proxy] = made(proxy.reveal(), self._context)
        return self._proxies[proxy]


def _transport(
    connector: aiohttp.BaseConnector, context: ssl.SSLContext, proxy: httpx.Proxy | None = None
) -> AiohttpTransport:
    client = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
    return AiohttpTransport(verify=context, client=client, proxy=proxy)


def _http(address: str, context: ssl.SSLContext) -> httpx.AsyncBaseTransport:
    """Through an HTTP proxy: plain requests in absolute form, others in a tunnel (RFC 9110)."""
    connector = guard.connector(public_only=False, ssl_context=context)
    place, login = split_credentials(httpx.URL(address))
    # aiohttp hands this field to the proxy alone, as Proxy-Authorization.
    headers = {"authorization": login} if login else None
    return _transport(connector, context, httpx.Proxy(place, headers=headers))


def _socks(address: str, context: ssl.SSLContext) -> httpx.AsyncBaseTransport:
    """Through a SOCKS5 proxy (RFC 1928, with the password of RFC 1929)."""
    try:
        import aiohttp_socks
    except ImportError:
        raise FetchError(f"{extras.SOCKS_MISSING}; {extras.SOCKS_HINT}", temporary=False) from None
    parts = urlsplit(address)
    connector = aiohttp_socks.ProxyConnector(
        host=parts.hostname or "",
        port=parts.port or 1080,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password or "") if parts.username else None,
        rdns=True,
        limit=0,
        ssl=context,
    )
    return _Socks(_transport(connector, context), parts.hostname or "")


class _Socks(httpx.AsyncBaseTransport):
    """A SOCKS proxy, whose library has faults of its own; ``host`` is the proxy's."""

    def __init__(self, inner: AiohttpTransport, host: str) -> None:
        self._inner = inner
        self._host = host

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request; raises FetchError for what goes wrong at the proxy."""
        import aiohttp_socks

        try:
            return await self._inner.handle_async_request(request)
        except aiohttp_socks.ProxyConnectionError as fault:
            message = f"the proxy at {self._host} cannot be reached"
            raise FetchError(message, line_down=True) from fault
        except aiohttp_socks.ProxyTimeoutError as fault:
            raise FetchError(f"the proxy at {self._host} did not answer in time") from fault
        except aiohttp_socks.ProxyError as fault:
            raise FetchError(
                f"the proxy at {self._host} made no connection to {request.url.host}: "
                f"{str(fault).rstrip('.').lower()}"
            ) from fault

    async def aclose(self) -> None:
        """Close the pool."""
        await self._inner.aclose()
