"""What each character of a text is, looked up for very many at once, as bits of a byte."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from monitor.text.characters import (
    APOSTROPHES,
    is_invisible,
    is_mark,
    is_spaced_letter,
    is_spaceless,
)

Classes = npt.NDArray[np.uint8]
Codes = npt.NDArray[Any]
"""The numbers of characters, in whichever type of integer."""

LETTER, SPACELESS, MARK, WORDLIKE, JOINING, UPPER, LINK, _LOOKED_UP = (1 << bit for bit in range(8))
"""Letters of scripts with spaces and without, marks upon them; what Python's ``\\w`` matches; signs
that may join letters; capitals; signs that do not part words that belong together."""

_CODES = 0x110000
_JOINING_SIGNS = '"״׳' + APOSTROPHES
_LINKING = " ,-'’–/&"


@lru_cache(maxsize=1)
def ascii_classes() -> bytes:
    """The classes of ASCII, as a table for ``bytes.translate``."""
    return bytes(_class_of(chr(code)) for code in range(128)) + bytes(128)


def classes_of(codes: Codes) -> Classes:
    """What each character is; characters never met before are looked up now."""
    table = _class_table()
    found = table.take(codes)
    if not _all_of(found) & _LOOKED_UP:
        for code in np.unique(codes[found == 0]).tolist():
            table[code] = _class_of(chr(code)) | _LOOKED_UP
        found = table.take(codes)
    return found


def any_of(classes: Classes) -> int:
    """The bits that any of ``classes`` has."""
    return int(np.bitwise_or.reduce(classes))


def _all_of(classes: Classes) -> int:
    """The bits that all of them have."""
    return int(np.bitwise_and.reduce(classes))


@lru_cache(maxsize=1)
def _class_table() -> Classes:
    """The classes of the characters looked up so far; what is never touched costs nothing."""
    return np.zeros(_CODES, np.uint8)


def _class_of(char: str) -> int:
    found = 0
    if is_mark(char) or is_invisible(char):
        found |= MARK
    if is_spaceless(char):
        found |= SPACELESS
    elif is_spaced_letter(char):
        found |= LETTER
    if char.isalnum() or char == "_":
        found |= WORDLIKE
    if char in _JOINING_SIGNS:
        found |= JOINING
    if char.isupper() or char.istitle():
        found |= UPPER
    if char in _LINKING:
        found |= LINK
    return found
