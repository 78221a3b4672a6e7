"""Words that are one to a rule and words that stay apart, as the tables in ``forms/`` list them.

A line of ``same`` says that its first word finds each of the others; a line of ``apart``, that it
finds none of them. Whoever knows a language can add a line without knowing Python.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import pytest

from monitor.text import own_forms
from monitor.text.base_forms import base_forms

_FOLDER = Path(__file__).parent / "forms"
_OWN = Path(own_forms.__file__).parent / "forms"


@cache
def table(language: str) -> dict[str, list[str]]:
    """The two lists of ``language``."""
    return tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))


def lines(kind: str) -> list[tuple[str, str]]:
    """Language and line of every line of that kind."""
    languages = sorted(file.stem for file in _FOLDER.glob("*.toml"))
    return [(language, line) for language in languages for line in table(language)[kind]]


def found(line: str, language: str) -> tuple[list[str], list[str]]:
    """Of the words that follow the first: those that share a base form with it, and the rest."""
    first, *others = line.split()
    bases = set(base_forms(first, language))
    shared = [word for word in others if not bases.isdisjoint(base_forms(word, language))]
    return shared, [word for word in others if word not in shared]


@pytest.mark.parametrize(("language", "line"), lines("same"))
def test_forms_of_a_word_are_one(language: str, line: str) -> None:
    assert found(line, language)[1] == []


@pytest.mark.parametrize(("language", "line"), lines("apart"))
def test_words_that_people_keep_apart_stay_apart(language: str, line: str) -> None:
    assert found(line, language)[0] == []


@pytest.mark.parametrize("file", sorted(_OWN.glob("*.toml")), ids=lambda file: file.stem)
def test_our_own_tables_have_no_part_that_nobody_reads(file: Path) -> None:
    parts = tomllib.loads(file.read_text(encoding="utf-8"))
    assert parts
    assert set(parts) <= {"also", "form", "instead", "endings", "hidden"}
