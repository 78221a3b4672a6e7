"""A place in a text with a caret below it, as a terminal shows it."""

from __future__ import annotations

import unicodedata

_WIDEST = 76
"""Columns; four more are put before, and it fits a terminal of 80."""

_INVISIBLE = {"Cc", "Cf", "Mn", "Me"}


def caret(text: str, position: int) -> str:
    """The line of ``text`` that holds ``position`` (from 0), and below it a caret at the place.

    A line too long for a terminal is shown around the place.
    """
    position = min(max(position, 0), len(text))
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    line, at = text[start : end if end >= 0 else len(text)], position - start
    if at > _WIDEST - 16:
        cut = at - _WIDEST // 2
        line, at = "…" + line[cut + 1 :], at - cut
    if len(line) > _WIDEST:
        line = line[: _WIDEST - 1] + "…"
    shown = [_printable(char) for char in line]
    return "".join(shown) + "\n" + " " * sum(map(_width, "".join(shown[:at]))) + "^"


def _printable(char: str) -> str:
    """``char`` as a terminal shows it in one place: blanks and controls become a space."""
    return " " if char.isspace() or unicodedata.category(char) in ("Cc", "Cf") else char


def _width(char: str) -> int:
    if unicodedata.category(char) in _INVISIBLE:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
