"""Verbs whose first part comes off: German abgezogen and abzuziehen, Dutch teruggetrokken.

Dictionaries list few of the thousands that there are, but know both the verb (abziehen) and the
forms of its second part (gezogen: ziehen), and so the two can be put together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from monitor.text.fold import fold

_FIRST_PARTS = {
    "de": (
        "ab an auf aus bei da dar durch ein empor entgegen fehl fern fest fort frei gegenüber"
        " gleich heim her herab heran herauf heraus herbei herein herum herunter hervor hin"
        " hinab hinauf hinaus hinein hinter hinweg hinzu hoch klar los mit nach nieder preis"
        " statt still teil tot um unter vor voran voraus vorbei vorüber wahr weg weiter wieder"
        " zu zurecht zurück zusammen zuvor über bekannt bereit bloß dazu davon kennen sicher"
        " kaputt lahm"
    ),
    "nl": (
        "aan achter af bekend bij binnen bloot door dood goed in klaar kwijt langs los mee na"
        " neer om omhoog omver op open over plaats rond samen stil tegemoet tegen terecht"
        " terug thuis toe uit vast vol voor vooruit voort vrij weer weg deel teleur"
    ),
}
_MARKS = {"de": ("ge", "zu"), "nl": ("ge",)}
"""What stands between the parts: of the participle, and of the German infinitive with zu."""

_WEAK = re.compile("ge(.+?)e?t(?:e|en|er|es|em)?")


def separable_bases(
    word: str, language: str, known: Callable[[str], tuple[str, ...]], *, lacking: bool
) -> tuple[str, ...]:
    """Bases of a folded ``word`` as the verb of two parts that it may be; mostly none.

    ``known`` gives a word's base forms in the dictionary. Of a word that the dictionary is
    ``lacking``, forms without a mark between the parts count as well (abflog).
    """
    found: list[str] = []
    for first, rest in _parts(word, language):
        marked = rest.startswith(_MARKS[language])
        if not marked and not lacking:
            continue
        for second in _verbs(rest, language, known):
            whole = first + second
            if whole != word and whole in known(whole):
                found.append(whole)
    return tuple(dict.fromkeys(found))


def _verbs(rest: str, language: str, known: Callable[[str], tuple[str, ...]]) -> Iterator[str]:
    """Which verbs the second part may be of: gezogen, zuziehen: ziehen; gebildete: bilden."""
    yield from known(rest)
    if language == "nl" and rest.endswith("e"):
        yield from known(rest[:-1])
    elif language == "de" and rest.startswith("zu"):
        yield from known(rest[2:])
    elif language == "de" and (weak := _WEAK.fullmatch(rest)):
        yield from (weak.group(1) + ending for ending in ("en", "n"))


def _parts(word: str, language: str) -> Iterator[tuple[str, str]]:
    """The ways to cut a first part off ``word``, with at least four letters left."""
    for cut in range(2, min(len(word) - 3, _LONGEST + 1)):
        if word[:cut] in _FIRST.get(language, ()):
            yield word[:cut], word[cut:]


def _folded(parts: str) -> frozenset[str]:
    return frozenset(map(fold, parts.split()))


_FIRST = {language: _folded(parts) for language, parts in _FIRST_PARTS.items()}
_LONGEST = max(len(part) for parts in _FIRST.values() for part in parts)
