"""How often a service may be sent to. Pure: the store remembers, the station asks.

As the generic cell rate algorithm has it (ITU-T I.371, annex A), which needs to remember a single
moment.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from monitor.records import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """A sending every ``seconds``, and after a rest up to ``burst`` of them at once."""

    seconds: float
    burst: int = 1

    def next_after(self, now: datetime, before: datetime | None) -> datetime:
        """When the next may go after one at ``now``, which was allowed from ``before`` on."""
        step = timedelta(seconds=self.seconds)
        rested = now - step * (self.burst - 1)
        return max(rested, before or rested) + step


@runtime_checkable
class Paced(Protocol):
    """A channel that keeps a pace; None where it needs none."""

    @property
    def pace(self) -> Pace | None:
        """How often it may send."""
        ...
