"""A program of the user's own, given the webhook's JSON on standard input; never through a shell.

exit 0           received
exit 75          try again (EX_TEMPFAIL of sysexits.h)
exit 126, 127    what a shell and env(1) say when a program cannot be run, or found: the channel
                 is at fault, as it is when the program itself cannot be
any other        the delivery has failed
a signal, or the time was up: nobody knows how far it came, so it is run again
"""

from __future__ import annotations

import errno
import os
import re
import signal
from collections.abc import Iterable, Iterator
from datetime import datetime

from monitor.delivery.answer import one_line
from monitor.delivery.channels import delivery_of
from monitor.delivery.channels.letter import flat
from monitor.delivery.child import Ended, NoRoom, run
from monitor.delivery.options import CommandOptions
from monitor.errors import DeliveryError
from monitor.model import Delivery, Message

RECEIVED = 0
TRY_AGAIN = 75
CANNOT_RUN = (126, 127)

LONGEST_SUBJECT = 1000
"""Characters; systems bound what one variable of an environment may hold."""

KEPT_BYTES = 4096
SHORTEST_SECRET = 8
"""Arguments shorter than this are no secrets; without them answers would be full of holes."""

PASSING = frozenset(
    {errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ETXTBSY, errno.ENOSPC}
)
"""Why a program could not be started just now: the machine is short of something."""


class CommandChannel:
    """Runs a program for each digest."""

    kind = "command"

    def __init__(self, options: CommandOptions) -> None:
        self.name = options.name
        self.address = flat(options.program)
        self._options = options

    def pack(self, message: Message, now: datetime) -> tuple[Delivery, ...]:
        """One delivery; its bytes are the message's JSON."""
        return (delivery_of(self, message, message.json, now),)

    async def send(self, delivery: Delivery, message: Message) -> str:
        """Run the program; returns how it ended and what it printed last. Raises DeliveryError."""
        secrets = tuple(self._secrets())
        longest = max(map(len, secrets), default=0) * 4  # bytes of a character of UTF-8
        try:
            ended = await run(
                (self._options.program, *(each.reveal() for each in self._options.arguments)),
                given=delivery.body,
                folder=self._options.folder,
                environment={**self._options.environment, **told(delivery, message)},
                timeout=self._options.timeout,
                kept=KEPT_BYTES + longest,
            )
        except (OSError, ValueError) as error:
            raise self._not_started(error) from None  # its words would hold the arguments
        printed = ended.output.decode("utf-8", "replace")
        if ended.cut:
            printed = _from_a_whole(printed, secrets)
        answer = self._answer(ended, printed, secrets)
        fault = _fault(ended, answer)
        if fault:
            raise fault
        return answer

    def _answer(self, ended: Ended, printed: str, secrets: tuple[str, ...]) -> str:
        """How it ended, and its last words: there a program says why it failed."""
        how = _how(ended, self._options.timeout)
        words = one_line(printed, secrets, longest=len(printed) + 1)
        room = 290 - len(how)
        words = words if len(words) <= room else f"…{words[-room:]}"
        return f"{how}: {words}" if words else how

    def _not_started(self, error: OSError | ValueError) -> DeliveryError:
        """What it means when the program could not even begin."""
        code = error.errno if isinstance(error, OSError) else None
        if isinstance(error, NoRoom):
            words = f"no room for the digest in the temporary folder: {os.strerror(code or 0)}"
            return DeliveryError(one_line(words), temporary=True)
        if code in PASSING:
            words = f"{self.address} could not be started: {os.strerror(code)}"
            return DeliveryError(one_line(words), temporary=True)
        words = f"{self.address} cannot be run: {self._why(code)}"
        return DeliveryError(one_line(words), temporary=False, channel_fault=True)

    def _why(self, code: int | None) -> str:
        if code == errno.ENOENT and not self._options.folder.is_dir():
            return "the folder of the configuration is not there"
        if code == errno.ENOENT:
            return "it is not there, or the program that its first line (#!) names is not"
        if code == errno.EACCES:
            return "it is not executable (chmod +x)"
        if code == errno.ENOEXEC:
            return "it is no program, or its first line does not say what runs it (#!/bin/sh)"
        return os.strerror(code) if code else "its name or an argument holds what no program takes"

    def _secrets(self) -> Iterator[str]:
        """What a program may repeat and nobody may read; plain options (--urgent) are none."""
        for argument in self._options.arguments:
            text = argument.reveal()
            found = re.fullmatch(r"-{1,2}[A-Za-z][A-Za-z-]*(?:=(.*))?", text, re.DOTALL)
            secret = (found.group(1) or "") if found else text
            if len(secret) >= SHORTEST_SECRET:
                yield secret
        yield from (each.reveal() for each in self._options.hidden)


def told(delivery: Delivery, message: Message) -> dict[str, str]:
    """The variables that a program gets: the same on every try, each on one line."""
    return {
        "WIREWATCH_DELIVERY_ID": delivery.id,
        "WIREWATCH_DIGEST": flat(message.digest),
        "WIREWATCH_SUBJECT": flat(message.subject)[:LONGEST_SUBJECT],
    }


def _from_a_whole(text: str, secrets: Iterable[str]) -> str:
    """``text``, cut at its beginning, without the half of a secret that it may begin with.

    Nobody would know that half for what it is.
    """
    text = text.lstrip("\ufffd")  # half of a character
    halves = (secret[at:] for secret in secrets for at in range(1, len(secret)))
    return text[max((len(half) for half in halves if text.startswith(half)), default=0) :]


def _how(ended: Ended, timeout: float) -> str:
    if ended.code is None:
        return f"ended after {timeout:g} s without an answer"
    if ended.code >= 0:
        return f"exit {ended.code}"
    try:
        return f"killed by {signal.Signals(-ended.code).name}"
    except ValueError:
        return f"killed by signal {-ended.code}"


def _fault(ended: Ended, answer: str) -> DeliveryError | None:
    """What an end means; None when the digest was received."""
    if ended.code == RECEIVED:
        return None
    if ended.code is None or ended.code < 0:
        return DeliveryError(answer, temporary=True, unknown=True)
    if ended.code in CANNOT_RUN:
        return DeliveryError(answer, temporary=False, channel_fault=True)
    return DeliveryError(answer, temporary=ended.code == TRY_AGAIN)
