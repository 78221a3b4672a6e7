"""Dates of feeds. Pure.

What a feed says of time is shown to people and decides nothing, so a date that cannot be right
becomes "unknown", never "now" and never 1970.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta
from time import struct_time

_EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)  # what is older comes from a counter that stood at 0
_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(?:(Z|UTC|GMT)|([+-]\d{2}):?(\d{2})?)?)?",
    re.IGNORECASE,
)
_EPOCH = re.compile(r"\d{9,10}(?:\d{3})?")
_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_SAYS_A_DAY = re.compile(
    r"\s*(?:(?:19|20|21)\d\d(?:-\d\d(?:-\d\d)?|-?\d{3}|\d{4})?(?![\d/.])|\d\d-\d\d-\d\d(?!\d))"
    r"|.*?(?:[^\W\d_]{3}|[^\x00-\x7f])",
    re.DOTALL,
)
_NUMBERS = re.compile(
    r"(\d{1,4})([./])(\d{1,2})\2(\d{1,4})(?:[\s,T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?"
)
_DAY_FIRST = re.compile(
    r"(\d{1,2})[\s.-]+([a-z]{3})[a-z]*[\s.,-]+(\d{4})(?:[\s,T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?",
    re.IGNORECASE,
)


def says_a_day(text: str) -> bool:
    """Whether ``text`` names a day by itself.

    feedparser fills up what is missing with today's date, so that "10:00" becomes now.
    """
    return bool(_SAYS_A_DAY.match(text[:100]))


def from_parts(parts: struct_time | tuple[int, ...] | None) -> datetime | None:
    """A UTC time tuple, as feedparser gives it, as an aware datetime; None for nonsense."""
    if not parts:
        return None
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=calendar.timegm(parts))
    except (ValueError, OverflowError, TypeError):
        return None
    return believable(moment)


def believable(moment: datetime) -> datetime | None:
    """``moment``, unless it is from before there were feeds to speak of."""
    return moment if moment >= _EARLIEST else None


def from_text(text: str | None) -> datetime | None:
    """A date in a form that is common without being right; None where none is recognised.

    Knows RFC 3339 and its careless relatives, seconds since 1970, "12 May 2024 10:00",
    "12.5.2024", and "12/25/2024" where only one reading is possible. A time without a zone is
    taken for UTC.
    """
    value = " ".join((text or "")[:100].split())
    for read in (_from_iso, _from_epoch, _from_day_first, _from_numbers):
        try:
            moment = read(value)
        except (ValueError, OverflowError):
            continue
        if moment is not None:
            return believable(moment)
    return None


def _from_iso(value: str) -> datetime | None:
    found = _ISO.match(value)
    if not found:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    moment = datetime(year, month, day, min(hour, 24) % 24, minute, min(second, 59), tzinfo=UTC)
    if hour == 24:
        moment += timedelta(days=1)
    if not found[8]:
        return moment
    sign = -1 if found[8].startswith("-") else 1
    return moment - sign * timedelta(hours=abs(int(found[8])), minutes=int(found[9] or 0))


def _from_epoch(value: str) -> datetime | None:
    if not _EPOCH.fullmatch(value):
        return None
    seconds = int(value) / (1000 if len(value) > 10 else 1)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


def _from_day_first(value: str) -> datetime | None:
    found = _DAY_FIRST.search(value)
    month = _MONTHS.get(found[2].lower()) if found else None
    if not found or month is None:
        return None
    hour, minute, second = (int(part or 0) for part in found.groups()[3:6])
    return datetime(int(found[3]), month, int(found[1]), hour, minute, second, tzinfo=UTC)


def _from_numbers(value: str) -> datetime | None:
    found = _NUMBERS.match(value)
    if not found:
        return None
    first, last = found[1], found[4]
    if len(first) == 4:
        year, month, day = int(first), int(found[3]), int(last)
    elif len(last) == 4 and (found[2] == "." or int(first) > 12):
        year, month, day = int(last), int(found[3]), int(first)
    elif len(last) == 4 and int(found[3]) > 12:
        year, month, day = int(last), int(first), int(found[3])
    else:
        return None
    hour, minute, second = (int(part or 0) for part in found.groups()[4:7])
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
