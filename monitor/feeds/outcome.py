"""What a good poll leaves behind: when the feed is asked again, and with which validators. Pure.

It stands apart from the reading of documents, as most polls bring none.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from monitor.feeds import timing
from monitor.feeds.asking import whereabouts
from monitor.feeds.fetch import Fetched
from monitor.feeds.options import Subscription
from monitor.log import Log
from monitor.model import FeedState
from monitor.records import dataclass
from monitor.store import feeds

if TYPE_CHECKING:
    from monitor.feeds.intake import Intake
    from monitor.feeds.take_in import Found
    from monitor.feeds.unseen import Document

CUT_FOR = timedelta(days=1)
"""A feed that has sent nothing but halves of documents for so long has begun all the same."""

log = Log("poll")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking a feed; ``found`` where it has been read already."""

    state: FeedState
    subscription: Subscription
    fetched: Fetched
    found: Found | None = None

    @property
    def is_as_before(self) -> bool:
        """Whether the document is the one of the last poll, byte for byte."""
        return self.fetched.body_hash == self.state.body_hash


def success(
    answer: Answer,
    now: datetime,
    rng: Random,
    document: Document | None = None,
    intake: Intake | None = None,
) -> feeds.Success:
    """What a good poll leaves behind; without ``document`` nothing has changed."""
    state, fetched = answer.state, answer.fetched
    asks = document.parsed if document else state  # what else the feed asks for
    new = len(intake.new) if intake else 0
    interval, again, held_by = timing.after_success(
        answer.subscription.options,
        now=now,
        interval=state.interval,
        new_entries=new if state.first_polled_at else None,  # at first everything is new
        published=document.published if document else (),
        ttl=asks.ttl,
        max_age=fetched.max_age,
        rng=rng,
        skip_hours=asks.skip_hours,
        skip_days=asks.skip_days,
        turned_over=bool(intake and intake.turned_over),
    )
    where = whereabouts(state, fetched.moved_to, now)
    if where.address and where.address != state.address:
        from monitor.feeds.links import site_of

        log.info("feed moved for good", feed=state.name, host=site_of(where.address))
    kept = state if fetched.unchanged else None  # a 304 need not repeat the validators
    return feeds.Success(
        polled_at=now,
        next_poll_at=again,
        interval=interval,
        etag=fetched.etag or (kept.etag if kept else None),
        last_modified=fetched.last_modified or (kept.last_modified if kept else None),
        body_hash=state.body_hash,
        begun=_has_begun(answer, document, now),
        read_whole=not fetched.unchanged,
        address=where.address,
        moving_to=where.moving_to,
        moves_seen=where.moves_seen,
        moving_since=where.moving_since,
        ttl=asks.ttl,
        skip_hours=asks.skip_hours,
        skip_days=asks.skip_days,
        demoted=intake.demoted if intake else state.demoted,
        held_by=held_by,
    )


def _has_begun(answer: Answer, document: Document | None, now: datetime) -> bool:
    """Whether the first poll, which "backlog" guards, is over with this one.

    An empty document does not use it up, unless no backlog is wanted: then whatever comes later is
    news. Nor does one that was cut off, whose other entries were there as well.
    """
    if document is None or not (document.entries or document.parsed.breaks_off):
        return answer.subscription.options.backlog == 0
    if not document.parsed.breaks_off:
        return True
    if document.memory is None:  # nobody knows since when: the second one counts
        return answer.state.last_success_at is not None
    return now - document.memory.since >= CUT_FOR
