"""What nearly held: for a part of an expression that was not found, what stands there instead.

Looks at the article itself, not at the index: this is asked for one article at a time, by a
person who wonders why. Guesses are worded as such; nothing here decides whether a rule matches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from monitor.matching.patterns import compile_pattern
from monitor.matching.query import (
    Country,
    Exact,
    Phrase,
    Prefix,
    Query,
    Regex,
    VocabularyTerm,
    Word,
)
from monitor.matching.rule import Vocabulary
from monitor.matching.terms import parse_term
from monitor.model import Article
from monitor.text.base_forms import base_forms
from monitor.text.fold import fold
from monitor.text.language_codes import english_names
from monitor.text.languages import primary_code
from monitor.text.tokens import tokenize

_LOOKED_AT = 100_000
"""Characters of the text; what stands further down is not what somebody meant."""

_SHOWN = 3
_LANGUAGES_ASKED = 6  # each wants its dictionary
_ALIKE = 4
"""Letters at the beginning that words which look alike have in common."""


@dataclass(frozen=True)
class Surroundings:
    """What is known beside the article: the languages in use, and the vocabularies."""

    languages: Sequence[str] = ()
    vocabularies: Mapping[str, Vocabulary] = field(default_factory=dict)


class Nearly:
    """Answers for one article, of which each question looks through the words again."""

    def __init__(self, article: Article, around: Surroundings) -> None:
        self._article = article
        self._around = around

    def told(self, query: Query) -> str:
        """What stands there in place of ``query``; empty where nothing does."""
        tell = _TELLERS.get(type(query))
        return tell(self, query) if tell else ""

    @cached_property
    def _words(self) -> list[str]:
        title, text = self._article.title, self._article.text[:_LOOKED_AT]
        return [*tokenize(title).words, "\n", *tokenize(text).words]

    @cached_property
    def _folded(self) -> list[str]:
        return [fold(word) for word in self._words]

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = {}
        for at, word in enumerate(self._folded):
            places.setdefault(word, []).append(at)
        return places

    @property
    def _languages(self) -> tuple[str, ...]:
        own = self._article.language
        return (primary_code(own),) if own else tuple(self._around.languages)

    def _word(self, query: Word | Phrase) -> str:
        wanted = tokenize(query.text).words
        if len(wanted) > 1:
            return self._phrase(wanted)
        return self._in_another_language(wanted[0]) or self._alike(fold(wanted[0]))

    def _phrase(self, wanted: list[str]) -> str:
        joined = "".join(map(fold, wanted))
        for word, folded in zip(self._words, self._folded, strict=True):
            if folded == joined:
                return f'written as one word: "{word}"'
        missing = [word for word in wanted if not self._has(word)]
        if not missing:
            return "all its words are there, but not one after the other"
        if len(missing) < len(wanted):
            return f"not there: {_quoted(missing)}; the rest is"
        return ""

    def _has(self, wanted: str) -> bool:
        return any(self._same(word, wanted, self._languages) for word in self._candidates(wanted))

    def _candidates(self, wanted: str) -> Iterator[str]:
        """Words that may be a form of ``wanted``, each spelling once."""
        begins = fold(wanted)[:1]
        pairs = zip(self._words, self._folded, strict=True)
        found = (word for word, folded in pairs if folded.startswith(begins))
        return iter(dict.fromkeys(found))

    def _same(self, word: str, wanted: str, languages: Iterable[str]) -> bool:
        return any(
            not set(base_forms(word, code)).isdisjoint(base_forms(wanted, code))
            for code in languages
        )

    def _in_another_language(self, wanted: str) -> str:
        begins = fold(wanted)[:_ALIKE]
        alike = [word for word in self._candidates(wanted) if fold(word).startswith(begins)]
        others = [code for code in self._around.languages if code not in self._languages]
        for code in others[:_LANGUAGES_ASKED]:
            for word in alike:
                if self._same(word, wanted, (code,)):
                    return f'were the article in {_name(code)}, "{word}" would be found'
        return ""

    def _alike(self, wanted: str) -> str:
        """Words that look much like ``wanted`` and are others."""
        common = max(_ALIKE, len(wanted) - 3)
        pairs = dict(zip(self._words, self._folded, strict=True)).items()
        if len(wanted) >= _ALIKE:
            if alike := [word for word, folded in pairs if folded[:common] == wanted[:common]]:
                return f"another word: {_quoted(alike)}"
            if within := [word for word, folded in pairs if wanted in folded]:
                return f"within another word: {_quoted(within)}"
        apart = self._written_apart(wanted)
        return f'written apart: "{apart}"' if apart else ""

    def _written_apart(self, wanted: str) -> str:
        for at, first in enumerate(self._folded[:-1]):
            if first and wanted == first + self._folded[at + 1]:
                return " ".join(self._words[at : at + 2])
        return ""

    def _exact(self, query: Exact) -> str:
        wanted = [fold(word) for word in tokenize(query.text).words]
        for at in range(len(self._folded) - len(wanted) + 1):
            if self._folded[at : at + len(wanted)] == wanted:
                return f'written otherwise: "{" ".join(self._words[at : at + len(wanted)])}"'
        return ""

    def _prefix(self, query: Prefix) -> str:
        begins = fold(tokenize(query.text).words[-1])
        pairs = dict(zip(self._words, self._folded, strict=True)).items()
        within = [word for word, folded in pairs if begins in folded]
        return f"within a word, not at its beginning: {_quoted(within)}" if within else ""

    def _vocabulary(self, query: VocabularyTerm) -> str:
        vocabulary = self._around.vocabularies.get(query.name)
        for code, terms in vocabulary.terms if vocabulary else ():
            if primary_code(code) not in self._languages and (found := self._term(terms)):
                return f'"{found}" is a term in {_name(code)}, for such articles only'
        return ""

    def _term(self, terms: Sequence[str]) -> str:
        """The first of ``terms`` that stands in the article as it is written in the vocabulary."""
        places = self._places
        for term in map(parse_term, terms):
            wanted = [fold(word) for word in tokenize(term.text).words]
            for at in places.get(wanted[0], ()):
                if self._folded[at : at + len(wanted)] == wanted:
                    return " ".join(self._words[at : at + len(wanted)])
        return ""

    def _country(self, query: Country) -> str:
        from monitor.text.places import country_terms

        terms = {t for code in self._languages for t in country_terms(query.code, code)}
        begins = {fold(tokenize(t).words[0])[:_ALIKE] for t in terms if not t.startswith("=")}
        begins = {beginning for beginning in begins if len(beginning) == _ALIKE}
        found = [
            self._with_neighbours(at)
            for at, folded in enumerate(self._folded)
            if folded[:_ALIKE] in begins
        ]
        return f"other places or peoples: {_quoted(dict.fromkeys(found))}" if found else ""

    def _with_neighbours(self, at: int) -> str:
        """The word at ``at`` with the capitalised words beside it: Niger State."""
        first, last = at, at + 1
        before = self._words[at - 1] if at > 0 else ""
        if before[:1].isupper() and len(before) > _ALIKE:
            first -= 1
        if last < len(self._words) and self._words[last][:1].isupper():
            last += 1
        return " ".join(self._words[first:last])

    def _regex(self, query: Regex) -> str:
        texts = (self._article.title, self._article.text[:_LOOKED_AT])
        if not query.ignore_case:
            compiled = compile_pattern(query.pattern, True)
            for text in texts:
                if found := compiled.search(text):
                    return f'written otherwise: "{found.group()}"; /{query.pattern}/i finds it'
        return ""


def _name(code: str) -> str:
    return english_names().get(primary_code(code), code)


def _quoted(words: Iterable[str]) -> str:
    shown = [f'"{word}"' for word in words]
    return ", ".join(shown[:_SHOWN]) + (" …" if len(shown) > _SHOWN else "")


_TELLERS: dict[type, Callable[[Nearly, Any], str]] = {
    Word: Nearly._word,
    Phrase: Nearly._word,
    Exact: Nearly._exact,
    Prefix: Nearly._prefix,
    VocabularyTerm: Nearly._vocabulary,
    Country: Nearly._country,
    Regex: Nearly._regex,
}
