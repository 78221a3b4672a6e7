"""The present moment, identifiers that sort by it, and strings that are never printed."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from datetime import UTC, datetime

from monitor.records import dataclass

Clock = Callable[[], datetime]
"""Gives the present moment, aware. Handed in, so that tests own time."""


def utc_now() -> datetime:
    """The present moment in UTC: the clock of the running program."""
    return datetime.now(UTC)


_made = itertools.count()


def new_id(moment: datetime) -> str:
    """A fresh identifier of 24 hexadecimal digits that sorts by ``moment`` (as a ULID does).

    Those that one process makes in the same millisecond sort in the order they were made. It can
    be guessed, and opens nothing.
    """
    order = next(_made) & 0xFFFF
    by_chance = random.getrandbits(32)  # no secret; seeded anew in a forked process
    return f"{int(moment.timestamp() * 1000):012x}{order:04x}{by_chance:08x}"


@dataclass(frozen=True, slots=True)
class Secret:
    """A string that is never printed: passwords, and addresses that let anybody post."""

    value: str

    def reveal(self) -> str:
        """The secret itself; call it only where it is used."""
        return self.value

    def __repr__(self) -> str:
        return "Secret('…')"

    __str__ = __repr__
