"""How results look: tables that fit 80 columns, JSON, moments; and asides to standard error.

A reader of our output that goes away (``wirewatch status | head -1``) is nothing wrong; an output
that cannot be written (a full disk) is. Letters that a terminal cannot show become "?".
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from monitor.errors import WirewatchError

_asides: list[Callable[[str], object]] = []


def prepare() -> None:
    """Make the streams fit to be written to, whatever letters the terminal knows."""
    asides_to(None)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def finish() -> None:
    """Write out what is still held back; call it before the command ends."""
    with _writing():
        sys.stdout.flush()


def asides_to(tell: Callable[[str], object] | None) -> None:
    """Give asides to ``tell`` from now on (a log whose every line is JSON), or to the stream."""
    _asides[:] = [tell] if tell else []


@contextmanager
def _writing() -> Iterator[None]:
    """Ends the command where standard output takes no more; WirewatchError says why."""
    try:
        yield
    except OSError as error:
        # What is held back would be tried again when Python ends, and told as a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise SystemExit(0) from None
        words = (error.strerror or "it is closed").lower()
        raise WirewatchError(f"the result cannot be written to standard output: {words}") from None


def result(text: str) -> None:
    """A result, to standard output."""
    with _writing():
        sys.stdout.write(text if text.endswith("\n") else text + "\n")


def aside(text: str) -> None:
    """Anything that is not the result, to standard error."""
    finish()
    if _asides:
        _asides[0](text)
        return
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
    with _writing():
        Console(highlight=False).print(drawn)


@contextmanager
def progress(total: int, what: str) -> Iterator[Callable[[int], None]]:
    """A bar on standard error while long work goes on; call what it gives with what was done.

    Only on a terminal: in a pipe and in a log nothing is shown.
    """
    if total == 0 or _asides or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.advance(task, done)


def wrapped(text: str, indent: str = "", hanging: str = "", margin: int = 0) -> str:
    """``text`` in lines of the terminal's width, 80 columns where there is none.

    ``margin`` columns are left free, for whoever indents the lines later.
    """
    import shutil
    import textwrap

    width = max(shutil.get_terminal_size((80, 24)).columns - margin, 40)
    lines = textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent + hanging,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return "\n".join(lines)


def short(text: str, most: int = 60) -> str:
    """``text`` in one line, cut to ``most`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 2].rstrip() + " …"


def counted(number: int, noun: str, plural: str = "") -> str:
    """ "1 feed", "2 feeds"."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def stories_told(stories: int, in_full: int) -> str:
    """ "60 stories, 50 of them in full": the others were told as title and link."""
    return f"{counted(stories, 'story', 'stories')}, {in_full or 'none'} of them in full"
