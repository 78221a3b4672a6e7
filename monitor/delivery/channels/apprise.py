"""Any of the services that the Apprise library knows: chats, phones, desktops (an optional extra).

The library says whether a service took a message, and why not only in its log, so that is read.
It blocks: each call has a thread of its own and a deadline, after which its answer is unknown.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
import textwrap
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from types import ModuleType
from typing import Any
from urllib.parse import unquote

from monitor.delivery.answer import one_line
from monitor.delivery.channels import delivery_of
from monitor.delivery.channels.letter import flat, sound
from monitor.delivery.options import AppriseOptions
from monitor.errors import DeliveryError
from monitor.model import Delivery, Message

MISSING = "Apprise needs a library that is not installed"
MISSING_HINT = "install it with: pip install 'wirewatch[apprise]'"

SECONDS = 30.0
"""For one part; what the library waits by itself to keep a service's rate comes on top."""

MOST_PARTS = 10
"""A digest that needs more is told by titles and links alone: nobody reads forty texts."""

SHORTEST_SECRET = 6
"""Pieces of an address shorter than this are no secrets; answers would be full of holes."""

NUMBER_ROOM = len(" (10/10)")
OF_THE_CHANNEL = frozenset({401, 402, 403, 404, 405, 407, 410})
OF_THE_MESSAGE = frozenset({413, 422})
_STATUS = re.compile(r"\berror=(\d{3})\b")
_NOT_REACHED = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeout|SSLError|ProxyError|refused|unreachable"
)


class AppriseChannel:
    """Hands each digest's text to one service, in as many parts as it needs."""

    kind = "apprise"

    def __init__(self, options: AppriseOptions) -> None:
        """Raises ValueError when the library is missing or knows no such service."""
        if not is_installed():
            raise ValueError(f"{MISSING}; {MISSING_HINT}")
        url = options.url.reveal().strip()
        self._service = service_of(url)
        if self._service is None:
            raise ValueError("url is no address of a service that Apprise knows")
        self.name = options.name
        self.address = f"{url.partition('://')[0].lower()}://…"
        self._secrets = tuple(secrets_in(url))
        self._taken: dict[str, int] = {}

    def pack(self, message: Message, now: datetime) -> tuple[Delivery, ...]:
        """One delivery; its bytes are the title and the parts, as JSON."""
        body = json.dumps(self._posts(message)).encode("ascii")
        return (delivery_of(self, message, body, now),)

    async def send(self, delivery: Delivery, message: Message) -> str:  # noqa: ARG002
        """Hand over its parts, after those that were taken in an earlier try of this process.

        Raises DeliveryError.
        """
        posts = json.loads(delivery.body)
        for number in range(self._taken.get(delivery.id, 0), len(posts)):
            await self._post(posts[number]["title"], posts[number]["body"])
            self._taken[delivery.id] = number + 1
        self._taken.pop(delivery.id, None)
        return "taken" if len(posts) == 1 else f"taken in {len(posts)} parts"

    def _posts(self, message: Message) -> list[dict[str, str]]:
        """What is sent: the text cut to what the service takes, parts numbered in their titles."""
        service = self._service
        subject = flat(message.subject) or "Wirewatch"
        title = subject[: max(min(service.title_maxlen or 100, 250) - NUMBER_ROOM, 1)]
        room = service.body_maxlen
        if service.title_maxlen <= 0 or service.overflow_amalgamate_title:
            title = title[: max(room // 3 - NUMBER_ROOM, 1)]  # it shares the body's room
            room -= len(title) + NUMBER_ROOM + 2
        parts = told_in_parts(message, max(room, 20), service.body_max_line_count)
        if len(parts) == 1:
            return [{"title": title, "body": parts[0]}]
        titles = (f"{title} ({n}/{len(parts)})" for n in range(1, len(parts) + 1))
        return [{"title": t, "body": body} for t, body in zip(titles, parts, strict=True)]

    async def _post(self, title: str, body: str) -> None:
        """Hand one part over; raises DeliveryError."""
        wait = SECONDS + max(float(self._service.request_rate_per_sec or 0), 0.0)
        try:
            async with asyncio.timeout(wait):
                taken, said = await _in_a_thread(lambda: _notify(self._service, title, body))
        except TimeoutError:
            words = f"{self.address} did not answer within {wait:g} s"
            raise DeliveryError(words, temporary=True, unknown=True) from None
        except Exception as error:  # a hundred services, by as many authors
            words = f"{self.address} failed within Apprise ({type(error).__name__})"
            raise DeliveryError(words, temporary=True, unknown=True) from None
        if not taken:
            warned = " ".join(words for level, words in said if level >= logging.WARNING)
            answer = one_line(warned, self._secrets) or "not taken, without a reason"
            raise fault_in([words for _, words in said], answer)


# --- the library ----------------------------------------------------------------------------------


def is_installed() -> bool:
    """Whether the library (the extra ``apprise``) is there."""
    return find_spec("apprise") is not None


def service_of(url: str) -> Any:
    """The service at an address; None where the library knows none, or the address lacks a part."""
    library = _library()
    service = library.Apprise.instantiate(url.strip(), asset=_asset())
    if service is not None:
        # We cut; should a service's own markup make a part longer, nothing of it may be lost.
        service.overflow_mode = library.OverflowMode.SPLIT
    return service


@cache
def _library() -> ModuleType:
    """The library, with its log to us alone: it may hold addresses and what was answered."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some services import what is deprecated
        import apprise

        # This loads every service.
        apprise.Apprise.instantiate("json://localhost", asset=apprise.AppriseAsset())
    log = logging.getLogger("apprise")
    log.propagate = False
    log.setLevel(logging.DEBUG)
    log.addHandler(_Heard())
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # its warnings show addresses
    return apprise


@cache
def _asset() -> Any:
    return _library().AppriseAsset(
        app_id="Wirewatch",
        app_desc="Wirewatch",
        app_url="",
        async_mode=False,
        service_timeout=0,  # else it calls from threads of its own, which hold up our end
    )


_lines: ContextVar[list[tuple[int, str]] | None] = ContextVar("_lines", default=None)
"""What the library logs during a call, each line with its level; it hands contexts on."""


class _Heard(logging.Handler):
    """Keeps what the library logs for the call that is under way."""

    def emit(self, record: logging.LogRecord) -> None:
        lines = _lines.get()
        if lines is not None and len(lines) < 100:
            lines.append((record.levelno, record.getMessage()[:2000]))


def _notify(service: Any, title: str, body: str) -> tuple[bool, list[tuple[int, str]]]:
    """Whether the service took it, and what was logged, each line with its level."""
    library = _library()
    line = library.Apprise(asset=_asset())
    line.add(service)
    lines: list[tuple[int, str]] = []
    _lines.set(lines)
    taken = line.notify(body=body, title=title, body_format=library.NotifyFormat.TEXT)
    return bool(taken), lines


async def _in_a_thread(call: Callable[[], Any]) -> Any:
    """What ``call`` returns or raises, from a thread that holds up neither us nor our end."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def settle(result: Any, error: BaseException | None) -> None:
        if not future.done():
            future.set_exception(error) if error else future.set_result(result)

    def work() -> None:
        result, error = None, None
        try:
            result = call()
        except BaseException as raised:
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits any more
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=work, daemon=True, name="apprise").start()
    return await future


# --- what it says ---------------------------------------------------------------------------------


def fault_in(lines: Iterable[str], answer: str) -> DeliveryError:
    """What a refusal means, by the words that were logged.

    A status of HTTP tells most. A 400 is tried again: it may be about the address as well as about
    the message. Where nothing says that the service was not reached, it may have taken it.
    """
    words = " ".join(lines)
    found = _STATUS.search(words)
    status = int(found.group(1)) if found else None
    if status in OF_THE_CHANNEL:
        return DeliveryError(answer, temporary=False, channel_fault=True)
    if status in OF_THE_MESSAGE:
        return DeliveryError(answer, temporary=False)
    unknown = status is None and not _NOT_REACHED.search(words)
    return DeliveryError(answer, temporary=True, unknown=unknown)


def secrets_in(url: str) -> Iterator[str]:
    """What an answer may repeat of an address and nobody may read: all but its scheme."""
    rest = url.partition("://")[2]
    for piece in (url, rest, *re.split(r"[/:@?&=,;#+]+", rest)):
        for text in {piece, unquote(piece)}:
            if len(text) >= SHORTEST_SECRET:
                yield text


# --- cutting --------------------------------------------------------------------------------------


def told_in_parts(message: Message, room: int, lines: int = 0) -> list[str]:
    """The text in parts of at most ``room`` characters and ``lines`` lines (0: any number).

    Cut between paragraphs where that can be. A text too long for ``MOST_PARTS`` gives way to the
    titles and links, and those that are too many to a word on how many are left out.
    """
    text = re.sub(r"(?m)^-{10,}$", "", sound(message.text)).strip() or flat(message.subject) or "-"
    parts = cut(text, room, lines)
    if len(parts) <= MOST_PARTS:
        return parts
    titles = _titles(message)
    short = cut("\n\n".join(titles), room, lines) if titles else parts
    if len(short) <= MOST_PARTS:
        return short
    left = f"… cut here: {len(short) - MOST_PARTS + 1} more parts."
    return [*short[: MOST_PARTS - 1], left]


def _titles(message: Message) -> list[str]:
    """Title and link of everything that a digest tells; none where it tells nothing readable."""
    try:
        told = json.loads(message.json)
        found = [(each["title"], each["articles"][0]["url"]) for each in told["stories"]]
        found += [(each["title"], each["url"]) for each in told["more"]]
        problems = [f"! {each['name']}: {each['message']}" for each in told["problems"]]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        return []
    return [sound(f"{title}\n{url}") for title, url in found] + [sound(each) for each in problems]


def cut(text: str, room: int, lines: int = 0) -> list[str]:
    """``text`` in parts that fit: cut between paragraphs, else lines, else words."""

    def fits(part: str) -> bool:
        return len(part) <= room and (not lines or part.count("\n") < lines)

    def small(paragraph: str) -> Iterable[str]:
        if fits(paragraph):
            return (paragraph,)
        rows = (row for row in paragraph.split("\n") if row.strip())
        return _packed((bit for row in rows for bit in _bits(row, room)), "\n", fits)

    paragraphs = (each.strip("\n") for each in re.split(r"\n\s*\n", text))
    return list(_packed((bit for each in paragraphs for bit in small(each)), "\n\n", fits))


def _bits(row: str, room: int) -> list[str]:
    return [row] if len(row) <= room else textwrap.wrap(row, room)


def _packed(pieces: Iterable[str], joint: str, fits: Callable[[str], bool]) -> Iterator[str]:
    """As many pieces together as fit, in order; empty ones are left out."""
    held = ""
    for piece in filter(str.strip, pieces):
        joined = held + joint + piece if held else piece
        if held and not fits(joined):
            yield held
            joined = piece
        held = joined
    if held:
        yield held
