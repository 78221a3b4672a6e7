"""The features of a text: names, numbers, dates, places, likenesses of sound and words.

==========  =====================================================  =================
kind        what it is                                             compared
==========  =====================================================  =================
name        a name by its sound (a short one as it is written)     in all languages
kin         any other long word by its sound: referendum,          in all languages
            референдум
number      its value                                              in all languages
date        month and day                                          in all languages
year
month
idea        one of ``ideas.toml``: withdrawal, fire, election    in all languages
country     ISO 3166 code                                          in all languages
city        one of CLDR's                                          in all languages
word        its base form; of Han text every two characters        within a language
==========  =====================================================  =================

A word is a name where a capital says so: not at the beginning of a sentence, in a headline in which
every word has one, or in German. There, and in writing without capitals, a word that no dictionary
knows is a name. Katakana writes foreign names; in Chinese they are runs of the characters that
such names are written with.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from monitor.stories.ideas import ideas_in_characters, ideas_of_word
from monitor.stories.numbers import dates_in, numbers_in, weekdays
from monitor.stories.places_named import places_in
from monitor.stories.similarity import KIN
from monitor.stories.sounds import latinised, name_characters, sound
from monitor.text.base_forms import CAPITALS_SAY_NOTHING, base_forms
from monitor.text.characters import unjoined
from monitor.text.dictionary import dictionary
from monitor.text.fold import fold
from monitor.text.function_words import small_words
from monitor.text.sentences import sentence_spans
from monitor.text.tokens import tokenize

OPENING, LOOKED_AT = 300, 1000
"""Characters of the text that count once, and how many are looked at at all."""

LONGEST_TITLE = 400
MOST = 160
"""Features of one article; the weightiest are kept."""

_KATAKANA = re.compile("[ァ-ヺー]{2,}")
_HAN = re.compile("[\u4e00-\u9fff]+")
_LONGEST_HAN = 200
_LONGEST_KEPT = 40
_LEAST_SOUND, _LEAST_KIN = 3, 4
_MAYBE = 0.5  # of the weight of a name: a word that a capital does not tell from others
_PAIR = 0.6  # of the weight of a word: a word of Han text makes several pairs


class Feature(NamedTuple):
    """One feature: ``name`` is its kind, a colon and what is compared.

    ``weight`` says how prominent it is (2 in the headline). ``shown`` is how the article writes it,
    where ``name`` does not show that.
    """

    name: str
    weight: float
    shown: str = ""


def features_of(title: str, text: str, language: str) -> tuple[Feature, ...]:
    """The features of an article in ``language`` (ISO 639, "" where it cannot be told)."""
    found: dict[str, Feature] = {}
    parts = ((unjoined(title)[:LONGEST_TITLE], True), (unjoined(text)[:LOOKED_AT], False))
    for part, is_title in parts:
        plain = unicodedata.normalize("NFKC", part)
        for start, feature in _of_part(plain, language, is_title=is_title):
            place = 2.0 if is_title else 1.0 if start < OPENING else 0.5
            weight = round(place * feature.weight, 2)
            if feature.name not in found or weight > found[feature.name].weight:
                found[feature.name] = feature._replace(weight=weight)
    chosen = sorted(found.values(), key=lambda feature: -feature.weight)[:MOST]
    return tuple(chosen)


def _of_part(text: str, language: str, *, is_title: bool) -> Iterator[tuple[int, Feature]]:
    """Every feature with the character where it stands."""
    for said in numbers_in(text):
        yield said.start, Feature(f"{said.kind}:{said.key}", 1.0)
    yield from _katakana(text)
    if language == "zh":
        yield from _names_in_han(text)
    for start, idea in ideas_in_characters(text, language):
        yield start, Feature(f"idea:{idea}", 1.0)
    yield from _pairs(text, language)
    yield from _words(text, language, is_title=is_title)


def _katakana(text: str) -> Iterator[tuple[int, Feature]]:
    for found in _KATAKANA.finditer(text):
        yield from _by_sound(found.start(), sound(found.group()), found.group())
        yield found.start(), Feature(f"word:ja:{found.group()}", 1.0)


def _names_in_han(text: str) -> Iterator[tuple[int, Feature]]:
    for found in _han_names().finditer(text):
        yield from _by_sound(found.start(), sound(found.group()), found.group())


def _by_sound(start: int, heard: str, shown: str) -> Iterator[tuple[int, Feature]]:
    if len(heard) >= _LEAST_SOUND:
        yield start, Feature(f"name:{heard}", 1.0, shown)


@lru_cache(maxsize=1)
def _han_names() -> re.Pattern[str]:
    signs = name_characters()
    return re.compile(f"[{signs}]{{3,10}}|[{signs}]{{2,10}}(?=·)|(?<=·)[{signs}]{{2,10}}")


def _pairs(text: str, language: str) -> Iterator[tuple[int, Feature]]:
    for found in _HAN.finditer(text):
        run = found.group()[:_LONGEST_HAN]
        for at in range(len(run) - 1):
            yield found.start() + at, Feature(f"word:{language}:{run[at : at + 2]}", _PAIR)


def _words(text: str, language: str, *, is_title: bool) -> Iterator[tuple[int, Feature]]:
    tokens = tokenize(text)
    words, starts = tokens.words, tokens.starts
    folded = [fold(word) for word in words]
    for said in dates_in(folded, starts, language):
        yield said.start, Feature(f"{said.kind}:{said.key}", 1.0)
    taken: set[int] = set()
    for place in places_in(words, folded, language):
        if place.kind == "country":
            taken.update(range(place.first, place.end))
        if place.key:
            yield starts[place.first], Feature(f"{place.kind}:{place.key}", 1.0)
    name_share = _name_teller(text, words, language, is_title=is_title)
    for position, (word, plain) in enumerate(zip(words, folded, strict=True)):
        if position not in taken and _tells(plain, language):
            is_day = plain in weekdays(language)
            named = 0.0 if is_day else name_share(word, starts[position])
            for feature in _of_word(word, plain, language, named=named):
                yield starts[position], feature


def _tells(folded: str, language: str) -> bool:
    """Whether a word is more than a small one, a number or a character of Han or kana."""
    if len(folded) < 3 or folded[0].isdigit() or folded in _small_words(language):
        return False
    return not "\u3040" <= folded[0] <= "\u30ff" and not "\u4e00" <= folded[0] <= "\u9fff"


@lru_cache(maxsize=64)
def _small_words(language: str) -> frozenset[str]:
    return frozenset(map(fold, small_words(language)))


def _name_teller(
    text: str, words: list[str], language: str, *, is_title: bool
) -> Callable[[str, int], float]:
    """Tells how surely a word, at its place in ``text``, is a name: 0 to 1."""
    beginnings = {start for start, _ in sentence_spans(text)}
    capitals = sum(word[:1].isupper() for word in words)
    all_capitals = is_title and capitals > 0.6 * len(words)
    no_capitals = not any(word[:1].lower() != word[:1].upper() for word in words)
    says_nothing = all_capitals or no_capitals or language in CAPITALS_SAY_NOTHING
    known = dictionary(language).get

    def name_share(word: str, start: int) -> float:
        capital = word[:1].isupper()
        if not says_nothing and start not in beginnings:
            return 1.0 if capital else 0.0
        if not known(word) and not known(word.lower()):
            return 1.0
        return _MAYBE if capital else 0.0

    return name_share


def _of_word(word: str, folded: str, language: str, *, named: float) -> tuple[Feature, ...]:
    if len(folded) > _LONGEST_KEPT:  # a hostile text may have many: they are not kept
        return tuple(_features_of_word(word, folded, language, named=named))
    return _kept(word, folded, language, named=named)


@lru_cache(maxsize=10_000)
def _kept(word: str, folded: str, language: str, *, named: float) -> tuple[Feature, ...]:
    return tuple(_features_of_word(word, folded, language, named=named))


def _features_of_word(word: str, folded: str, language: str, *, named: float) -> Iterator[Feature]:
    bases = base_forms(word, language) or (folded,)
    base = next((base for base in bases if base[0] not in "=^"), folded)
    yield Feature(f"word:{language}:{base}", 1.0)
    for idea in ideas_of_word(word, language):
        yield Feature(f"idea:{idea}", 1.0)
    yield from _heard(word, _plainest(word, folded, bases, base, language), named=named)


def _plainest(word: str, folded: str, bases: tuple[str, ...], base: str, language: str) -> str:
    """The word without the ending of its case, or what is joined to it."""
    bare = next((base[1:] for base in bases if base[0] == "^"), "")
    if bare and not dictionary(language).get(word):
        return bare
    return folded if base[0] == "~" else base


def _heard(word: str, plain: str, *, named: float) -> Iterator[Feature]:
    heard = sound(plain)
    key = heard if len(heard) >= _LEAST_SOUND else latinised(plain)
    is_name = named > 0 and len(key) >= _LEAST_SOUND
    # What may be a name is noted as any other word as well, by which similarity knows it again.
    if named < 1.0 and (is_name or len(heard) >= _LEAST_KIN):
        yield Feature(f"kin:{key[:KIN]}", 1.0, word)
    if is_name:
        yield Feature(f"name:{key}", named, word)
