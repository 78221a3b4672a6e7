"""Bodies as odd, broken or hostile servers send them, and what the next poll finds."""

from __future__ import annotations

import gzip

import pytest

from monitor.feeds.fetch import Fetcher
from tests.feeds.scripted import (
    BROKE,
    CHUNKED,
    FEED,
    NO_HTTP,
    OK,
    PLAIN,
    SIZE,
    Row,
    Then,
    closing,
    one_by_one,
    outcomes,
)

CHUNKS = b"%x\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (4, FEED[:4], len(FEED) - 4, FEED[4:])
PACKED = gzip.compress(FEED)

ROWS = [
    Row("a length", PLAIN),
    Row("a length, byte by byte", one_by_one(PLAIN)),
    Row("chunks", OK + CHUNKED + b"\r\n" + CHUNKS),
    Row("chunks, byte by byte", one_by_one(OK + CHUNKED + b"\r\n" + CHUNKS)),
    Row(
        "chunks with extensions, and fields behind them",
        OK
        + CHUNKED
        + b'Trailer: X\r\n\r\n%X;a=b;c="d"\r\n%b\r\n000\r\nX: y\r\n\r\n' % (len(FEED), FEED),
    ),
    Row(
        "chunks whose size is followed by a blank",
        OK + CHUNKED + b"\r\n%x \r\n%b\r\n0\r\n\r\n" % (len(FEED), FEED),
    ),
    Row("chunks, spelt otherwise", OK + b"TRANSFER-ENCODING: Chunked\r\n\r\n" + CHUNKS),
    Row("the end of the connection, 1.1", closing(OK + b"\r\n", FEED), kept=False),
    Row("the end of the connection, 1.0", closing(b"HTTP/1.0 200 OK\r\n\r\n", FEED), kept=False),
    Row(
        "1.0 that keeps alive",
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" + SIZE + b"\r\n" + FEED,
    ),
    Row("1.0 with a length", b"HTTP/1.0 200 OK\r\n" + SIZE + b"\r\n" + FEED, kept=False),
    Row("1.1 that closes", OK + b"Connection: close\r\n" + SIZE + b"\r\n" + FEED, kept=False),
    # RFC 9110, 8.6 leaves it to the reader; browsers bear it, the parser here does not.
    Row("the same length twice", OK + SIZE + SIZE + b"\r\n" + FEED, NO_HTTP, kept=False),
    Row("two lengths", OK + SIZE + b"Content-Length: 3\r\n\r\n" + FEED, NO_HTTP, kept=False),
    Row("a length and chunks", OK + SIZE + CHUNKED + b"\r\n" + CHUNKS, NO_HTTP, kept=False),
    Row("a negative length", OK + b"Content-Length: -1\r\n\r\n" + FEED, NO_HTTP, kept=False),
    Row(
        "a length beyond all numbers",
        OK + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n" + FEED,
        NO_HTTP,
        kept=False,
    ),
    Row(
        "a huge length",
        closing(OK + b"Content-Length: 9000000000000\r\n\r\n", FEED),
        BROKE,
        kept=False,
    ),
    Row(
        "a length that is no number",
        OK + b"Content-Length: many\r\n\r\n" + FEED,
        NO_HTTP,
        kept=False,
    ),
    Row("an empty length", OK + b"Content-Length:\r\n\r\n" + FEED, NO_HTTP, kept=False),
    Row(
        "a length with a plus",
        OK + b"Content-Length: +%d\r\n\r\n" % len(FEED) + FEED,
        NO_HTTP,
        kept=False,
    ),
    Row(
        "less than its length",
        closing(OK + b"Content-Length: 99\r\n\r\n" + FEED),
        BROKE,
        kept=False,
    ),
    Row("more than its length", PLAIN + b"<evil/>", kept=False),
    Row("a second answer behind it", PLAIN + PLAIN.replace(b"<rss>", b"<bad>"), kept=False),
    Row("no end of the chunks", closing(OK + CHUNKED + b"\r\n" + CHUNKS[:-5]), BROKE, kept=False),
    Row("a chunk that breaks off", closing(OK + CHUNKED + b"\r\n" + CHUNKS[:9]), BROKE, kept=False),
    Row(
        "a chunk's size that is no number",
        OK + CHUNKED + b"\r\nxyz\r\n" + FEED,
        NO_HTTP,
        kept=False,
    ),
    Row(
        "a chunk's size beyond all numbers",
        OK + CHUNKED + b"\r\n" + b"f" * 30 + b"\r\n" + FEED,
        NO_HTTP,
        kept=False,
    ),
    Row(
        "a chunk longer than its size",
        OK + CHUNKED + b"\r\n3\r\n" + FEED + b"\r\n0\r\n\r\n",
        NO_HTTP,
        kept=False,
    ),
    Row("garbage behind the chunks", OK + CHUNKED + b"\r\n" + CHUNKS + b"<evil/>", kept=False),
    Row(
        "a coding of transfer that is not known",
        closing(OK + b"Transfer-Encoding: gzip\r\n\r\n" + FEED),
        kept=False,
    ),
    Row(
        "packed and in chunks",
        OK
        + b"Content-Encoding: gzip\r\n"
        + CHUNKED
        + b"\r\n5\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (PACKED[:5], len(PACKED) - 5, PACKED[5:]),
    ),
    Row("a reset in the body", (OK + SIZE + b"\r\n" + FEED[:9], Then.RESET), BROKE, kept=False),
    Row("no content", b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    Row("no content, of some length", b"HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n", b""),
    Row(
        "no content, and a body",
        b"HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc",
        b"",
        kept=False,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_what_comes_of_it_and_what_of_the_next_poll(row: Row, fetcher: Fetcher) -> None:
    assert await outcomes(row, fetcher) == (row.comes, FEED, row.kept)
