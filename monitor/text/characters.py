"""Sets of characters that several modules of this room go by, as ranges for regular expressions.

Python's ``\\w`` leaves out combining marks, without which most Indic words fall to pieces, so the
classes are made here from the Unicode database itself.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Iterable
from functools import lru_cache

INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\U000e0000-\U000e007f"
)
"""Soft hyphens, zero-width characters, controls of writing direction: nothing a reader sees."""

JOINERS = "\u200c\u200d"
"""Of ``INVISIBLE`` those that readers see by what they do: the zero-width non-joiner, which parts
the letters of Persian words, and the joiner, which makes one of several emoji or Indic letters."""

TAGS, FLAG_END = "\U000e0020-\U000e007e", "\U000e007f"
"""The same of a black flag: which region's it is (UTS 51, ED-14a), and the end of that."""

SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U0001b000-\U0001b16f"
    "\U00020000-\U0003ffff"
)
"""Scripts written without spaces: Thai, Lao, Burmese, Khmer, kana, Han."""

_FILLERS = "\u115f\u1160"  # letters to Unicode

APOSTROPHES = "'’ʼ＇"

_HIGHEST_MARK = 0x1F000  # no combining mark that a word needs stands above


def _all() -> str:
    """Every character in which a word may be written, each at the place of its own number."""
    return array("I", range(_HIGHEST_MARK)).tobytes().decode("utf-32", "surrogatepass")


def _ranges(runs: Iterable[re.Match[str]] | Iterable[re.Match[bytes]]) -> str:
    """Runs of letters or marks, found at the places of their numbers, as the inside of a class.

    They stand there as they are: escaped, they take three times as long to compile.
    """
    return "".join(f"{chr(run.start())}-{chr(run.end() - 1)}" for run in runs)


def _ranges_of(signs: Iterable[str]) -> str:
    flags = bytearray(_HIGHEST_MARK)
    for sign in signs:
        flags[ord(sign)] = 1
    return _ranges(re.finditer(b"\x01+", flags))


@lru_cache(maxsize=1)
def _marks() -> str:
    """Every mark. Those that are letters, or not assigned, are left out before they are asked."""
    return "".join(filter(is_mark, filter(str.isprintable, re.findall(r"\W", _all()))))


@lru_cache(maxsize=1)
def marks() -> str:
    """Every combining mark (Mn and Mc of the Unicode database), as the inside of a class."""
    return _ranges_of(_marks())


def is_mark(char: str) -> bool:
    """Whether ``char`` is a combining mark that a word may need."""
    return ord(char) < _HIGHEST_MARK and unicodedata.category(char) in {"Mn", "Mc"}


def unjoined(text: str) -> str:
    """``text`` as words are compared: without joiners, and with the flags of regions black."""
    if FLAG_END in text:
        text = re.sub(f"[{TAGS}{FLAG_END}]", "", text)
    return text.replace(JOINERS[0], "").replace(JOINERS[1], "")


def is_invisible(char: str) -> bool:
    """Whether ``char`` is one of ``INVISIBLE``."""
    return _invisible().match(char) is not None


@lru_cache(maxsize=1)
def _invisible() -> re.Pattern[str]:
    return re.compile(f"[{INVISIBLE}]")


@lru_cache(maxsize=1)
def spaced_letters() -> str:
    """Every letter and digit of a script written with spaces, as the inside of a class."""
    letter = f"[^\\W_{SPACELESS}{APOSTROPHES}{_FILLERS}]+"  # as is_spaced_letter has it
    return _ranges(re.finditer(letter, _all()))


def is_spaced_letter(char: str) -> bool:
    """Whether ``char`` is a letter or digit of a script written with spaces.

    No apostrophe is one, nor are the fillers of Korean syllables, which nobody sees.
    """
    if not char.isalnum() or char in APOSTROPHES or char in _FILLERS:
        return False
    return ord(char) < _HIGHEST_MARK and not is_spaceless(char)


@lru_cache(maxsize=1)
def reordered_marks() -> str:
    """The marks that normalisation may reorder (a combining class above zero)."""
    return _ranges_of(filter(unicodedata.combining, _marks()))


def is_spaceless(char: str) -> bool:
    """Whether ``char`` belongs to a script written without spaces."""
    return _spaceless().match(char) is not None


@lru_cache(maxsize=1)
def _spaceless() -> re.Pattern[str]:
    return re.compile(f"[{SPACELESS}]")
