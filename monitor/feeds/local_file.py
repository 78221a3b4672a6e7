"""A feed that is a file of this machine."""

from __future__ import annotations

import stat
from pathlib import Path

from monitor.errors import FetchError
from monitor.feeds.inflate import Body, is_packed, too_large

_PIECE = 256 * 1024


def read_if_changed(path: Path, *, known: str | None, limit: int) -> tuple[str, bytes | None]:
    """The file's mark, and its content; None for the content where ``known`` is still its mark.

    The mark is made of the time of change and the size. ``limit`` is in bytes, after unpacking
    where the file is gzipped. Raises FetchError.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise FetchError(f"{path} is no file", temporary=False)
        mark = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
        if mark == known:
            return mark, None
        if status.st_size > limit:
            raise too_large(limit)
        return mark, _read(path, limit)
    except FileNotFoundError as fault:
        raise FetchError(f"there is no file {path}") from fault
    except OSError as fault:
        raise FetchError(f"{path} cannot be read: {fault.strerror or fault}") from fault


def _read(path: Path, limit: int) -> bytes:
    """Read by pieces: a file may grow while it is read."""
    body = Body(None, limit)
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            body.take(piece)
    whole = body.joined()
    if not is_packed(whole):
        return whole
    inner = Body("gzip", limit)
    for at in range(0, len(whole), _PIECE):  # each of many members would copy all that is left
        piece = whole[at : at + _PIECE]
        while piece:
            piece = inner.take(piece)
    return inner.joined()
