"""A TOML document that a person wrote, and the lines its values stand on."""

from __future__ import annotations

import re
import tomllib
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import field, replace
from functools import cached_property
from typing import Any

from monitor.errors import FaultyInput
from monitor.records import dataclass
from monitor.toml_source.outline import outline
from monitor.toml_source.plain_toml import read_plain
from monitor.toml_source.scanner import Path, Places, scan
from monitor.toml_source.syntax import syntax_fault

_LINE_END = re.compile("\n")
_ESCAPED = re.compile(
    r"(?P<trimmed>\\[^\S\n]*\n\s*)|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}|\\.|.", re.DOTALL
)
"""One character of a basic string as it is written."""


class _Layout:
    """Where things stand in ``text``; each is worked out when it is first asked for."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def places(self) -> Places:
        """Everything; nothing where values stand too deep within each other to be followed."""
        try:
            return scan(self.text)
        except RecursionError:
            return Places()

    @cached_property
    def sections(self) -> list[tuple[int, Path]]:
        """Every header with the path of its table."""
        found = outline(self.text)
        return self.places.sections if found is None else found

    @cached_property
    def numbers(self) -> dict[Path, int]:
        """Which of the sections begins the table at a path."""
        return {path: number for number, (_, path) in enumerate(self.sections)}

    @cached_property
    def line_starts(self) -> array[int]:
        """Where each line begins."""
        return array("q", (0, *(end.end() for end in _LINE_END.finditer(self.text))))


@dataclass(frozen=True, slots=True)
class TomlSource:
    """A document: what it says (``data``) and where.

    ``name`` is the file as a person would write it; faults carry it. ``text`` has plain line
    feeds and no byte order mark.
    """

    name: str
    text: str
    data: dict[str, Any]
    _layout: _Layout = field(repr=False)

    @classmethod
    def read(cls, text: str, name: str, *, quoting: bool = False) -> TomlSource:
        """The document in ``text``; FaultyInput with line and column where it is not TOML.

        ``quoting``: the fault shows the line as well; only of files that hold no password.
        """
        plain = text.removeprefix("\ufeff").replace("\r\n", "\n")
        try:
            data = read_plain(plain)
            data = tomllib.loads(plain) if data is None else data
        except (ValueError, RecursionError) as error:
            raise FaultyInput((syntax_fault(error, plain, name, quoting=quoting),)) from None
        return cls(name, plain, data, _Layout(plain))

    def with_data(self, data: dict[str, Any]) -> TomlSource:
        """The same document with other values at the same places."""
        return replace(self, data=data)

    def line_of(self, path: Path) -> int:
        """The line of the key, table or item at ``path``, counted from 1.

        Where it is not in the text, the line of what encloses it; 0 where nothing does.
        """
        number = self._layout.numbers.get(path)
        if number is not None:
            return self._line_at(self._layout.sections[number][0])
        for length in range(len(path), 0, -1):
            offset = self._layout.places.starts.get(path[:length])
            if offset is not None:
                return self._line_at(offset)
        return 0

    def line_within(self, path: Path, position: int) -> int:
        """The line of the character ``position`` of the string at ``path``.

        Exact in multi-line strings, with or without escapes; else the line of the string.
        """
        begin = self._layout.places.blocks.get(path)
        value = self._value_at(path)
        if begin is None or not isinstance(value, str):
            return self.line_of(path)
        position = min(position, len(value))
        if not self.text.startswith(value, begin):
            return self._line_at(_in_escaped(self.text, begin, position))
        return self._line_at(begin + position)

    def table_text(self, path: Path) -> str:
        """The lines of the table at ``path`` with the tables under it, as written.

        From its header (or, for an inline table, its first character) to its last line, without
        what follows it that is blank or a comment. Empty where there is no such table.
        """
        number = self._layout.numbers.get(path)
        if number is not None:
            return self._section(number, path)
        places = self._layout.places
        start, end = places.starts.get(path), places.ends.get(path)
        return "" if start is None or end is None else self.text[start:end]

    def tables(self, key: str) -> Iterator[tuple[int, str]]:
        """Line and text of each table of the list at ``key``, in the order of the file."""
        count = len(self.data.get(key, ()))
        sections = self._layout.sections
        begun = [n for n, (_, path) in enumerate(sections) if len(path) == 2 and path[0] == key]
        if len(begun) != count:  # tables in braces
            paths: list[Path] = [(key, number) for number in range(count)]
            yield from ((self.line_of(path), self.table_text(path)) for path in paths)
            return
        line, at = 1, 0
        for number in begun:
            offset, path = sections[number]
            line += self.text.count("\n", at, offset)
            at = offset
            yield line, self._section(number, path)

    def _section(self, number: int, path: Path) -> str:
        """The lines of a table with a header, without what is blank or a comment at their end."""
        sections = self._layout.sections
        start, end = sections[number][0], len(self.text)
        for following in range(number + 1, len(sections)):
            offset, other = sections[following]
            if other[: len(path)] != path:
                end = offset
                break
        written = self.text[start:end].rstrip()
        while (last := written.rfind("\n") + 1) and written[last:].lstrip().startswith("#"):
            written = written[:last].rstrip()
        return written + "\n"

    def _line_at(self, offset: int) -> int:
        return bisect_right(self._layout.line_starts, offset)

    def _value_at(self, path: Path) -> Any:
        value: Any = self.data
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return None
        return value


def _in_escaped(text: str, begin: int, position: int) -> int:
    """Where the character ``position`` of a basic string stands that begins at ``begin``.

    A backslash with its escape is one character; at the end of a line it is none, and takes the
    blanks that follow along (TOML 1.0, "Basic strings").
    """
    for found in _ESCAPED.finditer(text, begin):
        if found.group("trimmed"):
            continue
        if position <= 0:
            return found.start()
        position -= 1
    return len(text)


def place_of(path: Path) -> str:
    """``path`` as people read it, items counted from 1: ``feed[2].url``, ``tags[1]``."""
    place = ""
    for part in path:
        if isinstance(part, int):
            place += f"[{part + 1}]"
        else:
            place += f".{part}" if place else part
    return place
