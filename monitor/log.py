"""The log of the whole program; what writes it (structlog) is imported with the first line.

A pass in which nothing happens writes none, and the library takes as long to import as some thirty
feeds to poll.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from typing import Any


class Log:
    """Takes the lines of one part of the program: an event in plain words, and facts about it."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def debug(self, event: str, **facts: object) -> None:
        """A line that is only written when somebody asks for more."""
        if _settings.lowest <= logging.DEBUG:
            _settings.lines(self._name).debug(event, **facts)

    def info(self, event: str, **facts: object) -> None:
        """Something happened as it should."""
        _settings.lines(self._name).info(event, **facts)

    def warning(self, event: str, **facts: object) -> None:
        """Something is wrong that the program can deal with."""
        _settings.lines(self._name).warning(event, **facts)

    def error(self, event: str, **facts: object) -> None:
        """Something is wrong that a person has to see to."""
        _settings.lines(self._name).error(event, **facts)

    def exception(self, event: str, **facts: object) -> None:
        """A fault of our own, with the exception that is being dealt with."""
        _settings.lines(self._name).exception(event, **facts)


class _Settings:
    """How lines are written: those from ``lowest`` on; ``prepare`` is called before the first."""

    def __init__(self) -> None:
        self.lowest = logging.DEBUG
        self.prepare: Callable[[], None] | None = None
        self._first = threading.RLock()  # what prepares may have something to say

    def lines(self, name: str) -> Any:
        with self._first:
            if self.prepare is not None:
                self.prepare()
                self.prepare = None
            return import_structlog().get_logger(name)


_settings = _Settings()


def write(prepare: Callable[[], None] | None, *, lowest: int = logging.DEBUG) -> None:
    """Write lines from level ``lowest`` on, as structlog is set up by ``prepare``.

    It is called once, when there is a first line to write; None: as structlog is set up now.
    """
    _settings.prepare, _settings.lowest = prepare, lowest


def import_structlog() -> Any:
    """The library, imported without the one that it would colour tracebacks with."""
    if "structlog" not in sys.modules and "rich" not in sys.modules:
        sys.modules["rich"] = None  # type: ignore[assignment]
        try:
            import structlog
        finally:
            del sys.modules["rich"]
    import structlog

    return structlog
