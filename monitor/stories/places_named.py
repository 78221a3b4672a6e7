"""Countries and cities that a text names, by codes that are the same in every language.

Countries by ``monitor.text.place_table`` (names, peoples and capitals; the longest known name that
stands at a spot, so that South Sudan is not Sudan). Cities are those four hundred for which
Unicode's CLDR keeps a time zone, with their names in each language, through Babel.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from monitor.text.affixes import name_readings, without_case_ending
from monitor.text.fold import fold
from monitor.text.place_table import PlaceName, PlaceTable, place_table
from monitor.text.tokens import tokenize

_MOST_LOOKED_AT = 2_000
"""Words of one text: more is no opening."""


class Place(NamedTuple):
    """A country (``kind`` "country", ``key`` its ISO 3166 code) or city ("city", its zone's name).

    It is the words from ``first`` to before ``end``; ``key`` is empty for a longer name that is no
    country (Niger State).
    """

    kind: str
    key: str
    first: int
    end: int


def places_in(words: Sequence[str], folded: Sequence[str], language: str) -> Iterator[Place]:
    """The places that ``words`` (tokens, and the same folded) name, in reading order.

    A capital is both a city and its country.
    """
    table = place_table(language)
    known = cities(language)
    position = 0
    while position < min(len(words), _MOST_LOOKED_AT):
        yield from _city(folded, position, language, known)
        found = _country(words, folded, position, table)
        if found is not None:
            yield found
        position = found.end if found else position + 1


def _country(
    words: Sequence[str], folded: Sequence[str], at: int, table: PlaceTable
) -> Place | None:
    best: PlaceName | None = None
    for reading in (folded[at], *name_readings(folded[at])):
        for name in table.names_beginning(reading):
            if best is not None and len(name.words) <= len(best.words):
                break  # the longest come first
            if _stands(name, words, folded, at):
                best = name
                break
    return Place("country", best.code, at, at + len(best.words)) if best else None


def _stands(name: PlaceName, words: Sequence[str], folded: Sequence[str], at: int) -> bool:
    end = at + len(name.words)
    if end > len(folded):
        return False
    if name.exact is not None:
        return tuple(words[at:end]) == name.exact
    return all(
        said == wanted or wanted in name_readings(said)
        for said, wanted in zip(folded[at + 1 : end], name.words[1:], strict=True)
    )


def _city(
    folded: Sequence[str], at: int, language: str, known: Mapping[str, Sequence[_City]]
) -> Iterator[Place]:
    word = folded[at]
    if not word:
        return
    bare = without_case_ending(word, language) or word
    for reading in dict.fromkeys((word, bare, *name_readings(word))):
        for city in known.get(reading, ()):
            end = at + len(city.words)
            if tuple(folded[at + 1 : end]) == city.words[1:]:
                yield Place("city", city.zone, at, end)
                return


class _City(NamedTuple):
    words: tuple[str, ...]
    zone: str


@lru_cache(maxsize=32)
def cities(language: str) -> Mapping[str, tuple[_City, ...]]:
    """The cities that CLDR names in ``language``, by the first word of their name, folded.

    Empty for a language that CLDR does not know.
    """
    from babel import Locale, UnknownLocaleError

    try:
        zones = Locale.parse(language).time_zones
    except (UnknownLocaleError, ValueError, TypeError):
        return {}
    found: dict[str, tuple[_City, ...]] = {}
    # A language's table leaves out the cities that it calls as their zone is called.
    for zone in map(str, Locale.parse("ru").time_zones):
        if zone.startswith(("Etc/", "Antarctica/")):
            continue
        last = zone.rpartition("/")[2]
        name = zones.get(zone, {}).get("city") or last.replace("_", " ")
        words = tuple(fold(word) for word in tokenize(name).words)
        for form in {words, _bare(words, language)}:
            if form and form[0]:
                longer = (*found.get(form[0], ()), _City(form, last.replace("_", " ")))
                found[form[0]] = tuple(sorted(longer, key=lambda city: -len(city.words)))
    return found


def _bare(words: tuple[str, ...], language: str) -> tuple[str, ...]:
    """A name of one word without the ending of its case (Москва: москв)."""
    if len(words) != 1:
        return words
    return (without_case_ending(words[0], language) or words[0],)
