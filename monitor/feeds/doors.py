"""Every way out: straight to a server, in two kinds, or through a proxy.

    a request ──► hosts that the configuration names ──► any address
             ├──► hosts that strangers name ──────────► public addresses only (``guard``)
             └──► a proxy (HTTP or SOCKS5) ────────────► the proxy looks names up and connects

Requests say by their extensions which way they take: "proxy" holds the address of one (a
``Secret``, or None), "trusted" whether the configuration names the host. Each way has connections
of its own, so that one kept into a private network is out of a stranger's reach.

What a proxy connects to cannot be checked from here. So no name is looked up here for it either
(a lookup would tell the network what is read), and strangers' hosts that are plainly private are
refused before it is asked (``guard.is_plainly_private``).
"""

from __future__ import annotations

import ssl
from functools import partial

import httpx

from monitor.feeds import guard
from monitor.feeds.connecting import connect
from monitor.feeds.keep_alive import KeepAliveTransport
from monitor.feeds.late_trust import LateTrust
from monitor.model import Secret


class Doors(httpx.AsyncBaseTransport):
    """Sends each request the way that it names. Must be closed in the loop that it is used in.

    ``context`` says which certificates of servers, and of https proxies, are trusted; None: the
    usual ones.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context = context or LateTrust()
        self._straight = {
            trusted: KeepAliveTransport(
                partial(connect, context=self._context, open_socket=open_socket)
            )
            for trusted, open_socket in (
                (True, guard.open_socket),
                (False, guard.open_public_socket),
            )
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
        """Close every connection that is kept."""
        for door in (*self._straight.values(), *self._proxies.values()):
            await door.aclose()

    def _by(self, proxy: Secret) -> httpx.AsyncBaseTransport:
        if proxy not in self._proxies:
            from monitor.feeds.proxies import through

            self._proxies[proxy] = through(proxy.reveal(), self._context)
        return self._proxies[proxy]
