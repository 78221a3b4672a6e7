"""Lengths of time as people write them: ``5s``, ``15m``, ``2h``, ``90d``, ``1w``."""

from __future__ import annotations

import re

SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
"""What each letter is worth in seconds."""

_FORM = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*([A-Za-z]+)\s*")
_EXAMPLES = "write a number and one of s, m, h, d, w, such as 30s, 15m, 2h, 90d or 1w"


def parse_duration(text: str) -> float:
    """The seconds that ``text`` stands for; more than none.

    Raises ValueError, with a message for the person who wrote it, where it is not a number with
    one of the letters s, m, h, d, w, or where it is nought.
    """
    found = _FORM.fullmatch(text)
    if not found:
        raise ValueError(f'"{text}" is not a length of time; {_EXAMPLES}')
    number, unit = found.groups()
    if unit not in SECONDS:
        raise ValueError(_unknown_unit(text, number, unit))
    seconds = float(number) * SECONDS[unit]
    if seconds == 0:
        raise ValueError(f'"{text}" is no time at all; {_EXAMPLES}')
    return seconds


def _unknown_unit(text: str, number: str, unit: str) -> str:
    """What to say of a letter or word that is none of ours; guesses at "min" and "hours"."""
    letter = unit[0].lower()
    known = letter in SECONDS and not unit.lower().startswith(("mo", "ms"))
    guess = f'; write "{number}{letter}"' if known else f"; {_EXAMPLES}"
    return f'"{text}" is not a length of time: "{unit}" is no unit here{guess}'


def describe_duration(seconds: float) -> str:
    """``seconds`` in the largest unit that fits without a rest: 5400 gives "90m"."""
    for unit in ("w", "d", "h", "m"):
        if seconds >= SECONDS[unit] and seconds % SECONDS[unit] == 0:
            return f"{seconds / SECONDS[unit]:g}{unit}"
    return f"{seconds:g}s"
