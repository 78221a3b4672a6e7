"""Works through units of leased work, several at once, until nothing is due.

Polling feeds and sending deliveries are alike: many slow conversations with other people's
servers, of which one that hangs must not hold up the rest. While a unit is under way its lease is
renewed; when this process dies the lease runs out and another process takes the unit over.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from monitor import progress
from monitor.errors import StoreError
from monitor.log import Log

LEASE_SECONDS = 25.0
"""How long a lease lasts: what a process that died had in hand is free again after that."""

RENEW_SECONDS = 8.0
LOOK_SECONDS = 0.5
"""How often to look for newly due work while slow units hold the pass open."""

FEW = 2
"""New units are asked for when a slot in so many is free, or after ``LOOK_SECONDS``."""

PAUSES = (0.5, 1.0, 2.0)
"""Seconds between tries to write down an outcome; less in all than SIGTERM allows."""

log = Log("leasing")

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
    renewed = leased = time.monotonic()
    found: Sequence[Unit] = ()
    try:
        while True:
            free = slots - len(under_way)
            # A question for each slot that gets free would cost as much as the work itself, and
            # one right after nothing was due is most often answered alike.
            some = free * FEW >= slots and found
            late = time.monotonic() - leased > LOOK_SECONDS
            if free and (some or late or not under_way) and not stopping.is_set():
                leased = time.monotonic()
                found = await _leased(lease, free, tuple(under_way.values()))
                under_way |= {asyncio.ensure_future(work(unit)): unit for unit in found}
            if not under_way:
                return
            done, _ = await asyncio.wait(
                under_way, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                del under_way[task]
                task.result()
                progress.made()
            if under_way and time.monotonic() - renewed > RENEW_SECONDS:
                with _told("leases could not be renewed"):
                    await asyncio.to_thread(renew, tuple(under_way.values()))
                renewed = time.monotonic()
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def _leased(
    lease: Callable[[int, Sequence[Unit]], Sequence[Unit]], free: int, under_way: Sequence[Unit]
) -> Sequence[Unit]:
    """New units; none where the store cannot be asked and others are under way."""
    try:
        return await asyncio.to_thread(lease, free, under_way)
    except StoreError:
        if not under_way:
            raise
        return ()


@contextmanager
def _told(what: str) -> Iterator[None]:
    """A store that cannot be used is told and passed over."""
    try:
        yield
    except StoreError as error:
        log.warning(what, reason=str(error))


async def to_the_end(record: Callable[..., None], *arguments: object) -> None:
    """Call ``record`` in a thread and wait for its end, even when cancelled meanwhile.

    For what has happened already and must be written down, such as that a mail went out. Where
    the store cannot take it (a full disk, a lock) it is tried again for some seconds; then it is
    told and left: the lease runs out, and the unit is worked again.
    """
    recording = asyncio.ensure_future(_write_down(record, *arguments))
    try:
        await asyncio.shield(recording)
    except asyncio.CancelledError:
        await recording
        raise


async def _write_down(record: Callable[..., None], *arguments: object) -> None:
    for pause in PAUSES:
        try:
            await asyncio.to_thread(record, *arguments)
        except StoreError:
            await asyncio.sleep(pause)
        else:
            return
    with _told("what has happened could not be written down, and may happen again"):
        await asyncio.to_thread(record, *arguments)
