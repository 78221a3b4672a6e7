"""Plain text in columns: wrapped by how wide it looks, not by how many characters it has."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

WIDTH = 72
"""Columns of a line; mail programs show as many without wrapping again."""


def width(text: str) -> int:
    """The columns that ``text`` takes: wide letters (Chinese, Japanese, Korean) take two."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def wrap(text: str, indent: int = 0, first: str | None = None) -> str:
    """``text`` in lines of at most ``WIDTH`` columns, each ``indent`` columns in.

    ``first`` stands before the first line in place of its indent. A word that is too long for a
    line is cut; a web address never is, so that it can be followed.
    """
    lines, room = [""], WIDTH - indent
    for word in text.split():
        for piece in _pieces(word, room):
            longer = f"{lines[-1]} {piece}" if lines[-1] else piece
            if width(longer) <= room or not lines[-1]:
                lines[-1] = longer
            else:
                lines.append(piece)
    margin = " " * indent
    return f"{margin if first is None else first}" + f"\n{margin}".join(lines)


def _pieces(word: str, room: int) -> Iterator[str]:
    """A word as it is, or cut where it is wider than a line."""
    if width(word) <= room or word.startswith(("http://", "https://")):
        yield word
        return
    piece, taken = "", 0
    for character in word:
        columns = _columns(character)
        if taken + columns > room:
            yield piece
            piece, taken = "", 0
        piece, taken = piece + character, taken + columns
    yield piece
