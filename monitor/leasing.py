"""Works through units of leased work, several at once, until nothing is due.

Polling feeds and sending deliveries are alike: many slow conversations with other people's
servers, of which one that hangs must not hold up the rest. While a unit is under way its lease is
renewed; when this process dies the lease runs out and another process takes the unit over.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

LEASE_SECONDS = 25.0
"""How long a lease lasts: what a process that died had in hand is free again after that."""

RENEW_SECONDS = 8.0
LOOK_SECONDS = 0.5
"""How often to look for newly due work while slow units hold the pass open."""

Unit = TypeVar("Unit")


async def work_off(
    lease: Callable[[int, Sequence[Unit]], Sequence[Unit]],
    work: Callable[[Unit], Awaitable[None]],
    renew: Callable[[Sequence[Unit]], None],
    *,
    slots: int,
    stopping: asyncio.Event,
) -> None:
    """Lease and work until nothing is due and nothing is under way.

    ``lease(free, under_way)`` takes up to ``free`` units and ``renew(under_way)`` keeps them; both
    are called in a thread. ``work(unit)`` never raises: it is the unit's one broad ``except``. Once
    ``stopping`` is set nothing new is leased. When cancelled, what is under way is cancelled too.
    """
    under_way: dict[asyncio.Task[None], Unit] = {}
    renewed = time.monotonic()
    try:
        while True:
            free = slots - len(under_way)
            if free and not stopping.is_set():
                units = await asyncio.to_thread(lease, free, tuple(under_way.values()))
                for unit in units:
                    under_way[asyncio.ensure_future(work(unit))] = unit
            if not under_way:
                return
            done, _ = await asyncio.wait(
                under_way, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                del under_way[task]
                task.result()
            if under_way and time.monotonic() - renewed > RENEW_SECONDS:
                await asyncio.to_thread(renew, tuple(under_way.values()))
                renewed = time.monotonic()
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def to_the_end(record: Callable[..., None], *arguments: object) -> None:
    """Call ``record`` in a thread and wait for its end, even when cancelled meanwhile.

    For what has happened already and must be written down, such as that a mail went out.
    """
    recording = asyncio.ensure_future(asyncio.to_thread(record, *arguments))
    try:
        await asyncio.shield(recording)
    except asyncio.CancelledError:
        await recording
        raise
