"""Finds articles in pages in a process of its own, which may be ended.

    the daemon ──► 4 bytes of length, a page ──► this process ──► 4 bytes of length, the article

A page can be made so that finding its article takes minutes or gigabytes. Here it costs
``SECONDS`` and ``MOST_MEMORY``, then the process is ended, and the next page begins a new one. It
is started with the first page, says by an empty answer that it is ready, and stays.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
import sys
from types import TracebackType
from typing import BinaryIO, Self

from monitor.errors import FetchError
from monitor.feeds.page_text import LONGEST, article_in

SECONDS = 5.0
"""For one page; most take a hundredth of a second."""

START_SECONDS = 60.0
"""For the process to begin, which on a small and busy machine takes a while."""

MOST_MEMORY = 1_500_000_000  # bytes of address space, where the system can bound it
_LENGTH = struct.Struct(">I")
_NICE = 5


class PageTooSlow(FetchError):
    """Finding the article in a page took longer than a page may take."""


class PageProcess:
    """The daemon's side: an asynchronous context manager that ends the process at its end."""

    def __init__(self, seconds: float | None = None) -> None:
        self.seconds = SECONDS if seconds is None else seconds
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._end()

    async def article_in(self, html: str) -> str:
        """The article's text; empty where the page holds none. Raises FetchError.

        One page at a time; others wait for their turn.
        """
        async with self._turn:
            try:
                async with asyncio.timeout(START_SECONDS):
                    await self._start()
                async with asyncio.timeout(self.seconds):
                    return await self._ask(html[:LONGEST].encode("utf-8", "replace"))
            except TimeoutError:
                await self._end()
                raise PageTooSlow("its page takes too long to be understood") from None
            except (OSError, EOFError) as fault:
                await self._end()
                raise FetchError("its page could not be understood") from fault
            except asyncio.CancelledError:
                await self._end()  # its answer would be taken for the next page's
                raise

    async def _start(self) -> None:
        """Begin the process, where there is none."""
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                __name__,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the daemon, which ends this in good order
            )
            await self._answer()

    async def _ask(self, page: bytes) -> str:
        if self._process is None or self._process.stdin is None:
            raise EOFError
        self._process.stdin.write(_LENGTH.pack(len(page)) + page)
        await self._process.stdin.drain()
        return await self._answer()

    async def _answer(self) -> str:
        if self._process is None or self._process.stdout is None:
            raise EOFError
        back = self._process.stdout
        (length,) = _LENGTH.unpack(await back.readexactly(_LENGTH.size))
        return (await back.readexactly(length)).decode()

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        # What it had still to say is read away, so that its pipes are closed.
        if process.stdout is not None:
            await process.stdout.read()
        await process.wait()


def serve(asked: BinaryIO, answers: BinaryIO) -> None:
    """The process's side: say that it is ready, and answer pages until there are no more."""
    article_in("<p>Ready.")  # loads the library
    answers.write(_LENGTH.pack(0))
    answers.flush()
    while head := asked.read(_LENGTH.size):
        (length,) = _LENGTH.unpack(head)
        try:
            found = article_in(asked.read(length).decode()).encode("utf-8", "replace")
        except Exception:  # a page that breaks the library holds no article
            found = b""
        answers.write(_LENGTH.pack(len(found)) + found)
        answers.flush()


def _bound() -> None:
    """Take less of the machine than the daemon, and no more memory than allowed."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(_NICE)
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


if __name__ == "__main__":
    _bound()
    with contextlib.suppress(KeyboardInterrupt):
        serve(sys.stdin.buffer, sys.stdout.buffer)
