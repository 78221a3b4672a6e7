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
_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d|\+14:00)",
    re.ASCII | re.IGNORECASE,
)
_EPOCH = re.compile(r"(\d{9,10})(?:(\d{3})|\.\d*)?", re.ASCII)
_NO_ZONE = re.compile(  # further from UTC than any is
    r":\d\d(?:\.\d+)?\s*(?:UTC?|GMT|Z)?[+-](?:1[4-9]|[2-9]\d|\d\d:?[6-9])", re.IGNORECASE
)
_SAYS_A_DAY = re.compile(
    r"\s*(?:(?:19|20|21)\d\d(?:-(?:0\d|1[0-2])|-?[0-3]\d\d)?\s*$|\d\d-\d\d-\d\d(?!\d))"
    r"|(?!\s*\d{4}).*?(?:[^\W\d_]{3}|[^\x00-\x7f])",
    re.DOTALL,
)


def says_a_day(text: str) -> bool:
    """Whether ``text`` names a day by itself, as far as feedparser is concerned.

    feedparser fills up what is missing with today's date, so that "10:00" becomes now, and makes a
    day of next month out of one that does not exist. It also believes in zones a day from UTC.
    """
    return bool(_SAYS_A_DAY.match(text[:100])) and not _NO_ZONE.search(text[:100])


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
    """The moment in UTC that a text names; None where none is recognised.

    Knows RFC 3339, seconds since 1970, and whatever ``written_dates`` does, of which the
    beginning is enough. A time without a zone is taken for UTC.
    """
    return from_whole(text or "") or _written(text or "", whole=False)


def from_whole(text: str) -> datetime | None:
    """The same, where every word of ``text`` is understood."""
    value = text.strip()
    epoch = _EPOCH.fullmatch(value)
    if epoch:
        return believable(datetime.fromtimestamp(int(epoch[1]), UTC))
    if not _RFC_3339.fullmatch(value):
        return _written(value, whole=True)
    try:
        return believable(
            datetime.fromisoformat(value.upper()).astimezone(UTC).replace(microsecond=0)
        )
    except (ValueError, OverflowError):
        return None


def _written(text: str, *, whole: bool) -> datetime | None:
    from monitor.feeds.written_dates import read_written

    read = read_written(text, whole=whole)
    return believable(read) if read else None
