"""Words known by number, so that they need not be cut out of a text to be looked up.

The number of a word is a hash of its UTF-8, taken in eight bytes at a time, each time mixed as the
last step of MurmurHash3 does (Appleby, 2011) with multipliers drawn anew for each process. By the
birthday bound, two of a million words get the same number in one process of thirty million. Words
of more than ``LONGEST`` bytes get none.
"""

from __future__ import annotations

import secrets
from functools import lru_cache

import numpy as np
import numpy.typing as npt

LONGEST = 96
"""Bytes of UTF-8 of the longest word that gets a number."""

Ints = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.uint64]

_LANE = 8  # bytes


def numbers_of_words(encoded: bytes, starts: Ints, ends: Ints) -> Numbers:
    """The number of each word of a text in UTF-8; 0 for those that are too long."""
    if not len(starts):
        return np.zeros(0, np.uint64)
    padded = encoded + bytes(LONGEST)
    lanes: Numbers = np.ndarray((len(encoded) + LONGEST - _LANE + 1,), "<u8", padded, 0, (1,))
    lengths, masks = ends - starts, _masks()
    numbers = _mixed(lanes[starts] & masks[np.minimum(lengths, _LANE)])
    longer = np.flatnonzero(lengths > _LANE)
    for lane in range(1, LONGEST // _LANE):
        if not len(longer):
            break
        left = lengths[longer] - lane * _LANE
        more = lanes[starts[longer] + lane * _LANE] & masks[np.minimum(left, _LANE)]
        numbers[longer] = _mixed(numbers[longer] ^ more)
        longer = longer[left > _LANE]
    numbers[longer] = 0
    return numbers


def _mixed(numbers: Numbers) -> Numbers:
    """Each number made another, one to one, so that no bit of it stays where it was."""
    first, second = _multipliers()
    numbers = numbers * first
    numbers ^= numbers >> np.uint64(29)
    numbers *= second
    numbers ^= numbers >> np.uint64(32)
    return numbers


@lru_cache(maxsize=1)
def _multipliers() -> tuple[np.uint64, np.uint64]:
    """Odd numbers that nobody outside the process knows."""
    return np.uint64(secrets.randbits(64) | 1), np.uint64(secrets.randbits(64) | 1)


@lru_cache(maxsize=1)
def _masks() -> Numbers:
    """What keeps the first 0, 1 … 8 bytes of a lane."""
    return np.array([(1 << 8 * kept) - 1 for kept in range(_LANE + 1)], np.uint64)
