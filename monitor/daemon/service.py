"""What the service manager is told: systemd's protocol sd_notify(3), one datagram a message."""

from __future__ import annotations

import socket
import time

from monitor.config.supervision import Supervision
from monitor.log import Log

log = Log("daemon")

_LONGEST_STATUS = 200


class Service:
    """Tells the service manager how the process fares; silent where none asked to be told.

    ``feeds_every`` is how often the manager's watchdog is to be fed, in seconds; None for never.
    A manager that cannot be told is told of once in the log, and nothing else comes of it.
    """

    def __init__(self, supervision: Supervision | None = None) -> None:
        asked = supervision or Supervision()
        self._address = asked.socket
        if asked.socket and asked.socket.startswith("@"):  # Linux: a name and no file
            self._address = "\0" + asked.socket[1:]
        self._refused = False
        # Several times in each span, so that one late word does not end the process.
        self.feeds_every = asked.watchdog / 4 if asked.watchdog and asked.socket else None

    def ready(self, status: str) -> None:
        """Work begins, or goes on after ``reloading``."""
        self._tell("READY=1", _status(status))

    def reloading(self) -> None:
        """The configuration is read again; ``ready`` ends it."""
        microseconds = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._tell("RELOADING=1", f"MONOTONIC_USEC={microseconds}", _status("reloading"))

    def stopping(self) -> None:
        """What is under way is finished, and then the process ends."""
        self._tell("STOPPING=1", _status("finishing what is under way"))

    def status(self, status: str) -> None:
        """One line for people who ask the manager."""
        self._tell(_status(status))

    def waits(self, status: str, seconds: float) -> None:
        """The start takes so much longer than thought."""
        self._tell(f"EXTEND_TIMEOUT_USEC={int(seconds * 1e6)}", _status(status))

    def feed(self) -> None:
        """Every station gets on."""
        self._tell("WATCHDOG=1")

    def _tell(self, *lines: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as way:
                way.setblocking(False)
                way.sendto("\n".join(lines).encode(), self._address)
        except OSError as error:
            if not self._refused:
                log.warning("the service manager cannot be told", reason=str(error))
            self._refused = True


def _status(status: str) -> str:
    return f"STATUS={' '.join(status.split())[:_LONGEST_STATUS]}"
