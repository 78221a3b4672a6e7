"""When the heartbeat goes out: once every station's pass came to its end without a fault of ours.

A feed that fails, a receiver that refuses, a faulty rule file are no such faults; a store that
cannot be written is one, and so is a digest that could not be composed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable

from monitor.delivery.heartbeat import APART, Heartbeat

LATER = APART.total_seconds() + 1.0
"""Seconds until the next heartbeat after one of ours."""

SOONER = 10.0
"""Seconds until the next try where another process was first, or the store could not be used."""


class Pulse:
    """Hears how each station's passes end, and sends the heartbeat beside them."""

    def __init__(
        self,
        heartbeat: Heartbeat | None,
        stations: Iterable[str],
        failed: Callable[[Exception], None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """``failed`` is told of a heartbeat that ended with an error of our own.

        ``now`` gives seconds that only go on.
        """
        self._heartbeat = heartbeat
        self._missing = set(stations)
        self._stations = frozenset(stations)
        self._failed = failed
        self._now = now
        self._not_before = now()
        self._beating: asyncio.Task[None] | None = None

    def heard(self, station: str, *, well: bool) -> None:
        """A pass of this station came to its end; the heartbeat is sent where it is time."""
        if station not in self._stations or self._heartbeat is None:
            return
        if not well:
            self._missing.add(station)
            return
        self._missing.discard(station)
        if not self._missing and self._beating is None and self._now() >= self._not_before:
            self._missing = set(self._stations)
            self._beating = asyncio.create_task(self._beat(self._heartbeat))

    async def _beat(self, heartbeat: Heartbeat) -> None:
        wait = SOONER
        try:
            if await heartbeat.beat():
                wait = LATER
        except Exception as error:  # the store cannot be used: it is tried again
            self._failed(error)
        finally:
            self._not_before = self._now() + wait
            self._beating = None

    async def end(self) -> None:
        """Let go of a heartbeat that is on its way."""
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)
