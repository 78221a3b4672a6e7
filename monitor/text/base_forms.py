"""The dictionary forms that a word may be a form of.

``withdrew``, ``withdraws`` and ``withdrawal`` have *withdraw* in common; two words are the same to
a rule when they share one. A base form is folded (no case, no accents) and of one of four kinds:

- plain (``withdraw``): from a dictionary or from our own tables in ``forms/``; of a word that none
  of them knows, the word itself;
- ``~stem``: of a word that no dictionary knows, by the Snowball stemmer of its language. The
  sign keeps it apart from dictionary forms: the stem of Nigeria in Italian is "niger", and must
  not meet the word Niger;
- ``^name``: a name without its case ending (Нигера, Нигеру: ``^нигер``), or a word without the
  Arabic article or the Korean particle joined to it;
- ``=word``: the word as it stands, folded, so that words that differ by accents only always share
  one, whatever a dictionary makes of the accents. The sign keeps it apart as well: ``left``
  would otherwise be a form of every word for which "left" is a base form.

Names are inflected, never stemmed: the words of country names and their peoples, and unknown words
that stand with a capital in mid-sentence (the caller tells; in German a capital tells nothing).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from monitor.text.affixes import (
    is_arabic,
    is_hangul,
    readings,
    without_article,
    without_case_ending,
    without_particle,
)
from monitor.text.characters import is_spaceless
from monitor.text.dictionary import dictionary
from monitor.text.fold import fold
from monitor.text.languages import may_be_written, script_of
from monitor.text.place_table import place_table

_LONGEST = 60
_SHORTEST_STEM = 4
_CACHED = 20_000

CAPITALS_SAY_NOTHING = frozenset({"de", "lb"})
"""Languages that write every noun with a capital."""

_STEMMERS = {
    "en": "english",
    "fr": "french",
    "de": "german",
    "es": "spanish",
    "it": "italian",
    "pt": "portuguese",
    "nl": "dutch",
    "sv": "swedish",
    "da": "danish",
    "no": "norwegian",
    "nb": "norwegian",
    "nn": "norwegian",
    "fi": "finnish",
    "hu": "hungarian",
    "ro": "romanian",
    "ru": "russian",
    "tr": "turkish",
    "el": "greek",
    "lt": "lithuanian",
    "ca": "catalan",
    "pl": "polish",
    "cs": "czech",
    "et": "estonian",
    "eu": "basque",
    "hy": "armenian",
    "id": "indonesian",
    "ga": "irish",
}
_PARTICIPLES = {
    "fr": ((re.compile("(.{2,})ée?s?"), "er"),),
    "es": (
        (re.compile("(.{2,})ad[oa]s?"), "ar"),
        (re.compile("(.{2,})id[oa]s?"), "er"),
        (re.compile("(.{2,})id[oa]s?"), "ir"),
    ),
}
_BEFORE_CLITICS = "(?:(?<=[aei]r)|(?<=ndo))"
_CLITICS = {
    "it": re.compile(
        _BEFORE_CLITICS + "(?:se|me|te|ce|ve|glie)?(?:si|ne|lo|la|li|le|gli|ci|mi|ti|vi)$"
    ),
    "es": re.compile(
        _BEFORE_CLITICS + "(?:se|me|te|nos|os)?(?:se|lo|la|los|las|le|les|me|te|nos)$"
    ),
}


@lru_cache(maxsize=_CACHED)
def base_forms(word: str, language: str, *, name: bool = False) -> tuple[str, ...]:
    """The base forms of ``word`` (one token, as written or folded) in ``language`` (ISO 639).

    ``name`` is true where the word stands with a capital for no other reason than being a name; it
    matters only to words that no dictionary knows. Never empty, except for a word without letters.
    """
    folded = fold(word)
    if not folded:
        return ()
    if len(folded) > _LONGEST or is_spaceless(folded) or not folded.isalpha():
        return ("=" + folded,)
    if not may_be_written(language, script_of(folded[0])):  # NATO in a Russian text
        return ("=" + folded, folded)
    forms = _known(word, folded, language) or _unknown(folded, language, name)
    return tuple(dict.fromkeys(("=" + folded, *forms)))


def _known(written: str, word: str, language: str) -> tuple[str, ...]:
    """What dictionaries and tables say of a word, as written and folded; empty for unknown ones."""
    tables = _tables(language)
    if written.lower() in tables.instead:
        return tables.instead[written.lower()]
    bases = dictionary(language).get(written) or _regular(word, language)
    also = tuple(base for given in (word, *bases) for base in tables.also.get(given, ()))
    if language in _CLITICS:
        also += tuple(bare for base in bases for bare in _without_pronouns(base, language))
    if not bases and not also:
        return ()
    also += _infinitives(written, language)
    special = _as_name(word, language) if _is_place(word, language) else ()
    return (*(bases or (word,)), *also, *special, *_joined(word))


def _unknown(word: str, language: str, name: bool) -> tuple[str, ...]:
    forms = (word, *_joined(word), *_as_name(word, language))
    if name or _is_place(word, language):
        return forms
    return (*forms, *_stem(word, language))


def _regular(word: str, language: str) -> tuple[str, ...]:
    """Bases of what a dictionary lacks but a sure rule derives from a word that it has."""
    known = dictionary(language).get
    if language == "en":
        candidates = _english_candidates(word)
        return tuple(base for base in candidates if base in known(base))[:1]
    if language in _CLITICS:
        return _without_pronouns(word, language)
    return tuple(dict.fromkeys(base for reading in readings(word) for base in known(reading)))


def _without_pronouns(word: str, language: str) -> tuple[str, ...]:
    """Bases of an infinitive or gerund with pronouns joined to it (ritirarsi, retirándose)."""
    bare = _CLITICS[language].sub("", word)
    if bare == word:
        return ()
    infinitive = bare + "e" if language == "it" and bare.endswith("r") else bare
    return dictionary(language).get(infinitive)


def _infinitives(word: str, language: str) -> tuple[str, ...]:
    """The verb of a participle that the dictionary takes for an adjective (évacués, retirados)."""
    known = dictionary(language).get
    for participle, ending in _PARTICIPLES.get(language, ()):
        if found := participle.fullmatch(word.lower()):
            infinitive = found.group(1) + ending
            if fold(infinitive) in known(infinitive):
                return (fold(infinitive),)
    return ()


def _english_candidates(word: str) -> list[str]:
    """Of which English word this may be the regular -s, -ed or -ing form."""
    for ending in ("ing", "ed", "es", "s"):
        bare = word.removesuffix(ending)
        if bare == word or len(bare) < 3:
            continue
        candidates = [bare, bare + "e"] if ending in ("ing", "ed") else [bare]
        if ending in ("ing", "ed") and bare[-1] == bare[-2]:
            candidates.insert(0, bare[:-1])
        return candidates
    return []


def _joined(word: str) -> tuple[str, ...]:
    """The word without the Arabic article or the Korean particle, as a ``^`` form."""
    if is_arabic(word):
        return ("^" + without_article(word),)
    if is_hangul(word):
        return ("^" + without_particle(word),)
    return ()


def _as_name(word: str, language: str) -> tuple[str, ...]:
    """The word without the case ending that its language gives to names."""
    bare = without_case_ending(word, language)
    return () if bare is None else ("^" + bare,)


def _stem(word: str, language: str) -> tuple[str, ...]:
    code = _STEMMERS.get(language)
    if code is None or len(word) < _SHORTEST_STEM:
        return ()
    stem: str = _stemmer(code).stemWord(word)
    return ("~" + stem,)


@cache
def _stemmer(algorithm: str) -> Any:
    from Stemmer import Stemmer

    return Stemmer(algorithm)


def _is_place(word: str, language: str) -> bool:
    """Whether the folded ``word`` is one of a country's name, in any case that names take."""
    table = place_table(language)
    if table.holds(word):
        return True
    bare = without_case_ending(word, language)
    return bare is not None and table.holds_bare(bare)


class _Tables:
    """Our own table of a language: ``also`` adds base forms, ``instead`` replaces them.

    In the second accents count: été is not ete.
    """

    def __init__(self, also: Mapping[str, str], instead: Mapping[str, str]) -> None:
        self.also: dict[str, tuple[str, ...]] = {}
        for base, derived in also.items():
            for word in derived.split():
                known = self.also.get(fold(word), ())
                self.also[fold(word)] = (*known, fold(base))
        self.instead = {
            word.lower(): tuple(fold(base) for base in bases.split())
            for word, bases in instead.items()
        }


@cache
def _tables(language: str) -> _Tables:
    file = resources.files(__package__).joinpath("forms", f"{language}.toml")
    if not language.isalpha() or not file.is_file():
        return _Tables({}, {})
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    return _Tables(table.get("also", {}), table.get("instead", {}))
