"""What two tellings share, as people would say it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from monitor.stories.ideas import ideas_of_word
from monitor.text.base_forms import base_forms
from monitor.text.fold import fold

if TYPE_CHECKING:
    from monitor.stories.features import Feature

_OF_WORDS = frozenset(("word", "kin", "name"))
_WITH_KIND = frozenset(("country", "date", "month", "year"))


def said_once(features: Iterable[Feature], language: str) -> tuple[str, ...]:
    """These features in their order, as an article in ``language`` writes them.

    A word, its sound and its idea are one: the first of them stands for all.
    """
    found: dict[str, str] = {}
    for feature in features:
        said = _said(feature)
        found.setdefault(_sense(feature, said, language), said)
    return tuple(found.values())


def _said(feature: Feature) -> str:
    kind, _, key = feature.name.partition(":")
    if feature.shown:
        return feature.shown
    return f"{kind} {key}" if kind in _WITH_KIND else key.rpartition(":")[2]


def _sense(feature: Feature, said: str, language: str) -> str:
    """By what a reason is known to be the same as another: an idea, else a base form."""
    if feature.name.partition(":")[0] not in _OF_WORDS:
        return fold(said)
    for idea in ideas_of_word(said, language):
        return fold(idea)
    plain = (base for base in base_forms(said, language) if base[0] not in "=^~")
    return fold(next(plain, said))
