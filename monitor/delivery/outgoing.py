"""One pass over the outbox: what is due is leased, sent by its channel, and recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.engine import Connection

from monitor.delivery.channels import Channel
from monitor.delivery.pace import Paced
from monitor.delivery.retry import GiveUp, Retry, after_fault
from monitor.errors import DeliveryError, LeaseLost, own_fault
from monitor.leasing import LEASE_SECONDS, to_the_end
from monitor.log import Log
from monitor.model import Clock, Delivery, DeliveryState, Message
from monitor.store import Store, digests, outbox, paces

if TYPE_CHECKING:
    from monitor.delivery.deliver import DeliverReport

log = Log("deliver")

PATIENCE = timedelta(seconds=10)
"""A pass waits for a pace, but not for a server that asked to be left alone for longer."""


class Outgoing:
    """One pass over the outbox."""

    def __init__(
        self, store: Store, channels: Mapping[str, Channel], clock: Clock, report: DeliverReport
    ) -> None:
        self.report = report
        self._paces_hold = False
        self._store = store
        self._channels = channels
        self._clock = clock

    def lease(self, free: int, under_way: Sequence[Delivery]) -> Sequence[Delivery]:
        """Take the next delivery of each channel that is not sending and may do so now."""
        now = self._clock()
        idle = set(self._channels) - {delivery.channel for delivery in under_way}
        with self._store.read() as connection:
            if not idle or not outbox.work_waits(connection, now):
                self._paces_hold = False
                return ()
            held = idle & paces.waiting(connection, now).keys()
        self._paces_hold = bool(held)
        if idle == held:
            return ()
        try:
            with self._store.write() as tx:
                leased = outbox.lease_due(tx, now, idle - held, free, LEASE_SECONDS)
                self._keep_pace(tx, leased, now)
                return leased
        except paces.AlreadyTaken:  # by another process; all of it is leased again in a moment
            self._paces_hold = True
            return ()

    def _keep_pace(self, tx: Connection, leased: Sequence[Delivery], now: datetime) -> None:
        # In the same order everywhere, so that no two processes wait for each other.
        for name in sorted({delivery.channel for delivery in leased}):
            channel = self._channels[name]
            if isinstance(channel, Paced) and channel.pace:
                paces.take(tx, name, now, channel.pace.next_after)

    def until_the_next(self) -> float | None:
        """Seconds until a delivery may go that waits for its channel's pace; None for none."""
        if not self._paces_hold:
            return None
        now = self._clock()
        with self._store.read() as connection:
            soonest = paces.soonest(connection, self._channels, now, now + PATIENCE)
        return (soonest - now).total_seconds() if soonest else None

    def give_up(self) -> None:
        """Give up what no try can be made of any more."""
        now, names = self._clock(), list(self._channels)
        with self._store.read() as connection:
            if not outbox.any_hopeless(connection, now, names):
                return
        with self._store.write() as tx:
            ended = outbox.give_up(tx, now, names)
        for delivery in ended:
            answer = delivery.answer or ""
            self.report.refused[delivery.id] = (delivery, answer)
            log.warning(
                "delivery given up",
                digest=delivery.digest,
                channel=delivery.channel,
                recipient=delivery.recipient,
                answer=answer,
            )

    def renew(self, held: Sequence[Delivery]) -> None:
        """Keep the deliveries that are on their way."""
        with self._store.write() as tx:
            outbox.renew(tx, held, LEASE_SECONDS)

    async def work(self, delivery: Delivery) -> None:
        """Send one delivery; whatever goes wrong stays with it."""
        try:
            answer = await self._send(delivery)
        except DeliveryError as error:
            await to_the_end(self._refused, delivery, error)
        except asyncio.CancelledError:
            stopped = DeliveryError("stopped while sending", temporary=True, unknown=True)
            self._refused(delivery, stopped)
            raise
        except Exception as error:
            log.exception("delivery failed unexpectedly", channel=delivery.channel)
            fault = DeliveryError(own_fault(error), temporary=True, unknown=True)
            await to_the_end(self._refused, delivery, fault)
        else:
            await to_the_end(self._sent, delivery, answer)

    async def _send(self, delivery: Delivery) -> str:
        message = await asyncio.to_thread(self._message, delivery)
        if message is None:
            raise DeliveryError("its message is no longer stored", temporary=False)
        return await self._channels[delivery.channel].send(delivery, message)

    def _message(self, delivery: Delivery) -> Message | None:
        with self._store.read() as connection:
            return digests.message(connection, delivery.message_id)

    def _sent(self, delivery: Delivery, answer: str) -> None:
        try:
            with self._store.write() as tx:
                outbox.record(tx, delivery, DeliveryState.SENT, answer, self._clock())
                outbox.end_rest(tx, delivery.channel)
        except LeaseLost as lost:
            log.warning("delivery sent by two processes", id=delivery.id, reason=str(lost))
            return
        self.report.sent += 1
        self.report.refused.pop(delivery.id, None)
        log.info(
            "delivery sent",
            digest=delivery.digest,
            channel=delivery.channel,
            recipient=delivery.recipient,
            answer=answer,
        )

    def _refused(self, delivery: Delivery, error: DeliveryError) -> None:
        now = self._clock()
        self.report.refused[delivery.id] = (delivery, error.answer)
        with self._store.read() as connection:
            rest = outbox.rest_of(connection, delivery.channel)
        # A channel's rest grows with its rests, whichever delivery was tried last.
        attempts = 1 + (rest.rests if rest else 0) if error.channel_fault else delivery.attempts
        state, again = _what_follows(delivery, error, attempts, now)
        log.warning(
            "delivery not received",
            digest=delivery.digest,
            channel=delivery.channel,
            recipient=delivery.recipient,
            answer=error.answer,
            state=str(state),
            again_at=again.at.isoformat(timespec="seconds") if again else None,
        )
        try:
            with self._store.write() as tx:
                ended = self._clock()
                outbox.record(tx, delivery, state, error.answer, ended, again.at if again else None)
                if again and again.rests_channel:
                    outbox.rest_channel(tx, delivery.channel, again.at, now, error.answer)
                if again and error.slow_down:
                    paces.hold(tx, delivery.channel, again.at)
        except LeaseLost as lost:
            log.warning("delivery taken over", id=delivery.id, reason=str(lost))


def _what_follows(
    delivery: Delivery, error: DeliveryError, attempts: int, now: datetime
) -> tuple[DeliveryState, Retry | None]:
    decided = after_fault(
        error,
        attempts=attempts,
        first_tried_at=delivery.first_tried_at or now,
        now=now,
    )
    if isinstance(decided, Retry):
        return (DeliveryState.UNKNOWN if error.unknown else DeliveryState.WAITING), decided
    if isinstance(decided, GiveUp):
        return DeliveryState.GIVEN_UP, None
    return DeliveryState.FAILED, None
