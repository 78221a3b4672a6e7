"""Cron expressions as in crontab(5): checked for the person who wrote them, walked by cronsim.

cronsim is given naive wall-clock times only. Handed a time zone it would forget which of two
equal hours it is in (and give a moment already past), and miss slots where the clock changes by
half an hour; what a clock change means is decided in ``periods``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from monitor.records import dataclass

_SHORTHANDS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_ORDER = "minute, hour, day of the month, month, day of the week"


@dataclass(frozen=True, slots=True)
class _CronField:
    """One of the five fields: how people call it and what it takes."""

    name: str
    takes: str
    example: str


_FIELDS = (
    _CronField("minute", "0 to 59", "0, */15 or 0,30"),
    _CronField("hour", "0 to 23", "7, 7-19 or */2"),
    _CronField("day of the month", "1 to 31", "1, 1-7 or *"),
    _CronField("month", "1 to 12 or jan to dec", "5, jan-mar or *"),
    _CronField("day of the week", "0 to 7 (0 and 7 are Sunday) or sun to sat", "mon-fri or *"),
)


def check_cron(text: str) -> str:
    """The five fields of a cron expression, its shorthands (``@daily``) written out.

    Raises ValueError with a message for people that names the field, and what it takes.
    """
    fields = _SHORTHANDS.get(text.strip().lower(), text.lower()).split()
    if fields and fields[0].startswith("@"):
        raise ValueError(f'"{text}" is not known here; write one of {", ".join(_SHORTHANDS)}')
    if len(fields) != len(_FIELDS):
        raise ValueError(
            f'"{text}" has {len(fields)} fields and a cron schedule has 5 ({_ORDER}); '
            'write for example "0 7 * * mon-fri" for 07:00 on weekdays'
        )
    for position in range(len(_FIELDS)):
        _check_field(text, fields, position)
    _check_that_it_comes(text, " ".join(fields))
    return " ".join(fields)


def _check_field(text: str, fields: list[str], position: int) -> None:
    """Raise ValueError where one field, among stars for the others, is not understood."""
    from cronsim import CronSim, CronSimError

    alone = ["*"] * len(_FIELDS)
    alone[position] = fields[position]
    try:
        CronSim(" ".join(alone), datetime(2024, 1, 1))  # noqa: DTZ001 (wall-clock time)
    except CronSimError:
        field, value = _FIELDS[position], fields[position]
        raise ValueError(
            f'in the schedule "{text}" the {field.name} "{value}" is wrong: it takes {field.takes};'
            f" write for example {field.example}{_about_a_range(value)}"
        ) from None


def _about_a_range(value: str) -> str:
    """A word on ranges that run backwards, the commonest surprise (``fri-mon``)."""
    ends = value.split("-")
    if len(ends) == 2 and (all(map(str.isdigit, ends)) or all(map(str.isalpha, ends))):
        return f' (a range runs upwards; list the values instead: "{ends[0]},…,{ends[1]}")'
    return ""


def _check_that_it_comes(text: str, expression: str) -> None:
    """Raise ValueError where no day is ever meant, such as 30 February."""
    from cronsim import CronSimError

    try:
        next(walk(expression, datetime(2024, 1, 1)))  # noqa: DTZ001 (wall-clock time)
    except (CronSimError, StopIteration):
        raise ValueError(
            f'the schedule "{text}" never comes: no month meant has such a day; '
            'write for example "0 7 1 * *" for the first of each month'
        ) from None


def walk(expression: str, after: datetime) -> Iterator[datetime]:
    """The wall-clock slots of a checked expression later than the naive time ``after``."""
    from cronsim import CronSim

    slots: Iterator[datetime] = CronSim(expression, after)
    return slots


@lru_cache(maxsize=256)
def every_hour(expression: str) -> bool:
    """Whether a checked expression runs in each of the 24 hours."""
    hours = walk(f"0 {expression.split()[1]} * * *", datetime(2024, 1, 1, 23, 59))  # noqa: DTZ001
    return [next(hours).hour for _ in range(24)] == list(range(24))
