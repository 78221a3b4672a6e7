"""Runs somebody's program to its end, or ends it: never through a shell, never without a bound.

The program gets a process group of its own, so that what it starts is ended with it. Its input is
a file that has no name, not a pipe: a program that never reads it, or only its beginning, holds
nothing up and breaks nothing. What it prints is read to the end and all but the last of it
forgotten, so that a program that prints gigabytes neither waits nor fills memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import field
from pathlib import Path
from typing import Any, BinaryIO

from monitor.records import dataclass

GRACE_SECONDS = 1.0
"""Between SIGTERM and SIGKILL. SIGTERM to the daemon itself allows ten in all."""

GONE_SECONDS = 2.0
"""How long a killed program is waited for: one that hangs in the system cannot be ended."""

LAST_WORDS_SECONDS = 0.5
"""How long output is read on after the end: what was left running may hold the pipe open."""

_CHUNK = 65536


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended.

    ``code`` is its exit code, negative for the signal that killed it, None when its time was up.
    ``output`` are the last bytes it printed on standard output and standard error together; ``cut``
    is true where something came before them.
    """

    code: int | None
    output: bytes
    cut: bool


class NoRoom(OSError):
    """What a program is to be given could not be laid out in the temporary folder."""


async def run(
    command: Sequence[str],
    *,
    given: bytes,
    folder: Path,
    environment: Mapping[str, str],
    timeout: float,  # noqa: ASYNC109 (it ends the program, not only the waiting)
    kept: int,
) -> Ended:
    """Run ``command`` in ``folder`` with ``given`` on its input, for at most ``timeout`` seconds.

    Of its output the last ``kept`` bytes are kept. When cancelled, the program and its process
    group are ended before the cancellation goes on. Raises NoRoom, OSError when it cannot be
    started, and ValueError when its words cannot be handed to a program (a NUL among them).
    """
    async with _output(kept) as (words, printed):
        with _laid_out(given) as file:
            process = await _started(
                asyncio.create_subprocess_exec(
                    *command,
                    stdin=file,
                    stdout=printed,
                    stderr=asyncio.subprocess.STDOUT,
                    cwd=folder,
                    env=environment,
                    start_new_session=True,
                )
            )
        printed.close()
        code = await _code(process, timeout)
        await words.rest()
        return Ended(code, bytes(words.kept), words.cut)


@contextmanager
def _laid_out(given: bytes) -> Iterator[BinaryIO]:
    """An open file that holds ``given`` and has no name: it is gone with the last who holds it."""
    with ExitStack() as stack:
        try:
            file = stack.enter_context(tempfile.TemporaryFile())
            file.write(given)
            file.flush()
            file.seek(0)
        except OSError as error:
            raise NoRoom(error.errno, error.strerror) from error
        yield file


async def _code(process: asyncio.subprocess.Process, seconds: float) -> int | None:
    """Its exit code; None when it had to be ended because the time was up."""
    try:
        async with asyncio.timeout(seconds):
            return await process.wait()
    except TimeoutError:
        await _end(process)
        return None
    except BaseException:
        await _end(process)
        raise


async def _started(
    starting: Coroutine[Any, Any, asyncio.subprocess.Process],
) -> asyncio.subprocess.Process:
    """The process; one that starts just as we are cancelled is ended, with what it has started."""
    task = asyncio.ensure_future(starting)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        with contextlib.suppress(OSError, ValueError):
            await _end(await task)
        raise


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a process group: asked first, then killed."""
    try:
        _signal(process, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), GRACE_SECONDS)
    finally:  # also where we are cancelled once more, and for those of the group that stayed
        _signal(process, signal.SIGKILL)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), GONE_SECONDS)


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    # macOS answers EPERM for a group of which nobody is left but the dead.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


@dataclass(slots=True)
class _Words:
    """The end of what comes out of a pipe."""

    reader: asyncio.StreamReader
    longest: int
    kept: bytearray = field(default_factory=bytearray)
    cut: bool = False
    reading: asyncio.Task[None] | None = None

    def begin(self) -> None:
        self.reading = asyncio.create_task(self._read())

    async def rest(self) -> None:
        """Wait for what is still in the pipe."""
        if self.reading:
            await asyncio.wait({self.reading}, timeout=LAST_WORDS_SECONDS)

    async def stop(self) -> None:
        if self.reading:
            self.reading.cancel()
            await asyncio.gather(self.reading, return_exceptions=True)

    async def _read(self) -> None:
        while chunk := await self.reader.read(_CHUNK):
            self.kept += chunk
            self.cut = self.cut or len(self.kept) > self.longest
            del self.kept[: -self.longest]


@asynccontextmanager
async def _output(longest: int) -> AsyncIterator[tuple[_Words, BinaryIO]]:
    """A pipe: what comes out of it, and the end that the program writes to.

    It is ours and not asyncio's, whose ``wait`` would go on for as long as anything that the
    program left running holds a pipe of the process open.
    """
    out, end = os.pipe()
    with os.fdopen(out, "rb", 0) as source, os.fdopen(end, "wb", 0) as printed:
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), source
        )
        words = _Words(reader, longest)
        words.begin()
        try:
            yield words, printed
        finally:
            await words.stop()
            transport.close()
            await asyncio.sleep(0)  # in which the transport lets go of the pipe
