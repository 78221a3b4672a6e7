"""An article made ready for the rules: where in it each atom stands.

Positions count words. The headline's words are 0, 1, 2 …; those of the text begin at ``TEXT``, so
far away that nothing looked for spans the two.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from enum import IntEnum
from itertools import islice
from typing import Any, TypeVar

from monitor.matching.lexicon import PLACE, Lexicon
from monitor.model import Article, Part
from monitor.text.sentences import lead_end
from monitor.text.tokens import Tokens, tokenize

TEXT = 1 << 40
"""The position of the text's first word."""

Span = tuple[int, int]
"""From one position up to, but not including, another."""

Found = TypeVar("Found")
_UNKNOWN: tuple[int, ...] = (-1,)
_TITLE_CASE = 0.6
_SAMPLE = 60


class Zone(IntEnum):
    """How much of an article is searched; each holds the one before it."""

    TITLE = 0
    LEAD = 1
    ALL = 2


class Document:
    """One article as the rules of one lexicon see it."""

    def __init__(self, article: Article, lexicon: Lexicon) -> None:
        self.article = article
        self.title = tokenize(article.title)
        self.text = tokenize(article.text)
        self.positions: dict[int, list[int]] = {}
        _locate(self.title, 0, lexicon, self.positions)
        _locate(self.text, TEXT, lexicon, self.positions)
        self._memory: dict[Any, Any] = {}

    @property
    def place_starts(self) -> list[int]:
        """Positions at which the name of a place may begin."""
        return self.positions.get(PLACE, [])

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
        return TEXT + bisect_right(self.text.starts, self.lead_characters() - 1)

    def lead_characters(self) -> int:
        """How many characters of the text are its first three sentences."""
        return self.remember("lead", lambda: lead_end(self.article.text))

    def word(self, position: int) -> str | None:
        """The word as written at ``position``, None beyond the end of its part."""
        tokens, index = self._at(position)
        return tokens.words[index] if index < len(tokens) else None

    def characters(self, span: Span) -> tuple[Part, int, int]:
        """The part and the characters of it that ``span`` covers."""
        tokens, first = self._at(span[0])
        last = first + span[1] - span[0] - 1
        part = Part.TITLE if tokens is self.title else Part.TEXT
        return part, tokens.starts[first], tokens.ends[last]

    def _at(self, position: int) -> tuple[Tokens, int]:
        return (self.text, position - TEXT) if position >= TEXT else (self.title, position)


def _locate(tokens: Tokens, first: int, lexicon: Lexicon, into: dict[int, list[int]]) -> None:
    """Note under each atom the positions of the words that satisfy it."""
    kept = lexicon.kept()
    for position, word in enumerate(tokens.words, first):
        atoms = kept.get(word, _UNKNOWN)
        if atoms is _UNKNOWN:
            atoms = lexicon.look_up(word)
        if atoms is None:
            name = _is_name(tokens, position - first)
            atoms = lexicon.in_context(word, name=name)
        for atom in atoms:
            try:
                into[atom].append(position)
            except KeyError:
                into[atom] = [position]


def _is_name(tokens: Tokens, index: int) -> bool:
    """Whether the word, which has a capital, has it for being a name.

    At the beginning of a sentence, and in a headline all of whose words have capitals, a capital
    says nothing.
    """
    if index == 0:
        return False
    gap = tokens.text[tokens.ends[index - 1] : tokens.starts[index]]
    if gap.strip(" ,-'’–/&") or "\n" in gap:
        return False
    return not _in_title_case(tokens, index)


def _in_title_case(tokens: Tokens, index: int) -> bool:
    """Whether most of the longer words around ``index`` begin with a capital."""
    start = max(0, index - _SAMPLE // 2)
    around = islice(tokens.words, start, start + _SAMPLE)
    longer = [word[0].isupper() for word in around if len(word) > 3]
    return len(longer) > 2 and sum(longer) >= _TITLE_CASE * len(longer)
