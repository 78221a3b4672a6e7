"""Spell out the forms of a place's name or people from the short notation of the place tables.

A table writes ``nigerin+o`` for a stem and the name of a class of endings; the class lists the
endings, ``-`` for none. Where a term has several classes (``guinean+o equatorial+e``), their
endings go together, first with first, so that only forms that agree arise. ``Nigru+`` stands for
itself and takes no ending. A leading ``=`` says that a term counts only as written, because it is
a common word as well; it is then given as written and in capitals, for headlines.

Pure: no files, nothing remembered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field

from monitor.records import dataclass

NOTHING = "-"
_MARKED = re.compile(r"\+([^\s+]*)")

Endings = Mapping[str, tuple[str, ...]]
"""What a string at a word's edge is replaced by: each replacement gives one form."""


@dataclass(frozen=True, slots=True)
class Inflection:
    """How a column's terms change by themselves: at their beginning, and at their end.

    Both map the letters found there to what may stand instead; the longest letters that fit are
    taken, the empty string fits everywhere. Endings serve only terms without a class of their own,
    and no abbreviation (USA).
    """

    beginnings: Endings = field(default_factory=dict)
    endings: Endings = field(default_factory=dict)


UNCHANGED = Inflection()


def spell_out(term: str, classes: Endings, inflection: Inflection = UNCHANGED) -> Iterator[str]:
    """Every form of ``term``, in the table's notation, possibly some twice.

    Raises KeyError for a class that ``classes`` lacks, ValueError where two classes in one term
    have different numbers of endings.
    """
    exact = "=" if term.startswith("=") else ""
    for ended in _with_endings(term.removeprefix("="), classes, inflection.endings):
        for form in _replaced_beginnings(ended, inflection.beginnings):
            yield exact + form
            if exact and form.upper() != form:
                yield exact + form.upper()


def as_endings(table: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Read ``{"o": "o a i e"}``: endings parted by blanks, ``-`` for the empty one."""
    return {
        key: tuple("" if ending == NOTHING else ending for ending in endings.split())
        for key, endings in table.items()
    }


def _with_endings(term: str, classes: Endings, automatic: Endings) -> Iterator[str]:
    named = [classes[name] if name else ("",) for name in _MARKED.findall(term)]
    if not named:
        yield from (term,) if _is_abbreviation(term) else _replaced_end(term, automatic)
        return
    for endings in zip(*named, strict=True):
        remaining = iter(endings)
        yield _MARKED.sub(lambda _: next(remaining), term)  # noqa: B023


def _replaced_end(term: str, endings: Endings) -> Iterator[str]:
    for size in range(min(len(term), _longest(endings)), -1, -1):
        cut = len(term) - size
        if term[cut:] in endings:
            for ending in endings[term[cut:]]:
                yield term[:cut] + ending
            return
    yield term


def _replaced_beginnings(term: str, beginnings: Endings) -> Iterator[str]:
    for size in range(min(len(term), _longest(beginnings)), -1, -1):
        if term[:size] in beginnings:
            for beginning in beginnings[term[:size]]:
                yield beginning + term[size:]
            return
    yield term


def _is_abbreviation(term: str) -> bool:
    """Capitals only, as USA or США; false in scripts that have none."""
    return term.isupper()


def _longest(endings: Endings) -> int:
    return max(map(len, endings), default=0)
