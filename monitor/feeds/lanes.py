"""How many requests may be under way: in all, and at one server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class Slot:
    """One of the slots for all requests together, taken; it can be left before its request ends."""

    __slots__ = ("_all",)

    def __init__(self, taken: asyncio.Semaphore) -> None:
        self._all: asyncio.Semaphore | None = taken

    def leave(self) -> None:
        """Let another request begin; again, and nothing happens."""
        if self._all is not None:
            self._all.release()
            self._all = None


class Lanes:
    """Slots for requests: ``total`` at once, and ``per_place`` at the same server.

    Who waits for a busy server holds no slot meanwhile: many feeds of one slow server leave the
    others alone. A slot is held for one request only, never while waiting for another.
    """

    def __init__(self, total: int, per_place: int = 2) -> None:
        self._all = asyncio.Semaphore(total)
        self._per_place = per_place
        # A server's lane lives as long as somebody is in it or waits for it.
        self._lanes: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def taken(self, place: str) -> AsyncIterator[Slot]:
        """Wait for a slot at ``place`` (host and port), and hold it inside the block.

        Who has to wait for memory may leave it earlier; the place is held to the end.
        """
        lane = self._lanes.get(place)
        if lane is None:
            lane = self._lanes[place] = asyncio.Semaphore(self._per_place)
        async with lane:
            await self._all.acquire()
            slot = Slot(self._all)
            try:
                yield slot
            finally:
                slot.leave()
