"""Expressions put to one article in the plainest way: words one by one, no atoms, no arrays.

Written apart from the engine, to hold its answers against. Countries, patterns and fields are not
known here, nor that words with a capital may be names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.matching.query import (
    And,
    AtLeast,
    Exact,
    Except,
    InLead,
    InTitle,
    Near,
    Not,
    Or,
    Phrase,
    Prefix,
    Query,
    Threshold,
    VocabularyTerm,
    Word,
)
from monitor.matching.rule import Vocabulary
from monitor.matching.terms import parse_term
from monitor.model import Article
from monitor.text.base_forms import base_forms
from monitor.text.fold import fold
from monitor.text.sentences import lead_end
from monitor.text.tokens import tokenize

Span = tuple[int, int]

TEXT = 1_000_000
TITLE_ZONE, LEAD_ZONE, ALL = range(3)


class PlainEvaluator:
    """One article; ``in_use`` are the languages that count where its own is unknown."""

    def __init__(
        self, article: Article, vocabularies: Mapping[str, Vocabulary], in_use: Sequence[str]
    ) -> None:
        self._languages = [article.language] if article.language else list(in_use)
        self._vocabularies = vocabularies
        text = tokenize(article.text)
        self._words = dict(enumerate(tokenize(article.title).words))
        self._words |= dict(enumerate(text.words, TEXT))
        lead = sum(start < lead_end(article.text) for start in text.starts)
        self._limits = {TITLE_ZONE: TEXT, LEAD_ZONE: TEXT + lead, ALL: 2 * TEXT}

    def holds(self, query: Query, zone: int = ALL) -> bool:
        """Whether the article satisfies ``query``."""
        match query:
            case And(parts):
                return all(self.holds(part, zone) for part in parts)
            case Or(parts):
                return any(self.holds(part, zone) for part in parts)
            case Threshold(parts, count):
                return sum(self.holds(part, zone) for part in parts) >= count
            case Not(part):
                return not self.holds(part, zone)
            case InTitle(of):
                return self.holds(of, TITLE_ZONE)
            case InLead(of):
                return self.holds(of, min(zone, LEAD_ZONE))
            case Near(left, right, distance, ordered):
                first, second = self._within(left, zone), self._within(right, zone)
                pairs = [(a, b) for a in first for b in second]
                pairs += [] if ordered else [(b, a) for a, b in pairs]
                return any(0 <= b[0] - a[1] <= distance for a, b in pairs)
            case AtLeast(of, count):
                return _apart(self._within(of, zone)) >= count
            case _:
                return bool(self._within(query, zone))

    def _within(self, query: Query, zone: int) -> set[Span]:
        return {span for span in self._spans(query) if span[1] <= self._limits[zone]}

    def _spans(self, query: Query) -> set[Span]:
        match query:
            case Or(parts):
                return {span for part in parts for span in self._spans(part)}
            case Except(kept, barred):
                others = self._spans(barred)
                return {
                    (start, end)
                    for start, end in self._spans(kept)
                    if not any(first <= start and end <= last for first, last in others)
                }
            case VocabularyTerm(name):
                terms = self._vocabularies[name].terms if name in self._vocabularies else ()
                return {
                    span
                    for language, some in terms
                    if language in self._languages
                    for term in some
                    for span in self._places(parse_term(term), [language])
                }
            case _:
                return self._places(query, self._languages)

    def _places(self, term: Query, languages: Sequence[str]) -> set[Span]:
        assert isinstance(term, Word | Phrase | Exact | Prefix)
        wanted = tokenize(term.text).words
        return {
            (at, at + len(wanted))
            for at in self._words
            if all(
                at + n in self._words and self._is(self._words[at + n], word, term, languages)
                for n, word in enumerate(wanted)
            )
        }

    @staticmethod
    def _is(word: str, wanted: str, term: Query, languages: Sequence[str]) -> bool:
        if isinstance(term, Exact):
            return word == wanted
        if isinstance(term, Prefix):
            return fold(word).startswith(fold(wanted))
        return any(
            set(base_forms(word, code)) & set(base_forms(wanted, code)) for code in languages
        )


def _apart(spans: set[Span]) -> int:
    """How many of ``spans`` there are at most of which none shares a word with another."""
    count, end = 0, -1
    for start, last in sorted(spans, key=lambda span: span[1]):
        if start >= end:
            count, end = count + 1, last
    return count
