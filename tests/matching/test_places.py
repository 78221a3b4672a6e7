"""Countries are found by the longest known name of any place, whatever the table says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.matching.atoms import Atoms
from monitor.matching.document import Document
from monitor.matching.lexicon import Lexicon
from monitor.matching.place_finder import find_places
from monitor.matching.reading import Reader
from monitor.matching.sequences import Sequences
from monitor.model import Article
from monitor.text.fold import fold
from monitor.text.place_table import PlaceName
from monitor.text.tokens import tokenize

NAMES = {
    "NE": ("Niger", "Nigerien", "Niamey", "النيجر", "니제르", "尼日"),
    "NG": ("Nigeria", "尼日利亚"),
    "SD": ("Sudan",),
    "SS": ("South Sudan", "Republic of South Sudan"),
    "US": ("=US", "United States", "الولايات المتحدة"),
    "CD": ("Congo",),
    "CG": ("Congo",),
}
OTHERS = ("Niger State", "Niger Delta", "Gulf of Guinea")


class Table:
    """A table of places."""

    def __init__(self, language: str) -> None:
        terms = [(term, code) for code, terms in NAMES.items() for term in terms]
        self.names = [_name(*each) for each in [*terms, *((other, "") for other in OTHERS)]]

    def names_beginning(self, word: str) -> tuple[PlaceName, ...]:
        found = (name for name in self.names if name.words[0] == word)
        return tuple(sorted(found, key=lambda name: -len(name.words)))


def _name(term: str, code: str) -> PlaceName:
    words = tuple(tokenize(term.removeprefix("=")).words)
    return PlaceName(tuple(map(fold, words)), code, words if term.startswith("=") else None)


def countries(text: str) -> set[str]:
    atoms = Atoms({})
    atoms.place("NE")
    lexicon = Lexicon(("en",), atoms, Table)
    told = Article("a", None, "", text, "en", datetime(2026, 1, 1, tzinfo=UTC))
    batch = Reader(lexicon, Sequences(atoms)).read([told])
    return set(find_places(Document(batch, 0), lexicon.names))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NIGER and nigerien officials", {"NE"}),
        ("South Sudan", {"SS"}),
        ("The Republic of South Sudan", {"SS"}),
        ("South of Sudan", {"SD"}),
        ("Niger State and the Niger Delta", set()),
        ("Niger State, Niger", {"NE"}),
        ("the US, not us", {"US"}),
        ("told us", set()),
        ("the U.S. said", {"US"}),
        ("the United States", {"US"}),
        ("the united front", set()),
        ("Congo", {"CD", "CG"}),
        ("尼日利亚", {"NG"}),
        ("尼日", {"NE"}),
        ("في للنيجر والنيجر", {"NE"}),
        ("وللولايات المتحدة", {"US"}),
        ("니제르에서", {"NE"}),
        ("Nigeriens", set()),
    ],
)
def test_a_place_is_the_longest_known_name(text: str, expected: set[str]) -> None:
    assert countries(text) == expected
