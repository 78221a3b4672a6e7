"""What a text tells of, as ideas that are the same in all languages: withdrawal, election, fire.

The table ``ideas.toml`` lists some hundred and forty that news is full of. Each alone says little;
several together, beside names and numbers, tell two events in one place from each other.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import NamedTuple

from monitor.text.base_forms import base_forms

_BY_CHARACTERS = frozenset({"zh", "ja"})
_NO_BASES = ("=", "^", "~")


class _Table(NamedTuple):
    """The ideas of a language: by base form of a word, or by characters."""

    by_base: Mapping[str, tuple[str, ...]]
    characters: re.Pattern[str] | None


def ideas_of_word(word: str, language: str) -> tuple[str, ...]:
    """The ideas of ``word`` (one token) in ``language`` (ISO 639); mostly none."""
    table = _table(language).by_base
    if not table:
        return ()
    found = (table.get(base, ()) for base in base_forms(word, language))
    return tuple(dict.fromkeys(idea for ideas in found for idea in ideas))


def ideas_in_characters(text: str, language: str) -> Iterator[tuple[int, str]]:
    """The ideas in a Chinese or Japanese ``text``, each with the character where it stands."""
    table = _table(language)
    if table.characters is None:
        return
    for found in table.characters.finditer(text):
        for idea in table.by_base[found.group()]:
            yield found.start(), idea


@cache
def _written() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """The words of each idea by language, as the table has them."""
    file = resources.files(__package__).joinpath("ideas.toml")
    said = tomllib.loads(file.read_text(encoding="utf-8"))
    languages = said["languages"].split()
    by_language: dict[str, dict[str, tuple[str, ...]]] = {code: {} for code in languages}
    for idea, line in said["ideas"].items():
        for code, words in zip(languages, line.split("|"), strict=True):
            by_language[code][idea] = tuple(words.split())
    return by_language


@lru_cache(maxsize=32)
def _table(language: str) -> _Table:
    by_base: dict[str, tuple[str, ...]] = {}
    for idea, words in _written().get(language, {}).items():
        for word in words:
            for base in _keys(word, language):
                if idea not in by_base.get(base, ()):
                    by_base[base] = (*by_base.get(base, ()), idea)
    if language not in _BY_CHARACTERS or not by_base:
        return _Table(by_base, None)
    longest_first = sorted(by_base, key=lambda word: (-len(word), word))
    return _Table(by_base, re.compile("|".join(map(re.escape, longest_first))))


def _keys(word: str, language: str) -> tuple[str, ...]:
    """What a word of the table is known by: its base forms, as those of a text's words."""
    if language in _BY_CHARACTERS:
        return (word,)
    bases = base_forms(word, language)
    plain = tuple(base for base in bases if not base.startswith(_NO_BASES))
    return plain or bases
