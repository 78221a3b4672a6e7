"""A text cut into words, each with its place in the text.

- Punctuation, hyphens and underscores separate words and are no words themselves.
- An apostrophe separates too (l'accordo, dell'esercito, l’armée), except between two Cyrillic
  letters, where it is part of the word (об'єкт); the English possessive ``'s`` belongs to nothing
  and is left out, so that ``Niger's army`` is two words.
- Dotted initials are one word without their dots: U.S. is US.
- In scripts written without spaces each character, with the marks it carries, is a word.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from monitor.text.characters import INVISIBLE, SPACELESS, marks

_APOSTROPHES = "'’ʼ＇"


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of ``text``: ``words[i]`` stands at ``text[starts[i]:ends[i]]``.

    Words are as written (NFC), dotted initials without their dots.
    """

    text: str
    words: list[str]
    starts: list[int]
    ends: list[int]

    def __len__(self) -> int:
        return len(self.words)


def tokenize(text: str) -> Tokens:
    """The words of ``text``, in time linear in its length."""
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for found in _pattern().finditer(text):
        kind = found.lastgroup
        if kind == "possessive":
            continue
        word = found.group()
        words.append(word if kind == "word" else word.replace(".", ""))
        start, end = found.span()
        starts.append(start)
        ends.append(end)
    if not unicodedata.is_normalized("NFC", text):
        words = [unicodedata.normalize("NFC", word) for word in words]
    return Tokens(text, words, starts, ends)


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    """One token. Every alternative is possessive or of fixed length: little backtracking."""
    mark = f"[{marks()}{INVISIBLE}]"
    letter = f"[^\\W\\d_{SPACELESS}]"
    alone = f"[{SPACELESS}]{mark}*+"
    plain = f"(?:(?![{SPACELESS}])[^\\W_]|{mark})"
    run = f"(?:(?![{SPACELESS}])[^\\W_]){plain}*+"
    cyrillic = "[\u0400-\u052f]"
    hebrew = "[\u05d0-\u05ea]"
    joint = f"(?:(?<={cyrillic})[{_APOSTROPHES}](?={cyrillic})|(?<={hebrew})[\"״׳'](?={hebrew}))"
    return re.compile(
        f"(?P<initials>(?<![\\w{_APOSTROPHES}]){letter}(?:\\.{letter}){{1,9}}(?!\\w)\\.?)"
        f"|(?P<possessive>(?<=\\w)[{_APOSTROPHES}][sS](?!\\w))"
        f"|(?P<word>{run}(?:{joint}{run})*+|{alone})"
    )
