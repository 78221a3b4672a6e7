"""When to ask a feed again. Pure; durations in seconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

from monitor.feeds.options import PollOptions
from monitor.feeds.pauses import after_pause

_LOOKED_AT = 12  # of the newest publication times
_ENOUGH = 3  # publication times below which a habit cannot be told
_POLLS_PER_ENTRY = 4  # so that an entry waits a quarter of the usual gap at most
_SOONER = 4  # times, after a poll that may have lost some
_JITTER = 0.1  # so that feeds do not march in step
_LONGEST_RETRY_AFTER = 86_400.0  # what a server may ask for before it is taken for a mistake

RETRY_AFTER, CACHE_CONTROL, TTL = "Retry-After", "Cache-Control", "ttl"
SKIP_HOURS, SKIP_DAYS = "skipHours", "skipDays"
"""What may put off a poll, besides the feed's interval."""


def after_success(
    options: PollOptions,
    *,
    now: datetime,
    interval: float | None,
    new_entries: int | None = None,
    published: Sequence[datetime],
    ttl: float | None,
    max_age: float | None,
    rng: Random,
    skip_hours: Sequence[int] = (),
    skip_days: Sequence[int] = (),
    turned_over: bool = False,
) -> tuple[float, datetime, str | None]:
    """The feed's interval from now on, the time of its next poll, and what put that off (or None).

    ``interval`` is the one so far (None: never polled; ``every`` is where it starts), and
    moves half of the way (in proportion) to what the feed's habit asks for: by ``published``, the
    times its entries give, else by ``new_entries``, how many were new (None: not known). It stays
    between ``min_every`` and ``max_every``. ``ttl`` and ``max_age``, what feed and server say
    of how long nothing new will come, delay the next poll up to ``max_every``; what it skips
    (``pauses``) delays it further. ``turned_over``: nothing of the document before is left, so
    something between may have been missed: the interval shrinks to a quarter at once.
    """
    before = interval or options.every
    wanted = _wanted(options, before, new_entries, _gap(published, now))
    after = _within(options, math.sqrt(before * _within(options, wanted)))
    if turned_over:
        after = min(after, _within(options, before / _SOONER))
    patience = min(max(ttl or 0, max_age or 0), options.max_every)
    wait = max(after * rng.uniform(1 - _JITTER, 1 + _JITTER), options.min_every, patience)
    held_by = None
    if patience > after:
        held_by = TTL if (ttl or 0) >= (max_age or 0) else CACHE_CONTROL
    usual = now + timedelta(seconds=wait)
    again = after_pause(usual, skip_hours, skip_days, rng)
    if again != usual:
        held_by = SKIP_HOURS if usual.astimezone(UTC).hour in skip_hours else SKIP_DAYS
    return after, again, held_by


def after_failure(
    options: PollOptions,
    *,
    now: datetime,
    failures: int,
    retry_after: float | None,
    rng: Random,
) -> tuple[datetime, str | None]:
    """The time of the next try after ``failures`` failed polls in a row (1: the first).

    And what put it off beyond the usual wait, or None.

    Waits double from ``min_every`` up to ``max_every``, and never end. ``retry_after``, what the
    server asks for, is obeyed up to a day.
    """
    doublings = min(max(failures, 1) - 1, 30)
    wait = min(options.min_every * 2**doublings, options.max_every)
    asked = min(retry_after or 0, max(_LONGEST_RETRY_AFTER, options.max_every))
    usual = wait * rng.uniform(1, 1 + 2 * _JITTER)
    return now + timedelta(seconds=max(usual, asked)), RETRY_AFTER if asked > usual else None


def _wanted(
    options: PollOptions, before: float, new_entries: int | None, gap: float | None
) -> float:
    if gap is not None:
        return gap / _POLLS_PER_ENTRY
    if new_entries is None:
        return options.every
    return before / 2 if new_entries else before * 1.5


def _gap(published: Sequence[datetime], now: datetime) -> float | None:
    """The usual time between two entries; None where too few give a time that can be right.

    Entries of the same moment count once (a feed made anew dates them all alike). A feed that has
    been silent for longer than usual has slowed down.
    """
    newest = sorted({moment for moment in published if moment <= now}, reverse=True)[:_LOOKED_AT]
    if len(newest) < _ENOUGH:
        return None
    from statistics import median  # brings half of the number types with it

    usual = median((later - earlier).total_seconds() for later, earlier in pairwise(newest))
    silence = (now - newest[0]).total_seconds()
    return max(usual, silence / 2)


def _within(options: PollOptions, interval: float) -> float:
    return min(max(interval, options.min_every), max(options.min_every, options.max_every))
