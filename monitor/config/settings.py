"""The configuration once it has been read and found whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.delivery.options import ChannelOptions
from monitor.digests.options import DigestOptions
from monitor.errors import Fault
from monitor.feeds.options import PollOptions, Subscription
from monitor.model import Secret


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a person configured, as the rooms' own options.

    ``path`` is the file it came from, absolute. ``database`` is an SQLAlchemy URL,
    ``database_shown`` the path or host by which it may be shown. ``retention`` is in seconds.
    ``poll`` is how feeds are polled that say nothing else. ``languages`` is None for "those that
    rules and vocabularies use". ``warnings`` are things that do no harm and that the person may
    not expect.
    """

    path: Path
    database: Secret
    database_shown: str
    rules: Path
    timezone: ZoneInfo
    retention: float
    languages: tuple[str, ...] | None
    concurrency: int
    subscriptions: tuple[Subscription, ...]
    poll: PollOptions
    channels: tuple[ChannelOptions, ...]
    digests: tuple[DigestOptions, ...]
    warnings: tuple[Fault, ...] = ()
