"""Whether two headlines are one, slightly changed. Pure."""

from __future__ import annotations

import re
import unicodedata

ALIKE = 0.6
"""Of the pairs of letters of both headlines together: from here on they are versions of one."""

SHORTEST_PART = 12
"""Letters of a headline that another one may hold as a whole."""

_NUMBERS = re.compile(r"\d+")
_NOT_LETTERS = re.compile(r"[\W_]+")
_USUAL_SIGNS = ("…", "’", "–", "—", "“", "”", "«", "»", "。", "、")
_SMALL = bytes(range(256)).lower()
_DOT_ABOVE = "\u0307"  # what is left of a Turkish capital: taken off by itself it costs less
_NO_LETTERS = bytes(code for code in range(128) if not chr(code).isalnum())


def letters(text: str) -> str:
    """Letters and digits alone, without regard to case, width and composition."""
    # With the usual signs taken off, many a text is ASCII; as bytes, it takes half the time.
    if not text.isascii():
        for sign in _USUAL_SIGNS:
            if sign in text:
                text = text.replace(sign, "")
    if text.isascii():
        return text.encode("ascii").translate(_SMALL, _NO_LETTERS).decode("ascii")
    said = text.encode("utf-8", "surrogatepass").translate(None, _NO_LETTERS)
    plain = unicodedata.normalize("NFKC", said.decode("utf-8", "surrogatepass"))
    folded = plain.casefold().replace(_DOT_ABOVE, "")
    return folded if folded.isalnum() else _NOT_LETTERS.sub("", folded)


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
        if len(short.letters) >= SHORTEST_PART and short.letters in long.letters:
            return True  # "… | The Daily Example"
        both = len(self.pairs) + len(other.pairs)
        if not both or self.numbers != other.numbers:
            return False
        return 2 * len(self.pairs & other.pairs) / both >= ALIKE


def resemble(one: str, other: str) -> bool:
    """Whether two headlines are versions of one."""
    return Headline(one).resembles(Headline(other))
