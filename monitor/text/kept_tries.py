"""Tries kept in the user's cache folder: mapped when read, written whole or not at all.

Other files that can be made again are written there in the same way.

A MARISA trie is mapped into memory, not loaded: the kernel reads the pages that are asked for,
shares them between processes and drops them when memory is short. A file is written beside its
place and moved there when it is complete, so that readers see all of it or nothing, whoever else
is writing it, and whenever the machine stops.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

logger = logging.getLogger(__name__)


class KeptTrie(Protocol):
    """What any of marisa_trie's classes can do with files."""

    def mmap(self, path: str, /) -> object:
        """Map the file at ``path``."""

    def save(self, path: str, /) -> None:
        """Write to ``path``."""


Kept = TypeVar("Kept", bound=KeptTrie)


def cache_folder() -> Path:
    """Where Wirewatch keeps what it can make again (under XDG_CACHE_HOME where that is set)."""
    from platformdirs import user_cache_path

    return user_cache_path("wirewatch", appauthor=False)


def mapped(empty: Kept, path: Path) -> Kept | None:
    """``empty`` filled with the trie kept at ``path``; None where none can be read there."""
    if not path.exists():
        return None
    try:
        empty.mmap(str(path))
    except (OSError, RuntimeError, ValueError) as error:
        logger.warning("%s cannot be read (%s); it is made anew.", path, error)
        return None
    return empty


def keep(trie: KeptTrie, path: Path) -> None:
    """Write ``trie`` to ``path``, whole or not at all. Raises OSError where that cannot be."""
    _write_whole(path, lambda made: trie.save(str(made)))


def keep_bytes(content: bytes, path: Path) -> None:
    """Write ``content`` to ``path``, whole or not at all. Raises OSError where that cannot be."""
    _write_whole(path, lambda made: made.write_bytes(content))


def _write_whole(path: Path, write: Callable[[Path], object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(made)
        with made.open("rb") as written:
            os.fsync(written.fileno())
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)
