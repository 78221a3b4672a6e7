"""HTTP POST of the digest, as JSON or as a chat service wants it, signed as Standard Webhooks says.

Every try sends the same body under the same ``webhook-id``; time and signature are made anew.
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote, urlsplit

import httpx

from monitor.delivery.answer import one_line, reason, tls_fault
from monitor.delivery.channels import delivery_of
from monitor.delivery.chat.service import Answer, Verdict
from monitor.delivery.chat.services import SERVICES
from monitor.delivery.chat.telling import read
from monitor.delivery.options import WebhookOptions
from monitor.delivery.pace import Pace
from monitor.errors import DeliveryError
from monitor.model import Clock, Delivery, Message

TEMPORARY = frozenset({408, 425, 429})
"""Statuses below 500 that pass by themselves."""

TOO_MANY = 429
"""Too Many Requests (RFC 6585, section 4): said of the sender, not of one message."""

OF_THE_CHANNEL = frozenset({401, 402, 403, 404, 405, 407, 410})
"""Statuses about the address or our right to post there, not about this digest."""

ANSWER_BYTES = 4096
ANSWER_SECONDS = 5.0
"""How much of an answer is read, and for how long: the status has already decided."""

SHORTEST_SECRET = 8
"""Parts of an address shorter than this are no secrets that could be guessed from an answer."""

BROKEN = (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError)
"""Everything that asking can end with."""


class WebhookChannel:
    """Posts each digest to one address."""

    kind = "webhook"

    def __init__(self, options: WebhookOptions, http: httpx.AsyncClient, clock: Clock) -> None:
        """Raises ValueError when the address, a header or a signing secret cannot be used."""
        self.name = options.name
        self._url = _url(options)
        self.address = self._url.netloc.decode("ascii").rpartition("@")[2]
        self._headers = tuple(_header(name, value.reveal()) for name, value in options.headers)
        self._keys = tuple(signing_key(secret.reveal()) for secret in options.secrets)
        self._options = options
        self._http = http
        self._clock = clock
        self._chat = SERVICES.get(options.format)
        if self._chat:
            self._chat.request(urlsplit(str(self._url)), b"{}")

    @property
    def pace(self) -> Pace | None:
        """How often the service may be posted to; None where nothing is known of it."""
        return self._chat.pace if self._chat else None

    def pack(self, message: Message, now: datetime) -> tuple[Delivery, ...]:
        """One delivery, whose bytes are the message's JSON; of a chat, one for each part."""
        bodies: tuple[bytes, ...] = (message.json,)
        if self._chat:
            zone, first_told = self._options.zone, message.first_told
            bodies = self._chat.parts(read(message.json, message.subject, zone, first_told))
        return tuple(
            delivery_of(self, message, body, now, recipient=self._recipient(number, len(bodies)))
            for number, body in enumerate(bodies, 1)
        )

    def _recipient(self, part: int, parts: int) -> str:
        return f"{self.address} ({part}/{parts})" if parts > 1 else self.address

    async def send(self, delivery: Delivery, message: Message) -> str:  # noqa: ARG002
        """Post it; returns status and the first words of the answer.

        Raises DeliveryError; ``_fault`` says what each status means. A redirect is not followed:
        a POST would arrive as a GET or at a stranger's. Without an answer to a request that went
        out, the outcome is ``unknown``.
        """
        url, content = str(self._url), delivery.body
        if self._chat:
            url, content = self._chat.request(urlsplit(url), content)
        body = _Body(content)
        request = self._request(delivery.id, url, body)
        try:
            async with asyncio.timeout(self._options.timeout):
                response = await self._http.send(request, stream=True, follow_redirects=False)
        except BROKEN as error:
            raise self._broken(error, body) from None  # the cause would show the address
        try:
            text = await _first_words(response)
        finally:
            await _close(response)
        answer = one_line(
            f"{response.status_code} {response.reason_phrase} {text}", self._secrets()
        )
        fault = self._fault(response, answer, text)
        if fault:
            raise fault
        if self._chat:  # says "ok", or repeats all that it was sent
            return one_line(f"{response.status_code} {response.reason_phrase}")
        return answer

    def _request(self, delivery_id: str, url: str, body: _Body) -> httpx.Request:
        headers = httpx.Headers(
            {
                "Content-Type": "application/json",
                "Accept-Encoding": "identity",
                # A connection kept open may be closed by the other side just as the next digest
                # goes out, and then nobody knows whether it arrived.
                "Connection": "close",
            }
        )
        headers.update(self._headers)
        headers.update(signed_headers(delivery_id, body.content, self._clock(), self._keys))
        headers["Content-Length"] = str(len(body.content))
        return self._http.build_request(
            "POST", url, content=body, headers=headers, timeout=self._options.timeout
        )

    def _fault(self, response: httpx.Response, answer: str, text: str) -> DeliveryError | None:
        """What an answer means; None when the digest was received."""
        status = response.status_code
        said = Answer(status, {k.lower(): v for k, v in response.headers.items()}, text)
        verdict = self._chat.meaning(said) if self._chat else None
        if verdict is None and 200 <= status < 300:
            return None
        asked = self._asked(said)
        if verdict:
            return _as_said(verdict, answer, asked)
        if status >= 500 or status in TEMPORARY:
            slow_down = status == TOO_MANY or asked is not None
            return DeliveryError(answer, temporary=True, retry_after=asked, slow_down=slow_down)
        if status < 400 and "location" in said.headers:
            words = f"{status} leads to {_place(response)}; redirects are not followed, so write "
            words += "the new address in url"
            return DeliveryError(one_line(words), temporary=False, channel_fault=True)
        return DeliveryError(
            answer,
            temporary=False,
            channel_fault=status < 400 or status in OF_THE_CHANNEL,
            retry_after=asked,
        )

    def _asked(self, said: Answer) -> float | None:
        """The longest wait that an answer asks for, in seconds."""
        known = retry_after(said.headers.get("retry-after"), self._clock())
        own = self._chat.asked(said) if self._chat else None
        return max((each for each in (known, own) if each is not None), default=None)

    def _broken(self, error: Exception, body: _Body) -> DeliveryError:
        """What it means when no status came."""
        tls = tls_fault(error)
        if tls and not body.taken:
            words = f"no safe connection to {self.address}: {tls}"
            return DeliveryError(one_line(words), temporary=False, channel_fault=True)
        if body.taken:
            words = f"{self.address} did not say whether it took the digest: {reason(error)}"
            return DeliveryError(one_line(words, self._secrets()), temporary=True, unknown=True)
        words = f"no connection to {self.address}: {reason(error)}"
        return DeliveryError(one_line(words, self._secrets()), temporary=True)

    def _secrets(self) -> Iterator[str]:
        """What an answer may echo and nobody may read: address, headers, keys."""
        path = self._url.raw_path.decode("ascii")
        for part in (str(self._url), path, path.partition("?")[0], path.partition("?")[2]):
            if part != "/":
                yield from (part, unquote(part))
        yield self._url.password
        # Single values as well ("unknown key 3f9a…"); short ones would tear holes into words.
        values = (value for _, value in self._url.params.multi_items())
        steps = (unquote(step) for step in path.partition("?")[0].split("/"))
        yield from (each for each in (*values, *steps) if len(each) >= SHORTEST_SECRET)
        yield from (value.decode("utf-8") for _, value in self._headers)
        yield from (secret.reveal() for secret in self._options.secrets)


class _Body(httpx.AsyncByteStream):
    """The bytes to send. ``taken`` is true once a connection began to send them."""

    def __init__(self, content: bytes) -> None:
        self.taken = False
        self.content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.taken = True
        yield self.content


async def _first_words(response: httpx.Response) -> str:
    """The beginning of an answer in text; empty when it is something else or never comes."""
    read = bytearray()
    if response.headers.get("Content-Encoding", "identity") != "identity":
        return ""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            async for chunk in response.aiter_raw(ANSWER_BYTES):
                read += chunk
                if len(read) >= ANSWER_BYTES:
                    break
    except BROKEN:
        pass  # what came so far will do
    return bytes(read[:ANSWER_BYTES]).decode("utf-8", "replace")


async def _close(response: httpx.Response) -> None:
    """Let the connection go; the digest's fate does not hang on how that goes."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await response.aclose()
    except BROKEN:
        pass


def _as_said(verdict: Verdict, answer: str, asked: float | None) -> DeliveryError:
    """What a service says in its own words, as what follows from it."""
    return DeliveryError(
        answer,
        temporary=verdict in {Verdict.SLOW_DOWN, Verdict.LATER},
        channel_fault=verdict is Verdict.OF_THE_CHANNEL,
        retry_after=asked,
        slow_down=verdict is Verdict.SLOW_DOWN,
    )


# --- signing --------------------------------------------------------------------------------------


def signed_headers(
    delivery_id: str, body: bytes, now: datetime, keys: Iterable[bytes] = ()
) -> dict[str, str]:
    """The ``webhook-…`` headers of one try at ``now``; without keys there is no signature."""
    headers = {"webhook-id": delivery_id, "webhook-timestamp": str(int(now.timestamp()))}
    content = f"{delivery_id}.{headers['webhook-timestamp']}.".encode() + body
    signatures = [hmac.new(key, content, hashlib.sha256).digest() for key in keys]
    if signatures:
        encoded = (base64.b64encode(each).decode("ascii") for each in signatures)
        headers["webhook-signature"] = " ".join(f"v1,{each}" for each in encoded)
    return headers


def signing_key(secret: str) -> bytes:
    """The key in a secret: ``whsec_`` and base64, or else the characters themselves.

    Raises ValueError, without the secret in it, when what follows ``whsec_`` is not base64.
    """
    text = secret.strip()
    encoded = text.removeprefix("whsec_")
    if encoded == text:
        key = text.encode("utf-8")
    else:
        try:
            key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("the signing secret is not base64 after whsec_") from None
    if not key:
        raise ValueError("the signing secret is empty")
    return key


# --- reading what others wrote --------------------------------------------------------------------


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait from a ``Retry-After`` header (RFC 9110, section 10.2.3), either form.

    None when there is none, or nonsense.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((aware - now).total_seconds(), 0.0)


def _url(options: WebhookOptions) -> httpx.URL:
    try:
        url = httpx.URL(options.url.reveal().strip())
    except (httpx.InvalidURL, ValueError):
        raise ValueError("url is no web address; write https://…") from None
    if url.scheme not in ("http", "https") or not re.fullmatch(r"[\w.:-]+", url.host):
        raise ValueError("url is no web address; write https://…")
    return url


def _header(name: str, value: str) -> tuple[bytes, bytes]:
    text = value.strip()
    if not text.isprintable():
        raise ValueError(f"the header {name} has a line break or a control character in it")
    if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
        raise ValueError(f"{name!r} cannot be the name of a header")
    return name.encode("ascii"), text.encode("utf-8")


def _place(response: httpx.Response) -> str:
    """Where a redirect leads, without the path: that may be a secret."""
    try:
        target = response.request.url.join(response.headers.get("Location", ""))
    except (httpx.InvalidURL, ValueError):
        return "nowhere"
    return f"{target.scheme}://{target.netloc.decode('ascii').rpartition('@')[2]}"
