"""Whether every station gets on: it feeds the service manager's watchdog, or says which hangs.

It has no clock of its own that ticks. Stations report, at the beginning and the end of each pass
and whenever they get on within one; each report is the occasion to look at them all, and the
watchdog is fed then if none has been without a report for longer than it may.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial

from monitor.daemon.service import Service
from monitor.log import Log

log = Log("daemon")

PATIENCE = 300.0
"""Seconds for which a station may make no progress, beside what a server may take to answer.

The pages behind one feed's entries may take two minutes, a long document on a busy machine one.
"""

WHILE_MAKING = 1800.0
"""Seconds for who waits while the dictionaries of several languages are made, on a slow machine."""

Patience = Callable[[str], float]
"""How many seconds a station may be without progress."""


class Watchdog:
    """Looks after the stations of a shift. Reports may come from several threads."""

    def __init__(self, service: Service, now: Callable[[], float] = time.monotonic) -> None:
        self._service = service
        self._now = now
        self._reported: dict[str, float] = {}
        self._patience: Patience = lambda _: PATIENCE
        self._hanging: frozenset[str] = frozenset()
        self._fed_at: float | None = None

    def watch(self, stations: Iterable[str], patience: Patience) -> None:
        """Expect reports of these from now on, and of no others."""
        self._patience = patience
        self._reported = dict.fromkeys(stations, self._now())

    def rest(self) -> None:
        """Expect none: a shift has ended."""
        self._reported = {}
        self._hanging = frozenset()

    def listener(self, station: str) -> Callable[[], None]:
        """For ``progress.heard_by``."""
        return partial(self.report, station)

    def report(self, station: str) -> None:
        """A station got on."""
        if station in self._reported:
            self._reported[station] = self._now()
        self.look()
        if not self._hanging:
            self._feed()

    def look(self) -> None:
        """Tell of stations that begin to hang, and of those that get on again."""
        now = self._now()
        for_long = {name: now - at for name, at in tuple(self._reported.items())}
        hanging = frozenset(n for n, seconds in for_long.items() if seconds > self._patience(n))
        before, self._hanging = self._hanging, hanging
        for name in sorted(hanging - before):
            log.error("station hangs", station=name, seconds=round(for_long[name]))
        for name in sorted(before - hanging):
            log.warning("station gets on again", station=name)
        if hanging != before:
            names = ", ".join(sorted(hanging))
            self._service.status(f"hangs: {names}" if hanging else "every station gets on again")

    def _feed(self) -> None:
        every, now = self._service.feeds_every, self._now()
        if every is None or (self._fed_at is not None and now - self._fed_at < every):
            return
        self._fed_at = now
        self._service.feed()


def patience(longest_answer: float, making: Callable[[], bool]) -> Patience:
    """For stations of which a server may take ``longest_answer`` seconds to answer.

    ``making``: whether dictionaries are being made, for which who decides may have to wait.
    """

    def seconds(station: str) -> float:
        return WHILE_MAKING if station == "decide" and making() else PATIENCE + longest_answer

    return seconds
