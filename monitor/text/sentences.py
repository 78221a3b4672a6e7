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
_INITIAL = re.compile(r"[^\W\d_]\.")
_ORDINAL_BEFORE = re.compile(r"(?<!\d)\d{1,2}$")
_AFTER_ORDINAL = re.compile(
    "(?:Januar|Jänner|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"
    r"|Jahrhundert|Weltkrieg|Jan|Feb|Mär|Apr|Jun|Jul|Aug|Sept?|Okt|Nov|Dez)\b"
)
"""German writes 3. Mai for the third of May."""

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
    if _ORDINAL_BEFORE.search(text, max(0, found.start() - 3), found.start()):
        return not _AFTER_ORDINAL.match(text, found.end())
    return not (_is_initial(before, text, found.end()) or before.lower() in _ABBREVIATIONS)


def _is_initial(before: str, text: str, following: int) -> bool:
    """Whether ``before`` is a capital (J. Smith), doubled (EE. UU.), or goes on so (z. B.)."""
    if len(before) == 1:
        return before.isupper() or _INITIAL.match(text, following) is not None
    return len(before) == 2 and before.isupper() and before[0] == before[1]


def _word_before(text: str, end: int) -> str:
    start = end
    while start > 0 and end - start < 12 and text[start - 1].isalpha():
        start -= 1
    return text[start:end]
