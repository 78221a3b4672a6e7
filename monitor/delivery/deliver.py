"""The station of the delivery room: sends what is in the outbox.

    lease (written: SENDING) ─► send the stored bytes ─► record what came of it

A crash between the two leaves a delivery SENDING; when its lease has run out the answer is taken as
unknown and the delivery goes out again with the same id and the same bytes. Channels work side by
side, each sending one delivery at a time and no faster than its service allows, so a channel that
is dead or waits for its pace delays no other. How that is done is in ``outgoing``, which is
imported when there is something to send.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from monitor.leasing import work_off
from monitor.model import Clock, Delivery
from monitor.store import Store, outbox

if TYPE_CHECKING:
    from monitor.delivery.channels import Channel

LOOK_SECONDS = 0.5
"""How often to look for what is due on other channels meanwhile."""


@dataclass(slots=True)
class DeliverReport:
    """What a pass did. ``refused`` maps ids to deliveries that were tried and not received.

    ``any_open``: there was something to send, whether or not it was due.
    """

    sent: int = 0
    any_open: bool = False
    refused: dict[str, tuple[Delivery, str]] = field(default_factory=dict)


async def _unless_over(seconds: float, stopping: asyncio.Event) -> None:
    """Let ``seconds`` pass, or less when it is time to stop."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)


async def deliver(
    store: Store,
    channels: Mapping[str, Channel],
    clock: Clock,
    *,
    stopping: asyncio.Event,
    pause: Callable[[float, asyncio.Event], Awaitable[None]] = _unless_over,
) -> DeliverReport:
    """Send every delivery that is due, until none is left; ``pause`` waits for the paces."""
    report = DeliverReport()
    if not await asyncio.to_thread(_any_open, store):
        return report
    report.any_open = True
    from monitor.delivery.outgoing import Outgoing

    outgoing = Outgoing(store, channels, clock, report)
    await asyncio.to_thread(outgoing.give_up)
    while True:
        await work_off(
            outgoing.lease, outgoing.work, outgoing.renew, slots=len(channels), stopping=stopping
        )
        seconds = None if stopping.is_set() else await asyncio.to_thread(outgoing.until_the_next)
        if seconds is None:
            return report
        await pause(min(seconds, LOOK_SECONDS), stopping)


def _any_open(store: Store) -> bool:
    with store.read() as connection:
        return outbox.any_open(connection)
