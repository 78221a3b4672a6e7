"""Which connections polls use again, and which they give up."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.feeds.fetch import Fetcher
from tests.delivery.servers import make_certificate
from tests.feeds.scripted import (
    BROKE,
    CHUNKED,
    FEED,
    NO_HTTP,
    OK,
    PLAIN,
    SIZE,
    Answer,
    Then,
    feed,
    outcome,
    scripted,
)
from tests.feeds.server import Site

LARGE = 3_000_000
LARGE_BODY = b"0123456789abcdef" * (LARGE // 16)


async def test_three_polls_go_over_one_connection(fetcher: Fetcher) -> None:
    async with scripted((PLAIN,)) as script:
        assert [await outcome(fetcher, script.url()) for _ in range(3)] == [FEED] * 3
        assert [number for number, _ in script.requests] == [1, 1, 1]


async def test_an_unchanged_feed_that_tells_its_length_keeps_its_connection(
    fetcher: Fetcher,
) -> None:
    # RFC 9110, 15.4.5: a 304 may tell the length that the document would have, and has no body.
    unchanged = b"HTTP/1.1 304 Not Modified\r\n" + SIZE + b"\r\n"
    async with scripted((unchanged,), (unchanged,), (PLAIN,)) as script:
        for _ in range(2):
            got = await fetcher.fetch(feed(script.url()), etag='"7"', last_modified=None)
            assert (got.unchanged, got.body) == (True, b"")
        assert await outcome(fetcher, script.url()) == FEED
        assert script.connections == 1


async def test_an_unchanged_feed_that_has_a_body_after_all_does_no_harm(fetcher: Fetcher) -> None:
    unchanged = b"HTTP/1.1 304 Not Modified\r\n" + SIZE + b"\r\n" + FEED
    async with scripted((unchanged,), (PLAIN,)) as script:
        got = await fetcher.fetch(feed(script.url()), etag='"7"', last_modified=None)
        assert got.unchanged
        assert await outcome(fetcher, script.url()) == FEED
        assert script.connections == 2


async def test_a_kept_connection_that_was_closed_meanwhile_is_replaced(fetcher: Fetcher) -> None:
    async with scripted((PLAIN, Then.CLOSE)) as script:
        for polls in range(1, 4):
            assert await outcome(fetcher, script.url()) == FEED
            await script.until_open(0)
            assert (script.connections, len(script.requests)) == (polls, polls)


@pytest.mark.parametrize("end", [Then.CLOSE, Then.RESET])
async def test_a_kept_connection_that_ends_just_as_it_is_asked_costs_no_poll(
    end: Then, fetcher: Fetcher
) -> None:
    async with scripted((PLAIN,), (end,), (PLAIN,)) as script:
        assert await outcome(fetcher, script.url()) == FEED
        assert await outcome(fetcher, script.url()) == FEED
        assert [number for number, _ in script.requests] == [1, 1, 2]


@pytest.mark.parametrize("end", [Then.CLOSE, Then.RESET])
async def test_a_server_that_ends_every_connection_is_not_asked_for_ever(
    end: Then, fetcher: Fetcher
) -> None:
    async with scripted((PLAIN,), (end,)) as script:
        assert await outcome(fetcher, script.url()) == FEED
        assert await outcome(fetcher, script.url()) == BROKE
        assert 2 <= len(script.requests) <= 3


async def test_what_was_asked_and_begun_to_be_answered_is_not_asked_again(
    fetcher: Fetcher,
) -> None:
    async with scripted((PLAIN,), (OK, Then.CLOSE), (PLAIN,)) as script:
        assert await outcome(fetcher, script.url()) == FEED
        assert await outcome(fetcher, script.url()) == BROKE
        assert len(script.requests) == 2


@pytest.mark.parametrize("greeting", [(PLAIN,), (b"220 mail.example ESMTP\r\n",), (Then.CLOSE,)])
async def test_a_server_that_speaks_first_ends_the_poll_at_once(
    greeting: Answer, fetcher: Fetcher
) -> None:
    async with scripted((b"",), greeting=greeting) as script:
        assert await outcome(fetcher, script.url()) in {FEED, NO_HTTP, BROKE}


@pytest.mark.parametrize("piece", [3_000, LARGE])
@pytest.mark.parametrize("chunked", [False, True])
async def test_a_large_body_comes_whole(piece: int, chunked: bool, fetcher: Fetcher) -> None:
    pieces = [LARGE_BODY[at : at + piece] for at in range(0, LARGE, piece)]
    head = OK + (CHUNKED if chunked else b"Content-Length: %d\r\n" % LARGE) + b"\r\n"
    if chunked:
        pieces = [b"%x\r\n%b\r\n" % (len(each), each) for each in pieces] + [b"0\r\n\r\n"]
    async with scripted((head, pieces)) as script:
        for _ in range(2):
            assert await outcome(fetcher, script.url(), max_size=LARGE) == LARGE_BODY
        assert script.connections == 1


@pytest.mark.parametrize("head", [CHUNKED, b"Content-Length: %d\r\n" % LARGE, b""])
async def test_beyond_the_limit_a_connection_is_given_up(head: bytes, fetcher: Fetcher) -> None:
    body = b"%x\r\n" % LARGE + LARGE_BODY if head == CHUNKED else LARGE_BODY
    async with scripted((OK + head + b"\r\n", body, Then.WAIT), (PLAIN,)) as script:
        told = await outcome(fetcher, script.url(), max_size=100_000)
        assert told == "larger than 100 kB (max_size)"
        await script.until_open(0)
        assert await outcome(fetcher, script.url()) == FEED


@pytest.mark.parametrize(
    "begun",
    [
        (),
        (OK[:9],),
        (OK + SIZE,),
        (OK + SIZE + b"\r\n",),
        (OK + SIZE + b"\r\n", FEED[:9]),
        (OK + CHUNKED + b"\r\n", b"3\r\n<rs"),
    ],
)
async def test_a_server_that_stops_costs_its_time_and_its_connection(
    begun: Answer, fetcher: Fetcher
) -> None:
    async with scripted((*begun, Then.WAIT), (PLAIN,)) as script:
        told = await outcome(fetcher, script.url(), timeout=0.05)
        answered = any(b"\r\n\r\n" in each for each in begun if isinstance(each, bytes))
        assert told == (
            "the answer was not complete within 0.05 s" if answered else "no answer within 0.05 s"
        )
        await script.until_open(0)
        assert await outcome(fetcher, script.url()) == FEED


@pytest.mark.parametrize("begun", [(), (OK + SIZE + b"\r\n", FEED[:9])])
async def test_a_poll_that_is_cancelled_leaves_nothing_behind(
    begun: Answer, fetcher: Fetcher
) -> None:
    async with scripted((*begun, Then.WAIT), (PLAIN,)) as script:
        before = asyncio.all_tasks()
        poll = asyncio.create_task(outcome(fetcher, script.url()))
        async with asyncio.timeout(5):
            while not script.requests:
                await asyncio.sleep(0.002)
        await asyncio.sleep(0.01)  # so that what has begun to come is there
        poll.cancel()
        with pytest.raises(asyncio.CancelledError):
            await poll
        await script.until_open(0)
        assert asyncio.all_tasks() == before
        assert await outcome(fetcher, script.url()) == FEED


async def test_two_polls_at_once_have_a_connection_each(site: Site, fetcher: Fetcher) -> None:
    both = asyncio.Barrier(2)

    async def answer(writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(5):
            await both.wait()
        writer.write(PLAIN)

    site.answers["/feed"] = answer
    for _ in range(2):
        polls = (outcome(fetcher, site.url("/feed")) for _ in range(2))
        assert await asyncio.gather(*polls) == [FEED, FEED]
    assert site.connections == 2


@pytest.mark.parametrize(
    ("begin", "again"),
    [
        (OK, b"X-Odd: " + b"a" * 990 + b"\r\n"),
        (OK + b"X-Odd: ", b"a" * 1000),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 40),
        (b"HTTP/1.1 200 ", b"a" * 1000),
        (OK + CHUNKED + b"\r\n0\r\n", b"X-Odd: " + b"a" * 990 + b"\r\n"),
        (OK + CHUNKED + b"\r\n3;", b"a" * 1000),
    ],
    ids=["fields", "a field", "answers to go on", "a reason", "fields at the end", "an extension"],
)
async def test_what_has_no_end_and_is_no_body_is_given_up(
    begin: bytes, again: bytes, fetcher: Fetcher
) -> None:
    sent = 0

    def for_ever() -> Iterator[bytes]:
        nonlocal sent
        for piece in itertools.repeat(again):
            sent += len(piece)
            yield piece

    async with scripted((begin, for_ever())) as script:
        assert await outcome(fetcher, script.url()) == NO_HTTP
        await script.until_open(0)
    assert sent < 20_000_000  # most of it in the buffers of sockets


async def test_over_tls_connections_are_kept_as_well(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, "DNS:localhost")
    trust = ssl.create_default_context(cafile=certificate.path)
    async with scripted((PLAIN,), context=certificate.context()) as script:
        async with Fetcher(context=trust) as fetcher:
            polls = [await outcome(fetcher, script.url(host="localhost")) for _ in range(3)]
        assert (polls, script.connections) == ([FEED] * 3, 1)


@pytest.mark.parametrize("names", ["DNS:elsewhere.example", "DNS:localhost"])
async def test_a_certificate_that_is_not_right_is_told(names: str, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, names)
    trusted = certificate.path if "elsewhere" in names else None
    trust = ssl.create_default_context(cafile=trusted)
    async with scripted((PLAIN,), context=certificate.context()) as script:
        async with Fetcher(context=trust) as fetcher:
            told = await outcome(fetcher, script.url(host="localhost"))
        assert script.requests == []
    reason = "Hostname mismatch" if trusted else "self-signed certificate"
    assert isinstance(told, str)
    assert told.startswith(
        f"no secure connection to localhost: its certificate is not valid ({reason}"
    )
