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
from functools import cached_property, lru_cache

from monitor.text.characters import (
    APOSTROPHES,
    INVISIBLE,
    JOINERS,
    SPACELESS,
    marks,
    spaced_letters,
    unjoined,
)


class Tokens:
    """The words of ``text``: ``words[i]`` stands at ``text[starts[i]:ends[i]]``.

    Words are as written (NFC), without joiners, dotted initials without their dots. The places are
    worked out when they are first asked for: most articles match nothing.
    """

    def __init__(self, text: str, words: list[str]) -> None:
        self.text = text
        self.words = words

    def __len__(self) -> int:
        return len(self.words)

    @property
    def starts(self) -> list[int]:
        """Where each word begins."""
        return self._places[0]

    @property
    def ends(self) -> list[int]:
        """One past the last character of each word."""
        return self._places[1]

    @cached_property
    def _places(self) -> tuple[list[int], list[int]]:
        text = self.text
        spans = [match.span() for match in _pattern(text.isascii()).finditer(text)]
        if len(spans) > len(self.words):  # possessives were left out
            spans = [span for span in spans if text[span[0]] not in APOSTROPHES]
        return [start for start, _ in spans], [end for _, end in spans]


def tokenize(text: str) -> Tokens:
    """The words of ``text``, in time linear in its length."""
    words: list[str] = _pattern(text.isascii()).findall(text)
    if any(sign in text for sign in APOSTROPHES):
        words = [word for word in words if word[0] not in APOSTROPHES]
    if "." in text:
        words = [word.replace(".", "") if "." in word else word for word in words]
    if any(joiner in text for joiner in JOINERS):
        words = [unjoined(word) for word in words]
    if not unicodedata.is_normalized("NFC", text):
        words = [unicodedata.normalize("NFC", word) for word in words]
    return Tokens(text, words)


@lru_cache(maxsize=2)
def _pattern(ascii_only: bool) -> re.Pattern[str]:
    """One word, or a possessive to be left out. Nothing here goes back more than a few characters.

    The classes for text in ASCII are small, which makes it several times as fast.
    """
    letters = "A-Za-z0-9" if ascii_only else spaced_letters()
    mark = "" if ascii_only else marks() + INVISIBLE
    run = f"[{letters}][{letters}{mark}]*+"
    initial = f"[^\\W\\d_{SPACELESS}{APOSTROPHES}{INVISIBLE}]"
    alternatives = [
        f"(?<![\\w{APOSTROPHES}]){initial}(?:\\.{initial}){{1,9}}(?!\\w)\\.?",
        f"(?<=\\w)[{APOSTROPHES}][sS](?!\\w)",
        run if ascii_only else f"{run}(?:{_joint()}{run})*",
    ]
    if not ascii_only:
        alternatives.append(f"[{SPACELESS}][{mark}]*+")
    return re.compile("|".join(alternatives))


def _joint() -> str:
    """An apostrophe within a Ukrainian word, or the mark within a Hebrew abbreviation."""
    cyrillic, hebrew = "[\u0400-\u052f]", "[\u05d0-\u05ea]"
    return f"(?:(?<={cyrillic})[{APOSTROPHES}](?={cyrillic})|(?<={hebrew})[\"״׳'](?={hebrew}))"
