"""A table from the numbers of words to small integers, asked for thousands of words at once.

Open addressing with linear probing (Knuth, The Art of Computer Programming, volume 3, section 6.4)
over two NumPy arrays, twelve bytes a place, never more than half full. It grows without end;
whoever fills it begins a new one at ``MOST`` words, for feeds may be hostile and words never end.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from monitor.text.word_numbers import Ints, Numbers

MISSING = -1
MOST = 1 << 18
"""Words that a table may hold before the next batch is read: six megabytes."""

_FIRST_SIZE = 1 << 12
_SCATTER = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio: Fibonacci hashing
_BITS = 64

Values = npt.NDArray[np.int32]


class WordTable:
    """Numbers of words to integers of at least 0."""

    def __init__(self) -> None:
        self._resize(_FIRST_SIZE)

    def __len__(self) -> int:
        return self._count

    def get(self, numbers: Numbers) -> Values:
        """What is known of each number, ``MISSING`` where nothing is; 0 is nobody's number."""
        places = self._places(numbers)
        found = self._keys[places]
        hit = (found == numbers) & (numbers != 0)
        values = np.where(hit, self._values[places], np.int32(MISSING))
        open_ends = np.flatnonzero((found != numbers) & (found != 0))
        while len(open_ends):
            places[open_ends] = (places[open_ends] + 1) & self._last
            keys = self._keys[places[open_ends]]
            hit = (keys == numbers[open_ends]) & (keys != 0)
            values[open_ends[hit]] = self._values[places[open_ends[hit]]]
            open_ends = open_ends[~hit & (keys != 0)]
        return values

    def put(self, numbers: Numbers, values: Values) -> None:
        """Note ``numbers``, none of them 0, twice, or noted before, with their values."""
        while 2 * (self._count + len(numbers)) > len(self._keys):
            taken = self._keys != 0
            keys, kept = self._keys[taken], self._values[taken]
            self._resize(2 * len(self._keys))
            self._insert(keys, kept)
        self._insert(numbers, values)

    def _insert(self, numbers: Numbers, values: Values) -> None:
        """Each round puts those down whose place is free; of several for one place, one wins."""
        self._count += len(numbers)
        places = self._places(numbers)
        while len(numbers):
            free = np.flatnonzero(self._keys[places] == 0)
            self._keys[places[free]] = numbers[free]
            settled = self._keys[places] == numbers
            self._values[places[settled]] = values[settled]
            numbers, values = numbers[~settled], values[~settled]
            places = (places[~settled] + 1) & self._last

    def _places(self, numbers: Numbers) -> Ints:
        return ((numbers * _SCATTER) >> self._shift).astype(np.int64)

    def _resize(self, size: int) -> None:
        self._keys: Numbers = np.zeros(size, np.uint64)
        self._values: Values = np.zeros(size, np.int32)
        self._shift = np.uint64(_BITS - (size.bit_length() - 1))
        self._last = size - 1
        self._count = 0
