"""Is it the feed, or our own line? Most feeds out of reach at once are no fault of theirs.

It goes by whether anything was reached at all: a name resolved, a connection made, an answer come,
were it a refusal. Feeds that have been failing for long say nothing either way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model import FeedState

FEWEST_FEEDS = 5
FEWEST_HOSTS = 3
MOST = 0.8
"""Of the feeds asked lately: where more than so many are out of reach, it is the line."""

LATELY = timedelta(minutes=10)
PROBE_EVERY = timedelta(seconds=30)
"""While the line is down one feed is asked so often, and no other."""

_LONG_FAILING = 3  # polls in a row


@dataclass(frozen=True, slots=True)
class _Outcome:
    host: str
    reached: bool
    at: datetime


class LineWatch:
    """What was reached lately, by the ids of feeds. One for all passes of a process.

    ``down_since`` is None while the line is up.
    """

    def __init__(self) -> None:
        self.down_since: datetime | None = None
        self._last: dict[int, _Outcome] = {}
        self._blamed: dict[int, FeedState] = {}
        self._next_probe: datetime | None = None
        self._was_up = False

    def granted(self, wanted: int, now: datetime) -> int:
        """How many of ``wanted`` feeds may be asked now: all, or one probe now and then."""
        if self.down_since is None:
            return wanted
        if self._next_probe is not None and now < self._next_probe:
            return 0
        self._next_probe = now + PROBE_EVERY
        return min(wanted, 1)

    def reached(self, state: FeedState, host: str, now: datetime) -> bool:
        """Something came from a feed's server; says whether that ends an outage.

        A server that was reached all along, as one in the same building, ends none. The first that
        is ever reached ends one that a process before this one may have told.
        """
        if not host:
            return False
        before = self._last.get(state.id)
        self._last[state.id] = _Outcome(host, reached=True, at=now)
        self._blamed.pop(state.id, None)
        first, self._was_up = not self._was_up, True
        if self.down_since is None:
            return first
        if before is not None and before.reached:
            return False
        self.down_since = self._next_probe = None
        return True

    def unreached(self, state: FeedState, host: str, now: datetime) -> tuple[FeedState, ...]:
        """A feed's server could not be reached.

        Where that shows that the line went down, it gives the feeds that were blamed just before,
        as they were then. Ask ``down_since`` afterwards.
        """
        if not host or state.failures >= _LONG_FAILING:
            return ()
        self._last[state.id] = _Outcome(host, reached=False, at=now)
        if self.down_since is not None:
            return ()
        out = self._out(now)
        if not out:
            self._blamed.setdefault(state.id, state)
            return ()
        self.down_since = min(self._last[id_].at for id_ in out)
        self._next_probe = now + PROBE_EVERY
        blamed = tuple(self._blamed[id_] for id_ in out if id_ in self._blamed and id_ != state.id)
        self._blamed.clear()
        return blamed

    def _out(self, now: datetime) -> list[int]:
        """The feeds out of reach where these are most of those asked lately; else none."""
        lately = {id_: last for id_, last in self._last.items() if last.at >= now - LATELY}
        out = [id_ for id_, last in lately.items() if not last.reached]
        hosts = {lately[id_].host for id_ in out}
        enough = len(out) >= FEWEST_FEEDS and len(hosts) >= FEWEST_HOSTS
        return out if enough and len(out) > len(lately) * MOST else []
