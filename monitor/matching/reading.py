"""Articles of one language read in batches: which atoms stand where.

All words of a batch are found and looked up together. A word met before costs one look-up in a
table of numbers; a new one goes to the lexicon once. A word with a capital may satisfy other atoms
where it stands as a name; whether it does is decided where it stands.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from monitor.matching.arrays import Flags, Growing, Ints, keep_freed_memory, spread
from monitor.matching.lexicon import NOTHING, Lexicon, Satisfied
from monitor.matching.sequences import Sequences
from monitor.matching.word_table import MISSING, MOST, WordTable
from monitor.model import Article
from monitor.text.word_spans import WordSpans, word_spans

_BETWEEN = "\n"
_MOST_BY_WORD = 20_000
_MOST_ENTRIES = 1 << 18
_TITLE_CASE = 0.6
_AROUND = 30  # words to either side that say whether a text is in title case
_LONGER = 3

_Entries = npt.NDArray[np.int64]


class Batch(NamedTuple):
    """Articles and their words; atoms by word, in reading order.

    Word ``i`` belongs to part ``parts[i]``, headline and text of each article by turns; part ``p``
    begins with word ``first[p]``. Word ``at[k]`` satisfies ``atoms[k]``; a sequence stands under
    its first word in ``sequence_at`` and ``sequences``.
    """

    articles: tuple[Article, ...]
    spans: WordSpans
    beginnings: Ints
    first: Ints
    parts: Ints
    at: Ints
    atoms: Ints
    sequence_at: Ints
    sequences: Ints


class Reader:
    """Reads articles with one lexicon; keeps what it has learnt of words, up to a bound."""

    def __init__(self, lexicon: Lexicon, sequences: Sequences) -> None:
        self._lexicon = lexicon
        self._sequences = sequences
        self._version = lexicon.refresh()
        self._forget()
        keep_freed_memory()

    def read(self, articles: Sequence[Article]) -> Batch:
        """The words of ``articles``, which are all of the lexicon's languages."""
        version = self._lexicon.refresh()
        full = len(self._table) > MOST or len(self._first) > _MOST_ENTRIES
        if full or version != self._version:
            self._version = version
            self._forget()
        texts = [text for article in articles for text in (article.title, article.text)]
        lengths = np.fromiter(map(len, texts), np.int64, len(texts)) + len(_BETWEEN)
        beginnings = np.concatenate(([0], np.cumsum(lengths)))
        spans = word_spans(_BETWEEN.join(texts))
        first = np.searchsorted(spans.starts, beginnings)
        parts = np.repeat(np.arange(len(texts)), np.diff(first))
        entries = self._as_names(self._entries_of(spans), spans, first, parts)
        counts = self._counts.items[entries]
        told = np.flatnonzero(counts)
        counts = counts[told]
        at = np.repeat(told, counts)
        atoms = self._atoms.items[spread(self._first.items[entries[told]], counts)]
        sequence_at, sequences = self._sequences.find(at, atoms, parts, spans.parted)
        return Batch(
            tuple(articles), spans, beginnings, first, parts, at, atoms, sequence_at, sequences
        )

    def _forget(self) -> None:
        self._table = WordTable()
        self._by_word: dict[str, int] = {}
        self._numbered: dict[Satisfied, int] = {NOTHING: 0}
        self._first, self._counts, self._named = Growing([0]), Growing([0]), Growing([0])
        self._atoms = Growing()

    # --- words to entries ---

    def _entries_of(self, spans: WordSpans) -> _Entries:
        """What is known of each word: the entry for where it stands as no name."""
        entries = self._table.get(spans.numbers).astype(np.int64)
        unknown = np.flatnonzero(entries == MISSING)
        if len(unknown):
            self._learn(spans, unknown, entries)
        return entries

    def _learn(self, spans: WordSpans, unknown: Ints, entries: _Entries) -> None:
        numbers = spans.numbers[unknown]
        for index in unknown[numbers == 0].tolist():
            entries[index] = self._entry_of(spans.word(index))
        unknown, numbers = unknown[numbers != 0], numbers[numbers != 0]
        different, examples, which = np.unique(numbers, return_index=True, return_inverse=True)
        found = [self._look_up(spans.word(index)) for index in unknown[examples].tolist()]
        values = np.array(found, np.int32)
        self._table.put(different, values)
        entries[unknown] = values[which]

    def _entry_of(self, word: str) -> int:
        """Of a word without a number: very long ones are not kept."""
        if word in self._by_word:
            return self._by_word[word]
        entry = self._look_up(word)
        if len(word) <= _MOST_BY_WORD // 100 and len(self._by_word) < _MOST_BY_WORD:
            self._by_word[word] = entry
        return entry

    def _look_up(self, word: str) -> int:
        if not word.isascii():
            word = unicodedata.normalize("NFC", word)
        return self._entry(self._lexicon.satisfied(word))

    def _entry(self, satisfied: Satisfied) -> int:
        entry = self._numbered.get(satisfied)
        if entry is not None:
            return entry
        if satisfied.named != satisfied.plain:
            named = self._entry(Satisfied(satisfied.named, satisfied.named))
        else:
            named = len(self._first)
        self._numbered[satisfied] = entry = len(self._first)
        self._first.extend([len(self._atoms)])
        self._counts.extend([len(satisfied.plain)])
        self._named.extend([named if satisfied.named != satisfied.plain else entry])
        self._atoms.extend(satisfied.plain)
        return entry

    # --- names ---

    def _as_names(self, entries: _Entries, spans: WordSpans, first: Ints, parts: Ints) -> _Entries:
        """The entries, with those of names where words stand as names."""
        named = self._named.items[entries]
        doubtful = np.flatnonzero(named != entries)
        if len(doubtful):
            doubtful = doubtful[spans.linked[doubtful]]
            doubtful = doubtful[doubtful != first[parts[doubtful]]]
            names = doubtful[~_in_title_case(spans, first, parts, doubtful)]
            entries[names] = named[names]
        return entries


def _in_title_case(spans: WordSpans, first: Ints, parts: Ints, words: Ints) -> Flags:
    """Around which words most of the longer ones, or all, begin with a capital, as in headlines."""
    longer = spans.ends - spans.starts > _LONGER
    low = np.maximum(words - _AROUND, first[parts[words]])
    high = np.minimum(low + 2 * _AROUND, first[parts[words] + 1])
    around = _counted(longer, low, high)
    upper = _counted(longer & spans.capital, low, high)
    most = (around > 2) & (upper >= _TITLE_CASE * around)
    every = _counted(spans.capital, low, high) == high - low
    title_case: Flags = most | every & (high - low > 1)
    return title_case


def _counted(flags: Flags, low: Ints, high: Ints) -> Ints:
    """How many flags are set in each stretch."""
    counts = np.concatenate(([0], np.cumsum(flags)))
    return counts[high] - counts[low]
