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
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from monitor.errors import FetchError, LeaseLost, StoreError, own_fault
from monitor.feeds.asking import conditions, where_to_ask
from monitor.feeds.fetch import Fetched, Fetcher
from monitor.feeds.handfuls import Handfuls
from monitor.feeds.holding import Holding, Share
from monitor.feeds.line_watch import LINE, LineWatch, is_told_a_feed, portal_sign
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
    from monitor.feeds.not_had import NotHad
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
    work = one_pass.lease, one_pass.work, one_pass.renew
    slots = tools.concurrency * AHEAD
    try:
        await work_off(*work, slots=slots, stopping=stopping)
        if one_pass.in_vain and not stopping.is_set() and tools.line.down_since is None:
            await asyncio.to_thread(one_pass.ask_again)
            await work_off(*work, slots=slots, stopping=stopping)
    finally:
        one_pass.let_go_the_rest()
    forget_model()
    one_pass.report.line = tools.line.trouble
    return one_pass.report


class _Pass:
    """One pass over the feeds that are due.

    ``in_vain`` are those that were asked while our own line was down, by their ids.
    """

    def __init__(self, store: Store, tools: Polling, clock: Clock, *, everything: bool) -> None:
        self.report = PollReport()
        self._store = store
        self._tools = tools
        self._clock = clock
        self._everything = everything
        self._began = clock()
        self._not_ours: set[int] = set()
        self._cancelled: list[FeedState] = []
        self.in_vain: dict[int, FeedState] = {}
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
    def _not_had(self) -> NotHad:
        """What notes that a feed could not be had; imported with the first of them."""
        from monitor.feeds.not_had import NotHad

        return NotHad(
            self._store, self._tools.line, self._clock, self._rng, self.report, self.in_vain
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
            await asyncio.to_thread(self._let_go, [state])
            return
        share = self._holding.share()
        try:
            await self._polled(state, subscription, share)
        except asyncio.CancelledError:
            self._cancelled.append(state)
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
            await self._failed(state, subscription, error, fetched)
        except LeaseLost as error:
            log.warning("feed taken over", feed=state.name, reason=str(error))
        except StoreError as error:  # no fault of the feed's; it is asked again
            log.warning("a feed could not be kept", feed=state.name, reason=str(error))
        except Exception as error:
            log.exception("feed failed unexpectedly", feed=state.name)
            reason = FetchError(own_fault(error))
            await to_the_end(self._not_had.blame, state, subscription, reason)
        else:
            self.report.polled += 1
            self.report.new_articles += added
            log.debug("feed polled", feed=state.name, new=added, unchanged=fetched.unchanged)

    def let_go_the_rest(self) -> None:
        """Give back the feeds whose polls were cancelled; else their leases run out."""
        with suppress(StoreError):
            if self._cancelled:
                self._let_go(self._cancelled)

    def _let_go(self, states: Sequence[FeedState]) -> None:
        with self._store.write() as tx:
            due_feeds.let_go(tx, states)

    async def _reached(self, state: FeedState) -> None:
        """Note that a server answered, in whatever way."""
        if self._tools.line.reached(state, state.host or "", self._clock()):
            async with self._line_told:
                await to_the_end(self._line_is_up)

    def _line_is_up(self) -> None:
        with self._store.write() as tx:
            was_down = problems.end(tx, ProblemKind.LINE, LINE)
        if was_down:
            log.info("the line is up again")

    async def _failed(
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
                await self._not_had.in_vain(state, subscription, error, sign)
        else:
            await self._reached(state)
            await to_the_end(self._not_had.blame, state, subscription, error)

    def ask_again(self) -> None:
        """Ask feeds once more in this pass that were asked in vain before the line was up again."""
        again = tuple(self.in_vain.values())
        self.in_vain.clear()
        self._tools.line.asked_again(state.id for state in again)
        with self._store.write() as tx:
            feeds.ask_again(tx, again, self._clock())
        self.report.polled -= len(again)
        self.report.in_vain -= len(again)

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
