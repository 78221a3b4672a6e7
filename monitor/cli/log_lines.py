"""The log: structured lines on standard error, for people or as JSON."""

from __future__ import annotations

import logging
import shutil
import sys
import textwrap
from collections.abc import MutableMapping
from functools import cached_property
from typing import Any

from monitor.log import import_structlog, write

INDENT = " " * 9  # the width of "07:00:00 "


class TextLines:
    """Lines for people: ``07:00:05 feed failed: feed=World desk, reason=answered 503``.

    On a terminal long lines are folded to its width; elsewhere each event is one line.
    """

    def __init__(self, width: int | None) -> None:
        self._width = width

    def __call__(self, _logger: object, _name: str, event: MutableMapping[str, Any]) -> str:
        """Render one event (a structlog processor)."""
        time, level = event.pop("timestamp"), event.pop("level")
        what, trace = event.pop("event"), event.pop("exception", "")
        grade = "" if level in ("info", "debug") else f"{level.upper()} "
        told = ", ".join(f"{key}={value}" for key, value in event.items() if value is not None)
        line = f"{time} {grade}{what}" + (f": {told}" if told else "")
        if self._width:
            line = textwrap.fill(
                line,
                self._width,
                subsequent_indent=INDENT,
                break_long_words=False,
                break_on_hyphens=False,
            )
        return f"{line}\n{trace}" if trace else line


def start(*, as_json: bool, verbose: bool) -> None:
    """Write log lines to standard error from now on; ``verbose`` adds those of level debug.

    What libraries log through the standard library comes in the same form: warnings, and of our
    own modules everything from info on.
    """
    width = shutil.get_terminal_size().columns if sys.stderr.isatty() else None
    lines = _Lines(TextLines(width) if not as_json else None)
    write(lines.set_up, lowest=logging.DEBUG if verbose else logging.INFO)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Foreign(lines))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("monitor").setLevel(logging.INFO)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


class _Lines:
    """The steps from an event to its line; ``text`` writes it for people, None: as JSON."""

    def __init__(self, text: TextLines | None) -> None:
        self._text = text

    @property
    def first(self) -> list[Any]:
        """The steps before the last."""
        processors = import_structlog().processors
        form = {"fmt": "%H:%M:%S"} if self._text else {"fmt": "iso", "utc": True}
        return [
            processors.add_log_level,
            processors.TimeStamper(**{"utc": False, **form}),
            processors.format_exc_info,
        ]

    @property
    def last(self) -> Any:
        """The step that makes the line."""
        return self._text or import_structlog().processors.JSONRenderer()

    def set_up(self) -> None:
        """Have structlog write such lines to standard error."""
        structlog = import_structlog()
        structlog.configure(
            processors=[*self.first, self.last],
            logger_factory=structlog.PrintLoggerFactory(sys.stderr),
            cache_logger_on_first_use=False,
        )


class _Foreign(logging.Formatter):
    """Gives what libraries log the form of our own lines."""

    def __init__(self, lines: _Lines) -> None:
        super().__init__()
        self._lines = lines

    @cached_property
    def _whole(self) -> logging.Formatter:
        formatter = import_structlog().stdlib.ProcessorFormatter
        last = [formatter.remove_processors_meta, self._lines.last]
        made: logging.Formatter = formatter(foreign_pre_chain=self._lines.first, processors=last)
        return made

    def format(self, record: logging.LogRecord) -> str:
        """The line of one record."""
        return self._whole.format(record)
