"""Words made comparable: case and accents folded, nothing else.

Marks are taken off Latin, Greek, Hebrew and Arabic letters; the few Latin letters that Unicode does
not take apart (ł ø đ ı æ ß …) have a row of their own. In Cyrillic only ё becomes е and a stress
mark goes: й, ї and ў are letters of their own right and stay. Kana keep their voicing marks,
and the vowel signs of Indic scripts and of Thai stay. Arabic loses harakat and tatweel, and the
forms of alef, ya and kaf are brought together. Compatibility forms (full-width letters, ligatures,
the presentation forms of Arabic) become plain ones (NFKC, Unicode Standard Annex 15).
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_OWN_ROW = {
    "ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "ß": "ss", "œ": "oe", "þ": "th", "ð": "d",
    "ħ": "h", "ŧ": "t", "ŋ": "n", "ə": "a", "ɓ": "b", "ɗ": "d", "ƙ": "k", "ƴ": "y", "ĸ": "k",
    "й": "й", "ї": "ї", "ў": "ў", "ё": "е",
    "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ک": "ك", "ہ": "ه", "ھ": "ه", "ۀ": "ه",
    "’": "", "ʼ": "", "'": "", "״": "", "׳": "", '"': "", "ـ": "",
}  # fmt: skip
_STRIPPED_MARKS = (
    (0x0300, 0x036F),  # Latin, Greek, Cyrillic
    (0x0591, 0x05C7),  # Hebrew points
    (0x0610, 0x061A),
    (0x064B, 0x065F),  # Arabic vowels and hamza marks
    (0x0670, 0x0670),
    (0x06D6, 0x06ED),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20FF),
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFE20, 0xFE2F),
)
_LONGEST_KEPT = 60  # characters of a word whose folded form is remembered for a while
_KEPT_FROM = 0x10000  # characters above are looked at anew each time: a hostile text fills no table


def fold(word: str) -> str:
    """``word`` (any normalisation form) without case and accents; may come out empty.

    Takes time linear in the word's length.
    """
    if word.isascii():
        return word.lower().replace("'", "") if "'" in word else word.lower()
    return _fold_short(word) if len(word) <= _LONGEST_KEPT else _fold(word)


def _fold(word: str) -> str:
    if not unicodedata.is_normalized("NFC", word):
        word = unicodedata.normalize("NFC", word)
    return unicodedata.normalize("NFC", word.translate(_table))


_fold_short = lru_cache(maxsize=4096)(_fold)
"""One word is folded several times in a row, by each who looks at it."""


def accents(lowered: str) -> str:
    """The letters of a word in lower case that folding changes, each in its place.

    A dot stands for a letter that folding leaves alone, and none at the end: "été" has "é.é",
    "ete" nothing. Together with the folded word this tells how a word was written.
    """
    return "".join("." if _table[ord(c)] == c else c for c in lowered).rstrip(".")


def fold_lines(lines: str) -> str:
    """What :func:`fold` makes of each line, for thousands of words of one language at once.

    To replace throughout the few characters that change is several times as fast as to look up
    every character of every word.
    """
    text = unicodedata.normalize("NFC", lines).lower()
    for char in set(text):
        if _table[ord(char)] != char:
            text = text.replace(char, _table[ord(char)])
    return unicodedata.normalize("NFC", text)


class _Table(dict[int, str]):
    """What each character becomes; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        folded = _fold_character(chr(code))
        if code < _KEPT_FROM:
            self[code] = folded
        return folded


_table = _Table()


def _fold_character(char: str) -> str:
    lowered = char.casefold()
    if lowered in _OWN_ROW:
        return _OWN_ROW[lowered]
    if unicodedata.category(char) == "Cf":
        return ""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", lowered).casefold())
    kept = "".join(part for part in plain if not _is_stripped(part))
    return "".join(_OWN_ROW.get(part, part) for part in unicodedata.normalize("NFC", kept))


def _is_stripped(char: str) -> bool:
    code = ord(char)
    return any(low <= code <= high for low, high in _STRIPPED_MARKS)
