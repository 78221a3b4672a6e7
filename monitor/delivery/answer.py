"""Receivers' words, made fit to be shown and kept: one short line, no secrets.

Servers echo what they were sent: a wrong password, the path of a secret address. What they say
is shown in ``deliveries list`` and in logs, so it passes through here first.
"""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterable, Iterator

LONGEST = 300
HIDDEN = "…"

HUNG_UP = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
"""What the other side's hanging up looks like inside TLS: a matter of the line, not of trust."""

UNDER_WAY = (ssl.SSLWantReadError, ssl.SSLWantWriteError)
"""TLS that waited for the other side when time was up; neither is a matter of trust."""


def one_line(text: str, secrets: Iterable[str] = (), longest: int = LONGEST) -> str:
    """``text`` on one line of at most ``longest`` characters, with every secret taken out.

    Control characters go too: an answer is shown on terminals, and could otherwise move the
    cursor or set the title there.
    """
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= longest else line[: longest - 1] + HIDDEN


def reason(error: BaseException) -> str:
    """Why a connection failed, in the operating system's plain words ("Connection refused").

    Libraries wrap such errors several times, and their own messages may name the address, which
    can be a secret: so the innermost error that has plain words is asked.
    """
    chain = list(causes(error))
    for cause in reversed(chain):
        if isinstance(cause, socket.gaierror) and cause.strerror:
            return cause.strerror
        if isinstance(cause, OSError) and cause.errno and cause.errno > 0:
            return os.strerror(cause.errno)
    timed_out = any(isinstance(cause, TimeoutError) for cause in chain)
    return "no answer in time" if timed_out else "the connection was lost"


def tls_fault(error: BaseException) -> str | None:
    """Why no safe connection came about ("certificate has expired"); None where TLS is not it."""
    for cause in reversed(list(causes(error))):
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, (*HUNG_UP, *UNDER_WAY)):
            words = getattr(cause, "verify_message", None) or getattr(cause, "reason", None)
            return str(words or "TLS failed")
    return None


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error, then what caused it, then what caused that."""
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__
