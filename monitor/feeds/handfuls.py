"""Work that comes bit by bit and is cheaper by the handful, done so without waiting for more.

Whoever brings something waits for what comes of it. As soon as a hand is free it takes all that
waits, up to a handful; so a single thing is done at once, and many together. While one hand is at
work the others leave what comes to gather, until the first thing has waited for ``patience``: two
that compute at once hand the interpreter's lock to and fro, which costs more than it brings.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Thing = TypeVar("Thing")
Result = TypeVar("Result")


class Handfuls(Generic[Thing, Result]):
    """``do`` is called in a thread with a handful, and gives for each what came of it, or a fault.

    ``hands`` handfuls are worked on at once. A handful is of ``most`` things, whose ``weight``
    together is no more than ``heaviest`` unless it is one alone. There is room for more while what
    waits weighs less than ``room`` such handfuls. ``patience`` is how many seconds a thing waits
    for a hand that is at work, before another takes it.
    """

    def __init__(
        self,
        do: Callable[[Sequence[Thing]], Sequence[Result | Exception]],
        *,
        hands: int,
        most: int,
        weight: Callable[[Thing], int],
        heaviest: int,
        patience: float,
        room: int = 2,
    ) -> None:
        self._do = do
        self._hands = hands
        self._most = most
        self._weight = weight
        self._heaviest = heaviest
        self._patience = patience
        self._room = room * heaviest
        self._burden = 0
        self._lighter = asyncio.Event()
        self._waiting: list[tuple[Thing, asyncio.Future[Result]]] = []
        self._working: set[asyncio.Task[None]] = set()
        self._latest: asyncio.Task[None] | None = None  # who has taken a handful last

    async def room(self) -> None:
        """Wait until there is room: for whoever is about to fetch what will have to wait here."""
        while self._burden >= self._room:
            self._lighter.clear()
            await self._lighter.wait()

    async def done(self, thing: Thing) -> Result:
        """Have it done; gives what came of it, or raises its fault."""
        loop = asyncio.get_running_loop()
        result: asyncio.Future[Result] = loop.create_future()
        self._waiting.append((thing, result))
        self._burden += self._weight(thing)
        if not self._busy():
            self._set_to()
        elif len(self._waiting) == 1:
            self._watch(thing)
        return await result

    def _busy(self) -> int:
        """How many hands work; one that has ended is taken out of the set a moment later only."""
        return sum(not task.done() for task in self._working)

    def _watch(self, thing: Thing) -> None:
        """See to it that ``thing``, the first that waits, does not wait too long."""
        asyncio.get_running_loop().call_later(self._patience, self._lend_a_hand, thing)

    def _lend_a_hand(self, thing: Thing) -> None:
        if any(waiting is thing for waiting, _ in self._waiting):
            self._set_to()

    def _set_to(self) -> None:
        if self._busy() < self._hands:
            task = asyncio.create_task(self._work())
            self._working.add(task)
            task.add_done_callback(self._working.discard)

    async def _work(self) -> None:
        while self._waiting:
            handful = self._handful()
            self._latest = asyncio.current_task()
            try:
                results = await asyncio.to_thread(self._do, [thing for thing, _ in handful])
            except Exception as fault:  # whoever waits for one of them deals with it
                results = [fault] * len(handful)
            _tell([waiting for _, waiting in handful], results)
            if self._latest is not asyncio.current_task() and self._busy() > 1:
                return  # another was quicker, and goes on

    def _handful(self) -> list[tuple[Thing, asyncio.Future[Result]]]:
        weight = taken = 0
        for thing, _ in self._waiting[: self._most]:
            own = self._weight(thing)
            if taken and weight + own > self._heaviest:
                break
            weight += own
            taken += 1
        handful, self._waiting = self._waiting[:taken], self._waiting[taken:]
        self._burden -= weight
        self._lighter.set()
        if self._waiting:
            self._watch(self._waiting[0][0])
        return handful


def _tell(
    all_waiting: Sequence[asyncio.Future[Result]], results: Sequence[Result | Exception]
) -> None:
    """Give each what came of its thing."""
    for waiting, result in zip(all_waiting, results, strict=True):
        if waiting.done():  # whoever waited was cancelled meanwhile
            continue
        if isinstance(result, Exception):
            waiting.set_exception(result)
        else:
            waiting.set_result(result)
