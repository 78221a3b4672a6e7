"""TOML as most files have it, read fast: plain headers, and one plain value to a line.

A value is a text, a flag, a whole number, a list of texts, or texts by name in braces
(``{ env = "PASSWORD" }``). tomllib reads letter by letter; here one pattern takes a line. Whatever
is written otherwise (dates, values over several lines, tables within tables of other kinds) and
whatever is at fault is left to tomllib, for the whole document. The two agree on every text that is
plain (https://toml.io/en/v1.0.0).
"""

from __future__ import annotations

import re
from typing import Any

_NO_CONTROLS = r"\x00-\x08\x0a-\x1f\x7f"
_RUN = rf'[^"\\{_NO_CONTROLS}]*+'
_STRING = rf"""(?:"{_RUN}(?:\\[btnfr"\\]{_RUN})*+"|'[^'{_NO_CONTROLS}]*+')"""
_KEY = "[A-Za-z0-9_-]++"
_NUMBER = r"(?:0|[1-9][0-9]{0,17}+)(?![0-9A-Za-z_.:+-])"
_PAIR = rf"{_KEY}[ \t]*+=[ \t]*+{_STRING}[ \t]*+"
_LINE = re.compile(
    r"[ \t]*+(?:"
    rf"({_KEY})[ \t]*+=[ \t]*+({_STRING}|true|false|{_NUMBER}|\[[ \t]*+{_STRING}"
    rf"(?:[ \t]*+,[ \t]*+{_STRING})*[ \t]*+\]|\{{[ \t]*+{_PAIR}(?:,[ \t]*+{_PAIR})*\}})"
    rf"|\[\[[ \t]*+({_KEY})(?:[ \t]*+\.[ \t]*+({_KEY}))?+[ \t]*+\]\]"
    rf"|\[[ \t]*+({_KEY})(?:[ \t]*+\.[ \t]*+({_KEY}))?+[ \t]*+\]"
    rf")?[ \t]*+(?:\#[^{_NO_CONTROLS}]*+)?+(?:\n|\Z)"
)
"""A line: key and value, or the keys of a header [[a]], [[a.b]], [a] or [a.b], or a comment."""

_ITEM = re.compile(_STRING)
_NAMED = re.compile(rf"({_KEY})[ \t]*+=[ \t]*+({_STRING})")
_FLAGS = {"true": True, "false": False}
_ESCAPE = re.compile(r"\\(.)")
_MEANT = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}


def read_plain(text: str) -> dict[str, Any] | None:
    """What ``text`` says (plain line feeds), or None where it is not plain TOML."""
    document: dict[str, Any] = {}
    headed: set[str] = set()
    table, at = document, 0
    while at < len(text):
        line = _LINE.match(text, at)
        if line is None:
            return None
        key, value, outer, inner, single, within = line.groups()
        if key:
            if key in table:
                return None
            read = table[key] = _value(value)
            if read is None:
                return None
        elif outer or single:
            begun = (
                _begun(document, outer, inner)
                if outer
                else _single(document, headed, single, within)
            )
            if begun is None:
                return None
            table = begun
        at = line.end()
    return document


def _value(written: str) -> str | bool | int | list[str] | dict[str, str] | None:
    """What a value says; None where a name stands twice in braces."""
    first = written[0]
    if first in "\"'":
        return _string(written)
    if first == "[":
        return [_string(item) for item in _ITEM.findall(written)]
    if first == "{":
        pairs = _NAMED.findall(written)
        named = {key: _string(text) for key, text in pairs}
        return named if len(named) == len(pairs) else None
    return int(written) if first.isdigit() else _FLAGS[written]


def _string(written: str) -> str:
    if "\\" in written and written[0] == '"':
        return _ESCAPE.sub(lambda found: _MEANT[found[1]], written[1:-1])
    return written[1:-1]


class _Tables(list[dict[str, Any]]):
    """Tables under one header; a list that is a value can have no header."""


def _begun(document: dict[str, Any], outer: str, inner: str | None) -> dict[str, Any] | None:
    """A new table of the list ``outer``, or of ``inner`` in the last of that; None at any doubt."""
    within, name = document, outer
    if inner is not None:
        tables = document.get(outer)
        if not isinstance(tables, _Tables):
            return None
        within, name = tables[-1], inner
    tables = within.setdefault(name, _Tables())
    if not isinstance(tables, _Tables):
        return None
    tables.append({})
    return tables[-1]


def _single(
    document: dict[str, Any], headed: set[str], outer: str, inner: str | None
) -> dict[str, Any] | None:
    """The table ``outer``, or ``inner`` in it, begun; None at any doubt.

    ``headed`` are the names whose tables were begun by such headers, and by nothing else.
    """
    if outer in document and (inner is None or outer not in headed):
        return None
    headed.add(outer)
    table: dict[str, Any] = document.setdefault(outer, {})
    if inner is None:
        return table
    if inner in table:
        return None
    begun: dict[str, Any] = {}
    table[inner] = begun
    return begun
