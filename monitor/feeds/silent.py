"""Feeds that have fallen silent: read well, and without anything new for longer than they ever are.

How long a feed may be quiet is told by its own past: the times at which it published. A feed that
publishes once a month is not silent after three days, nor one that rests at weekends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from monitor.log import Log
from monitor.store import Store, habits
from monitor.store.habits import Quiet, Silent
from monitor.text.wording import counted

log = Log("feeds")

ENOUGH = 3
"""Moments below which a feed's habit cannot be told."""

LOOKED_AT = 500
"""Of the newest moments."""

TIMES_ITS_PAUSE = 2.0
UNKNOWN_HABIT = 10.0
"""Times ``silent_after`` that a feed may be quiet of which no habit is known."""

LOOKS = 72
LONGEST_WAIT = 3600.0
"""Seconds between two looks: a 72nd of ``silent_after``, an hour at most."""

AT_ONCE = 500
"""Feeds whose past is looked up in one go."""


def usual_pause(moments: Sequence[datetime]) -> float | None:
    """The longest time in seconds for which a feed usually has nothing new; None: not known.

    ``moments`` are when it published, in any order. It is the longest pause but one, so that a
    single outage long ago does not pass for a habit; of two pauses, the longer.
    """
    newest = sorted(set(moments), reverse=True)[:LOOKED_AT]
    if len(newest) < ENOUGH:
        return None
    pauses = sorted((later - earlier).total_seconds() for later, earlier in pairwise(newest))
    return pauses[-2] if len(pauses) > 2 else pauses[-1]


def may_be_quiet_for(pause: float | None, silent_after: float) -> float:
    """Seconds for which a feed with this usual pause may have nothing new."""
    if pause is None:
        return silent_after * UNKNOWN_HABIT
    return max(silent_after, pause * TIMES_ITS_PAUSE)


_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def told_of(pause: float | None) -> str:
    """What is told of a silent feed with this usual pause in seconds."""
    if pause is None:
        return "is read well and has nothing new"
    size, unit = next((each for each in _UNITS if pause >= 2 * each[0]), _UNITS[-1])
    usual = counted(max(round(pause / size), 1), unit, f"{unit}s")
    return f"is read well and has nothing new; its usual pauses are up to {usual}"


@dataclass(slots=True)
class SilenceWatch:
    """Looks for silent feeds now and then; ``silent_after`` is in seconds, None: never."""

    silent_after: float | None = None
    _next_at: datetime | None = None

    def look(self, store: Store, now: datetime) -> None:
        """Look, where it is time: at first, and then 72 times in ``silent_after``."""
        wait = min(max((self.silent_after or LONGEST_WAIT) / LOOKS, 1.0), LONGEST_WAIT)
        if (
            self._next_at is not None
            and self._next_at - timedelta(seconds=wait) <= now < self._next_at
        ):
            return
        note_silent_feeds(store, self.silent_after)
        self._next_at = now + timedelta(seconds=wait)


def note_silent_feeds(store: Store, silent_after: float | None) -> None:
    """Note which feeds have fallen silent; where ``silent_after`` is None, that none is looked for.

    It is one look at the table of feeds. Only of those that are quiet for too long since the look
    before, what they brought is looked at as well: once for each of their silences.
    """
    with store.read() as connection:
        noted = habits.silent(connection)
        quiet = () if silent_after is None else habits.quiet_for(connection, silent_after)
        unknown = [each for each in quiet if not each.known][:AT_ONCE]
        past = habits.moments(connection, [each.feed_id for each in unknown]) if unknown else {}
    if silent_after is None:
        _write(store, (), noted)
        return
    reckoned = [replace(each, pause=usual_pause(past.get(each.feed_id, ()))) for each in unknown]
    begun = [
        replace(each, silent=told_of(each.pause))
        if each.quiet_for > may_be_quiet_for(each.pause, silent_after)
        else each
        for each in (*reckoned, *(each for each in quiet if each.known and not each.silent))
    ]
    over = [each for each in noted if each.quiet_for <= may_be_quiet_for(each.pause, silent_after)]
    _write(store, [each for each in begun if each.silent or not each.known], over)


def _write(store: Store, reckoned: Sequence[Quiet], over: Sequence[Silent]) -> None:
    """Keep what was found out, and take back what holds no more, since other settings hold."""
    if reckoned or over:
        with store.write() as tx:
            habits.forget(tx, [each.feed_id for each in over])
            habits.keep(tx, reckoned)
    silent = [each.name for each in reckoned if each.silent]
    if silent:
        more = f" and {len(silent) - 5} more" if len(silent) > 5 else ""
        log.warning("feeds have fallen silent", names=", ".join(silent[:5]) + more)
