"""Korean words without what is written joined behind them: particles, plurals, verb endings.

Korean has no dictionary here; its endings are regular enough to be cut off by rule. A noun loses
its particles (기지에서, 병사들이) and the verb that makes it one of doing (철수했다, 체포된: the
noun with forms of 하다, 되다, 시키다). Of a verb or adjective, what is left is its stem, so that
떠났다, 떠난 and 떠나는 meet in 떠나. In "떠났다" the sign of the past is the last consonant of
a syllable, so syllables are taken apart (the arithmetic is the Unicode Standard's, chapter 3.12).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

_FIRST, _FINALS, _VOWELS = 0xAC00, 28, 21
_NONE, _N, _D, _L, _B, _S, _SS = 0, 4, 7, 8, 17, 19, 20  # finals: none, ㄴ, ㄷ, ㄹ, ㅂ, ㅅ, ㅆ
_A, _AE, _EO, _EU = 0, 1, 4, 18  # vowels: ㅏ, ㅐ, ㅓ, ㅡ
_CONTRACTED = {1: 0, 6: 20, 9: 8, 10: 11, 14: 13}
"""Vowels that swallowed the vowel of the past: ㅐ (해) of ㅏ (하), ㅕ of ㅣ, ㅘ of ㅗ, ㅙ of ㅚ,
ㅝ of ㅜ; by their numbers."""
_PARTICLE = re.compile(
    "(?<=.{2})(?:에서는|에서도|에서의|으로는|으로의|으로부터|에게서|이라고|이라는|라고|라는|에서|에게|께서|까지"
    "|부터|으로|이나|이며|이자|처럼|보다|에는|에도|과의|와의|와는|과는|은|는|이|가|을|를|의|에|로|와|과|도|만)$"
)
_PLURAL = re.compile("(?<=.{2})들$")
_DOING = re.compile(
    "(?<=.{2})(?:하|되|시키|당하|받)(?:고|는|는데|던|기|기로|기는|려고|려는|면|면서|며|자|지|지만|게|도록|다|다가|라고)$"
    "|(?<=.{2})(?:한|할|함|합니다|한다|한다고|했|했다|했다고|했고|했던|했으며|했지만|해|해서|해야|하여|하였다"
    "|하겠다고|하겠다|된|될|됨|됩니다|된다|된다고|됐|됐다|됐다고|됐고|됐던|됐으며|되어|되었다"
    "|시킨|시킬|시켰다|당한|당했다|받은|받았다)$"
)
_LIGHT = re.compile("(?<=.{2})(?:하|되|시키|당하|받)$")
_VERB_END = re.compile(
    "(?:습니다|습니까|다고|다는|다며|다|고|는|은|던|을|지만|으며|으나|어|아|기|며)$"
)


@lru_cache(maxsize=20_000)
def korean_forms(word: str) -> tuple[str, ...]:
    """What a Korean ``word`` is a form of: the noun, and the stem if it may be a verb.

    Guesses; a form that nobody else's word has does no harm. Never empty.
    """
    noun = _PLURAL.sub("", _PARTICLE.sub("", word))
    done = _LIGHT.sub("", _DOING.sub("", word))
    return tuple(dict.fromkeys((word, noun, done, *_verb_stem(word))))


def _verb_stem(word: str) -> tuple[str, ...]:
    """The dictionary forms (in -다) that a verb's or adjective's form may lead to."""
    ended = _VERB_END.search(word)
    bare = word[: ended.start()] if ended and ended.start() else word
    if len(word) < 2 or (ended is None and _final(bare) not in (_N, _L)):
        return ()
    stems = [*_without_past(bare)]
    if ended and ended[0][0] in "은을으어아":  # 들은: 듣
        stems += _irregular(bare)
    return tuple(dict.fromkeys(stem + "다" for stem in stems))


def _without_past(bare: str) -> Iterator[str]:
    """떠났, 떠난, 떠날 to 떠나; 밝혔 to 밝히; 말했 to 말하; 보냈 to 보내; 들었 to 들 and 듣."""
    final = _final(bare)
    if final in (_N, _L, _B):
        stem, last = bare[:-1], _with_final(bare[-1], _NONE)
        yield stem + last
        if last == "우" and stem and _final(stem) == _NONE:  # 어려운: 어렵
            yield stem[:-1] + _with_final(stem[-1], _B)
        return
    if final != _SS:
        yield bare
        return
    stem, last = bare[:-1], _with_final(bare[-1], _NONE)
    if last in "았었였아어" and stem:
        yield stem
        yield from _irregular(stem)
        return
    yield stem + _with_vowel(last, _CONTRACTED)
    if _vowel(last) == _AE:  # 보냈: 보내; 말했: 말하
        yield stem + last
    if _vowel(last) in (_A, _EO):
        yield from _without_eu(stem, last)
    if last in "와워" and stem and _final(stem) == _NONE:  # 도왔: 돕; 어려웠: 어렵
        yield stem[:-1] + _with_final(stem[-1], _B)


def _irregular(stem: str) -> Iterator[str]:
    """Stems that change before a vowel: 듣 (들었다), 짓 (지었다), 모으 (모았다)."""
    if _final(stem) == _L:
        yield stem[:-1] + _with_final(stem[-1], _D)
    elif _final(stem) == _NONE:
        yield from (stem[:-1] + _with_final(stem[-1], _S), stem + "으")


def _without_eu(stem: str, last: str) -> Iterator[str]:
    """Stems that lose ㅡ before a vowel: 쓰 (썼다), and with ㄹ twice 부르 (불렀다)."""
    with_eu = _with_vowel(last, {_A: _EU, _EO: _EU})
    yield stem + with_eu
    if with_eu == "르" and stem and _final(stem) == _L:
        yield stem[:-1] + _with_final(stem[-1], _NONE) + with_eu


def _final(word: str) -> int:
    return (ord(word[-1]) - _FIRST) % _FINALS if "가" <= word[-1] <= "힣" else -1


def _with_final(syllable: str, final: int) -> str:
    return chr(ord(syllable) - (ord(syllable) - _FIRST) % _FINALS + final)


def _with_vowel(syllable: str, changes: dict[int, int]) -> str:
    vowel = _vowel(syllable)
    return chr(ord(syllable) + (changes.get(vowel, vowel) - vowel) * _FINALS)


def _vowel(syllable: str) -> int:
    return (ord(syllable) - _FIRST) // _FINALS % _VOWELS
