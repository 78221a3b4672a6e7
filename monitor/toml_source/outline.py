"""Where the tables of a plain TOML document begin: its headers alone, without what is in them.

A scan of every value costs more than reading the document does, and most files of rules need no
more than the places of their tables. The text must be valid TOML (tomllib has read it before).
"""

from __future__ import annotations

import re
from functools import lru_cache

from monitor.toml_source.scanner import Path

_BRACKET_LINE = re.compile(r"^[ \t]*+(\[.*)", re.MULTILINE)
_NAME = r"[ \t]*(?!(?:true|false|inf|nan)\b)[A-Za-z_][A-Za-z0-9_-]*[ \t]*"
_HEADER = re.compile(rf"(\[\[?)({_NAME}(?:\.{_NAME})*)\]\]?[ \t]*(?:#.*)?")


def outline(text: str) -> list[tuple[int, Path]] | None:
    """Every header with the path of its table, in the order of the text; offsets count characters.

    None where headers cannot be told from other lines without a closer look: a line within a text
    of several lines may look like one, and a name may be written in quotes. (Within a list no
    line does: a bare name is no value.)
    """
    if '"""' in text or "'''" in text:
        return None
    counts: dict[Path, int] = {}
    found: list[tuple[int, Path]] = []
    for line in _BRACKET_LINE.finditer(text):
        header = _header(line[1])
        if header is None:
            return None
        keys, is_one_of_several = header
        path = _within(keys[:-1], counts) + keys[-1:]
        if is_one_of_several:
            number = counts[path] = counts.get(path, -1) + 1
            path = (*path, number)
        found.append((line.start(1), path))
    return found


def _within(keys: tuple[str, ...], counts: dict[Path, int]) -> Path:
    """The path of a table that others stand in; of several of a name, the last."""
    path: Path = ()
    for key in keys:
        path = (*path, key)
        if path in counts:
            path = (*path, counts[path])
    return path


@lru_cache(maxsize=256)
def _header(line: str) -> tuple[tuple[str, ...], bool] | None:
    """The keys that a line holds between its brackets, and whether the brackets are double."""
    found = _HEADER.fullmatch(line)
    if found is None:
        return None
    return tuple(key.strip() for key in found[2].split(".")), len(found[1]) == 2
