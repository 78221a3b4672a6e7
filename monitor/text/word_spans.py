"""A text cut into words by arrays: the same words as ``tokens.tokenize`` finds, many times faster.

``tokenize`` says what a word is, one regular expression on a page; this module gives the same
answer for a whole batch of articles at once, and a number for each word by which it is known
without being cut out. What is rare and needs a look around (dotted initials, an apostrophe within a
Ukrainian word) is handed to ``tokenize``, chunk by chunk between blanks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from monitor.text.characters import (
    APOSTROPHES,
    is_invisible,
    is_mark,
    is_spaced_letter,
    is_spaceless,
)
from monitor.text.tokens import tokenize
from monitor.text.word_numbers import Ints, Numbers, numbers_of_words

Flags = npt.NDArray[np.bool_]
_Classes = npt.NDArray[np.uint8]
_Codes = npt.NDArray[Any]

_LETTER, _SPACELESS, _MARK, _WORDLIKE, _APOSTROPHE, _JOINED, _UPPER, _LINK = (
    1 << bit for bit in range(8)
)
_LOOKED_UP = 1 << 8
_CODES = 0x110000
_SLICE = 1 << 19  # characters looked at at once: arrays of a few megabytes each
_JOINING_SIGNS = '"״׳' + APOSTROPHES
_WITHIN = " \t\r\n\u00a0\u3000・･"
_LINKING = " ,-'’–/&"


@dataclass(slots=True)
class WordSpans:
    """The words of ``text``: word ``i`` stands at ``text[starts[i]:ends[i]]``.

    ``numbers`` are 0 for words that are too long to have one. ``capital`` says which words begin
    with a capital, ``linked`` before which only blanks, commas and hyphens stand since the word
    before. ``parted`` says which characters of scripts without spaces are parted from the one
    before by more than a blank or a middle dot: they make no word together.
    """

    text: str
    starts: Ints
    ends: Ints
    numbers: Numbers
    capital: Flags
    linked: Flags
    parted: Flags

    def __len__(self) -> int:
        return len(self.starts)

    def word(self, index: int) -> str:
        """Word ``index`` as written (not normalised), dotted initials without their dots."""
        written = self.text[self.starts[index] : self.ends[index]]
        return written.replace(".", "") if "." in written else written


def word_spans(text: str, at_once: int = _SLICE) -> WordSpans:
    """The words of ``text``, in time linear in its length; ``at_once`` characters bound the memory.

    A word longer than that may be cut in two; and of the first word of each stretch after the first
    it is not known what stands before it: it counts as neither linked nor parted.
    """
    slices = [_of_slice(text, start, end) for start, end in _slices(text, at_once)]
    if len(slices) == 1:
        return slices[0]
    return WordSpans(
        text,
        np.concatenate([each.starts for each in slices]),
        np.concatenate([each.ends for each in slices]),
        np.concatenate([each.numbers for each in slices]),
        np.concatenate([each.capital for each in slices]),
        np.concatenate([each.linked for each in slices]),
        np.concatenate([each.parted for each in slices]),
    )


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


def _of_slice(text: str, start: int, end: int) -> WordSpans:
    part = text if end - start == len(text) else text[start:end]
    if part.isascii():
        encoded = part.encode("ascii")
        codes: _Codes = np.frombuffer(encoded, np.uint8)
        classes = np.frombuffer(encoded.translate(_ascii_classes()), np.uint8)
        starts, ends = _edges((classes & _LETTER) != 0)
        numbers = numbers_of_words(encoded, starts, ends)
    else:
        codes = np.frombuffer(part.encode("utf-32-le", "surrogatepass"), np.uint32)
        classes = _classes_of(codes)
        starts, ends = _edges_of_any_script(classes)
        encoded = part.encode("utf-8", "surrogatepass")
        before = _bytes_before(encoded)
        numbers = numbers_of_words(encoded, before[starts], before[ends])
    keep = _without_possessives(codes, classes, starts, ends)
    if keep is not None:
        starts, ends, numbers = starts[keep], ends[keep], numbers[keep]
    chunks = _odd_chunks(part, codes, classes, starts, ends)
    if chunks:
        starts, ends, numbers = _with_chunks(part, chunks, starts, ends, numbers)
    capital = (classes[starts] & _UPPER) != 0
    linked = _linked(classes, starts, ends)
    parted = _parted(part, classes, starts, ends)
    return WordSpans(text, starts + start, ends + start, numbers, capital, linked, parted)


# --- characters -------------------------------------------------------------------------------


def _bytes_before(encoded: bytes) -> Ints:
    """How many bytes of a text in UTF-8 stand before each character, and before the end."""
    with_end = np.frombuffer(encoded + b" ", np.uint8)
    return np.flatnonzero((with_end & 0xC0) != 0x80)


@lru_cache(maxsize=1)
def _ascii_classes() -> bytes:
    """The classes of ASCII, as a table for ``bytes.translate``."""
    return bytes(_class_of(chr(code)) for code in range(128)) + bytes(128)


def _classes_of(codes: _Codes) -> _Classes:
    """What each character is; characters never met before are looked up now."""
    table = _class_table()
    found = table[codes]
    if not found.all():
        for code in np.unique(codes[found == 0]).tolist():
            table[code] = _class_of(chr(code)) | _LOOKED_UP
        found = table[codes]
    return found.astype(np.uint8)


@lru_cache(maxsize=1)
def _class_table() -> npt.NDArray[np.uint16]:
    """The classes of the characters looked up so far; what is never touched costs nothing."""
    return np.zeros(_CODES, np.uint16)


def _class_of(char: str) -> int:
    found = 0
    if is_mark(char) or is_invisible(char):
        found |= _MARK
    if is_spaceless(char):
        found |= _SPACELESS
    elif is_spaced_letter(char):
        found |= _LETTER
    if char.isalnum() or char == "_":
        found |= _WORDLIKE
    if char in APOSTROPHES:
        found |= _APOSTROPHE
    if "\u0400" <= char <= "\u052f" or "\u05d0" <= char <= "\u05ea":
        found |= _JOINED
    if char.isupper() or char.istitle():
        found |= _UPPER
    if char in _LINKING:
        found |= _LINK
    return found


# --- where words begin and end ----------------------------------------------------------------


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


def _edges_of_any_script(classes: _Classes) -> tuple[Ints, Ints]:
    """The same with marks that belong to the letter before, and scripts without spaces."""
    mark = (classes & _MARK) != 0
    if not mark.any() and not (classes & _SPACELESS).any():
        return _edges((classes & _LETTER) != 0)
    carrier = _carriers(mark)
    bare = mark & ((classes & _SPACELESS) != 0) & ~_inside(classes, mark)[carrier]
    if bare.any():  # a vowel sign of Thai that stands on nothing is a word by itself
        places = np.flatnonzero(bare)
        first = np.concatenate(([True], carrier[places[1:]] != carrier[places[:-1]]))
        mark[places[first]] = False
        carrier = _carriers(mark)
    inside = _inside(classes, mark)[carrier]
    of_letter = ((classes & _LETTER) != 0)[carrier] & inside
    begins = ~mark & inside
    begins[1:] &= ((classes[1:] & _SPACELESS) != 0) | ~of_letter[:-1]
    ends = inside & np.concatenate((begins[1:] | ~inside[1:], [True]))
    return np.flatnonzero(begins), np.flatnonzero(ends) + 1


def _carriers(mark: Flags) -> Ints:
    """For each character the one that it stands on: itself, or of a mark the last that is none."""
    carrier = np.where(mark, 0, np.arange(len(mark)))
    np.maximum.accumulate(carrier, out=carrier)
    return carrier


def _inside(classes: _Classes, mark: Flags) -> Flags:
    inside: Flags = ((classes & (_LETTER | _SPACELESS)) != 0) & ~mark
    return inside


def _without_possessives(
    codes: _Codes, classes: _Classes, starts: Ints, ends: Ints
) -> Flags | None:
    """Which words stay when every ``'s`` is left out; None for all."""
    owned = _possessives(codes, classes, starts)
    owned = owned[ends[owned] - starts[owned] == 1]
    if not len(owned):
        return None
    keep = np.ones(len(starts), np.bool_)
    keep[owned] = False
    return keep


def _possessives(codes: _Codes, classes: _Classes, starts: Ints) -> Ints:
    """The words that begin with a possessive ``s``; marks may follow it, and letters upon these."""
    words = np.flatnonzero((codes[starts] | 0x20) == ord("s"))
    words = words[starts[words] > 1]
    at = starts[words]
    owned = ((classes[at - 1] & _APOSTROPHE) != 0) & ((classes[at - 2] & _WORDLIKE) != 0)
    following = np.minimum(at + 1, len(classes) - 1)
    owned &= (at + 1 == len(classes)) | ((classes[following] & _WORDLIKE) == 0)
    found: Ints = words[owned]
    return found


# --- what is handed to tokenize ---------------------------------------------------------------


def _odd_chunks(
    text: str, codes: _Codes, classes: _Classes, starts: Ints, ends: Ints
) -> list[tuple[int, int]]:
    """Stretches between blanks with dotted initials, or an apostrophe or mark within a word."""
    places = _initials(codes, starts, ends)
    if not text.isascii():
        places += _joints(text, classes)
        places += starts[_possessives(codes, classes, starts)].tolist()
    chunks: list[tuple[int, int]] = []
    for place in sorted(places):
        if not chunks or place >= chunks[-1][1]:
            chunks.append(_chunk_around(text, place))
    return chunks


def _initials(codes: _Codes, starts: Ints, ends: Ints) -> list[int]:
    """Where a word of one character is followed by a full stop and a letter."""
    if len(starts) < 2:
        return []
    dotted = (ends[:-1] - starts[:-1] == 1) & (starts[1:] - ends[:-1] == 1)
    at = starts[:-1][dotted]
    places: list[int] = at[codes[at + 1] == ord(".")].tolist()
    return places


def _joints(text: str, classes: _Classes) -> list[int]:
    """Where a sign that may join letters stands between two Cyrillic or Hebrew letters."""
    joined = (classes & _JOINED) != 0
    between = np.flatnonzero(joined[:-2] & joined[2:] & ~joined[1:-1]) + 1
    return [at for at in between.tolist() if text[at] in _JOINING_SIGNS]


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


def _linked(classes: _Classes, starts: Ints, ends: Ints) -> Flags:
    """Before which words nothing stands, since the word before, that could end a sentence."""
    linked = np.ones(len(starts), np.bool_)
    linked[:1] = False
    breaks = np.flatnonzero((classes & (_LETTER | _SPACELESS | _MARK | _LINK)) == 0)
    following = np.searchsorted(starts, breaks, "right")
    between = (following > 0) & (following < len(starts))
    breaks, following = breaks[between], following[between]
    linked[following[breaks >= ends[following - 1]]] = False
    return linked


def _parted(text: str, classes: _Classes, starts: Ints, ends: Ints) -> Flags:
    """Which characters of scripts without spaces are parted by a sign from the one before."""
    parted = np.zeros(len(starts), np.bool_)
    spaceless = (classes[starts] & _SPACELESS) != 0
    apart = np.flatnonzero(spaceless[1:] & spaceless[:-1] & (starts[1:] > ends[:-1])) + 1
    for index in apart.tolist():
        parted[index] = bool(text[ends[index - 1] : starts[index]].strip(_WITHIN))
    return parted
