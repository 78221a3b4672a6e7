"""What a service manager asks of processes that it starts (sd_notify(3), sd_watchdog_enabled(3)).

It asks by the environment: ``NOTIFY_SOCKET`` is where it listens, ``WATCHDOG_USEC`` how often it
wants to hear that the process is well, ``WATCHDOG_PID`` of which process.
"""

from __future__ import annotations

from collections.abc import Mapping

from monitor.records import dataclass


@dataclass(frozen=True, slots=True)
class Supervision:
    """``socket`` is a path, or a name after an "@"; ``watchdog`` is in seconds.

    None: the manager did not ask.
    """

    socket: str | None = None
    watchdog: float | None = None


def supervision(environment: Mapping[str, str], pid: int) -> Supervision:
    """What is asked of the process ``pid``; kinds of sockets that we do not speak are passed by."""
    address = environment.get("NOTIFY_SOCKET", "")
    span = environment.get("WATCHDOG_USEC", "")
    ours = environment.get("WATCHDOG_PID", str(pid)) == str(pid)
    asked = ours and span.isascii() and span.isdigit() and int(span) > 0
    return Supervision(
        socket=address if address[:1] in ("/", "@") and len(address) > 1 else None,
        watchdog=int(span) / 1e6 if asked else None,
    )
