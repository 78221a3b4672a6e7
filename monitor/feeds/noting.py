"""Polls that brought nothing are written down together: most polls are of that kind."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from monitor.errors import LeaseLost
from monitor.model import FeedState
from monitor.store import Store, feeds
from monitor.store.feeds import Success

GATHERED = 0.1
"""Seconds for which outcomes are gathered, to go into one transaction."""

Noted = tuple[FeedState, Success, "asyncio.Future[None]"]


class Noting:
    """Writes down outcomes of polls that brought no articles, several in one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[Noted] = []
        self._writing: asyncio.Task[None] | None = None

    async def note(self, state: FeedState, outcome: Success) -> None:
        """Keep a poll's outcome and free the feed. Raises LeaseLost and StoreError."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((state, outcome, done))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        """Write until nothing waits; whoever waits is told what came of it."""
        try:
            while self._waiting:
                await asyncio.sleep(GATHERED)
                batch, self._waiting = self._waiting, []
                await self._tell(batch)
        finally:
            self._writing = None

    async def _tell(self, batch: Sequence[Noted]) -> None:
        fault: Exception | None = None
        lost: frozenset[int] = frozenset()
        try:
            lost = await asyncio.to_thread(self._record, batch)
        except Exception as error:  # each of the polls deals with it
            fault = error
        for state, _, done in batch:
            if done.done():  # its poll was cancelled meanwhile
                continue
            if state.id in lost:
                done.set_exception(LeaseLost(f"the feed {state.name} was taken over"))
            elif fault is not None:
                done.set_exception(fault)
            else:
                done.set_result(None)

    def _record(self, batch: Sequence[Noted]) -> frozenset[int]:
        with self._store.write() as tx:
            return feeds.record_successes(tx, [(state, outcome) for state, outcome, _ in batch])
