"""Connections that are kept for the next request."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from functools import partial

import httpx
import pytest

from monitor.feeds import guard, keep_alive
from monitor.feeds.connecting import connect
from monitor.feeds.keep_alive import KeepAliveTransport, request_head
from tests.feeds.server import Site, ok, status


@pytest.fixture
async def transport() -> AsyncIterator[KeepAliveTransport]:
    context = ssl.create_default_context()
    made = KeepAliveTransport(partial(connect, context=context, open_socket=guard.open_socket))
    yield made
    await made.aclose()


async def get(transport: KeepAliveTransport, url: str) -> bytes:
    answer = await transport.handle_async_request(httpx.Request("GET", url))
    try:
        return await answer.aread()
    finally:
        await answer.aclose()


async def until_open(site: Site, number: int) -> None:
    async with asyncio.timeout(5):
        while site.open_connections != number:
            await asyncio.sleep(0.005)


async def test_a_connection_is_kept_for_a_while_and_no_longer(
    transport: KeepAliveTransport, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.answers["/feed"] = ok(b"news")
    monkeypatch.setattr(keep_alive, "KEPT_SECONDS", 0.05)
    assert await get(transport, site.url("/feed")) == b"news"
    assert site.open_connections == 1
    await until_open(site, 0)


async def test_a_connection_that_was_kept_too_long_is_not_asked_again(
    transport: KeepAliveTransport, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.answers["/feed"] = ok(b"news")
    await get(transport, site.url("/feed"))
    monkeypatch.setattr(keep_alive, "KEPT_SECONDS", 0.0)
    await get(transport, site.url("/feed"))
    assert site.connections == 2


async def test_a_connection_is_kept_though_nobody_took_the_body_that_came(
    transport: KeepAliveTransport, site: Site
) -> None:
    site.answers["/gone"] = status(404, b"nothing here " * 20)
    for _ in range(3):
        request = httpx.Request("GET", site.url("/gone"))
        await (await transport.handle_async_request(request)).aclose()
    assert await get(transport, site.url("/gone")) == b"nothing here " * 20
    assert site.connections == 1


async def test_a_body_that_has_not_come_yet_is_not_waited_for(
    transport: KeepAliveTransport, site: Site
) -> None:
    async def begin(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 404 Gone\r\ncontent-length: 1000\r\n\r\nnothing")
        await asyncio.Event().wait()

    site.answers["/gone"] = begin
    for _ in range(2):
        request = httpx.Request("GET", site.url("/gone"))
        await (await transport.handle_async_request(request)).aclose()
    assert site.connections == 2


async def test_places_have_connections_of_their_own(
    transport: KeepAliveTransport, site: Site
) -> None:
    site.answers["/feed"] = ok(b"news")
    for host in ("127.0.0.1", "localhost", "127.0.0.1", "localhost"):
        await get(transport, site.url("/feed", host))
    assert site.connections == 2


async def test_nothing_is_left_open_at_the_end(transport: KeepAliveTransport, site: Site) -> None:
    site.answers["/feed"] = ok(b"news")
    await get(transport, site.url("/feed"))
    await transport.aclose()
    await until_open(site, 0)


@pytest.mark.parametrize("value", ["a\r\nEvil: 1", "a\nb", "a\rb"])
def test_a_field_that_would_break_its_line_is_not_sent(value: str) -> None:
    request = httpx.Request("GET", "http://feeds.example/", headers={"If-None-Match": value})
    with pytest.raises(ValueError, match="line break"):
        request_head(request)


def test_the_head_of_a_request() -> None:
    request = httpx.Request("GET", "http://[::1]:8080/a b?q=é", headers={"accept": "x"})
    del request.headers["host"]
    assert request_head(request) == (
        b"GET /a%20b?q=%C3%A9 HTTP/1.1\r\nHost: [::1]:8080\r\naccept: x\r\n\r\n"
    )


async def test_what_is_no_web_address_is_refused(transport: KeepAliveTransport) -> None:
    for address in ("ftp://127.0.0.1/feed", "http://127.0.0.1:65616/feed"):
        with pytest.raises(httpx.UnsupportedProtocol):
            await get(transport, address)
