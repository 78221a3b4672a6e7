"""What a stranger's server can make us connect to."""

from __future__ import annotations

import socket
import ssl
from typing import Any

import httpx
import pytest

from monitor.feeds import guard
from monitor.feeds.connecting import OpenSocket, Place, connect, look_up
from tests.feeds.server import Site, ok, running


class Rebinding:
    """A name server of a stranger: public at the first question, this machine ever after."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = 0
        monkeypatch.setattr(socket, "getaddrinfo", self._getaddrinfo)

    def _getaddrinfo(self, host: str, port: int, *rest: Any, **named: Any) -> list[guard.AddrInfo]:
        self.asked += 1
        address = "93.184.215.14" if self.asked == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port))]


async def test_a_name_that_changes_its_address_after_the_check_leads_nowhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running() as inner:
        inner.answers["/secret"] = ok(b"secret")
        Rebinding(monkeypatch)
        (checked,) = await look_up("feeds.example.org", inner.port)
        assert guard.is_public(checked[4][0])  # as a check by name would have found
        with pytest.raises(httpx.ConnectError) as refusal:
            await _read(inner, guard.open_public_socket)
        assert isinstance(refusal.value.__cause__, guard.PrivateAddressError)
        assert inner.requests == []
        # What it would have led to:
        assert (await _read(inner, guard.open_socket)).endswith(b"secret")


async def _read(site: Site, open_socket: OpenSocket) -> bytes:
    place = Place("http", "feeds.example.org", site.port)
    context = ssl.create_default_context()
    connection = await connect(place, 5, context=context, open_socket=open_socket)
    try:
        await connection.ask(b"GET /secret HTTP/1.1\r\nHost: feeds.example.org\r\n\r\n")
        return b"".join([piece async for piece in connection.body()])
    finally:
        connection.abort()
