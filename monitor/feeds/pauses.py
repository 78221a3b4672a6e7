"""When a feed asks not to be asked: ``skipHours`` and ``skipDays`` of RSS. Pure.

RSS 2.0 and 0.91 (rssboard.org/skip-hours-days): hours of the day 0 to 23 and days of the week by
their English names, both in GMT. RSS 0.91 counts hours from 1 to 24, so 24 is midnight.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.feeds.raw import RawFeed

_HOURS = re.compile(r"<skipHours\b[^>]{0,200}>(.{0,3000}?)</skipHours", re.DOTALL)
_DAYS = re.compile(r"<skipDays\b[^>]{0,200}>(.{0,3000}?)</skipDays", re.DOTALL)
_HOUR = re.compile(r"<hour\b[^>]{0,200}>\s*(\d{1,2})\s*</hour", re.ASCII)
_DAY = re.compile(r"<day\b[^>]{0,200}>\s*([A-Za-z]{6,9})\s*</day", re.ASCII)
_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LATE = 600.0  # seconds within which feeds that paused alike are asked, so that they do not march


def pauses_of(text: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The hours (0 to 23) and the days (0: Monday) that a document wants to be left alone.

    What excludes every hour or every day is nonsense and counts as nothing.
    """
    hours = {int(hour) % 24 for hour in _HOUR.findall(_inside(_HOURS, "<skipHours", text))}
    names = [name.lower() for name in _DAY.findall(_inside(_DAYS, "<skipDays", text))]
    days = {_NAMES.index(name) for name in names if name in _NAMES}
    return _some(hours, 24), _some(days, 7)


def with_pauses(raw: RawFeed, text: str) -> RawFeed:
    """The feed with what the text of its document says of pauses."""
    if "<skip" not in text:  # as in nearly all
        return raw
    hours, days = pauses_of(text)
    return replace(raw, skip_hours=hours, skip_days=days) if hours or days else raw


def after_pause(
    moment: datetime, hours: Collection[int], days: Collection[int], rng: Random
) -> datetime:
    """``moment``, or where that is in a pause, a moment in the first hour after it."""
    if not hours and not days:
        return moment
    wanted = moment.astimezone(UTC)
    for _ in range(7 * 24):
        if wanted.hour not in hours and wanted.weekday() not in days:
            break
        wanted = wanted.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    else:  # together they leave no hour of the week
        return moment
    if wanted == moment:
        return moment
    return wanted + timedelta(seconds=rng.uniform(0, _LATE))


def _inside(pattern: re.Pattern[str], opening: str, text: str) -> str:
    at = text.find(opening)
    found = pattern.match(text, at) if at >= 0 else None
    return found[1] if found else ""


def _some(found: set[int], of: int) -> tuple[int, ...]:
    return tuple(sorted(found)) if len(found) < of else ()
