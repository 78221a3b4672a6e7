"""The station of the feeds room: asks every feed that is due, and keeps what is new.

    lease a due feed ─► fetch ─► parse ─► what is unseen ─► sort out identities ─► keep, in one
                                            transaction with the feed's validators

A feed is one unit of work: whatever goes wrong with it is written to its own row and told, and
every other feed goes on. A failed poll changes nothing of what is known.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from monitor.errors import FetchError, LeaseLost, StoreError, own_fault
from monitor.feeds import timing
from monitor.feeds.asking import conditions, where_to_ask
from monitor.feeds.fetch import Fetched, Fetcher
from monitor.feeds.handfuls import Handfuls
from monitor.feeds.holding import Holding, Share
from monitor.feeds.line_watch import PROBE_EVERY, LineWatch, Sign, is_told_a_feed, portal_sign
from monitor.feeds.noting import Noting
from monitor.feeds.options import Subscription
from monitor.feeds.outcome import Answer, success
from monitor.leasing import LEASE_SECONDS, to_the_end, work_off
from monitor.log import Log
from monitor.model import Clock, FeedState, ProblemKind
from monitor.store import Store, due_feeds, feeds, problems
from monitor.text.languages import LanguageTeller, forget_model

if TYPE_CHECKING:
    from monitor.feeds.full_text import PageReader
    from monitor.feeds.take_in import TakeIn

HANDS = 2
"""Handfuls of documents worked on at once: more threads would only hold each other up."""

PATIENCE = {"sqlite": 1.0, "postgresql": 0.05}
"""Seconds after which what waits behind a handful is worked on beside it. A server of its own has
work to do for one while the other computes."""

HANDFUL = 16
"""Documents that are read and kept together, where so many wait."""

HEAVY = 700_000
"""Bytes of documents that make a handful: one that takes long holds up few others. A document
beyond it waits for the hand that does nothing else: it takes many times its size to read one."""

AHEAD = 8
"""Feeds in hand for each that is asked at the moment: taking them by the handful costs less."""

log = Log("poll")

_LINE = "network"
_GONE = "it is gone for good and asked no more (wirewatch feeds revive asks again)"


@dataclass(slots=True)
class PollReport:
    """What a pass over the feeds did. ``failed`` maps feed names to what was wrong.

    ``in_vain`` were asked while our own line was down, and are not blamed. ``line`` says what is
    wrong with it at the end of the pass; None: nothing.
    """

    polled: int = 0
    new_articles: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    in_vain: int = 0
    line: str | None = None


@dataclass(slots=True)
class Polling:
    """The tools of the station. ``subscriptions`` maps a feed's address to how it is polled.

    ``teller`` may be replaced while a pass is under way: what is read from then on is told by it.
    ``pages`` reads the pages of feeds with ``full_text``; without it none are read. ``line`` knows
    from pass to pass whether our own line is down.
    """

    fetcher: Fetcher
    subscriptions: Mapping[str, Subscription]
    teller: LanguageTeller
    concurrency: int = 32
    pages: PageReader | None = None
    line: LineWatch = field(default_factory=LineWatch)


async def poll(
    store: Store,
    tools: Polling,
    clock: Clock,
    *,
    stopping: asyncio.Event,
    everything: bool = False,
) -> PollReport:
    """Poll every feed that is due (``everything``: each feed once), until none is left."""
    one_pass = _Pass(store, tools, clock, everything=everything)
    slots = tools.concurrency * AHEAD
    await work_off(one_pass.lease, one_pass.work, one_pass.renew, slots=slots, stopping=stopping)
    forget_model()
    one_pass.report.line = tools.line.trouble
    return one_pass.report


class _Pass:
    """One pass over the feeds that are due."""

    def __init__(self, store: Store, tools: Polling, clock: Clock, *, everything: bool) -> None:
        self.report = PollReport()
        self._store = store
        self._tools = tools
        self._clock = clock
        self._everything = everything
        self._began = clock()
        self._not_ours: set[int] = set()
        self._rng = random.Random()  # noqa: S311  # jitter, not secrecy
        self._noting = Noting(store)
        # One after the other: else what has ended may be told to begin, or a feed be blamed
        # right after all were cleared.
        self._line_told = asyncio.Lock()
        self._holding = Holding()
        self._handfuls = self._hands(HANDS)
        self._heavy = self._hands(1)

    def _hands(self, hands: int) -> Handfuls[Answer, int]:
        return Handfuls(
            self._read_and_kept,
            hands=hands,
            most=HANDFUL,
            weight=lambda answer: len(answer.fetched.body),
            heaviest=HEAVY,
            patience=PATIENCE[self._store.engine_name],
        )

    @cached_property
    def _take_in(self) -> TakeIn:
        """What reads and keeps documents; imported with the first of them."""
        from monitor.feeds.take_in import TakeIn

        return TakeIn(self._store, lambda: self._tools.teller, self._clock, self._rng)

    def _read_and_kept(self, answers: Sequence[Answer]) -> list[int | Exception]:
        return self._take_in.many(answers)

    def lease(self, free: int, under_way: Sequence[FeedState]) -> Sequence[FeedState]:
        """Take up to ``free`` due feeds.

        Never one that is under way here: its lease may have lapsed while a long transaction held
        everybody up, and it is renewed in a moment.
        """
        line = self._tools.line
        probing = line.down_since is not None
        wanted = line.granted(free, self._clock())
        if not wanted:
            return ()
        moment = self._began if self._everything else self._clock()
        with self._store.write() as tx:
            leased = due_feeds.lease(
                tx,
                moment,
                wanted,
                LEASE_SECONDS,
                everything_before=self._everything,
                besides=self._not_ours | {state.id for state in under_way},
                busy=[state.host for state in under_way if state.host],
                crowd=self._crowd(len(under_way)),
            )
        if probing and not leased:
            line.not_used()
        return leased

    def _crowd(self, under_way: int) -> int:
        """How many feeds of servers with many may be taken beyond their share: by the handful.

        They never have so many that others would lack room.
        """
        slots = self._tools.concurrency * AHEAD
        return slots - self._tools.concurrency - under_way if under_way <= slots // 2 else 0

    def renew(self, held: Sequence[FeedState]) -> None:
        """Keep the feeds that are being polled."""
        with self._store.write() as tx:
            due_feeds.renew(tx, held, LEASE_SECONDS)

    async def work(self, state: FeedState) -> None:
        """Poll one feed; whatever goes wrong stays with it."""
        subscription = self._tools.subscriptions.get(state.url)
        if subscription is None:  # another process's configuration names it, ours does not
            self._not_ours.add(state.id)
            await asyncio.to_thread(self._let_go, state)
            return
        share = self._holding.share()
        try:
            await self._polled(state, subscription, share)
        except asyncio.CancelledError:
            self._let_go(state)
            raise
        finally:
            share.end()

    async def _polled(self, state: FeedState, subscription: Subscription, share: Share) -> None:
        fetched = None
        try:
            asked = conditions(state, self._clock())
            fetched = await self._tools.fetcher.fetch(
                subscription,
                etag=asked.etag,
                last_modified=asked.last_modified,
                at=where_to_ask(state),
                ready=self._handfuls.room,
                share=share,
            )
            may_be_portal = not (fetched.unchanged or is_told_a_feed(fetched.content_type))
            if not may_be_portal:
                await self._reached(state)
            added = await self._kept(state, subscription, fetched, share)
            if may_be_portal:
                await self._reached(state)
        except FetchError as error:
            await self._not_had(state, subscription, error, fetched)
        except LeaseLost as error:
            log.warning("feed taken over", feed=state.name, reason=str(error))
        except StoreError as error:  # no fault of the feed's; it is asked again
            log.warning("a feed could not be kept", feed=state.name, reason=str(error))
        except Exception as error:
            log.exception("feed failed unexpectedly", feed=state.name)
            reason = FetchError(own_fault(error))
            await to_the_end(self._failed, state, subscription, reason)
        else:
            self.report.polled += 1
            self.report.new_articles += added
            log.debug("feed polled", feed=state.name, new=added, unchanged=fetched.unchanged)

    def _let_go(self, state: FeedState) -> None:
        with self._store.write() as tx:
            due_feeds.let_go(tx, state)

    async def _reached(self, state: FeedState) -> None:
        """Note that a server answered, in whatever way."""
        if self._tools.line.reached(state, state.host or "", self._clock()):
            async with self._line_told:
                await to_the_end(self._line_is_up)

    def _line_is_up(self) -> None:
        with self._store.write() as tx:
            was_down = problems.end(tx, ProblemKind.LINE, _LINE)
        if was_down:
            log.info("the line is up again")

    async def _not_had(
        self,
        state: FeedState,
        subscription: Subscription,
        error: FetchError,
        fetched: Fetched | None,
    ) -> None:
        """Note that a feed could not be had; ``fetched`` is what came and was none."""
        sign = portal_sign(state, error, fetched)
        if error.unreached or sign:
            async with self._line_told:
                await self._unreached(state, sign)
                await to_the_end(self._failed, state, subscription, error, sign)
        else:
            await self._reached(state)
            await to_the_end(self._failed, state, subscription, error)

    async def _unreached(self, state: FeedState, sign: Sign | None) -> None:
        """Note that a server was asked in vain; it may be our line that is down, or captured."""
        line = self._tools.line
        known = line.trouble
        blamed = line.unreached(state, state.host or "", self._clock(), sign)
        if line.trouble != known:
            await to_the_end(self._line_is_down, blamed, line.down_since, line.trouble)
            for each in blamed:
                self.report.in_vain += self.report.failed.pop(each.name, None) is not None

    def _line_is_down(self, blamed: Sequence[FeedState], since: datetime, told: str) -> None:
        """Tell it, and take back what was noted of feeds before it was clear."""
        log.warning("feeds are out of reach", reason=told)
        with self._store.write() as tx:
            problems.begin(tx, ProblemKind.LINE, _LINE, told, since)
            feeds.unburden(tx, blamed, self._clock() + PROBE_EVERY)

    def _failed(
        self,
        state: FeedState,
        subscription: Subscription,
        error: FetchError,
        sign: Sign | None = None,
    ) -> None:
        now = self._clock()
        # At the address that it moved to a feed may be gone, and still be where it was.
        gone = error.gone and not sign and where_to_ask(state) is None
        again, held_by = timing.after_failure(
            subscription.options,
            now=now,
            failures=state.failures + 1,
            retry_after=error.retry_after,
            rng=self._rng,
        )
        reason = f"{error}: {_GONE}" if gone else str(error)
        in_vain = bool(error.unreached or sign) and self._tools.line.down_since is not None
        try:
            with self._store.write() as tx:
                if in_vain:
                    feeds.record_out_of_reach(tx, state, now, now + PROBE_EVERY)
                else:
                    feeds.record_failure(tx, state, reason, now, again, gone=gone, held_by=held_by)
        except LeaseLost:
            log.warning("feed taken over", feed=state.name)
            return
        self.report.polled += 1
        if in_vain:
            self.report.in_vain += 1
            return
        self.report.failed[state.name] = reason
        told = {} if gone else {"again_at": again.isoformat()}
        log.warning("feed failed", feed=state.name, reason=reason, **told)

    async def _kept(
        self, state: FeedState, subscription: Subscription, fetched: Fetched, share: Share
    ) -> int:
        """Keep what a poll brought; gives how many articles are new."""
        answer = Answer(state, subscription, fetched)
        if fetched.unchanged:
            await self._noting.note(state, success(answer, self._clock(), self._rng))
            return 0
        _ = self._take_in  # imported by this thread: what others import takes ten megabytes more
        if subscription.options.full_text and not answer.is_as_before:
            share.end()  # its pages may have to wait for documents that would wait for it
            answer = await self._with_pages(answer)
        heavy = len(fetched.body) > HEAVY
        return await (self._heavy if heavy else self._handfuls).done(answer)

    async def _with_pages(self, answer: Answer) -> Answer:
        """What a feed with ``full_text`` says, with the pages behind it."""
        pages = self._tools.pages
        if pages is None:
            return answer
        from monitor.feeds.page_trouble import note_pages

        now = self._clock()
        found = await asyncio.to_thread(self._take_in.read_to_judge, answer, now)
        read = await pages.read(answer.subscription, found.judged)
        await asyncio.to_thread(note_pages, self._store, answer.state, read, now)
        await asyncio.to_thread(found.reading.judge_instead, read.told)
        return replace(answer, found=found)
