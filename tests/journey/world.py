"""A small world around the real command: feeds, a mail server and a webhook receiver."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import escape
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.delivery.servers import HOST, Postbox, mail_server

ROOT = Path(__file__).parent.parent.parent
SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass
class Post:
    """One request that the webhook receiver got."""

    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document

    @property
    def titles(self) -> list[str]:
        """The headlines of the articles in it."""
        return [each["title"] for story in self.json["stories"] for each in story["articles"]]


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class World:
    """What the servers serve and what they got. ``pages`` maps paths to documents or handlers."""

    folder: Path
    pages: dict[str, bytes | Answer] = field(default_factory=dict)
    postbox: Postbox = field(default_factory=Postbox)
    posts: list[Post] = field(default_factory=list)
    hook_answers: list[int] = field(default_factory=list)
    web_port: int = 0
    mail_port: int = 0

    def url(self, path: str) -> str:
        return f"http://{HOST}:{self.web_port}{path}"

    def told(self) -> list[str]:
        """The headlines of all articles that the webhook receiver was told, in order."""
        return [title for post in self.posts for title in post.titles]

    def mails(self) -> list[EmailMessage]:
        parsed = [message_from_bytes(r.content, policy=default) for r in self.postbox.received]
        return [mail for mail in parsed if isinstance(mail, EmailMessage)]

    def write(self, path: str, text: str) -> Path:
        """Write a file as an editor would: beside it first, then in one move."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.with_suffix(".new").write_text(text, encoding="utf-8")
        target.with_suffix(".new").replace(target)
        return target

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/hook":
            self.posts.append(Post(dict(request.headers), await request.read()))
            status = self.hook_answers.pop(0) if self.hook_answers else 204
            return web.Response(status=status)
        page = self.pages.get(request.path)
        if page is None:
            return web.Response(status=404)
        if isinstance(page, bytes):
            return web.Response(body=page, content_type="application/rss+xml")
        return await page(request)

    def config(
        self,
        feeds: dict[str, str],
        *,
        schedule: str = "immediately",
        hanging: Collection[str] = (),
    ) -> Path:
        """A configuration with these feeds (name to path), mail to two people and a webhook.

        Those that are ``hanging`` are let go after a second; others have all the time they need.
        """
        tables = "".join(
            f'[[feed]]\nurl = "{self.url(path)}"\nname = "{name}"\n'
            + ('timeout = "1s"\n' if name in hanging else "")
            for name, path in feeds.items()
        )
        return self.write(
            "config.toml",
            f"""
database = "wirewatch.db"
rules = "rules"
timezone = "Europe/Rome"
[poll]
backlog = "all"
timeout = "60s"
{tables}
[channel.desk]
type = "email"
host = "{HOST}"
port = {self.mail_port}
security = "none"
from = "Wirewatch <wirewatch@example.org>"
to = ["desk@example.org", "night@example.org"]
[channel.ops]
type = "webhook"
url = "{self.url("/hook")}"
secret = "{SECRET}"
[digest.morning]
schedule = "{schedule}"
channels = ["desk", "ops"]
""",
        )

    async def command(self, *arguments: str) -> Ended:
        """Run the command to its end."""
        process = await self.start(*arguments)
        out, err = await process.communicate()
        return Ended(process.returncode or 0, out.decode(), err.decode())

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "monitor",
            *arguments,
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    @asynccontextmanager
    async def daemon(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """The daemon, running; killed at the end if it still runs."""
        log = self.folder / "daemon.log"
        with log.open("ab") as stream:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "monitor",
                "run",
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=stream,
                stderr=stream,
            )
            try:
                yield process
            finally:
                if process.returncode is None:
                    process.send_signal(signal.SIGKILL)
                    await process.wait()

    def log(self) -> str:
        return (self.folder / "daemon.log").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str


async def until(holds: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until something holds. Fails after ``seconds``, which no machine should need."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            raise AssertionError(f"did not happen within {seconds} s")
        await asyncio.sleep(0.05)


async def ended(process: asyncio.subprocess.Process) -> int:
    """Wait for a process that was told to end; gives its exit code."""
    return await asyncio.wait_for(process.wait(), 60)


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    """Start the servers."""
    made = World(folder)
    async with AsyncExitStack() as stack:
        made.mail_port = await stack.enter_async_context(mail_server(made.postbox))
        runner = web.ServerRunner(web.Server(made.answer), shutdown_timeout=0.1)  # type: ignore[arg-type]
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, HOST, 0)
        await site.start()
        made.web_port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        yield made


def rss(*items: tuple[str, str, str], language: str = "en") -> bytes:
    """An RSS 2.0 document; items are (guid, headline, text)."""
    inside = "".join(
        f"<item><guid isPermaLink='false'>{guid}</guid><title>{escape(title)}</title>"
        f"<link>https://example.org/{guid}</link><description>{escape(text)}</description></item>"
        for guid, title, text in items
    )
    head = f"<title>Feed</title><language>{language}</language>"
    return f"<rss version='2.0'><channel>{head}{inside}</channel></rss>".encode()


RULE = """
[[rule]]
name = "{name}"
match = '{match}'
"""

AT_ONCE = f'{RULE}cooldown = "0s"\n'
"""A rule of which updates of a story go out at once, too."""

LEAVING = (
    "leaving",
    "Troops leave Niger",
    "The last American soldiers left the country on Monday, the army said in a statement.",
)
HANDOVER = (
    "handover",
    "Agadez base handed over",
    "The base near Agadez was handed over on Tuesday, officers of both armies said in Niamey.",
)
RAIN = ("rain", "Rain in Rome", "It rained in Rome all day on Monday, and the trams were late.")
