"""How late it can be at most: for what cannot be undone, should the clock have jumped ahead."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from monitor.model import Clock

LEEWAY = timedelta(days=1)
"""By which a clock may be put right without being doubted."""


class SteadyClock:
    """A clock that never runs ahead of the time that has passed since it was made.

    ``passed`` counts seconds and cannot be put forward (``time.monotonic``); while the machine
    sleeps it may stand still, so that after a long sleep this clock is behind. That only delays
    what asks it: forgetting what is old.
    """

    def __init__(self, clock: Clock, passed: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._passed = passed
        self._began, self._then = clock(), passed()

    def __call__(self) -> datetime:
        """Now, as far as it can be believed."""
        since = timedelta(seconds=self._passed() - self._then)
        return min(self._clock(), self._began + since + LEEWAY)
