"""The classes of characters are those that the characters themselves are judged by."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pytest

from monitor.text.characters import (
    is_mark,
    is_spaced_letter,
    marks,
    reordered_marks,
    spaced_letters,
)


def _is_reordered(char: str) -> bool:
    return is_mark(char) and unicodedata.combining(char) > 0


@pytest.mark.parametrize(
    ("inside", "belongs"),
    [
        (marks, is_mark),
        (spaced_letters, is_spaced_letter),
        (reordered_marks, _is_reordered),
    ],
)
def test_a_class_holds_the_characters_that_are_judged_to_belong_to_it(
    inside: Callable[[], str], belongs: Callable[[str], bool]
) -> None:
    every = "".join(map(chr, range(0x20000)))
    assert re.findall(f"[{inside()}]", every) == list(filter(belongs, every))
