"""When a digest is due: schedules, time zones, clock changes and quiet hours. Decides, does no I/O.

A schedule is one of three:

- ``Cron``: five fields as in crontab(5), read and walked by cronsim.
- ``Every``: a fixed length of time after the last sending.
- ``Immediately``: as soon as a match is there, gathered for a few seconds.

Clock changes: a cron schedule that leaves out hours of the day ("at 02:30") sends once per
wall-clock slot. A slot that the clock jumps over is due when the jump ends, and a slot that comes
twice is due the first time. A schedule that runs in every hour follows real time instead, so that
nobody waits two hours for an hourly digest (this is what cron(8) of Debian and cronie do).

A clock that is put back: see ``by_this_clock``.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from monitor.digests.cron_text import check_cron, every_hour, walk
from monitor.records import dataclass
from monitor.text.durations import describe_duration, parse_duration

GATHER_SECONDS = 5.0
"""How long an immediate digest waits for further matches."""

_FORMS = 'write five cron fields such as "0 7 * * mon-fri", or "every 30m", or "immediately"'
SMALL_CORRECTION = timedelta(hours=3)
"""A clock put back by less than this has the same slots again: they are not due a second time.
The measure of cron(8)."""

_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cron:
    """Due at moments of the wall clock. ``expression`` holds five fields that were checked."""

    expression: str

    def __str__(self) -> str:
        return self.expression


@dataclass(frozen=True, slots=True)
class Every:
    """Due a fixed time after the last sending. ``seconds`` of real time."""

    seconds: float

    def __str__(self) -> str:
        return f"every {describe_duration(self.seconds)}"


@dataclass(frozen=True, slots=True)
class Immediately:
    """Due as soon as there is a match; waits ``gather`` seconds for others of the same moment."""

    gather: float = GATHER_SECONDS

    def __str__(self) -> str:
        return "immediately"


Schedule = Cron | Every | Immediately


def parse_schedule(text: str) -> Schedule:
    """Read what a person wrote under ``schedule``.

    Raises ValueError with a message for that person: what is wrong and what to write instead.
    """
    words = text.lower().split()
    if not words:
        raise ValueError(f"the schedule is empty; {_FORMS}")
    if words == ["immediately"]:
        return Immediately()
    if words[0] == "every":
        return Every(_every_seconds(text, " ".join(words[1:])))
    if len(words) == 1 and not words[0].startswith("@"):
        raise ValueError(f'"{text}" is no schedule; {_FORMS}')
    return Cron(check_cron(text))


def _every_seconds(text: str, length: str) -> float:
    """The seconds in "every 30m"; at least one."""
    if not length:
        raise ValueError(f'"{text}" does not say how often; write "every 30m" or "every 2h"')
    try:
        seconds = parse_duration(length)
    except ValueError as fault:
        raise ValueError(f'in the schedule "{text}": {fault}') from None
    if seconds < 1:
        raise ValueError(f'"{text}" is too often; the shortest is "every 1s"')
    return seconds


def next_due(schedule: Schedule, after: datetime, zone: ZoneInfo) -> datetime | None:
    """The first moment later than ``after`` at which the schedule is due, in UTC.

    ``after`` is aware. None for ``Immediately``, which is due by what happens, not by the clock.
    """
    match schedule:
        case Immediately():
            return None
        case Every(seconds):
            return after.astimezone(UTC) + timedelta(seconds=seconds)
        case Cron(expression) if every_hour(expression):
            return _next_in_real_time(expression, after.astimezone(UTC), zone)
        case Cron(expression):
            return _next_slot(expression, after.astimezone(UTC), zone)


def by_this_clock(
    schedule: Schedule, next_at: datetime | None, now: datetime, zone: ZoneInfo
) -> datetime | None:
    """``next_at`` (aware), or what takes its place where the clock was put back since.

    A due time later than the schedule can have at ``now`` was reckoned by a clock that was ahead.
    Waiting for it could mean silence for weeks, so the schedule is reckoned anew from ``now``. Only
    where wall-clock slots come again by a correction of less than ``SMALL_CORRECTION`` is
    ``next_at`` kept: their sending has been.
    """
    if next_at is None or next_at <= now:
        return next_at
    latest = _latest(schedule, now.replace(second=0, microsecond=0), zone)
    if latest is None or next_at <= latest:
        return next_at
    return next_due(schedule, now, zone)


@lru_cache(maxsize=256)
def _latest(schedule: Schedule, minute: datetime, zone: ZoneInfo) -> datetime | None:
    """The latest due time that is believed within a ``minute``; it is asked every second."""
    match schedule:
        case Every():
            return next_due(schedule, minute + timedelta(minutes=1), zone)
        case Cron(expression) if not every_hour(expression):
            return next_due(schedule, minute + SMALL_CORRECTION, zone)
        case _:
            return next_due(schedule, minute, zone)


def _next_slot(expression: str, after: datetime, zone: ZoneInfo) -> datetime:
    """The next wall-clock slot; each is due once however the clock changes."""
    slots = walk(expression, _wall(after, zone))
    return next(due for due in (instant(slot, zone) for slot in slots) if due > after)


def _next_in_real_time(expression: str, after: datetime, zone: ZoneInfo) -> datetime:
    """The next moment at which the clock on the wall shows a slot, a repeated hour included."""
    offset = _offset(after, zone)
    while True:
        slot = next(walk(expression, (after + offset).replace(tzinfo=None)))
        due = slot.replace(tzinfo=UTC) - offset
        if _offset(due, zone) == offset:
            return due
        change = _clock_change(after, due, zone)
        after, offset = change - _SECOND, _offset(change, zone)


def instant(wall: datetime, zone: ZoneInfo, *, last: bool = False) -> datetime:
    """The moment (UTC) at which clocks in ``zone`` show the naive time ``wall``.

    A time that the clock jumps over gives the end of the jump; one that comes twice gives the
    first, or the second where ``last`` is true.
    """
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if second < first:
        return _clock_change(second - _SECOND, first, zone)
    return second if last else first


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """What the clock on the wall shows at ``moment``, naive."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    """How far the clock on the wall is ahead of UTC at ``moment``."""
    return moment.astimezone(zone).utcoffset() or timedelta()


def _clock_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first whole second later than ``before`` at which the offset of ``zone`` is new."""
    low, high = before.replace(microsecond=0), after
    old = _offset(low, zone)
    while high - low > _SECOND:
        middle = low + timedelta(seconds=(high - low) // _SECOND // 2)
        if _offset(middle, zone) == old:
            low = middle
        else:
            high = middle
    return high


_QUIET_FORM = re.compile(r"\s*(\d{1,2}):(\d{2})\s*[-–—]\s*(\d{1,2}):(\d{2})\s*")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A stretch of every day, by the clock on the wall, in which only urgent stories go out.

    From ``start`` to ``end``, over midnight where ``end`` is the earlier.
    """

    start: time
    end: time

    @classmethod
    def parse(cls, text: str) -> QuietHours:
        """Read "22:00-07:00"; raises ValueError with a message for the person who wrote it."""
        found = _QUIET_FORM.fullmatch(text)
        if not found:
            raise ValueError(f'"{text}" are no quiet hours; write them as "22:00-07:00"')
        numbers = [int(digits) for digits in found.groups()]
        start, end = (_time_of_day(text, *numbers[i : i + 2]) for i in (0, 2))
        if start == end:
            raise ValueError(f'"{text}" begins and ends at the same time; write "22:00-07:00"')
        return cls(start, end)

    def covers(self, moment: datetime, zone: ZoneInfo) -> bool:
        """Whether ``moment`` (aware) lies in them; their first instant does, their last not."""
        return any(begin <= moment < end for begin, end in self._around(moment, zone))

    def ends_after(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The end (UTC) of the quiet hours that cover ``moment``, else of the next ones."""
        return next(end for _, end in self._around(moment, zone) if end > moment)

    def _around(self, moment: datetime, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
        """The quiet hours that begin on the day before ``moment`` and on the two from it on."""
        today = moment.astimezone(zone).date()
        return [self._of(today + days * _DAY, zone) for days in (-1, 0, 1)]

    def _of(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Begin and end (UTC) of those that begin on ``day``."""
        last_day = day if self.start < self.end else day + _DAY
        begin = instant(datetime.combine(day, self.start), zone)
        return begin, instant(datetime.combine(last_day, self.end), zone, last=True)

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


def _time_of_day(text: str, hour: int, minute: int) -> time:
    """Hour and minute of ``text``; 24:00 is midnight."""
    if (hour, minute) == (24, 0):
        return time()
    if hour > 23 or minute > 59:
        raise ValueError(f'"{text}": {hour:02}:{minute:02} is no time of day; write "22:00-07:00"')
    return time(hour, minute)
