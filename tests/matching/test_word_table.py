"""The table from words' numbers to integers finds what was put in, however full it gets."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from monitor.matching.word_table import _SCATTER, MISSING, WordTable

numbers = st.integers(1, 2**64 - 1)


def array(values: list[int]) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return np.array(values, np.uint64)


@given(st.lists(st.lists(numbers, max_size=40), max_size=8), st.lists(numbers, max_size=20))
def test_what_was_put_in_is_found_and_nothing_else(
    rounds: list[list[int]], others: list[int]
) -> None:
    table, expected = WordTable(), dict[int, int]()
    for some in rounds:
        new = sorted(set(some) - expected.keys())
        values = [len(expected) + n for n in range(len(new))]
        table.put(array(new), np.array(values, np.int32))
        expected.update(zip(new, values, strict=True))
        asked = [*expected, *others]
        found = table.get(array(asked)).tolist()
        assert found == [expected.get(number, MISSING) for number in asked]
    assert len(table) == len(expected)


def test_it_grows_far_beyond_its_first_size() -> None:
    table = WordTable()
    many = np.arange(1, 50_001, dtype=np.uint64) * np.uint64(2**40)
    table.put(many, np.arange(50_000, dtype=np.int32))
    assert (table.get(many) == np.arange(50_000)).all()


def test_zero_is_never_known() -> None:
    table = WordTable()
    assert table.get(array([0])).tolist() == [MISSING]
    in_its_place = pow(int(_SCATTER), -1, 2**64)
    table.put(array([in_its_place]), np.ones(1, np.int32))
    assert table.get(array([0, in_its_place])).tolist() == [MISSING, 1]
