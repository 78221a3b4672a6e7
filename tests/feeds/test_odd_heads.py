"""Heads of answers as odd, broken or hostile servers send them, and what is no HTTP at all."""

from __future__ import annotations

import pytest

from monitor.feeds.fetch import Fetcher
from tests.feeds.scripted import (
    BROKE,
    FEED,
    NO_HTTP,
    OK,
    PLAIN,
    SIZE,
    Row,
    Then,
    closing,
    outcomes,
)

ROWS = [
    Row("no reason", b"HTTP/1.1 200\r\n" + SIZE + b"\r\n" + FEED),
    Row("a reason in Latin-1", b"HTTP/1.1 200 Tr\xe8s bien\r\n" + SIZE + b"\r\n" + FEED),
    Row("a reason in UTF-8", "HTTP/1.1 200 \u597d\r\n".encode() + SIZE + b"\r\n" + FEED),
    Row("lines that end with LF alone", PLAIN.replace(b"\r\n", b"\n")),
    Row("a field on two lines", OK + b"X-Long: one\r\n two\r\n" + SIZE + b"\r\n" + FEED),
    Row(
        "a blank before the colon",
        OK + b"X-Odd : one\r\n" + SIZE + b"\r\n" + FEED,
        NO_HTTP,
        kept=False,
    ),
    Row("a value in Latin-1", OK + b"X-Odd: caf\xe9\r\n" + SIZE + b"\r\n" + FEED),
    Row(
        "a value in UTF-8",
        "HTTP/1.1 200 OK\r\nX-Odd: caf\u00e9 \u597d\r\n".encode() + SIZE + b"\r\n" + FEED,
    ),
    # RFC 9110, 5.5; and no database takes it as the text of a validator.
    Row(
        "a value with NUL",
        OK + b'ETag: "a\0b"\r\n' + SIZE + b"\r\n" + FEED,
        NO_HTTP,
        kept=False,
    ),
    Row("a value with a control character", OK + b"X-Odd: a\x01b\r\n" + SIZE + b"\r\n" + FEED),
    Row("an empty value", OK + b"X-Odd:\r\n" + SIZE + b"\r\n" + FEED),
    Row("no name", OK + b": one\r\n" + SIZE + b"\r\n" + FEED, NO_HTTP, kept=False),
    Row(
        "a name with odd characters",
        OK + b"X(Odd)[1]: one\r\n" + SIZE + b"\r\n" + FEED,
        NO_HTTP,
        kept=False,
    ),
    Row(
        "a name in Latin-1",
        OK + b"X-\xe9t\xe9: one\r\n" + SIZE + b"\r\n" + FEED,
        NO_HTTP,
        kept=False,
    ),
    Row(
        "a line without a colon", OK + b"nonsense\r\n" + SIZE + b"\r\n" + FEED, NO_HTTP, kept=False
    ),
    Row("names in small letters", PLAIN.replace(SIZE, SIZE.lower())),
    Row("names in capitals", PLAIN.replace(SIZE, SIZE.upper())),
    Row("an answer to go on before it", b"HTTP/1.1 100 Continue\r\n\r\n" + PLAIN),
    Row("hints before it", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + PLAIN),
    Row(
        "a change of protocol",
        closing(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"),
        NO_HTTP,
        kept=False,
    ),
    Row(
        "another protocol offered",
        OK + b"Connection: Upgrade\r\nUpgrade: h2\r\n" + SIZE + b"\r\n" + FEED,
    ),
    Row("8 kB of fields", OK + b"X-Odd: " + b"a" * 8_100 + b"\r\n" + SIZE + b"\r\n" + FEED),
    Row("60 kB of fields", OK + (b"X-Odd: " + b"a" * 1_000 + b"\r\n") * 59 + SIZE + b"\r\n" + FEED),
    Row("a field of 60 kB", OK + b"X-Odd: " + b"a" * 60_000 + b"\r\n" + SIZE + b"\r\n" + FEED),
    Row(
        "200 kB of fields",
        OK + (b"X-Odd: " + b"a" * 1_000 + b"\r\n") * 199 + SIZE + b"\r\n" + FEED,
        NO_HTTP,
        kept=False,
    ),
    Row(
        "a field of 200 kB",
        OK + b"X-Odd: " + b"a" * 200_000 + b"\r\n" + SIZE + b"\r\n" + FEED,
        NO_HTTP,
        kept=False,
    ),
    Row("status 999", b"HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n", "answered 999"),
    Row("status 99", closing(PLAIN.replace(b"200", b"99")), NO_HTTP, kept=False),
    Row("status 20", closing(PLAIN.replace(b"200", b"20")), NO_HTTP, kept=False),
    Row("status 2000", closing(PLAIN.replace(b"200", b"2000")), NO_HTTP, kept=False),
    Row("a version 2.0", PLAIN.replace(b"1.1", b"2.0"), kept=False),
    Row("a version 1.9", PLAIN.replace(b"1.1", b"1.9"), NO_HTTP, kept=False),
    Row("a server of SSH", closing(b"SSH-2.0-OpenSSH_9.2p1\r\n"), NO_HTTP, kept=False),
    Row("a server of mail", closing(b"220 mail.example ESMTP\r\n"), NO_HTTP, kept=False),
    Row("a page without a head", closing(b"<html><body>Hello</body></html>"), NO_HTTP, kept=False),
    Row("a radio station", closing(PLAIN.replace(b"HTTP/1.1", b"ICY")), NO_HTTP, kept=False),
    Row("the preface of HTTP/2", closing(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), NO_HTTP, kept=False),
    Row(
        "frames of HTTP/2", closing(b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80"), NO_HTTP, kept=False
    ),
    Row("an alert of TLS", closing(b"\x15\x03\x01\0\x02\x02\x0a"), NO_HTTP, kept=False),
    Row("empty lines before it", b"\r\n\r\n" + PLAIN),
    Row("a request", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", NO_HTTP, kept=False),
    Row("nothing", closing(), BROKE, kept=False),
    Row("a reset", (Then.RESET,), BROKE, kept=False),
    Row("half a line", closing(b"HTTP/1."), BROKE, kept=False),
    Row("half a head", closing(OK + b"Content-Le"), BROKE, kept=False),
    Row("a status and no more", closing(OK), BROKE, kept=False),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_what_comes_of_it_and_what_of_the_next_poll(row: Row, fetcher: Fetcher) -> None:
    assert await outcomes(row, fetcher) == (row.comes, FEED, row.kept)
