"""How results look: tables that fit 80 columns, JSON, moments; and asides to standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo


def result(text: str) -> None:
    """A result, to standard output."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def aside(text: str) -> None:
    """Anything that is not the result, to standard error."""
    sys.stdout.flush()
    sys.stderr.write(text if text.endswith("\n") else text + "\n")


def as_json(document: Any) -> None:
    """One JSON document, to standard output."""
    result(json.dumps(document, ensure_ascii=False, indent=2))


def iso(moment: datetime | None) -> str | None:
    """A moment as JSON has it: UTC, to the second."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def local(moment: datetime | None, zone: ZoneInfo, absent: str = "–") -> str:
    """A moment as a person reads it, in the configured time zone."""
    return absent if moment is None else moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A plain table; long cells are folded so that it fits the terminal."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        drawn.add_column(head, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(cell) for cell in row))
    Console(highlight=False).print(drawn)


def counted(number: int, noun: str, plural: str = "") -> str:
    """ "1 feed", "2 feeds"."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
