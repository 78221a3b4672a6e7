"""What is noted where a feed could not be had: of it, or of our own line.

Imported with the first feed that fails.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING

from monitor.errors import FetchError, LeaseLost
from monitor.feeds import timing
from monitor.feeds.asking import where_to_ask
from monitor.feeds.line_watch import LINE, PROBE_EVERY, LineWatch, Sign
from monitor.feeds.options import Subscription
from monitor.leasing import to_the_end
from monitor.log import Log
from monitor.model import Clock, FeedState, ProblemKind
from monitor.store import Store, feeds, problems

if TYPE_CHECKING:
    from monitor.feeds.poll import PollReport

log = Log("poll")

_GONE = "it is gone for good and asked no more (wirewatch feeds revive asks again)"


class NotHad:
    """Notes the polls of one pass that failed.

    ``report`` and ``in_vain`` (by the ids of feeds that were asked while our own line was down)
    are kept up to date.
    """

    def __init__(
        self,
        store: Store,
        line: LineWatch,
        clock: Clock,
        rng: Random,
        report: PollReport,
        in_vain: dict[int, FeedState],
    ) -> None:
        self._store = store
        self._line = line
        self._clock = clock
        self._rng = rng
        self._report = report
        self._in_vain = in_vain

    async def in_vain(
        self, state: FeedState, subscription: Subscription, error: FetchError, sign: Sign | None
    ) -> None:
        """A server was not reached, or a portal may have answered for it (``sign``).

        Where it is our line that is down, or captured, the feed is not blamed. To be called one at
        a time.
        """
        line = self._line
        known = line.trouble
        blamed = line.unreached(state, state.host or "", self._clock(), sign)
        since, told = line.down_since, line.trouble  # another answer may clear it at any moment
        if since and told and told != known:
            await to_the_end(self._line_is_down, blamed, since, told)
        if since:
            await to_the_end(self._excuse, state)
        else:
            await to_the_end(self.blame, state, subscription, error, sign)

    def _line_is_down(self, blamed: Sequence[FeedState], since: datetime, told: str) -> None:
        """Tell it, and take back what was noted of feeds before it was clear."""
        log.warning("feeds are out of reach", reason=told, no_longer_blamed=len(blamed) or None)
        with self._store.write() as tx:
            problems.begin(tx, ProblemKind.LINE, LINE, told, since)
            feeds.unburden(tx, blamed, self._clock() + PROBE_EVERY)
        for state in blamed:
            if self._report.failed.pop(state.name, None) is not None:
                self._report.in_vain += 1
                self._in_vain[state.id] = state

    def _excuse(self, state: FeedState) -> None:
        """A feed was asked in vain while the line was down."""
        now = self._clock()
        try:
            with self._store.write() as tx:
                feeds.record_out_of_reach(tx, state, now, now + PROBE_EVERY)
        except LeaseLost:
            log.warning("feed taken over", feed=state.name)
            return
        self._report.polled += 1
        self._report.in_vain += 1
        self._in_vain[state.id] = state

    def blame(
        self,
        state: FeedState,
        subscription: Subscription,
        error: FetchError,
        sign: Sign | None = None,
    ) -> None:
        """A feed failed, while the line is up."""
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
        try:
            with self._store.write() as tx:
                feeds.record_failure(tx, state, reason, now, again, gone=gone, held_by=held_by)
        except LeaseLost:
            log.warning("feed taken over", feed=state.name)
            return
        self._report.polled += 1
        self._report.failed[state.name] = reason
        told = {} if gone else {"again_at": again.isoformat(timespec="seconds")}
        log.warning("feed failed", feed=state.name, reason=reason, **told)
