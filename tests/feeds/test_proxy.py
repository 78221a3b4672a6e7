"""Feeds read through a proxy: a real one, small, on this machine."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest

from monitor.errors import FetchError
from monitor.feeds import guard
from monitor.feeds.doors import Doors
from monitor.feeds.fetch import Fetched, Fetcher
from monitor.feeds.options import PollOptions, Subscription
from monitor.feeds.plain_words import network_fault
from monitor.model import Feed, Secret
from tests.delivery.servers import make_certificate
from tests.feeds.proxies import proxying
from tests.feeds.server import Site, ok, redirect, running

FEED = b'<rss version="2.0"><channel><title>News</title></channel></rss>'
KINDS = pytest.mark.parametrize("kind", ["http", "socks5"])
NOWHERE = "feeds.example.invalid"
"""A name that only the proxy knows: who looks it up here finds nothing."""


async def fetch(fetcher: Fetcher, url: str, proxy: str, **options: Any) -> Fetched:
    whole = PollOptions(timeout=5, proxy=Secret(proxy), **options)
    subscription = Subscription(Feed(url=url, name="News"), whole)
    return await fetcher.fetch(subscription, etag=None, last_modified=None)


async def refused(fetcher: Fetcher, url: str, proxy: str, **options: Any) -> FetchError:
    with pytest.raises(FetchError) as caught:
        await fetch(fetcher, url, proxy, **options)
    return caught.value


@KINDS
async def test_a_feed_comes_through_the_proxy_which_looks_its_name_up(
    kind: str, site: Site, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    look_up = socket.getaddrinfo

    def watched(host: Any, *rest: Any, **named: Any) -> Any:
        asked.append(host)
        return look_up(host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", watched)
    site.answers["/feed"] = ok(FEED)
    async with proxying(kind) as proxy:
        proxy.names[NOWHERE] = "127.0.0.1"
        got = await fetch(fetcher, site.url("/feed", NOWHERE), proxy.url(kind))
        assert got.body == FEED
        assert proxy.asked == [(NOWHERE, site.port)]
    assert NOWHERE not in asked  # a lookup here would tell our network what is read
    assert site.requests[0].headers["host"] == f"{NOWHERE}:{site.port}"


async def test_socks5h_is_socks5(site: Site, fetcher: Fetcher) -> None:
    site.answers["/feed"] = ok(FEED)
    async with proxying("socks5") as proxy:
        proxy.names[NOWHERE] = "127.0.0.1"
        got = await fetch(fetcher, site.url("/feed", NOWHERE), proxy.url("socks5h"))
        assert got.body == FEED
        assert proxy.asked == [(NOWHERE, site.port)]


@KINDS
async def test_a_proxy_gets_its_password_and_the_feed_does_not(
    kind: str, site: Site, fetcher: Fetcher
) -> None:
    site.answers["/feed"] = ok(FEED)
    async with proxying(kind, password="desk:p@ss word") as proxy:
        address = proxy.url(kind, "desk:p%40ss%20word@")
        assert (await fetch(fetcher, site.url("/feed"), address)).body == FEED
        wrong = await refused(fetcher, site.url("/feed"), proxy.url(kind, "desk:SECRET@"))
        assert "SECRET" not in str(wrong)
        assert len(proxy.asked) == 1
    assert "authorization" not in site.requests[0].headers


@KINDS
async def test_a_redirect_to_a_private_address_is_refused_before_the_proxy_is_asked(
    kind: str, site: Site, fetcher: Fetcher
) -> None:
    async with running() as inner, proxying(kind) as proxy:
        proxy.names[NOWHERE] = "127.0.0.1"
        for host in ("127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "router"):
            site.answers["/feed"] = redirect(inner.url("/secret", host))
            fault = await refused(fetcher, site.url("/feed", NOWHERE), proxy.url(kind))
            assert "not a public address" in str(fault), host
        assert inner.requests == []
        assert {asked for asked, _ in proxy.asked} == {NOWHERE}
        site.answers["/feed"] = redirect(inner.url("/secret"))
        inner.answers["/secret"] = ok(FEED)
        address = site.url("/feed", NOWHERE)
        got = await fetch(fetcher, address, proxy.url(kind), allow_private=True)
        assert got.body == FEED


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("example.org", False),
        ("93.184.215.14", False),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", False),
        ("[::1]", True),
        ("::ffff:10.0.0.1", True),
        ("100.64.0.1", True),
        ("printer.local.", True),
        ("wiki.corp", True),
        ("db.internal", True),
        ("localdomains.org", False),
        ("0177.0.0.1", True),
    ],
)
def test_what_is_plainly_private(host: str, private: bool) -> None:
    assert guard.is_plainly_private(host) is private


@KINDS
async def test_a_proxy_that_is_not_there_is_told_and_blamed_on_no_feed(
    kind: str, fetcher: Fetcher
) -> None:
    async with proxying(kind) as proxy:
        gone = proxy.url(kind, "desk:SECRET@")
    fault = await refused(fetcher, f"http://{NOWHERE}/feed", gone)
    assert str(fault) == "the proxy at 127.0.0.1 cannot be reached"
    assert fault.line_down


async def test_what_a_socks_proxy_could_not_do_is_told(fetcher: Fetcher) -> None:
    async with proxying("socks5") as proxy:
        proxy.refuse = 4
        fault = await refused(fetcher, f"http://{NOWHERE}/feed", proxy.url("socks5"))
    assert str(fault) == (
        f"the proxy at 127.0.0.1 made no connection to {NOWHERE}: host unreachable"
    )
    assert not fault.line_down


async def test_what_an_http_proxy_could_not_do_is_told(fetcher: Fetcher) -> None:
    async with proxying("http") as proxy:
        proxy.refuse = 403
        fault = await refused(fetcher, f"https://{NOWHERE}/feed", proxy.url("http"))
    assert str(fault) == f"the proxy made no connection to {NOWHERE}: it answered 403"


async def test_feeds_with_and_without_a_proxy_go_their_own_ways(
    site: Site, fetcher: Fetcher
) -> None:
    site.answers["/feed"] = ok(FEED)
    plain = Subscription(Feed(url=site.url("/feed"), name="News"), PollOptions(timeout=5))
    async with proxying("http") as one, proxying("socks5") as other:
        await fetch(fetcher, site.url("/feed"), one.url("http"))
        await fetch(fetcher, site.url("/feed"), other.url("socks5"))
        await fetcher.fetch(plain, etag=None, last_modified=None)
        assert (len(one.asked), len(other.asked)) == (1, 1)
    assert len(site.requests) == 3


@KINDS
async def test_a_secure_feed_stays_secure_through_the_proxy(kind: str, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, f"DNS:{NOWHERE}")
    trusting = ssl.create_default_context(cafile=str(certificate.path))
    strange = ssl.create_default_context()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello")
        await writer.drain()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=certificate.context())
    port = server.sockets[0].getsockname()[1]
    async with server, proxying(kind) as proxy:
        proxy.names |= {NOWHERE: "127.0.0.1", "other.example.invalid": "127.0.0.1"}
        extensions = {"proxy": Secret(proxy.url(kind))}

        async def get(host: str, context: ssl.SSLContext) -> bytes:
            async with httpx.AsyncClient(transport=Doors(context), trust_env=False) as client:
                found = await client.get(f"https://{host}:{port}/", extensions=extensions)
                return found.content

        assert await get(NOWHERE, trusting) == b"hello"
        for host, context in ((NOWHERE, strange), ("other.example.invalid", trusting)):
            with pytest.raises((httpx.HTTPError, ssl.SSLError)) as caught:
                await get(host, context)
            told = network_fault(caught.value, host)
            assert "its certificate is not valid" in str(told)
