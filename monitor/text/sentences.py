"""Where sentences begin and end.

A full stop ends a sentence when a blank and something that can begin one follow; not after
dotted initials, a single letter or a usual abbreviation. The full stops of Chinese, Hindi
and others end one wherever they stand; an empty line always does, a single line break where the
next line begins with a capital, a digit or a script without capitals.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

_CLOSERS = "\"'’”»›)\\]}」』】〉》"
_ABBREVIATIONS = frozenset(
    (
        *("mr", "mrs", "ms", "dr", "prof", "gen", "col", "lt", "sgt", "capt", "maj", "sen", "rep"),
        *("gov", "st", "sr", "jr", "vs", "etc", "inc", "ltd", "co", "corp", "jan", "feb"),
        *("mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "approx", "est"),
        *("mme", "mlle", "sig", "dott", "avv", "ing", "bzw", "ca", "str", "usw", "vgl"),
        *("sra", "dra", "ud", "uds", "cf", "al", "г", "гг", "руб"),
        *("млн", "млрд", "тыс", "ул", "им", "др", "проф", "ген", "dipl", "rev", "hon", "adm"),
    )
)
_BEFORE_NUMBERS = frozenset(("no", "nr", "pág", "pag", "art", "vol", "fig", "p", "pp", "n"))


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """The sentences of ``text`` as (start, end) in characters, blanks around them left out.

    They come one by one, so that whoever needs three reads three.
    """
    start = 0
    for found in _boundary().finditer(text):
        if found.lastgroup == "stop" and not _ends(text, found):
            continue
        yield from _trimmed(text, start, found.end())
        start = found.end()
    yield from _trimmed(text, start, len(text))


def lead_end(text: str, sentences: int = 3) -> int:
    """How many characters of ``text`` its first ``sentences`` take."""
    end = 0
    for number, (_, end_of_this) in enumerate(sentence_spans(text)):
        if number == sentences:
            break
        end = end_of_this
    return end


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end


@lru_cache(maxsize=1)
def _boundary() -> re.Pattern[str]:
    return re.compile(
        f"(?P<stop>(?<![.!?…؟‽])[.!?…؟‽]++[{_CLOSERS}]{{0,4}}\\s++)"
        f"|(?P<mark>(?<![。！？｡।॥።])[。！？｡।॥።]++[{_CLOSERS}]{{0,4}})"
        "|(?P<lines>\\n(?:[^\\S\\n]*+\\n)++)"
        "|(?P<line>\\n(?![^\\S\\n]*[a-zà-öø-ÿа-яё]))"
    )


def _ends(text: str, found: re.Match[str]) -> bool:
    """Whether the full stop (or the like) that was found ends a sentence."""
    following = text[found.end() : found.end() + 1]
    if found.group().count("\n") > 1:
        return True
    if following.islower():
        return False
    if found.group()[0] != ".":
        return True
    before = _word_before(text, found.start())
    if before.lower() in _BEFORE_NUMBERS:
        return not following.isdigit()
    return not (len(before) == 1 and before.isupper()) and before.lower() not in _ABBREVIATIONS


def _word_before(text: str, end: int) -> str:
    start = end
    while start > 0 and end - start < 12 and text[start - 1].isalpha():
        start -= 1
    return text[start:end]
