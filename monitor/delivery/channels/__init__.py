"""The ways out: one module for each kind of channel, behind one small protocol.

A channel packs a message into deliveries (pure, inside the transaction that composes the digest)
and later sends them one by one. It says whether a fault is temporary, the message's or its own;
what follows is decided in ``monitor.delivery.retry``.

Each kind is imported when the first channel of it is opened, so that commands that send nothing
start fast.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any, Protocol

from monitor.delivery.options import (
    AppriseOptions,
    ChannelOptions,
    CommandOptions,
    EmailOptions,
    FeedFileOptions,
    FolderOptions,
    TerminalOptions,
    WebhookOptions,
)
from monitor.model import Clock, Delivery, Message, new_id

if TYPE_CHECKING:
    import httpx


class Channel(Protocol):
    """One configured way to reach somebody."""

    @property
    def name(self) -> str:
        """The name in the configuration."""
        ...

    @property
    def kind(self) -> str:
        """The word after ``type``."""
        ...

    @property
    def address(self) -> str:
        """Where it leads, as people see it: never a secret."""
        ...

    def pack(self, message: Message, now: datetime) -> tuple[Delivery, ...]:
        """One delivery for each recipient, due at ``now``, its bytes rendered once.

        Pure and quick: it is called inside a transaction. Never fails for what a message holds.
        """
        ...

    async def send(self, delivery: Delivery, message: Message) -> str:
        """Hand one delivery over; returns the receiver's answer (one short line, no secret).

        Raises DeliveryError, and nothing else, when it could not be handed over.
        """
        ...


def _email(options: EmailOptions, _http: httpx.AsyncClient, _clock: Clock) -> Channel:
    from monitor.delivery.channels.email import EmailChannel

    return EmailChannel(options)


def _webhook(options: WebhookOptions, http: httpx.AsyncClient, clock: Clock) -> Channel:
    from monitor.delivery.channels.webhook import WebhookChannel

    return WebhookChannel(options, http, clock)


def _folder(options: FolderOptions, _http: httpx.AsyncClient, _clock: Clock) -> Channel:
    from monitor.delivery.channels.folder import FolderChannel

    return FolderChannel(options)


def _feed_file(options: FeedFileOptions, _http: httpx.AsyncClient, clock: Clock) -> Channel:
    from monitor.delivery.channels.feed_file import FeedFileChannel

    return FeedFileChannel(options, clock)


def _command(options: CommandOptions, _http: httpx.AsyncClient, _clock: Clock) -> Channel:
    from monitor.delivery.channels.command import CommandChannel

    return CommandChannel(options)


def _apprise(options: AppriseOptions, _http: httpx.AsyncClient, _clock: Clock) -> Channel:
    from monitor.delivery.channels.apprise import AppriseChannel

    return AppriseChannel(options)


def _terminal(options: TerminalOptions, _http: httpx.AsyncClient, _clock: Clock) -> Channel:
    from monitor.delivery.channels.terminal import TerminalChannel

    return TerminalChannel(options)


OPENERS: dict[type[ChannelOptions], Callable[[Any, httpx.AsyncClient, Clock], Channel]] = {
    EmailOptions: _email,
    WebhookOptions: _webhook,
    FolderOptions: _folder,
    FeedFileOptions: _feed_file,
    CommandOptions: _command,
    AppriseOptions: _apprise,
    TerminalOptions: _terminal,
}
"""Every kind of channel: the type of its options, and what opens it."""


def open_channel(options: ChannelOptions, http: httpx.AsyncClient, clock: Clock) -> Channel:
    """The channel that these options describe; nothing is connected yet.

    ``http`` is shared by all channels that speak HTTP and is closed by whoever made it.
    Raises ValueError, naming what is wrong, when the options cannot work (no mail address in
    ``from``, a signing secret that is not base64); its message holds no secret.
    """
    return OPENERS[type(options)](options, http, clock)


def delivery_of(
    channel: Channel,
    message: Message,
    body: bytes,
    now: datetime,
    *,
    recipient: str | None = None,
    delivery_id: str | None = None,
) -> Delivery:
    """A delivery of ``message`` over ``channel`` that waits to be sent at ``now``.

    Without a ``recipient`` it goes to the channel's address, without a ``delivery_id`` (that
    ``body`` names) it is given one.
    """
    return Delivery(
        id=delivery_id or new_id(now),
        message_id=message.id,
        digest=message.digest,
        channel=channel.name,
        recipient=recipient or channel.address,
        body=body,
        created_at=now,
        due_at=now,
    )


def test_message(name: str, now: datetime) -> Message:
    """The message of ``wirewatch channels test``: a digest without stories, for channel ``name``.

    It has every field that a receiver of real digests counts on.
    """
    message_id = new_id(now)
    subject = f"Test message from Wirewatch for the channel {name}"
    text = f"{subject}.\n\nIf you can read this, digests sent over this channel will arrive.\n"
    paragraphs = "".join(f"<p>{escape(part)}</p>" for part in text.strip().split("\n\n"))
    html = f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(subject)}'
    html += f"</title></head><body>{paragraphs}</body></html>\n"
    payload = {
        "type": "digest.sent",
        "version": 1,
        "id": message_id,
        "digest": "test",
        "timestamp": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "subject": subject,
        "stories": [],
        "more": [],
        "problems": [],
    }
    return Message(
        id=message_id,
        digest="test",
        composed_at=now,
        subject=subject,
        html=html,
        text=text,
        json=json.dumps(payload, ensure_ascii=False).encode(),
    )


test_message.__test__ = False  # type: ignore[attr-defined]  # pytest would take it for a test
