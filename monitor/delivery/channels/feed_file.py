"""An Atom file of what was sent, for any feed reader; needs no server.

The file itself is all that is remembered. It is read, added to and replaced under a lock, so that
several processes may write to the same one, and it is there whole or not at all.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from monitor.delivery.answer import one_line
from monitor.delivery.channels import delivery_of
from monitor.delivery.channels.atom import AtomFeed, NotOurs, entries_of, merged, read, written
from monitor.delivery.options import FeedFileOptions
from monitor.errors import DeliveryError
from monitor.model import Clock, Delivery, Message

SECONDS = 30.0
"""For one try, waiting for others to finish with the file included."""

PAUSE = 0.05
MOST_BYTES = 64 * 2**20
"""More than any file of ours; what is larger is not read."""

OF_THE_CHANNEL = frozenset(
    {
        errno.EACCES,
        errno.EPERM,
        errno.EROFS,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.ELOOP,
        errno.ENAMETOOLONG,
        errno.EEXIST,
    }
)
"""Why a file cannot be written that no waiting mends."""


class FeedFileChannel:
    """Adds the stories of each digest to one file."""

    kind = "feed"

    def __init__(self, options: FeedFileOptions, clock: Clock) -> None:
        self.name = options.name
        self.address = str(options.path)
        self._path = options.path
        self._clock = clock

    def pack(self, message: Message, now: datetime) -> tuple[Delivery, ...]:
        """One delivery; its bytes are a feed of the new entries alone."""
        entries = entries_of(message)
        body = written(AtomFeed(entries[0].id, self.name, entries))
        return (delivery_of(self, message, body, now),)

    async def send(self, delivery: Delivery, message: Message) -> str:  # noqa: ARG002
        """Add the entries that the file lacks. Raises DeliveryError."""
        try:
            async with asyncio.timeout(SECONDS):
                return await self._added(delivery.body)
        except TimeoutError:
            words = f"another process held {self._path} for {SECONDS:g} s, or its disk hangs"
            raise DeliveryError(one_line(words), temporary=True, unknown=True) from None
        except NotOurs as error:
            words = f"{self._path} was not written by Wirewatch, or is damaged ({error}); it is "
            words += "left alone: move it away, or choose another path"
            raise DeliveryError(one_line(words), temporary=False, channel_fault=True) from error
        except OSError as error:
            lasting = error.errno in OF_THE_CHANNEL
            words = one_line(f"cannot write {self._path}: {error.strerror or error}")
            raise DeliveryError(words, temporary=not lasting, channel_fault=lasting) from error

    async def _added(self, body: bytes) -> str:
        while True:
            try:
                return await asyncio.to_thread(self._add, body)
            except BlockingIOError:  # another process, or another channel of this one, is at it
                await asyncio.sleep(PAUSE)

    def _add(self, body: bytes) -> str:
        fresh = read(body).entries
        path = Path(os.path.realpath(self._path))  # a link to a file elsewhere stays one
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path.with_name(f".{path.name}.lock")):
            before = _read(path)
            feed = before or AtomFeed(uuid.uuid4().urn, f"{self.name} (Wirewatch)")
            entries, added = merged(feed.entries, fresh, self._clock())
            if added:
                _replace(path, written(AtomFeed(feed.id, feed.title, entries)))
        return f"added {added} of {len(fresh)} entries, {len(entries)} in all"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file, which the system drops when we die; else BlockingIOError.

    The lock's own file stays: one that is taken away could be locked by two.
    """
    number = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(number)


def _read(path: Path) -> AtomFeed | None:
    """The feed that is there; None where nothing is, or an empty file. Raises NotOurs."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe would wait
    except FileNotFoundError:
        return None
    with os.fdopen(number, "rb") as file:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise NotOurs("it is no file")
        document = file.read(MOST_BYTES + 1)
    if len(document) > MOST_BYTES:
        raise NotOurs("it is larger than any of ours")
    return read(document) if document else None


def _replace(path: Path, content: bytes) -> None:
    """Put a file in the place of another, whole or not at all; who may read it stays the same."""
    draft = path.with_name(f".{path.name}.part")
    draft.unlink(missing_ok=True)  # of a process that died; the lock is ours now
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            with contextlib.suppress(FileNotFoundError):
                os.fchmod(file.fileno(), stat.S_IMODE(path.stat().st_mode))
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # else the new name may be lost with the power
    finally:
        os.close(folder)
