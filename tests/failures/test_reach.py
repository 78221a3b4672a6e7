"""What a stranger's server can make us connect to."""

from __future__ import annotations

import socket
from typing import Any

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from monitor.feeds import guard
from tests.feeds.server import Site, ok, running


class Rebinding(AbstractResolver):
    """A name server of a stranger: public at the first question, this machine ever after."""

    def __init__(self) -> None:
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked += 1
        return [
            ResolveResult(
                hostname=host,
                host="93.184.215.14" if self.asked == 1 else "127.0.0.1",
                port=port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        pass


async def test_a_name_that_changes_its_address_after_the_check_leads_nowhere() -> None:
    names = Rebinding()
    async with running() as inner:
        inner.answers["/secret"] = ok(b"secret")
        (checked,) = await names.resolve("feeds.example.org", inner.port)
        assert guard.is_public(checked["host"])  # as a check by name would have found
        with pytest.raises(aiohttp.ClientConnectorError) as refusal:
            await _read(inner, names, guard.open_public_socket)
        assert isinstance(refusal.value.os_error, guard.PrivateAddressError)
        assert inner.requests == []
        assert (
            await _read(inner, names, guard.open_socket) == b"secret"
        )  # what it would have led to


async def _read(site: Site, names: Rebinding, open_socket: Any) -> bytes:
    connector = aiohttp.TCPConnector(resolver=names, socket_factory=open_socket)
    async with aiohttp.ClientSession(connector=connector) as client:
        answer = await client.get(site.url("/secret", "feeds.example.org"))
        return await answer.read()
