"""A text cut into words by arrays: the same words as ``tokens.tokenize`` finds, many times faster.

``tokenize`` says what a word is, one regular expression on a page; this module gives the same
answer for a whole batch of articles at once, and a number for each word by which it is known
without being cut out. What is rare and needs a look around (dotted initials, an apostrophe within a
Ukrainian word) is handed to ``tokenize``, chunk by chunk between blanks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from monitor.text.character_classes import (
    JOINING,
    LETTER,
    LINK,
    MARK,
    SPACELESS,
    UPPER,
    WORDLIKE,
    Classes,
    Codes,
    any_of,
    ascii_classes,
    classes_of,
)
from monitor.text.characters import APOSTROPHES, unjoined
from monitor.text.tokens import tokenize
from monitor.text.word_numbers import Ints, Numbers, numbers_of_words

Flags = npt.NDArray[np.bool_]

_SLICE = 1 << 19  # characters looked at at once: arrays of a few megabytes each
_APOSTROPHE_CODES = [ord(sign) for sign in APOSTROPHES]
_WITHIN = " \t\r\n\u00a0\u3000・･"


@dataclass(slots=True)
class _Slice:
    """The words of a stretch of a text that begins at its character ``begins``.

    ``classes`` say what each character of the stretch is; ``starts`` and ``ends`` count from its
    beginning.
    """

    text: str
    begins: int
    classes: Classes
    starts: Ints
    ends: Ints
    numbers: Numbers


class WordSpans:
    """The words of ``text``: word ``i`` stands at ``text[starts[i]:ends[i]]``.

    ``numbers`` are 0 for words that are too long to have one. What is known beside of each word is
    worked out when it is first asked for: few words are looked for.
    """

    def __init__(self, text: str, slices: Sequence[_Slice]) -> None:
        self.text = text
        self._slices = slices
        self.starts: Ints = _joined([each.starts + each.begins for each in slices])
        self.ends: Ints = _joined([each.ends + each.begins for each in slices])
        self.numbers: Numbers = _joined([each.numbers for each in slices])

    def __len__(self) -> int:
        return len(self.starts)

    @cached_property
    def capital(self) -> Flags:
        """Which words begin with a capital."""
        return _joined([(each.classes[each.starts] & UPPER) != 0 for each in self._slices])

    @cached_property
    def linked(self) -> Flags:
        """Before which words only blanks, commas and hyphens stand since the word before."""
        return _joined([_linked(each.classes, each.starts, each.ends) for each in self._slices])

    @cached_property
    def parted(self) -> Flags:
        """Which characters of scripts without spaces make no word with the one before.

        They are parted from it by more than a blank or a middle dot.
        """
        return _joined(
            [_parted(each.text, each.classes, each.starts, each.ends) for each in self._slices]
        )

    def word(self, index: int) -> str:
        """Word ``index`` as written (not normalised), without joiners and dots of initials."""
        written = unjoined(self.text[self.starts[index] : self.ends[index]])
        return written.replace(".", "") if "." in written else written


def word_spans(text: str, at_once: int = _SLICE) -> WordSpans:
    """The words of ``text``, in time linear in its length; ``at_once`` characters bound the memory.

    A word longer than that may be cut in two; and of the first word of each stretch after the first
    it is not known what stands before it: it counts as neither linked nor parted.
    """
    slices = [_of_slice(text[start:end], start) for start, end in _slices(text, at_once)]
    return WordSpans(text, slices)


def _joined(parts: Sequence[Codes]) -> Codes:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _slices(text: str, length: int) -> Iterator[tuple[int, int]]:
    """Stretches of bounded length that end at a blank; in a longer word wherever they end."""
    start = 0
    while len(text) - start > length:
        limit = start + length
        end = max(text.rfind(" ", start + 1, limit), text.rfind("\n", start + 1, limit))
        end = end if end > 0 else limit
        yield start, end
        start = end
    yield start, len(text)


def _of_slice(part: str, begins: int) -> _Slice:
    if part.isascii():
        encoded = part.encode("ascii")
        codes: Codes = np.frombuffer(encoded, np.uint8)
        classes = np.frombuffer(encoded.translate(ascii_classes()), np.uint8)
        starts, ends = _edges((classes & LETTER) != 0)
        numbers = numbers_of_words(encoded, starts, ends)
    else:
        codes = np.frombuffer(part.encode("utf-32-le", "surrogatepass"), np.uint32)
        classes = classes_of(codes)
        starts, ends = _edges_of_any_script(classes)
        encoded = part.encode("utf-8", "surrogatepass")
        before = _bytes_before(encoded)
        numbers = numbers_of_words(encoded, before[starts], before[ends])
    signs = np.flatnonzero((classes & JOINING) != 0)
    owned = np.searchsorted(starts, _possessives(codes, classes, signs))
    alone = ends[owned] - starts[owned] == 1
    odd = [] if part.isascii() else [*_joints(codes, signs), *starts[owned[~alone]].tolist()]
    if alone.any():
        keep = np.ones(len(starts), np.bool_)
        keep[owned[alone]] = False
        starts, ends, numbers = starts[keep], ends[keep], numbers[keep]
    odd += _initials(codes, starts, ends)
    if odd:
        chunks = _chunks_around(part, odd)
        starts, ends, numbers = _with_chunks(part, chunks, starts, ends, numbers)
    return _Slice(part, begins, classes, starts, ends, numbers)


# --- where words begin and end ----------------------------------------------------------------


def _bytes_before(encoded: bytes) -> Ints:
    """How many bytes of a text in UTF-8 stand before each character, and before the end."""
    with_end = np.frombuffer(encoded + b" ", np.uint8)
    return np.flatnonzero((with_end & 0xC0) != 0x80)


def _edges(inside: Flags) -> tuple[Ints, Ints]:
    """Where runs of flagged characters begin and end."""
    if not len(inside):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    change = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    if inside[0]:
        change = np.concatenate(([0], change))
    if inside[-1]:
        change = np.concatenate((change, [len(inside)]))
    return change[::2], change[1::2]


def _edges_of_any_script(classes: Classes) -> tuple[Ints, Ints]:
    """The same with marks that belong to the letter before, and scripts without spaces."""
    if not any_of(classes) & (MARK | SPACELESS):
        return _edges((classes & LETTER) != 0)
    mark = (classes & MARK) != 0
    carrier = _carriers(mark)
    bare = mark & ((classes & SPACELESS) != 0) & ~_inside(classes, mark)[carrier]
    if bare.any():  # a vowel sign of Thai that stands on nothing is a word by itself
        places = np.flatnonzero(bare)
        first = np.concatenate(([True], carrier[places[1:]] != carrier[places[:-1]]))
        mark[places[first]] = False
        carrier = _carriers(mark)
    inside = _inside(classes, mark)[carrier]
    of_letter = ((classes & LETTER) != 0)[carrier] & inside
    begins = ~mark & inside
    begins[1:] &= ((classes[1:] & SPACELESS) != 0) | ~of_letter[:-1]
    ends = inside & np.concatenate((begins[1:] | ~inside[1:], [True]))
    return np.flatnonzero(begins), np.flatnonzero(ends) + 1


def _carriers(mark: Flags) -> Ints:
    """For each character the one that it stands on: itself, or of a mark the last that is none."""
    carrier = np.where(mark, 0, np.arange(len(mark)))
    np.maximum.accumulate(carrier, out=carrier)
    return carrier


def _inside(classes: Classes, mark: Flags) -> Flags:
    inside: Flags = ((classes & (LETTER | SPACELESS)) != 0) & ~mark
    return inside


def _possessives(codes: Codes, classes: Classes, signs: Ints) -> Ints:
    """Where a word begins with a possessive ``s``; marks may follow it, and letters upon these."""
    at = signs[(signs > 0) & (signs + 1 < len(codes))] + 1
    at = at[((codes[at] | 0x20) == ord("s")) & ((classes[at - 2] & WORDLIKE) != 0)]
    at = at[np.isin(codes[at - 1], _APOSTROPHE_CODES)]
    following = np.minimum(at + 1, len(classes) - 1)
    found: Ints = at[(at + 1 == len(classes)) | ((classes[following] & WORDLIKE) == 0)]
    return found


# --- what is handed to tokenize ---------------------------------------------------------------


def _chunks_around(text: str, places: Sequence[int]) -> list[tuple[int, int]]:
    """The stretches between blanks around these places, each once."""
    chunks: list[tuple[int, int]] = []
    for place in sorted(places):
        if not chunks or place >= chunks[-1][1]:
            chunks.append(_chunk_around(text, place))
    return chunks


def _initials(codes: Codes, starts: Ints, ends: Ints) -> list[int]:
    """Where a word of one character is followed by a full stop and a letter."""
    if len(starts) < 2:
        return []
    dotted = (ends[:-1] - starts[:-1] == 1) & (starts[1:] - ends[:-1] == 1)
    at = starts[:-1][dotted]
    places: list[int] = at[codes[at + 1] == ord(".")].tolist()
    return places


def _joints(codes: Codes, signs: Ints) -> list[int]:
    """Which of the signs that may join letters stand between two Cyrillic or Hebrew letters."""
    at = signs[(signs > 0) & (signs + 1 < len(codes))]
    at = at[_joins(codes[at - 1])]
    places: list[int] = at[_joins(codes[at + 1])].tolist()
    return places


def _joins(codes: Codes) -> Flags:
    cyrillic = (codes >= 0x400) & (codes <= 0x52F)
    hebrew = (codes >= 0x5D0) & (codes <= 0x5EA)
    joins: Flags = cyrillic | hebrew
    return joins


def _chunk_around(text: str, place: int) -> tuple[int, int]:
    start = end = place
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return start, end


def _with_chunks(
    text: str, chunks: list[tuple[int, int]], starts: Ints, ends: Ints, numbers: Numbers
) -> tuple[Ints, Ints, Numbers]:
    """The words, those of ``chunks`` as ``tokenize`` sees them."""
    bounds = np.array(chunks, np.int64)
    chunk = np.searchsorted(bounds[:, 0], starts, "right") - 1
    outside = (chunk < 0) | (starts >= bounds[chunk, 1])
    tokens = lru_cache(maxsize=1000)(_tokens)
    found = [
        (start + first, start + last, word)
        for start, end in chunks
        for first, last, word in tokens(text[start:end])
    ]
    columns = list(zip(*found, strict=True)) or [(), (), ()]
    at = np.concatenate((starts[outside], np.array(columns[0], np.int64)))
    to = np.concatenate((ends[outside], np.array(columns[1], np.int64)))
    known = np.concatenate((numbers[outside], _numbers_of(columns[2])))
    order = np.argsort(at, kind="stable")
    return at[order], to[order], known[order]


def _tokens(text: str) -> tuple[tuple[int, int, str], ...]:
    tokens = tokenize(text)
    return tuple(zip(tokens.starts, tokens.ends, tokens.words, strict=True))


def _numbers_of(words: Sequence[str]) -> Numbers:
    encoded = [word.encode("utf-8", "surrogatepass") for word in words]
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    ends = np.cumsum(lengths)
    return numbers_of_words(b"".join(encoded), ends - lengths, ends)


# --- what is known of each word ---------------------------------------------------------------


def _linked(classes: Classes, starts: Ints, ends: Ints) -> Flags:
    """Before which words nothing stands, since the word before, that could end a sentence."""
    linked = np.ones(len(starts), np.bool_)
    linked[:1] = False
    breaks = np.flatnonzero((classes & (LETTER | SPACELESS | MARK | LINK)) == 0)
    following = np.searchsorted(starts, breaks, "right")
    between = (following > 0) & (following < len(starts))
    breaks, following = breaks[between], following[between]
    linked[following[breaks >= ends[following - 1]]] = False
    return linked


def _parted(text: str, classes: Classes, starts: Ints, ends: Ints) -> Flags:
    """Which characters of scripts without spaces are parted by a sign from the one before."""
    parted = np.zeros(len(starts), np.bool_)
    if not any_of(classes) & SPACELESS:
        return parted
    spaceless = (classes[starts] & SPACELESS) != 0
    apart = np.flatnonzero(spaceless[1:] & spaceless[:-1] & (starts[1:] > ends[:-1])) + 1
    for index in apart.tolist():
        parted[index] = bool(text[ends[index - 1] : starts[index]].strip(_WITHIN))
    return parted
