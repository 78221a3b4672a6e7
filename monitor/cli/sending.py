"""Deliveries that somebody asked to be sent: now, by this command, or by whoever runs."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from monitor.cli import show
from monitor.cli.session import NOT_RIGHT, Session, end
from monitor.model import Delivery, DeliveryState, utc_now

if TYPE_CHECKING:
    from monitor.config import Settings
    from monitor.store import Store


SHOWN = 200
"""Deliveries that are listed; --json lists all."""


def send_now(session: Session, settings: Settings, store: Store) -> None:
    """Send whatever is due. Safe beside a daemon: each delivery is sent by one of the two."""
    from monitor.delivery.deliver import deliver
    from monitor.wiring import open_channels

    session.start_log()

    async def work() -> None:
        async with open_channels(settings, utc_now) as channels:
            await deliver(store, channels, utc_now, stopping=asyncio.Event())

    asyncio.run(work())


def tell(
    settings: Settings, store: Store, ids: Collection[str], *, as_json: bool, tried: bool
) -> None:
    """How these deliveries stand; where they were ``tried`` and not received, the end is a 1."""
    from monitor.store import outbox

    with store.read() as connection:
        found = outbox.of_ids(connection, ids)
    if as_json:
        show.as_json([_described(delivery) for delivery in found])
    for delivery in () if as_json else found[:SHOWN]:
        show.result(f"{delivery.id}  {delivery.channel} → {delivery.recipient}: {_how(delivery)}")
    if len(found) > SHOWN and not as_json:
        show.result(f"and {len(found) - SHOWN} more")
    _tell_waiting(found, {options.name for options in settings.channels})
    if tried and any(each.attempts and each.state is not DeliveryState.SENT for each in found):
        end(NOT_RIGHT)


def _how(delivery: Delivery) -> str:
    if delivery.state is DeliveryState.SENT:
        return f"received: {delivery.answer}"
    if not delivery.attempts:
        return "waits to be sent"
    return f"{delivery.state}: {delivery.answer or 'another process has it in hand'}"


def _tell_waiting(found: Sequence[Delivery], channels: Collection[str]) -> None:
    for name in sorted({delivery.channel for delivery in found} - set(channels)):
        show.aside(f"the config has no channel {name}: what is to go there waits for one")
    if any(not delivery.attempts and delivery.channel in channels for delivery in found):
        show.aside(
            "A running daemon sends what waits at once. Where none runs, it waits for one; to send "
            "it from here: wirewatch deliveries retry ID --now"
        )


def _described(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "message": delivery.message_id,
        "digest": delivery.digest,
        "channel": delivery.channel,
        "recipient": delivery.recipient,
        "state": str(delivery.state),
        "attempts": delivery.attempts,
        "resent": delivery.resent,
        "answer": delivery.answer,
    }
