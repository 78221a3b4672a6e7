"""A TOML document that a person wrote, and the lines its values stand on."""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from typing import Any

from monitor.errors import FaultyInput
from monitor.toml_source.scanner import Path, Places, scan
from monitor.toml_source.syntax import syntax_fault


@dataclass(frozen=True, slots=True)
class TomlSource:
    """A document: what it says (``data``) and where.

    ``name`` is the file as a person would write it; faults carry it. ``text`` has plain line
    feeds and no byte order mark.
    """

    name: str
    text: str
    data: dict[str, Any]
    _places: Places = field(repr=False)
    _line_starts: tuple[int, ...] = field(repr=False)
    _sections: dict[Path, int] = field(repr=False)

    @classmethod
    def read(cls, text: str, name: str) -> TomlSource:
        """The document in ``text``; FaultyInput with line and column where it is not TOML."""
        plain = text.removeprefix("\ufeff").replace("\r\n", "\n")
        try:
            data = tomllib.loads(plain)
            places = scan(plain)
        except (ValueError, RecursionError) as error:
            raise FaultyInput((syntax_fault(error, plain, name),)) from None
        sections = {path: number for number, (_, path) in enumerate(places.sections)}
        return cls(name, plain, data, places, _starts_of_lines(plain), sections)

    def with_data(self, data: dict[str, Any]) -> TomlSource:
        """The same document with other values at the same places."""
        return replace(self, data=data)

    def line_of(self, path: Path) -> int:
        """The line of the key, table or item at ``path``, counted from 1.

        Where it is not in the text, the line of what encloses it; 0 where nothing does.
        """
        for length in range(len(path), 0, -1):
            offset = self._places.starts.get(path[:length])
            if offset is not None:
                return self._line_at(offset)
        return 0

    def line_within(self, path: Path, position: int) -> int:
        """The line of the character ``position`` of the string at ``path``.

        Exact in multi-line strings without escapes, else the line of the string.
        """
        begin = self._places.blocks.get(path)
        value = self._value_at(path)
        if begin is None or not isinstance(value, str) or not self.text.startswith(value, begin):
            return self.line_of(path)
        return self._line_at(begin + min(position, len(value)))

    def table_text(self, path: Path) -> str:
        """The lines of the table at ``path`` with the tables under it, as written.

        From its header (or, for an inline table, its first character) to its last line, without
        what follows it that is blank or a comment. Empty where there is no such table.
        """
        start = self._places.starts.get(path)
        if start is None:
            return ""
        if path in self._places.ends:
            return self.text[start : self._places.ends[path]]
        if path not in self._sections:
            return ""
        lines = self.text[start : self._end_of_section(path)].split("\n")
        while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
            lines.pop()
        return "\n".join(lines) + "\n"

    def _end_of_section(self, path: Path) -> int:
        sections = self._places.sections
        for number in range(self._sections[path] + 1, len(sections)):
            offset, other = sections[number]
            if other[: len(path)] != path:
                return offset
        return len(self.text)

    def _line_at(self, offset: int) -> int:
        return bisect_right(self._line_starts, offset)

    def _value_at(self, path: Path) -> Any:
        value: Any = self.data
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return None
        return value


def _starts_of_lines(text: str) -> tuple[int, ...]:
    starts = [0]
    at = text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return tuple(starts)


def place_of(path: Path) -> str:
    """``path`` as people read it, items counted from 1: ``feed[2].url``, ``tags[1]``."""
    place = ""
    for part in path:
        if isinstance(part, int):
            place += f"[{part + 1}]"
        else:
            place += f".{part}" if place else part
    return place
