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
from functools import cache, lru_cache
from typing import Any

from monitor.text.affixes import (
    is_arabic,
    is_hangul,
    readings,
    without_article,
    without_case_ending,
)
from monitor.text.arabic import arabic_plurals, arabic_verbs, persian_words
from monitor.text.characters import is_spaceless
from monitor.text.dictionary import dictionary, release
from monitor.text.fold import fold
from monitor.text.korean import korean_forms
from monitor.text.own_forms import own_forms
from monitor.text.place_table import place_table
from monitor.text.scripts import may_be_written, script_of
from monitor.text.separable import separable_bases

_LONGEST = 60
_SHORTEST_STEM = 4
_CACHED = 5_000

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
_BRITISH = re.compile("(?<=..[a-z])(?:(i)s(e|er|ed|ation|ational)|(y)s(e|er))$")
_SEVERAL = re.compile("[A-Z]{2,}s")  # UAVs, MPs
_BEFORE_CLITICS = "(?:(?<=[aei]r)|(?<=ndo))"
_PARTICIPLE = re.compile("ge.{2,}(?:t|en)e$")
_UKRAINIAN_VERB = re.compile("^[ув](?=[бвгґджзклмнпрстфхцчшщ].*ти(?:ся)?$)(?!ступ)")
_CLITICS = {
    "it": re.compile(
        _BEFORE_CLITICS + "(?:se|me|te|ce|ve|glie)?(?:si|ne|lo|la|li|le|gli|ci|mi|ti|vi)$"
    ),
    "es": re.compile(
        _BEFORE_CLITICS + "(?:se|me|te|nos|os)?(?:se|lo|la|los|las|le|les|me|te|nos)$"
    ),
}


def release_memory() -> None:
    """Give back the memory that dictionaries take until they are asked again."""
    release()


def base_forms(word: str, language: str, *, name: bool = False) -> tuple[str, ...]:
    """The base forms of ``word`` (one token, as written or folded) in ``language`` (ISO 639).

    ``name`` is true where the word stands with a capital for no other reason than being a name; it
    matters only to words that no dictionary knows. Never empty, except for a word without letters.
    """
    if len(word) > _LONGEST:  # a hostile text may have many, of any length: they are not kept
        return _found(word, language, name=name)
    return _kept(word, language, name=name)


def _found(word: str, language: str, *, name: bool) -> tuple[str, ...]:
    folded = fold(word)
    if not folded:
        return ()
    if len(folded) > _LONGEST or is_spaceless(folded) or not _is_plain(folded):
        return ("=" + folded,)
    if not may_be_written(language, script_of(folded[0])):  # NATO in a Russian text
        return ("=" + folded, folded)
    forms = _known(word, folded, language) or _unknown(folded, language, name)
    if _SEVERAL.fullmatch(word):
        forms = (*forms, folded[:-1])
    return tuple(dict.fromkeys(("=" + folded, *forms)))


_kept = lru_cache(maxsize=_CACHED)(_found)


def _is_plain(word: str) -> bool:
    """Whether a folded word is all letters, with the vowel signs that Indic letters carry."""
    return word.isalpha() or (word[0].isalpha() and not any(map(str.isdecimal, word)))


def _known(written: str, word: str, language: str) -> tuple[str, ...]:
    """What dictionaries and tables say of a word, as written and folded; empty for unknown ones."""
    tables = own_forms(language)
    if written.lower() in tables.instead:
        return tables.instead[written.lower()]
    bases = dictionary(language).get(written) or _regular(written, word, language)
    bases = _mended(bases, word, language)
    joined = () if bases or language != "ar" else readings(word)
    also = tuple(b for given in (word, *bases, *joined) for b in tables.also.get(given, ()))
    also += tables.form.get(written.lower(), ())
    if language in _CLITICS:
        also += tuple(bare for base in bases for bare in _without_pronouns(base, language))
    if not bases and not also:
        return ()
    also += _hidden(written, language)
    if language == "en":
        also += _american((*bases, *also))
    elif language == "ar":
        near = (base for base in bases if base == word or base in readings(word))
        also += tuple(verb for base in near for verb in _arabic(base))
    elif language == "he" and word.startswith("ה"):
        also += dictionary("he").get(word[1:])
    elif language in ("de", "nl"):
        also += separable_bases(word, language, dictionary(language).get, lacking=False)
    special = _as_name(word, language) if _is_place(word, language) else ()
    return (*(bases or (word,)), *also, *special, *_joined(word))


def _mended(bases: tuple[str, ...], word: str, language: str) -> tuple[str, ...]:
    """The bases that a dictionary gives, rid of what its language's has odd."""
    if language == "ru":
        return _akin(word, bases)
    if language == "nl":  # its dictionary writes "over_dragen"
        return tuple(base.replace("_", "") for base in bases)
    if language == "de" and bases == (word,) and _PARTICIPLE.search(word):
        return (*bases, *dictionary("de").get(word[:-1]))  # gestürzte: gestürzt, stürzen
    return _either_beginning(bases) if language == "uk" else bases


def _akin(word: str, bases: tuple[str, ...]) -> tuple[str, ...]:
    """Without bases that come of an entry of two words (отряд милиции: отряды, "милиции").

    They begin otherwise than the word while another base begins like it; быть has forms of its own.
    """
    if not any(base[:3] == word[:3] for base in bases):
        return bases
    return tuple(base for base in bases if base[0] == word[0] or base == "быть")


def _either_beginning(bases: tuple[str, ...]) -> tuple[str, ...]:
    """Ukrainian verbs with в or у before a consonant, whichever sounds better: взяти, узяти.

    Not nouns (вправа is an exercise, управа a board), nor вступити and уступити.
    """
    other = {"у": "в", "в": "у"}
    verbs = [base for base in bases if _UKRAINIAN_VERB.match(base)]
    return (*bases, *(other[verb[0]] + verb[1:] for verb in verbs))


def _unknown(word: str, language: str, name: bool) -> tuple[str, ...]:
    forms = (word, *_joined(word), *_as_name(word, language))
    if name or _is_place(word, language):
        return forms
    return (*forms, *_stem(word, language))


def _regular(written: str, word: str, language: str) -> tuple[str, ...]:
    """Bases of what a dictionary lacks but a sure rule derives from a word that it has.

    ``word`` is the folded one; in ``written`` the hamza tells إطلاق from أطلق (in لإطلاق).
    """
    known = dictionary(language).get
    if language == "en":
        candidates = _english_candidates(word)
        return tuple(base for base in candidates if base in known(base))[:1]
    own = own_forms(language)
    for base in (*own.regular(word), *own.hidden(word)):
        if base in known(base):
            return (base,)
    if language in ("de", "nl"):
        return separable_bases(word, language, known, lacking=True)
    if language in _CLITICS:
        return _without_pronouns(word, language)
    found = dict.fromkeys(base for reading in readings(written) for base in known(reading))
    if not found and written != word:
        found = dict.fromkeys(base for reading in readings(word) for base in known(reading))
    if language == "ar" and not found:
        found = dict.fromkeys(_arabic(word))
    elif language == "fa" and not found:
        found = dict.fromkeys(next((b for w in persian_words(word) if (b := known(w))), ()))
    return tuple(found)


def _arabic(word: str) -> tuple[str, ...]:
    """Bases of an Arabic word as a form of a verb, or else as a regular plural."""
    known = dictionary("ar").get
    heads = (word, *readings(word)) if not known(word) else (word,)
    verbs = [base for head in heads for verb in arabic_verbs(head, known) for base in known(verb)]
    if verbs or known(word):
        return tuple(verbs)
    nouns = (noun for head in heads for noun in arabic_plurals(head))
    return tuple(base for noun in nouns for base in known(noun))


def _without_pronouns(word: str, language: str) -> tuple[str, ...]:
    """Bases of an infinitive or gerund with pronouns joined to it (ritirarsi, retirándose)."""
    bare = _CLITICS[language].sub("", word)
    if bare == word:
        return ()
    infinitive = bare + "e" if language == "it" and bare.endswith("r") else bare
    return dictionary(language).get(infinitive)


def _hidden(word: str, language: str) -> tuple[str, ...]:
    """Bases of a word that the dictionary takes for another (évacués: an adjective)."""
    known = dictionary(language).get
    bases = own_forms(language).hidden(word.lower())
    return tuple(fold(base) for base in bases if fold(base) in known(base))


def _american(bases: tuple[str, ...]) -> tuple[str, ...]:
    """The spelling with z of those English words that have one (organise, analyse)."""
    known = dictionary("en").get
    spelt = (_BRITISH.sub(r"\1\3z\2\4", base) for base in bases)
    return tuple(word for word in spelt if word not in bases and word in known(word))


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
    """The word without the Arabic article or the Korean particles, as ``^`` forms."""
    if is_arabic(word):
        return ("^" + without_article(word),)
    if is_hangul(word):
        return tuple("^" + form for form in korean_forms(word))
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
