"""What a connection makes of bytes, however they are cut; without any network."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from itertools import pairwise

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.feeds.connection import HEAD_LIMIT, Connection

OK = b"HTTP/1.1 200 OK\r\n"


class Wire(asyncio.Transport):
    """Stands for the network: notes what is sent, and whether anything may come."""

    def __init__(self, protocol: Connection) -> None:
        super().__init__()
        self._protocol = protocol
        self.sent = b""
        self.is_open = True
        self.is_reading = True
        protocol.connection_made(self)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent += bytes(data)

    def abort(self) -> None:
        self.end()

    def end(self, fault: Exception | None = None) -> None:
        if self.is_open:
            self.is_open = False
            self._protocol.connection_lost(fault)

    def pause_reading(self) -> None:
        self.is_reading = False

    def resume_reading(self) -> None:
        self.is_reading = True


def connected() -> tuple[Connection, Wire]:
    connection = Connection()
    return connection, Wire(connection)


async def answer(pieces: Iterable[bytes], *, closed: bool = True) -> tuple[object, ...]:
    """What a question on a new connection comes to: status, fields, body, how it broke."""
    connection, wire = connected()
    asking = asyncio.create_task(connection.ask(b"GET / HTTP/1.1\r\n\r\n"))
    await asyncio.sleep(0)
    for piece in pieces:
        if wire.is_open:
            connection.data_received(piece)
    if closed:
        wire.end()
    body = b""
    try:
        await asking
        async for piece in connection.body():
            body += piece
    except httpx.TransportError as fault:
        head = connection.headers if connection.status else None  # no head, no fields
        return connection.status, head, body, type(fault)
    return connection.status, connection.headers, body, connection.can_be_asked


async def body_of(connection: Connection, asking: asyncio.Task[None]) -> bytes:
    await asking
    return b"".join([piece async for piece in connection.body()])


WHOLE = [
    OK + b"Content-Length: 5\r\nETag: x\r\n\r\nhello",
    OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;a=b\r\nlo\r\n0\r\nTrailer: t\r\n\r\n",
    OK + b"Content-Type: text/xml\r\n\r\nhello",
    b"HTTP/1.0 200 OK\r\n\r\nhello",
    b"HTTP/1.1 304 Not Modified\r\nContent-Length: 7000\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n",
    OK
    + b"Content-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nEvil: 1\r\nContent-Length: 4\r\n\r\nevil",
    OK + b"Content-Length: 50\r\n\r\nhello",
    OK + b"Content-Length: 5\nLF: alone\n\nhello",
    b"HTTP/1.1 200\r\nEmpty:\r\nContent-Length: 2\r\n\r\nhi",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\nh2",
    b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
    b"",
]


@given(
    st.sampled_from(WHOLE)
    | st.builds(
        lambda whole, at, put: whole[:at] + put + whole[at + len(put) :],
        st.sampled_from(WHOLE),
        st.integers(0, 90),
        st.sampled_from([b"\r\n", b"\0", b"\xff", b":", b" ", b"9", b"\n", b"-", b"\r\n\r\n"]),
    ),
    st.lists(st.integers(0, 200), max_size=8),
)
@settings(max_examples=300, deadline=None)
def test_it_does_not_matter_how_an_answer_is_cut(whole: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(whole)]
    cut = [whole[a:b] for a, b in pairwise(places) if whole[a:b]]
    assert asyncio.run(answer(cut)) == asyncio.run(answer([whole] if whole else []))


@pytest.mark.parametrize("whole", WHOLE[:6])
async def test_an_answer_that_comes_byte_by_byte_is_the_same(whole: bytes) -> None:
    assert await answer(bytes([each]) for each in whole) == await answer([whole])


async def test_fields_behind_the_body_and_in_a_second_answer_are_none_of_the_head() -> None:
    _, behind, *_ = await answer([WHOLE[1]])
    assert behind == [(b"Transfer-Encoding", b"chunked")]
    status, second, body, can_be_asked = await answer([WHOLE[6]], closed=False)
    assert (status, second, body) == (200, [(b"Content-Length", b"5")], b"hello")
    assert not can_be_asked


async def test_what_comes_unasked_ends_the_connection() -> None:
    connection, wire = connected()
    connection.data_received(b"HTTP/1.1 200 OK\r\n\r\n")
    assert not wire.is_open
    assert connection.is_closed


@pytest.mark.parametrize(
    ("begin", "again"),
    [
        (OK, b"X: 1234567890\r\n"),
        (OK + b"X: ", b"1234567890"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: ", b"1234567890"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n1;", b"1234567890"),
    ],
)
async def test_a_head_or_tail_without_an_end_is_given_up(begin: bytes, again: bytes) -> None:
    connection, wire = connected()
    asking = asyncio.create_task(connection.ask(b"GET / HTTP/1.1\r\n\r\n"))
    await asyncio.sleep(0)
    connection.data_received(begin)
    come = 0
    while wire.is_open:
        connection.data_received(again * 100)
        come += 100 * len(again)
        assert come < 2 * HEAD_LIMIT
    with pytest.raises(httpx.RemoteProtocolError):
        await body_of(connection, asking)


async def test_a_body_that_nobody_takes_is_not_read_on() -> None:
    connection, wire = connected()
    asking = asyncio.create_task(connection.ask(b"GET / HTTP/1.1\r\n\r\n"))
    await asyncio.sleep(0)
    connection.data_received(OK + b"Content-Length: 10000000\r\n\r\n")
    await asking
    come = 0
    while wire.is_reading:
        connection.data_received(b"x" * 10_000)
        come += 10_000
    assert 50_000 < come < 150_000
    body = connection.body()
    taken = 0
    while not wire.is_reading:
        taken += len(await anext(body))
        if taken == come:  # all of it; the next step waits for more
            connection.data_received(b"x")
            assert await anext(body) == b"x"
            break
    assert taken == come
    assert wire.is_reading


async def test_a_blank_before_a_colon_does_not_hide_that_a_body_is_cut_off() -> None:
    *_, came = await answer([OK + b"Content-Length : 10\r\n\r\nhello"])
    assert came in (httpx.ReadError, httpx.RemoteProtocolError)


async def test_a_connection_that_breaks_in_a_body_without_a_length_is_no_end_of_it() -> None:
    connection, wire = connected()
    asking = asyncio.create_task(connection.ask(b"GET / HTTP/1.1\r\n\r\n"))
    await asyncio.sleep(0)
    connection.data_received(OK + b"\r\nhel")
    wire.end(ConnectionResetError("reset by peer"))
    with pytest.raises(httpx.ReadError):
        await body_of(connection, asking)
