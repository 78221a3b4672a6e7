"""A file of somebody's, replaced as a whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from monitor.errors import WirewatchError


class ChangedMeanwhileError(WirewatchError):
    """Somebody else wrote the file while we were at it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} was changed meanwhile; nothing was written: try again")


def replace_file(path: Path, before: bytes, after: bytes) -> None:
    """Put ``after`` in the place of ``before``, in one move.

    Symbolic links are followed, the file's mode is kept, and so is its owner where we may. Raises
    WirewatchError where it cannot be written, or where it does not hold ``before`` any more.
    """
    target = path.resolve()
    try:
        _replace(target, before, after)
    except OSError as error:
        reason = (error.strerror or "no reason given").lower()
        raise WirewatchError(f"{path} cannot be written: {reason}; nothing was changed") from None


def write_file(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` in one move, whatever was there before.

    Raises WirewatchError where it cannot be written.
    """
    target = path.resolve()
    try:
        if target.exists() and not target.is_file():  # /dev/stdout and the like
            target.write_bytes(content)
            return
        mask = os.umask(0)
        os.umask(mask)
        made = _written_beside(target, content, target.stat() if target.exists() else None)
        if not target.exists():
            made.chmod(0o666 & ~mask)
        made.replace(target)
    except OSError as error:
        reason = (error.strerror or "no reason given").lower()
        raise WirewatchError(f"{path} cannot be written: {reason}") from None


def _replace(target: Path, before: bytes, after: bytes) -> None:
    known = target.stat()
    made = _written_beside(target, after, known)
    if target.read_bytes() == before:
        made.replace(target)
        return
    made.unlink()
    raise ChangedMeanwhileError(target.name)


def _written_beside(target: Path, content: bytes, known: os.stat_result | None) -> Path:
    """A new file with ``content`` in the folder of ``target``, with the mode of ``known``.

    Where that is None, it is for its owner alone.
    """
    # The name begins with a dot: whoever reads the folder meanwhile leaves it alone.
    number, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    made = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if known is not None:
            _own(made, known)
            made.chmod(stat.S_IMODE(known.st_mode))
    except BaseException:
        made.unlink(missing_ok=True)
        raise
    return made


def _own(made: Path, known: os.stat_result) -> None:
    """Give a new file to the owner of the old one, where that is ours to do."""
    mine = made.stat()
    if (mine.st_uid, mine.st_gid) != (known.st_uid, known.st_gid):
        with suppress(PermissionError):
            os.chown(made, known.st_uid, known.st_gid)
