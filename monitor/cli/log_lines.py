"""The log: structured lines on standard error, for people or as JSON."""

from __future__ import annotations

import logging
import shutil
import sys
import textwrap
from collections.abc import MutableMapping
from typing import Any

import structlog

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
    last = structlog.processors.JSONRenderer() if as_json else TextLines(width)
    first: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso" if as_json else "%H:%M:%S", utc=as_json),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*first, last],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.DEBUG if verbose else logging.INFO
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=first,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("monitor").setLevel(logging.INFO)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
