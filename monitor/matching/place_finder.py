"""Finds countries: at each spot the longest known name of any place, and whose it is.

South Sudan is therefore not Sudan, and Niger State is nothing. Names are compared folded and in
the forms in which they are spelt out (``monitor.text.places``), but for those that count only as
written. Where names overlap, the longer one stands, and of equally long ones the first.
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.matching.document import Document, Span
from monitor.matching.lexicon import Names
from monitor.model import Part
from monitor.text.affixes import name_readings
from monitor.text.characters import is_spaceless
from monitor.text.fold import fold
from monitor.text.place_table import PlaceName

_WITHIN = "・･()（）"
"""Signs that may stand within a name in writing without spaces: ギニア・ビサウ, 刚果（金）."""

Ends = dict[int, frozenset[str]]
"""How many words the names take that begin at a spot, and whose each is ("": no country's)."""

_MOST_KEPT = 10_000
_MOST_LOOKED_AT = 100_000
"""Spots of one article: a text of megabytes that holds nothing else is no article."""


def find_places(document: Document, tables: Sequence[Names]) -> dict[str, list[Span]]:
    """The places in ``document`` by country code, in reading order, by the names in ``tables``."""
    finder = _Finder(document, tables)
    starts = document.place_starts[:_MOST_LOOKED_AT]
    candidates = [found for start in starts if (found := finder.longest(start))]
    candidates.sort(key=lambda found: (found[0] - found[1], found[0]))
    taken: set[int] = set()
    places: dict[str, list[Span]] = {}
    for start, end, codes in candidates:
        if any(position in taken for position in range(start, end)):
            continue
        taken.update(range(start, end))
        for code in codes:
            places.setdefault(code, []).append((start, end))
    return {code: sorted(spans) for code, spans in places.items()}


class _Finder:
    """Looks for names in one article; equal words in a row are looked at once."""

    def __init__(self, document: Document, tables: Sequence[Names]) -> None:
        self._document = document
        self._tables = tables
        self._names: dict[str, tuple[PlaceName, ...]] = {}
        self._ends: dict[tuple[str, ...], Ends] = {}

    def longest(self, start: int) -> tuple[int, int, frozenset[str]] | None:
        """The longest name that begins at ``start``, from where to where, and whose it is.

        None for a word that only may begin a name.
        """
        ends = self._standing(start)
        for length in sorted(ends, reverse=True):
            if not _is_torn(self._document, start, length):
                return start, start + length, ends[length]
        return None

    def _standing(self, start: int) -> Ends:
        names = self._beginning(self._document.word(start) or "")
        reach = max((len(name.words) for name in names), default=0)
        words = tuple(self._document.word(start + n) or "" for n in range(reach))
        if words not in self._ends:
            if len(self._ends) >= _MOST_KEPT:
                self._ends.clear()
            self._ends[words] = _ends(names, words)
        return self._ends[words]

    def _beginning(self, word: str) -> tuple[PlaceName, ...]:
        """The names that may begin with ``word``."""
        if word not in self._names:
            if len(self._names) >= _MOST_KEPT:
                self._names.clear()
            self._names[word] = tuple(
                name
                for table in self._tables
                for reading in _readings(word)
                for name in table.names_beginning(reading)
            )
        return self._names[word]


def _ends(names: Sequence[PlaceName], words: tuple[str, ...]) -> Ends:
    readings = [_readings(word) for word in words]
    ends: Ends = {}
    for name in names:
        if _stands(name, words, readings):
            length = len(name.words)
            ends[length] = ends.get(length, frozenset()) | ({name.code} - {""})
    return ends


def _stands(name: PlaceName, words: Sequence[str], readings: Sequence[Sequence[str]]) -> bool:
    if name.exact is not None:
        return tuple(words[: len(name.exact)]) == name.exact
    return all(word in readings[n] for n, word in enumerate(name.words) if n)


def _is_torn(document: Document, start: int, words: int) -> bool:
    """Whether a comma or blank parts a name in writing without spaces: 2日，军队 is not Japan's.

    Elsewhere words stand apart anyway, and a hyphen or a line's end says nothing.
    """
    if words < 2 or not is_spaceless((document.word(start) or " ")[0]):
        return False
    part, first, last = document.characters((start, start + words))
    whole = document.article.title if part is Part.TITLE else document.article.text
    return any(not (sign.isalnum() or sign in _WITHIN) for sign in whole[first:last])


def _readings(word: str) -> tuple[str, ...]:
    """What a word may be: itself, or without the small words joined to it."""
    folded = fold(word)
    return (folded, *name_readings(folded)) if folded else ()
