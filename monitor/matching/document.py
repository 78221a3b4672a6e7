"""An article made ready for the rules: where in it each atom stands.

Positions count words. The headline's words are 0, 1, 2 …; those of the text begin at ``TEXT``, so
far away that nothing looked for spans the two.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Callable
from enum import IntEnum
from typing import Any, TypeVar

import numpy as np

from monitor.matching.atoms import PLACE
from monitor.matching.reading import Batch
from monitor.model import Article, Part
from monitor.text.sentences import lead_end

TEXT = 1 << 40
"""The position of the text's first word."""

Span = tuple[int, int]
"""From one position up to, but not including, another."""

Found = TypeVar("Found")


class Zone(IntEnum):
    """How much of an article is searched; each holds the one before it."""

    TITLE = 0
    LEAD = 1
    ALL = 2


class Document:
    """Article ``number`` of a batch."""

    def __init__(self, batch: Batch, number: int) -> None:
        self.article: Article = batch.articles[number]
        self._spans = batch.spans
        first: list[int] = batch.first[2 * number : 2 * number + 3].tolist()
        self._title, self._text, self._end = first
        self._title_begins, self._text_begins = batch.beginnings[
            2 * number : 2 * number + 2
        ].tolist()
        low, high = np.searchsorted(batch.at, (self._title, self._end))
        self._at, self._atoms = batch.at[low:high], batch.atoms[low:high]
        self._memory: dict[Any, Any] = {}

    def positions(self, atom: int) -> list[int]:
        """Where the words stand that satisfy ``atom``, in order."""
        return self.remember(("at", atom), lambda: self._positions(atom))

    @property
    def place_starts(self) -> list[int]:
        """Positions at which the name of a place may begin."""
        return self.positions(PLACE)

    def remember(self, key: object, make: Callable[[], Found]) -> Found:
        """What ``make`` gives, made once for this article."""
        if key not in self._memory:
            self._memory[key] = make()
        found: Found = self._memory[key]
        return found

    def limit(self, zone: Zone) -> int:
        """The position at which ``zone`` ends."""
        if zone is Zone.ALL:
            return 2 * TEXT
        if zone is Zone.TITLE:
            return TEXT
        return self.remember("limit", self._lead_limit)

    def lead_characters(self) -> int:
        """How many characters of the text are its first three sentences."""
        return self.remember("lead", lambda: lead_end(self.article.text))

    def word(self, position: int) -> str | None:
        """The word as written at ``position``, None beyond the end of its part."""
        index = self._index(position)
        if index >= (self._end if position >= TEXT else self._text):
            return None
        word = self._spans.word(index)
        return word if word.isascii() else unicodedata.normalize("NFC", word)

    def is_parted(self, span: Span) -> bool:
        """Whether a sign stands between two characters of ``span`` that are written without."""
        if span[1] - span[0] == 1:
            return False
        first = self._index(span[0])
        return bool(self._spans.parted[first + 1 : first + span[1] - span[0]].any())

    def characters(self, span: Span) -> tuple[Part, int, int]:
        """The part and the characters of it that ``span`` covers."""
        part = Part.TEXT if span[0] >= TEXT else Part.TITLE
        begins = self._text_begins if part is Part.TEXT else self._title_begins
        first = self._index(span[0])
        last = first + span[1] - span[0] - 1
        starts, ends = self._spans.starts, self._spans.ends
        return part, int(starts[first]) - begins, int(ends[last]) - begins

    def _index(self, position: int) -> int:
        """The number of the word in the batch."""
        return self._text + position - TEXT if position >= TEXT else self._title + position

    def _lead_limit(self) -> int:
        last = self._text_begins + self.lead_characters()
        starts = self._spans.starts[self._text : self._end]
        return TEXT + int(np.searchsorted(starts, last))

    def _positions(self, atom: int) -> list[int]:
        places = self.remember("places of atoms", self._places_of_atoms)
        if atom not in places:
            return []
        low, high = places[atom]
        words: list[int] = self._by_atom[low:high].tolist()
        first_of_text = bisect_left(words, self._text)
        return [
            *(word - self._title for word in words[:first_of_text]),
            *(word - self._text + TEXT for word in words[first_of_text:]),
        ]

    def _places_of_atoms(self) -> dict[int, tuple[int, int]]:
        """From where to where each atom's words stand in ``_by_atom``."""
        order = np.argsort(self._atoms, kind="stable")
        self._by_atom = self._at[order]
        atoms, lows, counts = np.unique(self._atoms[order], return_index=True, return_counts=True)
        return {
            atom: (low, low + count)
            for atom, low, count in zip(atoms.tolist(), lows.tolist(), counts.tolist(), strict=True)
        }
