"""Work that comes bit by bit and is cheaper by the handful, done so without waiting for more.

Whoever brings something waits for what comes of it. As soon as a hand is free it takes all that
waits, up to a handful; so a single thing is done at once, and many together.
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
    together is no more than ``heaviest`` unless it is one alone.
    """

    def __init__(
        self,
        do: Callable[[Sequence[Thing]], Sequence[Result | Exception]],
        *,
        hands: int,
        most: int,
        weight: Callable[[Thing], int],
        heaviest: int,
    ) -> None:
        self._do = do
        self._hands = hands
        self._most = most
        self._weight = weight
        self._heaviest = heaviest
        self._waiting: list[tuple[Thing, asyncio.Future[Result]]] = []
        self._working: set[asyncio.Task[None]] = set()

    async def done(self, thing: Thing) -> Result:
        """Have it done; gives what came of it, or raises its fault."""
        result: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((thing, result))
        # One that has ended is taken out a moment later only, and would never look again.
        if sum(not task.done() for task in self._working) < self._hands:
            task = asyncio.create_task(self._work())
            self._working.add(task)
            task.add_done_callback(self._working.discard)
        return await result

    async def _work(self) -> None:
        while self._waiting:
            handful = self._handful()
            try:
                results = await asyncio.to_thread(self._do, [thing for thing, _ in handful])
            except Exception as fault:  # whoever waits for one of them deals with it
                results = [fault] * len(handful)
            for (_, waiting), result in zip(handful, results, strict=True):
                if waiting.done():  # whoever waited was cancelled meanwhile
                    continue
                if isinstance(result, Exception):
                    waiting.set_exception(result)
                else:
                    waiting.set_result(result)

    def _handful(self) -> list[tuple[Thing, asyncio.Future[Result]]]:
        weight = taken = 0
        for thing, _ in self._waiting[: self._most]:
            weight += self._weight(thing)
            if taken and weight > self._heaviest:
                break
            taken += 1
        handful, self._waiting = self._waiting[:taken], self._waiting[taken:]
        return handful
