"""The options of the delivery room: one type per kind of channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from monitor.model import Secret
from monitor.records import dataclass


@dataclass(frozen=True, slots=True)
class EmailOptions:
    """Mail over SMTP. ``timeout`` is in seconds, for one whole try."""

    name: str
    host: str
    sender: str
    recipients: tuple[str, ...]
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: Secret | None = None
    timeout: float = 30


@dataclass(frozen=True, slots=True)
class WebhookOptions:
    """HTTP POST. With ``secrets`` each try is signed as Standard Webhooks defines.

    ``format`` is "json" or a key of ``SERVICES`` in ``monitor.delivery.chat.services``; chats tell
    times in ``zone``, a name of the IANA database.
    """

    name: str
    url: Secret
    secrets: tuple[Secret, ...] = ()
    headers: tuple[tuple[str, Secret], ...] = ()
    timeout: float = 30
    format: str = "json"
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class FolderOptions:
    """Files in a folder: .html, .txt, .json and .eml for each digest."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class FeedFileOptions:
    """An Atom file of what was sent."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class CommandOptions:
    """A program that takes the webhook's JSON on standard input.

    It runs in ``folder``, at most ``timeout`` seconds, with ``environment`` and ours beside it.
    ``hidden`` is what it may find there and nobody may read in its answers.
    """

    name: str
    program: str
    arguments: tuple[Secret, ...] = ()
    folder: Path = Path()
    environment: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    hidden: tuple[Secret, ...] = field(default=(), compare=False)
    timeout: float = 60


@dataclass(frozen=True, slots=True)
class AppriseOptions:
    """A service that the Apprise library knows, at an address that is a secret."""

    name: str
    url: Secret


@dataclass(frozen=True, slots=True)
class TerminalOptions:
    """The text of each digest on standard output."""

    name: str


@dataclass(frozen=True, slots=True)
class HeartbeatOptions:
    """An address that is asked after passes that went well; it is a secret."""

    url: Secret

    @property
    def host(self) -> str:
        """What may be shown of it: its host, with a port that is written."""
        return urlsplit(self.url.reveal()).netloc.rpartition("@")[2]


ChannelOptions = (
    EmailOptions
    | WebhookOptions
    | FolderOptions
    | FeedFileOptions
    | CommandOptions
    | AppriseOptions
    | TerminalOptions
)
