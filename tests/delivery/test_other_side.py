"""Faults of the other side, through the station and over the wire: what follows from each."""

from __future__ import annotations

import asyncio
import email
import gc
import socket
import struct
import warnings
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from monitor.delivery.channels import Channel
from monitor.delivery.channels.email import EmailChannel
from monitor.delivery.deliver import deliver
from monitor.delivery.retry import Retry, after_fault
from monitor.model import DeliveryState, Secret
from monitor.store import Store, digests, outbox
from tests import make
from tests.conftest import FakeClock
from tests.delivery.servers import HOST, Conversation, make_certificate, smtp_script, tcp_server
from tests.delivery.test_email import kind as mail_kind
from tests.delivery.test_email import options as mail_options
from tests.delivery.test_email import refused as mail_refused
from tests.delivery.test_email import sent as mail_sent
from tests.delivery.test_webhook import Hook, channel, hook_url, kind, refused, status

# --- mail -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "answer", "expected"),
    [
        (b"MAIL", b"450 4.1.8 try later", "temporary"),
        (b"MAIL", b"452 4.3.1 disk full", "temporary"),
        (b"RCPT", b"421 4.7.0 too many", "temporary"),
        (b"RCPT", b"452 4.2.2 over quota", "temporary"),
        (b"RCPT", b"499 unheard of", "temporary"),
        (b"RCPT", b"551 not here", "final"),
        (b"RCPT", b"552 5.2.2 mailbox full", "final"),
        (b"RCPT", b"554 5.7.1 denied", "final"),
        (b"RCPT", b"599 unheard of", "final"),
        (b"DATA", b"421 closing down", "temporary"),
        (b"DATA", b"250 not yet", "temporary"),
        (b".", b"421 closing down", "temporary"),
        (b".", b"452 disk full", "temporary"),
        (b".", b"550 5.7.1 no", "final"),
        (b".", b"354 go on", "unknown"),
    ],
)
async def test_what_a_mail_server_says_decides_what_follows(
    command: bytes, answer: bytes, expected: str
) -> None:
    async with tcp_server(smtp_script({command: answer})) as port:
        error = await mail_refused(port)
    assert mail_kind(error) == expected
    assert answer.partition(b" ")[2].decode() in error.answer


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"421 closing down", "temporary"),
        (b"454 4.7.0 not now", "temporary"),
        (b"530 5.7.0 only over TLS", "channel"),
        (b"534 5.7.9 too weak", "channel"),
        (b"535 5.7.8 wrong", "channel"),
        (b"550 go away", "channel"),
        (None, "temporary"),
    ],
)
async def test_a_login_that_fails(answer: bytes | None, expected: str) -> None:
    words = {b"EHLO": b"250-hi\r\n250 AUTH PLAIN", b"AUTH": answer}
    async with tcp_server(smtp_script(words)) as port:
        error = await mail_refused(port, username="wirewatch", password=Secret("hunter2"))
    assert mail_kind(error) == expected


async def test_tls_that_the_server_never_finishes_is_temporary() -> None:
    async def stuck(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with tcp_server(stuck) as port:
        error = await mail_refused(port, security="tls", timeout=0.3)
    assert mail_kind(error) == "temporary"


async def test_clear_text_where_starttls_was_promised_is_a_fault_of_the_channel() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        await reader.readline()
        writer.write(b"250-hi\r\n250 STARTTLS\r\n")
        await reader.readline()
        writer.write(b"220 ready\r\n")
        await reader.read(5)
        writer.write(b"250 in clear after all\r\n")
        await reader.read()

    async with tcp_server(talk) as port:
        assert mail_kind(await mail_refused(port, security="starttls")) == "channel"


async def test_a_line_cut_before_the_final_dot_is_not_taken_for_delivered() -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        while line := await reader.readline():
            if line.startswith(b"DATA"):
                writer.write(b"354 go on\r\n")
                await reader.readline()
                _reset(writer)
                return
            writer.write(b"250 ok\r\n")

    async with tcp_server(cut) as port:
        error = await mail_refused(port)
    assert error.temporary
    assert not error.channel_fault


async def test_a_slow_server_that_says_yes_in_time_is_believed() -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        plain = smtp_script({})
        await plain(reader, _Dripping(writer))  # type: ignore[arg-type]

    async with tcp_server(slow) as port:
        assert await mail_sent(port) == "250 ok"


class _Dripping:
    """A writer that sends every byte by itself."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def write(self, data: bytes) -> None:
        for byte in data:
            self._writer.write(bytes([byte]))


def _reset(writer: asyncio.StreamWriter) -> None:
    """Break the connection so that the other side sees a reset and not an end."""
    wire: socket.socket = writer.get_extra_info("socket")
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


# --- webhooks -------------------------------------------------------------------------------------


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ((408, 425, 429, 500, 501, 502, 503, 504, 505, 507, 511, 599, 600, 999), "temporary"),
        ((300, 301, 302, 303, 304, 305, 307, 308), "channel"),
        ((401, 403, 404, 410), "channel"),
        ((400, 406, 409, 411, 412, 413, 414, 415, 418, 422, 423, 431, 451, 499), "final"),
    ],
)
async def test_every_class_of_status_has_its_sequel(
    http: httpx.AsyncClient, codes: tuple[int, ...], expected: str
) -> None:
    for code in codes:
        async with hook_url(Hook(status(f"{code} Words"))) as url:
            error = await refused(http, url)
        assert kind(error) == expected, code
        assert str(code) in error.answer


@pytest.mark.parametrize("line", ["300 Multiple Choices", "304 Not Modified"])
async def test_a_status_of_redirects_that_leads_nowhere_is_not_said_to_lead_anywhere(
    http: httpx.AsyncClient, line: str
) -> None:
    async with hook_url(Hook(status(line))) as url:
        error = await refused(http, url)
    assert kind(error) == "channel"
    assert "leads to" not in error.answer
    assert error.answer.startswith(line)


FAR = [
    "99999999999999999999",
    "86401",
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "-1",
    "0",
    "1e9",
    "soon",
    "10, 20",
    "١٢٠",
]


@pytest.mark.parametrize("asked", FAR)
@pytest.mark.parametrize("line", ["429 Slow", "503 Busy", "403 No"])
async def test_an_absurd_retry_after_costs_a_day_at_most(
    http: httpx.AsyncClient, line: str, asked: str
) -> None:
    async with hook_url(Hook(status(line, f"Retry-After: {asked}"))) as url:
        error = await refused(http, url)
    now = datetime.now(UTC)
    follows = after_fault(error, attempts=1, first_tried_at=now, now=now)
    assert isinstance(follows, Retry)
    first = timedelta(minutes=1) if error.channel_fault else timedelta(seconds=1)
    far = asked in FAR[:3]
    assert follows.at - now == (timedelta(days=1) if far else first)


async def test_a_huge_header_leaves_the_outcome_unknown(http: httpx.AsyncClient) -> None:
    huge = status("200 OK", "X-Much: " + "x" * 300_000)
    async with hook_url(Hook(huge)) as url:
        assert kind(await refused(http, url)) == "unknown"


async def test_a_connection_that_is_reset_after_the_post_leaves_the_outcome_unknown(
    http: httpx.AsyncClient,
) -> None:
    class Resets(Hook):
        async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            _reset(writer)

    async with hook_url(Resets()) as url:
        assert kind(await refused(http, url)) == "unknown"


async def test_a_refusal_whose_body_never_ends_is_known_by_its_status(
    http: httpx.AsyncClient,
) -> None:
    flood = Hook(b"HTTP/1.1 422 No\r\nTransfer-Encoding: chunked\r\n\r\n")
    flood.endless = b"2000\r\n" + b"x" * 0x2000 + b"\r\n"
    async with hook_url(flood) as url:
        assert kind(await refused(http, url)) == "final"


async def test_clear_text_where_https_is_expected_is_a_fault_of_the_channel(
    http: httpx.AsyncClient,
) -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(5)
        writer.write(status("200 OK"))
        await reader.read()

    async with tcp_server(plain) as port:
        error = await refused(http, f"https://{HOST}:{port}/T0p5ecret")
    assert kind(error) == "channel"
    assert "no safe connection" in error.answer


async def test_a_certificate_for_another_host_is_a_fault_of_the_channel(
    http: httpx.AsyncClient, tmp_path: Path
) -> None:
    hook = Hook()
    other = make_certificate(tmp_path, names="DNS:other.example.org")
    async with tcp_server(hook.talk, ssl=other.context()) as port:
        assert kind(await refused(http, f"https://{HOST}:{port}/T0p5ecret")) == "channel"
    assert not hook.posts


async def test_tls_that_never_comes_about_is_temporary() -> None:
    async def stuck(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with tcp_server(stuck) as port, httpx.AsyncClient() as http:
        error = await refused(http, f"https://{HOST}:{port}/T0p5ecret", timeout=0.3)
    assert kind(error) == "temporary"
    with warnings.catch_warnings():  # httpcore leaves a cancelled handshake to the collector
        warnings.simplefilter("ignore", ResourceWarning)
        del error
        gc.collect()


# --- through the station --------------------------------------------------------------------------


def post(store: Store, clock: FakeClock, *ways: Any) -> None:
    message = make.message(composed_at=clock())
    with store.write() as tx:
        digests.add_message(tx, message, message.id, 1)
        for way in ways:
            outbox.put(tx, way.pack(message, clock()))


def states(store: Store) -> dict[str, DeliveryState]:
    with store.read() as connection:
        return {d.channel: d.state for d in outbox.listed(connection, list(DeliveryState), 9)}


async def test_a_mail_server_that_hangs_delays_no_webhook(
    store: Store, clock: FakeClock, http: httpx.AsyncClient
) -> None:
    asked, posted = asyncio.Event(), asyncio.Event()

    async def hanging(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await asyncio.Event().wait()

    class Tells(Hook):
        async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await asked.wait()  # the mail hangs already: so it is tried first, and still at it
            await super().talk(reader, writer)
            posted.set()

    async with tcp_server(hanging) as port, hook_url(Tells()) as url:
        ways: dict[str, Channel] = {
            "dead": EmailChannel(mail_options(port, name="dead", timeout=600)),
            "ops": channel(http, url),
        }
        post(store, clock, *ways.values())
        passing = asyncio.create_task(deliver(store, ways, clock, stopping=asyncio.Event()))
        await asyncio.wait_for(posted.wait(), 30)
        while states(store)["ops"] is not DeliveryState.SENT:
            await asyncio.sleep(0.01)
        assert states(store)["dead"] is DeliveryState.SENDING
        passing.cancel()
        await asyncio.gather(passing, return_exceptions=True)
    assert states(store)["dead"] is DeliveryState.UNKNOWN


def forgetful(kept: list[bytes], tries_lost: int) -> Conversation:
    """A mail server that takes each mail and, so many times, hangs up before it says so."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        while line := await reader.readline():
            if line.startswith(b"DATA"):
                writer.write(b"354 go on\r\n")
                kept.append(await reader.readuntil(b"\r\n.\r\n"))
                if len(kept) <= tries_lost:
                    return
            writer.write(b"250 ok\r\n")

    return talk


async def test_a_mail_whose_receipt_was_lost_comes_again_under_the_same_message_id(
    store: Store, clock: FakeClock
) -> None:
    kept: list[bytes] = []
    async with tcp_server(forgetful(kept, 2)) as port:
        ways = {"desk": EmailChannel(mail_options(port))}
        post(store, clock, *ways.values())
        seen = []
        for _ in range(3):
            await deliver(store, ways, clock, stopping=asyncio.Event())
            seen.append(states(store)["desk"])
            clock.pass_time(seconds=10)
        await deliver(store, ways, clock, stopping=asyncio.Event())
    assert seen == [DeliveryState.UNKNOWN, DeliveryState.UNKNOWN, DeliveryState.SENT]
    assert len(kept) == 3
    assert len({email.message_from_bytes(mail)["Message-ID"] for mail in kept}) == 1
    assert len(set(kept)) == 1
