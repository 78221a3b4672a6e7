"""Webhooks against a real server: what arrives, and what every answer means."""

from __future__ import annotations

import asyncio
import json
import re
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from monitor.delivery.channels.webhook import (
    WebhookChannel,
    retry_after,
    signed_headers,
    signing_key,
)
from monitor.delivery.options import WebhookOptions
from monitor.errors import DeliveryError
from monitor.model import Delivery, Message, Secret
from tests import make
from tests.delivery.servers import HOST, Certificate, make_certificate, tcp_server

KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_KEY = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


@dataclass(frozen=True)
class Post:
    """One request as it stood on the wire."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Hook:
    """Answers every POST with ``answer``, as raw bytes; then hangs up or, with ``endless``,
    goes on sending for ever."""

    answer: bytes = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
    endless: bytes = b""
    silent: bool = False
    posts: list[Post] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("utf-8")
        line, *rest = head.strip().split("\r\n")
        headers = {k.lower(): v for k, v in (each.split(": ", 1) for each in rest)}
        body = await reader.readexactly(int(headers["content-length"]))
        self.posts.append(Post(line, headers, body))
        if self.silent:
            await asyncio.Event().wait()
        writer.write(self.answer)
        while self.endless:
            writer.write(self.endless)
            await writer.drain()
            await asyncio.sleep(0.01)


def status(line: str, *headers: str, body: str = "") -> bytes:
    """A whole answer."""
    lines = [
        f"HTTP/1.1 {line}",
        f"Content-Length: {len(body.encode())}",
        "Connection: close",
        *headers,
        "",
        body,
    ]
    return "\r\n".join(lines).encode()


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


@asynccontextmanager
async def hook_url(hook: Hook) -> AsyncIterator[str]:
    async with tcp_server(hook.talk) as port:
        yield f"http://{HOST}:{port}/hooks/T0p5ecret?key=hidden"


def channel(http: httpx.AsyncClient, url: str, **fields: Any) -> WebhookChannel:
    options = WebhookOptions(url=Secret(url), **{"name": "ops", "timeout": 20, **fields})
    return WebhookChannel(options, http, lambda: datetime.now(UTC))


def packed(of: WebhookChannel, **fields: Any) -> tuple[Delivery, Message]:
    message = make.message(**fields)
    return of.pack(message, make.NOW)[0], message


async def sent(http: httpx.AsyncClient, url: str, **fields: Any) -> str:
    ops = channel(http, url, **fields)
    return await ops.send(*packed(ops))


async def refused(http: httpx.AsyncClient, url: str, **fields: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await sent(http, url, **fields)
    shown = "".join(traceback.format_exception(caught.value))  # as a log would show it
    assert "T0p5ecret" not in shown
    assert "hidden" not in shown
    return caught.value


def kind(error: DeliveryError) -> str:
    """What follows, in one word."""
    if error.channel_fault:
        return "channel"
    if error.unknown:
        return "unknown"
    return "temporary" if error.temporary else "final"


# --- what arrives ---------------------------------------------------------------------------------


async def test_the_digest_arrives_as_json_under_its_delivery_id(http: httpx.AsyncClient) -> None:
    hook = Hook()
    body = '{"type":"digest.sent","subject":"米軍が撤退"}'.encode()
    async with hook_url(hook) as url:
        ops = channel(http, url)
        delivery, message = packed(ops, json=body)
        assert await ops.send(delivery, message) == "200 OK ok"
    (post,) = hook.posts
    assert post.line == "POST /hooks/T0p5ecret?key=hidden HTTP/1.1"
    assert post.body == body
    assert post.headers["content-type"] == "application/json"
    assert post.headers["webhook-id"] == delivery.id
    assert abs(int(post.headers["webhook-timestamp"]) - datetime.now(UTC).timestamp()) < 60
    assert "webhook-signature" not in post.headers
    assert "transfer-encoding" not in post.headers


async def test_a_receiver_of_standard_webhooks_accepts_the_signature(
    http: httpx.AsyncClient,
) -> None:
    hook = Hook()
    async with hook_url(hook) as url:
        await sent(http, url, secrets=(Secret(KEY), Secret(OTHER_KEY)))
    (post,) = hook.posts
    for key in (KEY, OTHER_KEY):
        told = Webhook(key).verify(post.body, post.headers)
        assert told == json.loads(post.body)
    assert re.fullmatch(r"v1,\S+ v1,\S+", post.headers["webhook-signature"])


async def test_a_second_try_has_the_same_id_and_body_and_a_time_and_signature_of_its_own(
    http: httpx.AsyncClient,
) -> None:
    hook = Hook()
    times = iter([make.NOW, make.NOW + timedelta(hours=1)])
    async with hook_url(hook) as url:
        options = WebhookOptions(name="ops", url=Secret(url), secrets=(Secret(KEY),))
        ops = WebhookChannel(options, http, lambda: next(times))
        delivery, message = packed(ops)
        await ops.send(delivery, message)
        await ops.send(delivery, message)
    first, second = hook.posts
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == delivery.id
    assert first.body == second.body
    begin = int(make.NOW.timestamp())
    assert int(first.headers["webhook-timestamp"]) == begin
    assert int(second.headers["webhook-timestamp"]) == begin + 3600
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


async def test_own_headers_go_along_but_cannot_replace_ours(http: httpx.AsyncClient) -> None:
    hook = Hook()
    mine = (("Authorization", Secret("Bearer é")), ("Webhook-Id", Secret("forged")))
    async with hook_url(hook) as url:
        await sent(http, url, headers=mine)
    (post,) = hook.posts
    assert post.headers["authorization"] == "Bearer é"
    assert post.headers["webhook-id"] != "forged"


@pytest.mark.parametrize("line", ["200 OK", "201 Created", "202 Accepted", "204 No Content"])
async def test_any_2xx_is_received(http: httpx.AsyncClient, line: str) -> None:
    async with hook_url(Hook(status(line))) as url:
        assert (await sent(http, url)).startswith(line)


async def test_a_2xx_is_received_even_when_its_body_never_ends(http: httpx.AsyncClient) -> None:
    flood = Hook(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    flood.endless = b"2000\r\n" + b"x" * 0x2000 + b"\r\n"
    async with hook_url(flood) as url:
        answer = await sent(http, url)
    assert answer.startswith("200 OK xxx")
    assert len(answer) <= 300


async def test_a_2xx_is_received_even_when_its_body_is_cut_off(http: httpx.AsyncClient) -> None:
    async with hook_url(Hook(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nthan")) as url:
        assert (await sent(http, url)).startswith("200 OK")


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ((408, 425, 429, 500, 502, 503, 504, 599), "temporary"),
        ((401, 402, 403, 404, 405, 407, 410), "channel"),
        ((400, 409, 413, 415, 422, 451), "final"),
        ((301, 302, 303, 307, 308), "channel"),
    ],
)
async def test_the_status_decides_what_follows(
    http: httpx.AsyncClient, codes: tuple[int, ...], expected: str
) -> None:
    for code in codes:
        async with hook_url(Hook(status(f"{code} Words", body="some reason"))) as url:
            error = await refused(http, url)
        assert kind(error) == expected, code
        assert str(code) in error.answer


async def test_a_redirect_is_not_followed_and_its_target_is_named(
    http: httpx.AsyncClient,
) -> None:
    elsewhere = Hook()
    async with hook_url(elsewhere) as target:
        moved = Hook(status("308 Moved", f"Location: {target}"))
        async with hook_url(moved) as url:
            error = await refused(http, url)
    assert not elsewhere.posts
    assert target.partition("/hooks")[0] in error.answer
    assert "T0p5ecret" not in error.answer
    assert "redirects are not followed" in error.answer
    assert not error.temporary


@pytest.mark.parametrize("line", ["429 Too Many Requests", "503 Service Unavailable"])
async def test_retry_after_is_passed_on_in_both_forms(http: httpx.AsyncClient, line: str) -> None:
    async with hook_url(Hook(status(line, "Retry-After: 120"))) as url:
        assert (await refused(http, url)).retry_after == 120
    date = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    async with hook_url(Hook(status(line, f"Retry-After: {date}"))) as url:
        asked = (await refused(http, url)).retry_after
    assert asked is not None
    assert 3500 < asked <= 3600


async def test_nobody_listening_is_temporary_and_says_so_plainly(http: httpx.AsyncClient) -> None:
    async with hook_url(Hook()) as url:
        pass
    error = await refused(http, url)
    assert kind(error) == "temporary"
    assert re.fullmatch(rf"no connection to {HOST}:\d+: Connection refused", error.answer)


async def test_a_host_that_does_not_exist_is_temporary(http: httpx.AsyncClient) -> None:
    error = await refused(http, "https://hooks.invalid/T0p5ecret")
    assert kind(error) == "temporary"
    assert error.answer.startswith("no connection to hooks.invalid: ")


async def test_silence_after_the_request_leaves_the_outcome_unknown(
    http: httpx.AsyncClient,
) -> None:
    hook = Hook(silent=True)
    async with hook_url(hook) as url:
        error = await refused(http, url, timeout=0.5)
    assert kind(error) == "unknown"
    assert error.temporary
    assert hook.posts
    assert "no answer in time" in error.answer


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200", b"nonsense\r\n\r\n"])
async def test_a_line_that_breaks_before_the_answer_leaves_the_outcome_unknown(
    http: httpx.AsyncClient, answer: bytes
) -> None:
    async with hook_url(Hook(answer)) as url:
        assert kind(await refused(http, url)) == "unknown"


async def test_a_line_that_was_kept_open_and_is_dead_gives_nothing_away(
    http: httpx.AsyncClient,
) -> None:
    careless = Hook(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")  # and hangs up
    async with hook_url(careless) as url:
        ops = channel(http, url)
        tries = [ops.send(*packed(ops)) for _ in range(3)]
        came = [(await asyncio.gather(each, return_exceptions=True))[0] for each in tries]
    assert came[0] == "200 OK ok"
    errors = [each for each in came if isinstance(each, DeliveryError)]
    assert all(error.unknown for error in errors)
    assert "T0p5ecret" not in str(came)


async def test_headers_that_drip_for_ever_end_the_try_in_time(http: httpx.AsyncClient) -> None:
    drip = Hook(b"HTTP/1.1 200 OK\r\n", endless=b"X: y\r\n")
    async with hook_url(drip) as url:
        error = await refused(http, url, timeout=0.5)
    assert kind(error) == "unknown"


async def test_an_answer_that_repeats_what_is_secret_is_not_quoted_on_that(
    http: httpx.AsyncClient,
) -> None:
    echo = "Cannot POST /hooks/T0p5ecret?key=hidden\nwith Bearer t0ken\x1b[31m"
    async with hook_url(Hook(status("404 Not Found", body=echo))) as url:
        error = await refused(http, url, headers=(("Authorization", Secret("Bearer t0ken")),))
    assert error.answer == "404 Not Found Cannot POST … with … [31m"


async def test_an_answer_that_repeats_a_part_of_the_address_is_not_quoted_on_that(
    http: httpx.AsyncClient,
) -> None:
    echo = "no such room T0p5ecretRoom, and the key 3f9a77c1 is none of ours"
    async with hook_url(Hook(status("403 Forbidden", body=echo))) as url:
        address = url.partition("/hooks")[0] + "/hooks/T0p5ecretRoom?a=1&key=3f9a77c1"
        error = await refused(http, address)
    assert error.answer == "403 Forbidden no such room …, and the key … is none of ours"


async def test_an_answer_in_a_code_we_did_not_ask_for_is_left_unread(
    http: httpx.AsyncClient,
) -> None:
    zipped = status("500 Oops", "Content-Encoding: gzip", body="not really")
    async with hook_url(Hook(zipped)) as url:
        assert (await refused(http, url)).answer == "500 Oops"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


async def test_a_certificate_that_nobody_vouches_for_is_a_fault_of_the_channel(
    http: httpx.AsyncClient, certificate: Certificate
) -> None:
    hook = Hook()
    async with tcp_server(hook.talk, ssl=certificate.context()) as port:
        error = await refused(http, f"https://{HOST}:{port}/T0p5ecret")
    assert kind(error) == "channel"
    assert "certificate" in error.answer
    assert not hook.posts


# --- opening --------------------------------------------------------------------------------------


async def test_people_see_the_host_and_nothing_more(http: httpx.AsyncClient) -> None:
    for url in ("https://hooks.example.org/T0p5ecret", "https://me:pw@hooks.example.org/a?b=c"):
        ops = channel(http, url)
        assert ops.address == "hooks.example.org"
        assert packed(ops)[0].recipient == "hooks.example.org"


@pytest.mark.parametrize(
    "url", ["hooks.example.org/x", "ftp://example.org", "https:///x", "http://[x"]
)
async def test_what_is_no_web_address_cannot_be_opened_and_is_not_repeated(
    http: httpx.AsyncClient, url: str
) -> None:
    with pytest.raises(ValueError, match="url is no web address") as caught:
        channel(http, url)
    assert url not in str(caught.value)


async def test_a_header_with_a_line_break_cannot_be_opened(http: httpx.AsyncClient) -> None:
    with pytest.raises(ValueError, match="Authorization") as caught:
        channel(http, "https://e.org", headers=(("Authorization", Secret("s3cret\r\nX: y")),))
    assert "s3cret" not in str(caught.value)


# --- signing and reading --------------------------------------------------------------------------


@given(st.binary(min_size=1), st.text(max_size=200))
def test_any_raw_secret_signs_any_body_as_receivers_expect(key: bytes, text: str) -> None:
    body = json.dumps({"text": text}, ensure_ascii=True).encode()
    headers = signed_headers("018f9ab2", body, datetime.now(UTC), [key])
    assert Webhook(key).verify(body, headers) == {"text": text}


def test_a_secret_without_the_prefix_is_its_own_key() -> None:
    assert signing_key(" raw secret ü\n") == "raw secret ü".encode()


def test_a_secret_with_the_prefix_is_base64_with_or_without_padding() -> None:
    assert signing_key("whsec_YWJjZA==") == signing_key("whsec_YWJjZA") == b"abcd"


@pytest.mark.parametrize("secret", ["whsec_not base64!", "whsec_", "", "  ", "whsec_é"])
def test_a_useless_secret_is_refused_without_being_repeated(secret: str) -> None:
    with pytest.raises(ValueError, match="signing secret") as caught:
        signing_key(secret)
    assert secret.strip() in ("", "whsec_") or secret.strip() not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("0", 0),
        (" 90 ", 90),
        ("Mon, 20 May 2024 05:02:00 GMT", 120),
        ("Mon, 20 May 2024 04:00:00 GMT", 0),
        ("Mon, 20 May 2024 05:02:00 -0000", 120),
        ("Mon, 99 May 2024 05:02:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_both_forms(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, make.NOW) == seconds


@given(st.text())
def test_any_retry_after_is_read_without_an_error(value: str) -> None:
    seconds = retry_after(value, make.NOW)
    assert seconds is None or seconds >= 0
