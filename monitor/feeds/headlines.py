"""Whether two headlines are one, slightly changed. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

ALIKE = 0.6
"""Of the pairs of letters of both headlines together: from here on they are versions of one."""

_NUMBERS = re.compile(r"\d+")
_NOT_LETTERS = re.compile(r"[\W_]+")
_USUAL_SIGNS = (" ", ",", ".", "\n", "…", "’", "–", "-")
_NO_ASCII_LETTERS = bytes(code for code in range(128) if not chr(code).isalnum())
_SHORTEST_PART = 12  # letters of a headline that another one may hold as a whole


def letters(text: str) -> str:
    """Letters and digits alone, without regard to case, width and composition."""
    if text.isascii():
        return text.lower().encode().translate(None, _NO_ASCII_LETTERS).decode()
    for sign in _USUAL_SIGNS:  # taken off first, these do not slow down what follows
        text = text.replace(sign, "")
    if _usual_letters().fullmatch(text):
        return text.lower()
    return _NOT_LETTERS.sub("", unicodedata.normalize("NFKC", text).casefold())


@lru_cache(maxsize=1)
def _usual_letters() -> re.Pattern[str]:
    """Letters and digits of which nothing but their case is to be changed."""
    usual = (chr(code) for code in range(0x30, 0x2000) if _is_usual(chr(code)))
    return re.compile(f"[{''.join(usual)}]+")


def _is_usual(char: str) -> bool:
    if char == "Σ":  # its small letter depends on where it stands
        return False
    same = unicodedata.normalize("NFKC", char) == char
    small = char.lower()
    return char.isalnum() and same and small.isalnum() and small == char.casefold()


class Headline:
    """A headline made ready to be compared with many."""

    __slots__ = ("letters", "numbers", "pairs")

    def __init__(self, title: str) -> None:
        self.letters = letters(title)
        self.numbers = sorted(_NUMBERS.findall(title))
        self.pairs = frozenset(zip(self.letters, self.letters[1:], strict=False))

    def resembles(self, other: Headline) -> bool:
        """Whether one was made of the other by small changes.

        The measure is Dice's (1945) over pairs of neighbouring letters, which does for scripts
        without spaces too. Where numbers differ they are two: "Report 7" and "Report 8".
        """
        if self.letters == other.letters:
            return True
        short, long = sorted((self, other), key=lambda each: len(each.letters))
        if len(short.letters) >= _SHORTEST_PART and short.letters in long.letters:
            return True  # "… | The Daily Example"
        both = len(self.pairs) + len(other.pairs)
        if not both or self.numbers != other.numbers:
            return False
        return 2 * len(self.pairs & other.pairs) / both >= ALIKE


def resemble(one: str, other: str) -> bool:
    """Whether two headlines are versions of one."""
    return Headline(one).resembles(Headline(other))
