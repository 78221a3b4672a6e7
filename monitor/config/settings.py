"""The configuration once it has been read and found whole."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.delivery.options import ChannelOptions, HeartbeatOptions
from monitor.digests.options import DigestOptions
from monitor.errors import Fault
from monitor.feeds.options import PollOptions, Subscription
from monitor.model import Secret
from monitor.records import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a person configured, as the rooms' own options.

    ``path`` is the file it came from, absolute. ``database`` is an SQLAlchemy URL,
    ``database_shown`` the path or host by which it may be shown. ``retention`` is in seconds.
    ``poll`` is how feeds are polled that say nothing else. ``health_channel`` names the channel
    that is told of faults, ``heartbeat`` is the address of a dead man's switch, ``silent_after``
    seconds without news count a feed as silent; each is None where it is not asked for.
    ``languages`` is None for "those that rules and vocabularies use". ``warnings`` are things that
    do no harm and that the person may not expect.
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
    health_channel: str | None = None
    heartbeat: HeartbeatOptions | None = None
    silent_after: float | None = None
