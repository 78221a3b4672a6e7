"""Every byte that servers are sent."""

from __future__ import annotations

import pytest

from monitor.feeds.fetch import Fetcher
from monitor.model import Secret
from tests.feeds.scripted import FEED, PLAIN, feed, outcome, scripted


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("", "/"),
        ("?q=1", "/?q=1"),
        ("/a b/é?q=ü&r=%2F&s=a+b#part", "/a%20b/%C3%A9?q=%C3%BC&r=%2F&s=a+b"),
        ("/a/../b//c/./d;e=1,2/~f/(g)!*'$@:", "/b//c/d;e=1,2/~f/(g)!*'$@:"),
        ('/"<>^`{|}[]\\?"<>^`{|}[]\\', "/%22%3C%3E^%60%7B|%7D[]\\?%22%3C%3E^`{|}[]\\"),
        ("/%zz%e9?%zz%e9", "/%zz%e9?%zz%e9"),
    ],
)
async def test_what_a_server_is_asked_for(path: str, target: str, fetcher: Fetcher) -> None:
    async with scripted((PLAIN,)) as script:
        assert await outcome(fetcher, script.url(path)) == FEED
        line = script.requests[0][1].partition(b"\r\n")[0].decode("ascii")
    assert line == f"GET {target} HTTP/1.1"


async def test_every_byte_that_a_server_is_sent(fetcher: Fetcher) -> None:
    async with scripted((PLAIN,)) as script:
        host = f"127.0.0.1:{script.port}"
        subscription = feed(
            f"http://me:pass%20word@{host}/feed?id=7",
            user_agent="Wirewatch/9 (desk@example.org)",
            headers=(("X-Key", Secret("k: 1, 2")), ("Accept-Language", Secret("da;q=1"))),
        )
        await fetcher.fetch(subscription, etag='W/"7"', last_modified="Sat, 18 May 2024")
        ((_, head),) = script.requests
    wanted = (
        f"GET /feed?id=7 HTTP/1.1\r\n"
        f"Host: {host}\r\n"
        "user-agent: Wirewatch/9 (desk@example.org)\r\n"
        "accept: application/atom+xml, application/rss+xml, application/rdf+xml, "
        "application/feed+json, application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, "
        "*/*;q=0.5\r\n"
        "accept-encoding: gzip, deflate\r\n"
        'if-none-match: W/"7"\r\n'
        "if-modified-since: Sat, 18 May 2024\r\n"
        "authorization: Basic bWU6cGFzcyB3b3Jk\r\n"
        "x-key: k: 1, 2\r\n"
        "accept-language: da;q=1\r\n"
        "\r\n"
    )
    assert head.decode("latin-1") == wanted


async def test_an_address_of_ipv6_is_named_in_brackets(fetcher: Fetcher) -> None:
    try:
        async with scripted((PLAIN,), host="::1") as script:
            assert await outcome(fetcher, script.url(host="[::1]")) == FEED
            assert b"\r\nHost: [::1]:%d\r\n" % script.port in script.requests[0][1]
    except OSError:
        pytest.skip("no IPv6 on this machine")
