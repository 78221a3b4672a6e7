"""The station of the feeds room: asks every feed that is due, and keeps what is new.

    lease a due feed ─► fetch ─► parse ─► sort out identities ─► keep, in one transaction
                                                                 └─ with the feed's validators

A feed is one unit of work: whatever goes wrong with it is written to its own row and told, and
every other feed goes on. A failed poll changes nothing of what is known.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from monitor.errors import FetchError, LeaseLost
from monitor.feeds import timing
from monitor.feeds.fetch import Fetched, Fetcher
from monitor.feeds.intake import Reading, keep
from monitor.feeds.options import PollOptions, Subscription
from monitor.feeds.parse import ParsedFeed, parse
from monitor.leasing import LEASE_SECONDS, work_off
from monitor.model import Clock, FeedState
from monitor.store import Store, feeds
from monitor.text.languages import LanguageTeller

log = structlog.get_logger("poll")


@dataclass(slots=True)
class PollReport:
    """What a pass over the feeds did. ``failed`` maps feed names to what was wrong."""

    polled: int = 0
    new_articles: int = 0
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Polling:
    """The tools of the station. ``subscriptions`` maps a feed's address to how it is polled."""

    fetcher: Fetcher
    subscriptions: Mapping[str, Subscription]
    teller: LanguageTeller
    concurrency: int = 32


async def poll(
    store: Store,
    tools: Polling,
    clock: Clock,
    *,
    stopping: asyncio.Event,
    everything: bool = False,
) -> PollReport:
    """Poll every feed that is due (``everything``: each feed once), until none is left."""
    report = PollReport()
    began = clock()

    def lease(free: int, _under_way: Sequence[FeedState]) -> Sequence[FeedState]:
        with store.write() as tx:
            moment = began if everything else clock()
            return feeds.lease_due(tx, moment, free, LEASE_SECONDS, everything_before=everything)

    def renew(held: Sequence[FeedState]) -> None:
        with store.write() as tx:
            feeds.renew(tx, held, LEASE_SECONDS)

    async def work(state: FeedState) -> None:
        await _poll_one(store, tools, clock, state, report)

    await work_off(lease, work, renew, slots=tools.concurrency, stopping=stopping)
    return report


async def _poll_one(
    store: Store, tools: Polling, clock: Clock, state: FeedState, report: PollReport
) -> None:
    subscription = tools.subscriptions.get(state.url)
    try:
        if subscription is None:  # the configuration changed under our hands
            _let_go(store, state)
            return
        fetched = await tools.fetcher.fetch(
            subscription, etag=state.etag, last_modified=state.last_modified
        )
        added = await asyncio.to_thread(_take_in, store, tools, clock, state, subscription, fetched)
        report.polled += 1
        report.new_articles += added
        log.info("feed polled", feed=state.name, new=added, unchanged=fetched.unchanged)
    except FetchError as error:
        _failed(store, clock, state, subscription, error, report)
    except LeaseLost as error:
        log.warning("feed taken over", feed=state.name, reason=str(error))
    except asyncio.CancelledError:
        _let_go(store, state)
        raise
    except Exception as error:
        log.exception("feed failed unexpectedly", feed=state.name)
        reason = FetchError(f"an error in Wirewatch itself: {type(error).__name__}: {error}")
        _failed(store, clock, state, subscription, reason, report)


def _let_go(store: Store, state: FeedState) -> None:
    with store.write() as tx:
        feeds.let_go(tx, state)


def _failed(
    store: Store,
    clock: Clock,
    state: FeedState,
    subscription: Subscription | None,
    error: FetchError,
    report: PollReport,
) -> None:
    now = clock()
    options = subscription.options if subscription else PollOptions()
    again = timing.after_failure(
        options,
        now=now,
        failures=state.failures + 1,
        retry_after=error.retry_after,
        rng=random.Random(),  # noqa: S311  # jitter, not secrecy
    )
    report.polled += 1
    report.failed[state.name] = str(error)
    log.warning("feed failed", feed=state.name, reason=str(error), again_at=again.isoformat())
    try:
        with store.write() as tx:
            feeds.record_failure(tx, state, str(error), now, again)
    except LeaseLost:
        log.warning("feed taken over", feed=state.name)


def _take_in(
    store: Store,
    tools: Polling,
    clock: Clock,
    state: FeedState,
    subscription: Subscription,
    fetched: Fetched,
) -> int:
    """Parse and keep; gives how many articles are new. Runs in a thread of its own."""
    now = clock()
    body_hash = hashlib.blake2b(fetched.body, digest_size=16).hexdigest()
    if fetched.unchanged or body_hash == state.body_hash:
        with store.write() as tx:
            feeds.record_success(tx, state, _success(state, subscription, fetched, now))
        return 0
    parsed = parse(
        fetched.body,
        url=fetched.url,
        charset=fetched.charset,
        content_type=fetched.content_type,
        encoding=subscription.options.encoding,
    )
    reading = Reading(subscription, state, parsed, tools.teller, now)
    with store.read() as connection:
        reading.decide(connection)  # the slow part, telling languages, outside the transaction
    with store.write() as tx:
        intake = reading.decide(tx)
        keep(tx, intake, state.id, now)
        outcome = _success(state, subscription, fetched, now, parsed, len(intake.new), body_hash)
        feeds.record_success(tx, state, outcome)
    return len(intake.new)


def _success(
    state: FeedState,
    subscription: Subscription,
    fetched: Fetched,
    now: datetime,
    parsed: ParsedFeed | None = None,
    new_entries: int = 0,
    body_hash: str | None = None,
) -> feeds.Success:
    entries = parsed.entries if parsed else ()
    interval, again = timing.after_success(
        subscription.options,
        now=now,
        interval=state.interval,
        new_entries=new_entries,
        published=[entry.published_at for entry in entries if entry.published_at],
        ttl=parsed.ttl if parsed else None,
        max_age=fetched.max_age,
        rng=random.Random(),  # noqa: S311  # jitter, not secrecy
    )
    return feeds.Success(
        polled_at=now,
        next_poll_at=again,
        interval=interval,
        # A 304 need not repeat the validators; a 200 without them takes them away.
        etag=fetched.etag or (state.etag if fetched.unchanged else None),
        last_modified=fetched.last_modified or (state.last_modified if fetched.unchanged else None),
        body_hash=body_hash or state.body_hash,
        new_entries=new_entries,
    )
