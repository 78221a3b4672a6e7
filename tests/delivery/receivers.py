"""A real receiver for every way out and every ending that a try over it can come to."""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from monitor.delivery.channels import feed_file
from monitor.delivery.chat.services import SERVICES
from monitor.delivery.options import (
    AppriseOptions,
    ChannelOptions,
    CommandOptions,
    EmailOptions,
    FeedFileOptions,
    FolderOptions,
    TerminalOptions,
    WebhookOptions,
)
from monitor.model import Secret
from tests.delivery.servers import HOST, Postbox, mail_server, smtp_script, tcp_server
from tests.delivery.test_webhook import Hook, status

HIDDEN = "s3cr3t-pa55"
SOON = 0.4
"""Seconds after which a try is to end where the receiver says nothing."""


class Ending(Enum):
    """What a try can come to; the value is (temporary, channel_fault, unknown)."""

    RECEIVED = None
    TEMPORARY = (True, False, False)
    MESSAGE = (False, False, False)
    CHANNEL = (False, True, False)
    UNKNOWN = (True, False, True)
    SILENT = (True, False, True, "within its timeout")


@dataclass(frozen=True)
class Receiver:
    """One that is ready: how to reach it, what has arrived, whether something has begun to."""

    options: ChannelOptions
    arrived: Callable[[], list[bytes]] = list
    begun: Callable[[], bool] = lambda: True


Readied = Callable[[Path], AbstractAsyncContextManager[Receiver]]


# --- mail -----------------------------------------------------------------------------------------


def mail(words: dict[bytes, bytes | None] | None = None, timeout: float = 20) -> Readied:
    """A mail server: a real one, or one that answers by script."""

    def options(port: int) -> EmailOptions:
        return EmailOptions(
            "desk", HOST, "w@example.org", ("desk@example.org",), port, "none", timeout=timeout
        )

    @asynccontextmanager
    async def real(_: Path) -> AsyncIterator[Receiver]:
        box = Postbox()
        async with mail_server(box) as port:
            yield Receiver(options(port), lambda: [each.content for each in box.received])

    @asynccontextmanager
    async def scripted(_: Path) -> AsyncIterator[Receiver]:
        async with tcp_server(smtp_script(words or {})) as port:
            yield Receiver(options(port))

    return scripted if words else real


# --- HTTP -----------------------------------------------------------------------------------------


class HangsUp(Hook):
    """Takes a post and says nothing."""

    async def talk(self, reader: Any, writer: Any) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        await reader.readexactly(int(head.partition("content-length: ")[2].split()[0]))
        writer.close()


Posting = Callable[[int, float], ChannelOptions]
"""What posts to a port, and gives up after so many seconds."""


def web(of: Posting, line: str = "200 OK", *, kind: type = Hook) -> Readied:
    """A web server that answers with a status and repeats the secret that it was sent; or never."""

    @asynccontextmanager
    async def ready(_: Path) -> AsyncIterator[Receiver]:
        hook = kind(answer=status(line, body=f"{line} {HIDDEN}"), silent=line == "")
        async with tcp_server(hook.talk) as port:
            yield Receiver(
                of(port, 20 if line else SOON),
                lambda: [post.body for post in hook.posts],
                lambda: bool(hook.posts),
            )

    return ready


def every_status(of: Posting) -> dict[Ending, Readied]:
    """The endings of what speaks HTTP."""
    return {
        Ending.RECEIVED: web(of),
        Ending.TEMPORARY: web(of, "503 Busy"),
        Ending.MESSAGE: web(of, "413 Too Large"),
        Ending.CHANNEL: web(of, "403 Forbidden"),
        Ending.UNKNOWN: web(of, kind=HangsUp),
        Ending.SILENT: web(of, ""),
    }


def webhook(form: str) -> Posting:
    """A webhook of a format."""
    return lambda port, seconds: WebhookOptions(
        "ops",
        Secret(f"http://u:{HIDDEN}@{HOST}:{port}/{HIDDEN}"),
        headers=(("X-Key", Secret(HIDDEN)),),
        format=form,
        timeout=seconds,
    )


def phone(port: int, seconds: float) -> ChannelOptions:
    """A service of Apprise."""
    return AppriseOptions(
        "phone", Secret(f"json://u:{HIDDEN}@{HOST}:{port}/{HIDDEN}?rto={seconds}&cto={seconds}")
    )


# --- a program ------------------------------------------------------------------------------------


def program(script: str, timeout: float = 20) -> Readied:
    """A shell script that says the secret which it was given."""

    @asynccontextmanager
    async def ready(folder: Path) -> AsyncIterator[Receiver]:
        got = folder / "got"
        got.mkdir()
        words = f'cat > "got/$$"; echo "$0"; {script}'
        yield Receiver(
            CommandOptions(
                "script",
                "sh",
                (Secret("-c"), Secret(words), Secret(HIDDEN)),
                folder=folder,
                environment={"PATH": os.environ["PATH"]},
                timeout=timeout,
            ),
            lambda: [path.read_bytes() for path in got.iterdir()],
            lambda: any(path.stat().st_size for path in got.iterdir()),
        )

    return ready


# --- files and the screen -------------------------------------------------------------------------


@asynccontextmanager
async def folder(where: Path) -> AsyncIterator[Receiver]:
    path = where / "digests"
    yield Receiver(
        FolderOptions("archive", path),
        lambda: [b"".join(each.read_bytes() for each in sorted(path.iterdir()))],
    )


@asynccontextmanager
async def no_folder(where: Path) -> AsyncIterator[Receiver]:
    (where / "digests").touch()
    yield Receiver(FolderOptions("archive", where / "digests"))


def feed(content: bytes = b"") -> Readied:
    @asynccontextmanager
    async def ready(where: Path) -> AsyncIterator[Receiver]:
        path = where / "matches.atom"
        path.write_bytes(content)
        yield Receiver(FeedFileOptions("matches", path), lambda: [path.read_bytes()])

    return ready


@asynccontextmanager
async def feed_in_use(where: Path) -> AsyncIterator[Receiver]:
    path, before = where / "matches.atom", feed_file.SECONDS
    feed_file.SECONDS = SOON
    try:
        with (where / ".matches.atom.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield Receiver(FeedFileOptions("matches", path))
    finally:
        feed_file.SECONDS = before


@asynccontextmanager
async def screen(_: Path) -> AsyncIterator[Receiver]:
    def arrived() -> list[bytes]:
        text = printed.getvalue().encode()
        half = text[: len(text) // 2]
        return [half, half] if half * 2 == text else [text]

    with contextlib.redirect_stdout(io.StringIO()) as printed:
        yield Receiver(TerminalOptions("screen"), arrived)


@asynccontextmanager
async def no_screen(_: Path) -> AsyncIterator[Receiver]:
    gone = io.StringIO()
    gone.close()
    with contextlib.redirect_stdout(gone):
        yield Receiver(TerminalOptions("screen"))


# --- all of them ----------------------------------------------------------------------------------

RECEIVERS: dict[str, dict[Ending, Readied]] = {
    "email": {
        Ending.RECEIVED: mail(),
        Ending.TEMPORARY: mail({b"RCPT": b"451 later"}),
        Ending.MESSAGE: mail({b"RCPT": b"550 no such user"}),
        Ending.CHANNEL: mail({b"MAIL": b"530 log in first"}),
        Ending.UNKNOWN: mail({b".": None}),
        Ending.SILENT: mail({b".": b""}, timeout=SOON),
    },
    "webhook": every_status(webhook("json")),
    **{f"webhook {form}": every_status(webhook(form)) for form in SERVICES},
    "folder": {Ending.RECEIVED: folder, Ending.TEMPORARY: no_folder},
    "feed": {
        Ending.RECEIVED: feed(),
        Ending.CHANNEL: feed(b"<html>somebody else's</html>"),
        Ending.SILENT: feed_in_use,
    },
    "command": {
        Ending.RECEIVED: program("exit 0"),
        Ending.TEMPORARY: program("exit 75"),
        Ending.MESSAGE: program("exit 1"),
        Ending.CHANNEL: program("exit 127"),
        Ending.UNKNOWN: program("kill -9 $$"),
        Ending.SILENT: program("sleep 300 & wait", timeout=SOON * 3),
    },
    "apprise": every_status(phone),
    "terminal": {Ending.RECEIVED: screen, Ending.TEMPORARY: no_screen},
}
"""By the word after ``type`` (and ``format``). An ending that is left out cannot come about there:
files and screens refuse no message and leave no answer open."""
