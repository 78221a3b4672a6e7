"""Digests as files in a folder: ``.html``, ``.txt``, ``.json`` and ``.eml``; needs no server."""

from __future__ import annotations

import asyncio
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path

from monitor.delivery.answer import one_line
from monitor.delivery.channels import delivery_of
from monitor.delivery.channels.letter import Mailbox, letter, slug
from monitor.delivery.options import FolderOptions
from monitor.errors import DeliveryError
from monitor.model import Delivery, Message, new_id

SENDER = Mailbox(name="Wirewatch", local="wirewatch", domain="wirewatch.invalid")
"""Who the .eml files are from: a domain that can never exist (RFC 2606), for nobody answers."""


class FolderChannel:
    """Writes four files for each digest. A repeat writes the same names and never doubles."""

    kind = "folder"

    def __init__(self, options: FolderOptions) -> None:
        self.name = options.name
        self.address = str(options.path)
        self._path = options.path

    def pack(self, message: Message, now: datetime) -> tuple[Delivery, ...]:
        """One delivery; its bytes are the mail file, the other three are in the message."""
        delivery_id = new_id(now)
        body = letter(message, delivery_id=delivery_id, sender=SENDER)
        return (delivery_of(self, message, body, now, delivery_id=delivery_id),)

    async def send(self, delivery: Delivery, message: Message) -> str:
        """Write the files. Raises a temporary DeliveryError when the folder cannot be written."""
        stem = file_stem(message)
        contents = {
            ".eml": delivery.body,
            ".json": message.json,
            ".txt": message.text.encode("utf-8", "replace"),
            ".html": message.html.encode("utf-8", "replace"),
        }
        try:
            await asyncio.to_thread(_write_all, self._path, stem, contents)
        except OSError as error:
            words = one_line(f"cannot write to the folder {self._path}: {error.strerror or error}")
            raise DeliveryError(words, temporary=True) from error
        return f"wrote {self._path / stem}.html, .txt, .json and .eml"


def file_stem(message: Message) -> str:
    """``20240520T050000Z-morning-1f2e3d4c``: sorts by time, the same on every try."""
    composed = message.composed_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return f"{composed}-{slug(message.digest)}-{slug(message.id[-8:])}"


def _write_all(folder: Path, stem: str, contents: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for ending, content in contents.items():
        _write(folder / f"{stem}{ending}", content)


def _write(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, whatever happens meanwhile."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
