"""The options of the delivery room: one type per kind of channel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from monitor.model import Secret


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
    """HTTP POST. With ``secrets`` each try is signed as Standard Webhooks defines."""

    name: str
    url: Secret
    secrets: tuple[Secret, ...] = ()
    headers: tuple[tuple[str, Secret], ...] = ()
    timeout: float = 30


@dataclass(frozen=True, slots=True)
class FolderOptions:
    """Files in a folder: .html, .txt, .json and .eml for each digest."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class TerminalOptions:
    """The text of each digest on standard output."""

    name: str


ChannelOptions = EmailOptions | WebhookOptions | FolderOptions | TerminalOptions
