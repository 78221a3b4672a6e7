"""Countries are found by the longest known name of any place, whatever the table says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.matching.document import Document
from monitor.matching.lexicon import Lexicon
from monitor.matching.place_finder import PlaceFinder
from monitor.model import Article

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
    """A table of places in one language."""

    def country_codes(self) -> frozenset[str]:
        return frozenset(NAMES)

    def country_terms(self, code: str, language: str) -> tuple[str, ...]:
        return NAMES[code] if language == "xx" else ()

    def other_places(self, language: str) -> tuple[str, ...]:
        return OTHERS if language == "xx" else ()


def countries(text: str) -> set[str]:
    lexicon = Lexicon(("xx",))
    finder = PlaceFinder(Table(), ("xx",))
    lexicon.begins_place = finder.begins_place
    told = Article("a", None, "", text, "xx", datetime(2026, 1, 1, tzinfo=UTC))
    return set(finder.find(Document(told, lexicon)))


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
