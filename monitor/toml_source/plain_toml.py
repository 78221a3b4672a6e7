"""TOML as most rules have it, read fast: tables of lists, and one text, flag or list to a line.

tomllib reads letter by letter; here one pattern takes a line. Whatever is written otherwise
(numbers, dates, values over several lines, tables of other kinds) and whatever is at
fault is left to tomllib, for the whole document. The two agree on every text that is plain
(https://toml.io/en/v1.0.0).
"""

from __future__ import annotations

import re
from typing import Any

_NO_CONTROLS = r"\x00-\x08\x0a-\x1f\x7f"
_RUN = rf'[^"\\{_NO_CONTROLS}]*+'
_STRING = rf"""(?:"{_RUN}(?:\\[btnfr"\\]{_RUN})*+"|'[^'{_NO_CONTROLS}]*+')"""
_KEY = "[A-Za-z0-9_-]++"
_LINE = re.compile(
    r"[ \t]*+(?:"
    rf"({_KEY})[ \t]*+=[ \t]*+({_STRING}|true|false|\[[ \t]*+{_STRING}"
    rf"(?:[ \t]*+,[ \t]*+{_STRING})*+[ \t]*+\])"
    rf"|\[\[[ \t]*+({_KEY})(?:[ \t]*+\.[ \t]*+({_KEY}))?+[ \t]*+\]\]"
    rf")?+[ \t]*+(?:\#[^{_NO_CONTROLS}]*+)?+(?:\n|\Z)"
)
"""A line: key and value, or the keys of a header [[a]] or [[a.b]], or nothing but a comment."""

_ITEM = re.compile(_STRING)
_FLAGS = {"true": True, "false": False}
_ESCAPE = re.compile(r"\\(.)")
_MEANT = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}


def read_plain(text: str) -> dict[str, Any] | None:
    """What ``text`` says (plain line feeds), or None where it is not plain TOML."""
    document: dict[str, Any] = {}
    table, at = document, 0
    while at < len(text):
        line = _LINE.match(text, at)
        if line is None:
            return None
        key, value, outer, inner = line.groups()
        if key:
            if key in table:
                return None
            table[key] = _value(value)
        elif outer:
            begun = _begun(document, outer, inner)
            if begun is None:
                return None
            table = begun
        at = line.end()
    return document


def _value(written: str) -> str | bool | list[str]:
    if written[0] in "\"'":
        return _string(written)
    flag = _FLAGS.get(written)
    return [_string(item) for item in _ITEM.findall(written)] if flag is None else flag


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
