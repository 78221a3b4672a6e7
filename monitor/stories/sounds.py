"""How a word sounds, roughly and in any script: what lets Путин, Putin and بوتين meet.

A sound is the word's consonants, brought to nine classes, vowels left out: Belfast, Белфаст,
بلفاست, ベルファスト and 贝尔法斯特 are all ``PLFST``. It is what the Soundex family does for
English (Odell and Russell 1918), with classes wide enough for scripts that keep fewer sounds apart
(Arabic has no p, Japanese no l, Chinese no r). A word that begins with a vowel or an h has an ``A``
in front. Equal classes in a row count once, for Arabic does not write what stands between them.

Sounds are evidence and no proof: several words share one, the shorter the more.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources
from itertools import pairwise
from typing import NamedTuple

LONGEST = 40
"""Of a longer word only so many characters are heard."""

_LATIN = (
    (re.compile("tsch|sch|sz|cz|tch|ch(?=[eiy])|sh|zh|dz|ts|tz|dj|j"), "s"),
    (re.compile("ck|ch|kh|qu|q"), "k"),
    (re.compile("c(?=[eiy])"), "s"),
    (re.compile("x"), "ks"),
    (re.compile("ph"), "f"),
    (re.compile("gh(?=t|$)"), ""),
    (re.compile("gn"), "n"),
    (re.compile("ng(?![aeiouy])"), "n"),
)
_CLASSES = {
    **dict.fromkeys("bp", "P"),
    **dict.fromkeys("fvw", "F"),
    **dict.fromkeys("dt", "T"),
    **dict.fromkeys("gkc", "K"),
    **dict.fromkeys("szj", "S"),
    **dict.fromkeys("lr", "L"),
    **dict.fromkeys("mn", "N"),
}


def sound(word: str) -> str:
    """The sound of a folded ``word`` in any script; empty where nothing can be heard of it."""
    return _sound(word[:LONGEST])


@lru_cache(maxsize=20_000)
def _sound(word: str) -> str:
    latin = latinised(word)
    if not latin or not latin.isascii():
        return ""
    for pattern, heard in _LATIN:
        latin = pattern.sub(heard, latin)
    classes = ["A"] if latin[:1] in tuple("aeiouhy") else []
    for letter in latin:
        its_class = _CLASSES.get(letter)
        if its_class and classes[-1:] != [its_class]:
            classes.append(its_class)
    return "".join(classes)


def latinised(word: str) -> str:
    """The folded ``word`` in Latin letters, as plainly as can be; empty where that cannot be."""
    if word.isascii():
        return word if word.isalpha() else ""
    readings = _readings()
    first = word[0]
    if first in readings.kana or "\u3041" <= first <= "\u3096":
        return _from_kana(word, readings.kana)
    if "가" <= first <= "힣":
        return "".join(_syllable(char, readings) for char in word)
    if first in readings.chinese:
        return "".join(readings.chinese.get(char, "") for char in word)
    if first in readings.letters:
        return "".join(readings.letters.get(char, "") for char in word)
    plain = unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode()
    return plain if plain.isalpha() else ""


def name_characters() -> str:
    """The Chinese characters with which foreign names are written."""
    return "".join(_readings().chinese)


class _Readings(NamedTuple):
    """What ``sounds.toml`` says; ``letters`` are those of alphabets."""

    letters: Mapping[str, str]
    kana: Mapping[str, str]
    chinese: Mapping[str, str]
    first: tuple[str, ...]
    last: tuple[str, ...]


@cache
def _readings() -> _Readings:
    file = resources.files(__package__).joinpath("sounds.toml")
    said = tomllib.loads(file.read_text(encoding="utf-8"))
    tables = {script: _in_turn(text) for script, text in said["letters"].items()}
    kana = tables.pop("kana")
    chinese: dict[str, str] = {}
    for text in said["chinese"].values():
        for reading, characters in _turns(text):
            heard = reading.replace("q", "ch").replace("x", "sh")
            chinese.update(dict.fromkeys(characters, heard))
    first, last = (
        tuple(part.replace("-", "") for part in said["korean"][key].split())
        for key in ("first", "last")
    )
    letters = {letter: read for table in tables.values() for letter, read in table.items()}
    return _Readings(letters, kana, chinese, first, last)


def _turns(text: str) -> list[tuple[str, str]]:
    """Words of a text, two by two."""
    return list(pairwise(text.split()))[::2]


def _in_turn(text: str) -> dict[str, str]:
    return {letter: reading.replace("-", "") for letter, reading in _turns(text)}


def _from_kana(word: str, kana: Mapping[str, str]) -> str:
    spelt: list[str] = []
    for char in word:
        katakana = chr(ord(char) + 0x60) if "\u3041" <= char <= "\u3096" else char
        if katakana in "ァィゥェォャュョ" and spelt:
            spelt[-1] = spelt[-1].rstrip("aiueo")
        spelt.append(kana.get(katakana, ""))
    return "".join(spelt)


def _syllable(char: str, readings: _Readings) -> str:
    index = ord(char) - 0xAC00
    if not 0 <= index < 11172:
        return ""
    return readings.first[index // 588] + "a" + readings.last[index % 28]
