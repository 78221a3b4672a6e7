"""Arabic and Persian words without the endings that dictionaries leave to grammar.

The dictionary of Arabic lists many forms of a verb as words of their own, and few plurals; that of
Persian few forms at all. What is offered here are readings, to be checked against the dictionary.
All words are folded: the forms of alef, ya and kaf are one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

Known = Callable[[str], tuple[str, ...]]
"""The base forms of a word in the dictionary; none where it does not know it."""

_FUTURE = re.compile("^س(?=[يت].{3})")
_SUBJECT = re.compile("(?<=.{3})(?:وا|تا|ون|ان|ت|ن)$")
_WEAK_SUBJECT = re.compile("(?<=.{3})(?:وا|ت)$")
_PLURALS = (("ات", ("", "ة")), ("ون", ("",)), ("ين", ("",)), ("ان", ("", "ة")), ("ية", ("ي",)))
_ACCUSATIVE = re.compile("(?<=.{3})(?<!ي)ا$")
_PERSIAN = re.compile(
    "(?<=.{2})(?:هايشان|هايمان|هايتان|هايش|هايم|هايت|هايي|هاي|ها|ان|ات|ين|شان|مان|تان|اش|اي|ش|ي"
    "|ند|يد|يم|م|د|ه)$"
)


def arabic_verbs(word: str, known: Known) -> Iterator[str]:
    """The verbs of which ``word`` may be a form: ينسحبون انسحب, غادرت غادر, ستقتل قتل."""
    bare = _FUTURE.sub("", word)
    ended = _SUBJECT.sub("", bare)
    if bare[0] in "يت" and len(ended) > 3:
        for stem in dict.fromkeys((bare[1:], ended[1:])):
            if len(stem) >= 3 and (bare[0] == "ي" or _has_present(stem, known)):
                verbs = [verb for verb in (stem, "ا" + stem) if known(verb)]
                yield from verbs[:1] if len(stem) == 3 else verbs
        for present in dict.fromkeys((bare, ended)):
            yield from _hollow(present, known)
    elif ended != bare:
        yield from (verb for verb in (ended, *_defective(word)) if known(verb))


def _hollow(present: str, known: Known) -> Iterator[str]:
    """Verbs whose middle letter is weak: يعود عاد, يستقيل استقال, تزور زار."""
    if len(present) < 4 or present[-2] not in "وي" or not known("ي" + present[1:]):
        return
    past = present[1:-2] + "ا" + present[-1]
    both = (past, "ا" + past) if present[-2] == "و" else ("ا" + past, past)
    yield from [verb for verb in both if known(verb)][:1]


def _defective(past: str) -> Iterator[str]:
    """Derived verbs whose last letter is weak, "she" or "they": ألغت ألغى, تبنوا تبنى."""
    ended = _WEAK_SUBJECT.sub("", past)
    if ended != past and past[0] in "ات":
        yield ended + "ي"


def _has_present(stem: str, known: Known) -> bool:
    """Whether ت before ``stem`` may be "she": تسحب as يسحب; but تقدم is progress, as يتقدم."""
    return bool(known("ي" + stem)) and not known("يت" + stem)


def arabic_plurals(word: str) -> Iterator[str]:
    """The nouns of which ``word`` may be a regular plural, dual, feminine or accusative."""
    for ending, singulars in _PLURALS:
        if word.endswith(ending) and len(word) > len(ending) + 2:
            yield from (word.removesuffix(ending) + singular for singular in singulars)
    if _ACCUSATIVE.search(word):
        yield word[:-1]


def persian_words(word: str) -> Iterator[str]:
    """What a Persian ``word`` may be without plural, possessive, article and verb endings."""
    plain = re.sub("^(?:ن?مي|[نب])(?=.{2})", "", word)
    for ended in dict.fromkeys((word, plain)):
        found = _PERSIAN.search(ended)
        bare = ended[: found.start()] if found else ended
        yield from (ended, bare, bare + "د", bare + "ه")
        if ended.endswith("گان"):
            yield ended.removesuffix("گان") + "ه"
        if ended.endswith("يان"):
            yield ended.removesuffix("ان")
        if ended.endswith("اي"):
            yield ended.removesuffix("اي")
