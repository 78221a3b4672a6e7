"""What people's files look like, and when they have changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from monitor.matching.rule_files import rule_file_paths
from monitor.records import dataclass

WATCH_SECONDS = 0.4
"""How often watched files are looked at; a change is told when two looks agree."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the watched files looked like: (path, modified, changed, size) of each, times in ns.

    "Changed" is the time that no program can set back: a file that was put in the place of another
    with its date kept, as rsync and cp -p do, is seen by it.
    """

    files: tuple[tuple[str, int, int, int], ...]

    @classmethod
    def of_rules(cls, folder: Path) -> Snapshot:
        """Every rule file below a folder; none where the folder is gone."""
        try:
            found = tuple(sorted(_stat(folder / path) for path in rule_file_paths(folder)))
        except OSError:
            found = ()
        return cls(found)

    @classmethod
    def of_file(cls, path: Path) -> Snapshot:
        """One file."""
        return cls((_stat(path),))


def _stat(path: Path) -> tuple[str, int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return str(path), 0, 0, -1
    return str(path), found.st_mtime_ns, found.st_ctime_ns, found.st_size


class Watch:
    """Says when watched files have changed and come to rest (an editor may still be writing)."""

    def __init__(self, look: Callable[[], Snapshot]) -> None:
        self._look = look
        self._seen = look()
        self._known: Snapshot | None = self._seen

    def forget(self) -> None:
        """Take what is there for a change at the next look."""
        self._known = None

    def changed(self) -> bool:
        """Whether there is a change since last told, the same in two looks."""
        now = self._look()
        settled = now == self._seen
        self._seen = now
        if not settled or now == self._known:
            return False
        self._known = now
        return True
