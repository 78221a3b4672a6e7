"""Finds countries: at each spot the longest known name of any place, and whose it is.

South Sudan is therefore not Sudan, and Niger State is nothing. Names are compared folded and in
the forms in which they are spelt out (``monitor.text.places``), but for those that count only as
written. Where names overlap, the longer one stands, and of equally long ones the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.matching.document import Document, Span
from monitor.matching.lexicon import Names
from monitor.model import Part
from monitor.text.affixes import name_readings
from monitor.text.characters import is_spaceless
from monitor.text.fold import fold
from monitor.text.place_table import PlaceName

Candidate = tuple[int, int, frozenset[str]]
"""From and to which position a name stands, and of which countries it may be."""

_WITHIN = "・･()（）"
"""Signs that may stand within a name in writing without spaces: ギニア・ビサウ, 刚果（金）."""


def find_places(document: Document, tables: Sequence[Names]) -> dict[str, list[Span]]:
    """The places in ``document`` by country code, in reading order, by the names in ``tables``."""
    candidates = (_longest(document, start, tables) for start in document.place_starts)
    longest = sorted((c for c in candidates if c), key=lambda c: (c[0] - c[1], c[0]))
    taken: set[int] = set()
    found: dict[str, list[Span]] = {}
    for start, end, codes in longest:
        if any(position in taken for position in range(start, end)):
            continue
        taken.update(range(start, end))
        for code in codes:
            found.setdefault(code, []).append((start, end))
    return {code: sorted(spans) for code, spans in found.items()}


def _longest(document: Document, start: int, tables: Sequence[Names]) -> Candidate | None:
    """The longest name that begins at ``start``; none for a word that only may begin one."""
    ends: dict[int, set[str]] = {}
    for name in _standing(document, start, tables):
        ends.setdefault(len(name.words), set()).add(name.code)
    if not ends:
        return None
    length = max(ends)
    return start, start + length, frozenset(ends[length] - {""})


def _standing(document: Document, start: int, tables: Sequence[Names]) -> Iterator[PlaceName]:
    """The names that stand at ``start``."""
    words = _Words(document, start)
    beginnings = words.readings(0)
    for table in tables:
        for beginning in beginnings:
            for name in table.names_beginning(beginning):
                if words.are(name) and not _is_torn(document, start, len(name.words)):
                    yield name


class _Words:
    """The words of a document from a position on, looked at as far as names reach."""

    def __init__(self, document: Document, start: int) -> None:
        self._document = document
        self._start = start
        self._readings: dict[int, tuple[str, ...]] = {}

    def are(self, name: PlaceName) -> bool:
        """Whether they are those of ``name``."""
        return self._are(name) and not self._document.is_parted(
            (self._start, self._start + len(name.words))
        )

    def _are(self, name: PlaceName) -> bool:
        if name.exact is not None:
            return all(
                self._document.word(self._start + n) == word for n, word in enumerate(name.exact)
            )
        return all(
            word in self.readings(number) for number, word in enumerate(name.words) if number
        )

    def readings(self, number: int) -> tuple[str, ...]:
        """What one of them may be: itself, or without the small words joined to it."""
        if number not in self._readings:
            self._readings[number] = _readings(self._document.word(self._start + number))
        return self._readings[number]


def _is_torn(document: Document, start: int, words: int) -> bool:
    """Whether a comma or blank parts a name in writing without spaces: 2日，军队 is not Japan's.

    Elsewhere words stand apart anyway, and a hyphen or a line's end says nothing.
    """
    if words < 2 or not is_spaceless((document.word(start) or " ")[0]):
        return False
    part, first, last = document.characters((start, start + words))
    whole = document.article.title if part is Part.TITLE else document.article.text
    return any(not (sign.isalnum() or sign in _WITHIN) for sign in whole[first:last])


def _readings(word: str | None) -> tuple[str, ...]:
    folded = fold(word) if word else ""
    return (folded, *name_readings(folded)) if folded else ()
