"""The trip of a message to one recipient, and where it stands."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from monitor.records import dataclass


class DeliveryState(StrEnum):
    """Where a delivery stands.

    WAITING: to be sent at ``due_at``. SENDING: leased and on its way. UNKNOWN: sent, no answer
    came; tried again with the same id. SENT: received. FAILED: refused for good. GIVEN_UP: tried
    for as long as we try.
    """

    WAITING = "waiting"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    FAILED = "failed"
    GIVEN_UP = "given up"


TRIED_FOR = timedelta(hours=72)
"""How long a delivery is tried, and how long one waits for a channel that is not there."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message's trip to one recipient over one channel.

    ``id`` goes out with every try (webhook-id, the left part of Message-ID), so that a receiver
    can drop a repeat. ``body`` is rendered once: every try sends the same bytes. ``recipient`` is
    shown to people and holds no secret. ``answer`` is the receiver's last word. ``resent`` is true
    where somebody asked for the message to be sent again.
    """

    id: str
    message_id: str
    digest: str
    channel: str
    recipient: str
    body: bytes
    created_at: datetime
    due_at: datetime
    state: DeliveryState = DeliveryState.WAITING
    attempts: int = 0
    first_tried_at: datetime | None = None
    last_tried_at: datetime | None = None
    answer: str | None = None
    lease_token: str | None = None
    resent: bool = False
