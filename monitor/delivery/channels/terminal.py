"""Digests on standard output, for a first look and for pipes."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from typing import TextIO

from monitor.delivery.channels import delivery_of
from monitor.delivery.options import TerminalOptions
from monitor.errors import DeliveryError
from monitor.model import Delivery, Message

ADDRESS = "standard output"


class TerminalChannel:
    """Writes the text of each digest to a stream; without one, to standard output."""

    kind = "terminal"
    address = ADDRESS

    def __init__(self, options: TerminalOptions, stream: TextIO | None = None) -> None:
        self.name = options.name
        self._stream = stream

    def pack(self, message: Message, now: datetime) -> tuple[Delivery, ...]:
        """One delivery; its bytes are the text in UTF-8."""
        body = message.text.encode("utf-8", "replace")
        return (delivery_of(self, message, body, now),)

    async def send(self, delivery: Delivery, message: Message) -> str:  # noqa: ARG002
        """Print it. Raises a temporary DeliveryError when nobody reads the output any more."""
        text = harmless(delivery.body.decode("utf-8", "replace")).rstrip("\n") + "\n\n"
        try:
            # In a thread: a reader that has stopped (a pager) would else stop everything here.
            await asyncio.to_thread(_print, self._stream or sys.stdout, text)
        except (OSError, ValueError) as error:  # a closed pipe, a closed stream
            raise DeliveryError("standard output is closed", temporary=True) from error
        return "printed"


def _print(stream: TextIO, text: str) -> None:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding))
    stream.flush()


def harmless(text: str) -> str:
    """``text`` without control characters but line ends and tabs.

    A headline may hold escape sequences that would colour the screen, move the cursor or type
    into the terminal.
    """
    return "".join(c for c in text if c in "\n\t" or not _is_control(ord(c)))


def _is_control(code: int) -> bool:
    return code < 0x20 or 0x7F <= code < 0xA0
