"""Where things stand in a TOML document: a light scan beside tomllib, which tells no lines.

The text must be valid TOML (tomllib has read it before): the scanner follows the structure
of TOML 1.0 (https://toml.io/en/v1.0.0) and checks nothing.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field

Path = tuple[str | int, ...]
"""The way to a value: keys of tables, and counts from 0 in arrays."""

_BLANK = re.compile(r"(?:[ \t\n]+|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*(?:([A-Za-z0-9_-]+)|("(?:[^"\\\n]|\\.)*")|'([^'\n]*)')[ \t]*""")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}'
    r"|'''(?:[^']|'(?!''))*'{3,5}"
    r'|"(?:[^"\\]|\\.)*"'
    r"|'[^']*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]*")


@dataclass(slots=True)
class Places:
    """Offsets in the text, by path.

    ``starts``: where a key, a header or an item of an array begins. ``ends``: where an inline
    table ends. ``blocks``: where the first character of a multi-line string stands. ``sections``:
    every header of a table in the order of the file, with the table's path.
    """

    starts: dict[Path, int] = field(default_factory=dict)
    ends: dict[Path, int] = field(default_factory=dict)
    blocks: dict[Path, int] = field(default_factory=dict)
    sections: list[tuple[int, Path]] = field(default_factory=list)


def scan(text: str) -> Places:
    """The places of everything in ``text``: valid TOML with plain line feeds."""
    scanner = _Scanner(text)
    scanner.document()
    return scanner.places


class _Scanner:
    """Walks once through a document; ``at`` is the offset of the next character to read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.table: Path = ()
        self.counts: dict[Path, int] = {}
        self.places = Places()

    def document(self) -> None:
        """Headers and pairs to the end of the text."""
        while self._skip_blank() < len(self.text):
            if self.text[self.at] == "[":
                self._header()
            else:
                self._pair(self.table)

    def _skip_blank(self) -> int:
        found = _BLANK.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.at

    def _header(self) -> None:
        """``[a.b]`` or ``[[a.b]]``; a name that is an array of tables means its last table."""
        start = self.at
        brackets = 2 if self.text.startswith("[[", start) else 1
        self.at += brackets
        keys = self._keys()
        self.at += brackets
        path: Path = ()
        for key in keys[:-1]:
            path = self._last_of((*path, key))
        path = (*path, keys[-1])
        self.places.starts.setdefault(path, start)
        if brackets == 2:
            self.counts[path] = self.counts.get(path, 0) + 1
            path = self._last_of(path)
            self.places.starts[path] = start
        self.places.sections.append((start, path))
        self.table = path

    def _last_of(self, path: Path) -> Path:
        self.places.starts.setdefault(path, self.at)
        return (*path, self.counts[path] - 1) if path in self.counts else path

    def _keys(self) -> tuple[str, ...]:
        """A key with its dotted parts."""
        keys = [self._key()]
        while self.text.startswith(".", self.at):
            self.at += 1
            keys.append(self._key())
        return tuple(keys)

    def _key(self) -> str:
        found = _KEY.match(self.text, self.at)
        if not found:  # not TOML: end the walk rather than stand still
            self.at = len(self.text)
            return ""
        self.at = found.end()
        bare, quoted, literal = found.groups()
        if quoted is not None:
            return str(tomllib.loads(f"key = {quoted}")["key"])
        return bare if bare is not None else literal

    def _pair(self, table: Path) -> None:
        """``key = value``; a dotted key makes the tables on its way."""
        start = self.at
        path = table
        for key in self._keys():
            path = (*path, key)
            self.places.starts.setdefault(path, start)
        self.at += 1  # the equals sign
        self._skip_blank()
        self._value(path)

    def _value(self, path: Path) -> None:
        first = self.text[self.at : self.at + 1]
        if first == "[":
            self._array(path)
        elif first == "{":
            self._inline_table(path)
        elif first in ('"', "'"):
            self._string(path)
        else:
            found = _SCALAR.match(self.text, self.at)
            self.at = found.end() if found else len(self.text)

    def _string(self, path: Path) -> None:
        if self.text.startswith(('"""', "'''"), self.at):
            inside = self.at + 3
            self.places.blocks[path] = inside + self.text.startswith("\n", inside)
        found = _STRING.match(self.text, self.at)
        self.at = found.end() if found else len(self.text)

    def _array(self, path: Path) -> None:
        self.at += 1
        item = 0
        while self._skip_blank() < len(self.text) and self.text[self.at] != "]":
            self.places.starts[(*path, item)] = self.at
            self._value((*path, item))
            self._skip_blank()
            self.at += self.text.startswith(",", self.at)
            item += 1
        self.at += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        while self._skip_blank() < len(self.text) and self.text[self.at] != "}":
            self._pair(path)
            self._skip_blank()
            self.at += self.text.startswith(",", self.at)
        self.at += 1
        self.places.ends[path] = self.at
