"""Ragged arrays: many short lists laid end to end, with where each begins and how long it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Items = npt.NDArray[np.int32] | npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_LARGEST_FREED = 1 << 20  # bytes; twice as many may stay behind


def spread(starts: Ints, lengths: Ints) -> Ints:
    """The places ``start, start + 1 …`` of each list, one list after the other."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    places: Ints = np.arange(total) + np.repeat(starts - (ends - lengths), lengths)
    return places


def any_of_each(flags: Flags, lengths: Ints) -> Flags:
    """For each list, none of them empty, whether one of its flags is set."""
    ends = np.cumsum(lengths)
    found: Flags = np.logical_or.reduceat(flags, ends - lengths)
    return found


@lru_cache(maxsize=1)
def keep_freed_memory() -> None:
    """Have the C library keep the memory of one batch's arrays for those of the next.

    By itself glibc gives large blocks back as they are freed, and each batch waits for the system
    to hand out and clear its memory anew: a tenth of the time of judging. It learns from the
    largest block freed so far (mallopt(3), M_MMAP_THRESHOLD), so one is freed here of which nothing
    was ever touched. Other C libraries take no notice.
    """
    np.empty(_LARGEST_FREED, np.uint8)


class Ragged:
    """Lists of integers, end to end in ``items``; list ``i`` begins at ``starts[i]``."""

    def __init__(self, items: Items, lengths: Ints) -> None:
        self.items = items
        self.lengths = lengths
        self.starts: Ints = np.cumsum(lengths) - lengths

    @classmethod
    def of(cls, lists: Sequence[Sequence[int]]) -> Ragged:
        """From Python's lists."""
        lengths = np.fromiter(map(len, lists), np.int64, len(lists))
        items = np.fromiter(chain.from_iterable(lists), np.int32, int(lengths.sum()))
        return cls(items, lengths)

    @classmethod
    def joined(cls, parts: Iterable[Ragged]) -> Ragged:
        """All lists of ``parts``."""
        every = list(parts)
        if not every:
            return cls(np.zeros(0, np.int32), np.zeros(0, np.int64))
        items = np.concatenate([part.items for part in every])
        return cls(items, np.concatenate([part.lengths for part in every]))

    def __len__(self) -> int:
        return len(self.lengths)

    def of_lists(self, numbers: Ints) -> tuple[Ints, Ints]:
        """The items of some lists end to end, and the length of each."""
        lengths = self.lengths[numbers]
        items = self.items[spread(self.starts[numbers], lengths)]
        return items.astype(np.int64), lengths


class Growing:
    """An array of integers that grows at its end."""

    def __init__(self, first: Sequence[int] = ()) -> None:
        self._items: Ints = np.zeros(1024, np.int64)
        self._count = 0
        self.extend(first)

    def __len__(self) -> int:
        return self._count

    @property
    def items(self) -> Ints:
        """What is there."""
        return self._items[: self._count]

    def extend(self, more: Sequence[int]) -> None:
        """Put ``more`` at the end."""
        needed = self._count + len(more)
        if needed > len(self._items):
            larger = np.zeros(max(needed, 2 * len(self._items)), np.int64)
            larger[: self._count] = self.items
            self._items = larger
        self._items[self._count : needed] = more
        self._count = needed
