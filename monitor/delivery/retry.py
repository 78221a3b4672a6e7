"""What follows when a delivery could not be handed over. Pure: it decides, the station acts.

    a temporary fault          again after 1 s, 2 s, 4 s … 1 h
    the answer is unknown      the same, with the same id
    the channel is at fault    the channel rests for 1 min, 2 min … 1 h; what waits is kept
    anything else              the delivery has failed

A receiver that asks for a longer wait (``Retry-After``) gets it, up to a day. After 72 hours of
trying a delivery is given up.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.errors import DeliveryError
from monitor.model import TRIED_FOR
from monitor.records import dataclass

FIRST_WAIT = timedelta(seconds=1)
FIRST_REST = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
LONGEST_ASKED = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again at ``at``, not before.

    ``rests_channel`` is true when the channel is at fault and not the message: then nothing else
    goes out over this channel before ``at`` either.
    """

    at: datetime
    rests_channel: bool = False


@dataclass(frozen=True, slots=True)
class GiveUp:
    """It was tried for ``TRIED_FOR``; no further try is made by itself."""


@dataclass(frozen=True, slots=True)
class Fail:
    """The receiver refused it for good; the same bytes would be refused again."""


def after_fault(
    error: DeliveryError, *, attempts: int, first_tried_at: datetime, now: datetime
) -> Retry | GiveUp | Fail:
    """Decide what follows a try that ended with ``error``.

    ``attempts`` counts the tries so far, the one that just failed included (1 or more).
    ``first_tried_at`` is when the first of them began, ``now`` the present moment.
    """
    if not (error.temporary or error.channel_fault or error.unknown):
        return Fail()
    last_moment = first_tried_at + TRIED_FOR
    if now >= last_moment:
        return GiveUp()
    wait = _doubled(FIRST_REST if error.channel_fault else FIRST_WAIT, attempts)
    # The last try of all is made when the time is up, unless the receiver asked for longer.
    at = max(min(now + wait, last_moment), now + _asked(error))
    return Retry(at, rests_channel=error.channel_fault)


def _doubled(first: timedelta, attempts: int) -> timedelta:
    """The wait after so many tries: doubled each time, up to ``LONGEST_WAIT``."""
    doublings = min(max(attempts - 1, 0), 16)  # more would only overflow
    return min(first * (1 << doublings), LONGEST_WAIT)


def _asked(error: DeliveryError) -> timedelta:
    """How long the receiver asked us to wait, capped: nobody may silence us for a month."""
    seconds = min(max(error.retry_after or 0.0, 0.0), LONGEST_ASKED.total_seconds())
    return timedelta(seconds=seconds)
