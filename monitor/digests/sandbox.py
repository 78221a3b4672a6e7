"""Jinja2 in a sandbox: our own templates and those that users write.

A user's template may loop, include files beside it and extend ours (``wirewatch/digest.html``);
it may not change what it sees, reach Python's inside, or go on for ever: ``range`` is rationed,
text cannot be multiplied without end, and what it writes is limited in size and time.

Beside Jinja's own filters there are ``starred`` (an excerpt as plain text, **hits** between stars),
``wrap(indent, first)`` (72 columns), ``shorten(length)``, ``counted(one, many)`` ("3 stories"),
``listed`` ("a, b and c") and ``width`` (columns). A name that is not there is a fault, not nothing.
A line that holds only a ``{% … %}`` leaves no empty line.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from importlib import resources
from pathlib import Path
from traceback import walk_tb
from typing import Any

from jinja2 import (
    ChoiceLoader,
    FileSystemLoader,
    FunctionLoader,
    PrefixLoader,
    StrictUndefined,
    Template,
    TemplateNotFound,
    TemplateSyntaxError,
)
from jinja2.exceptions import SecurityError
from jinja2.loaders import BaseLoader
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from monitor.digests.columns import width, wrap
from monitor.errors import WirewatchError
from monitor.model import Fragment
from monitor.text.wording import counted, listed, one_line, shorten

LOOPS = 20_000
"""Turns that ``range`` gives in one rendering, nested loops taken together."""

LARGEST = 20_000_000
"""Characters that a template may write."""

LONGEST = 20.0
"""Seconds that a template may take."""

_LARGEST_PRODUCT = 100_000


class TemplateError(WirewatchError):
    """A template could not be read or rendered; the message says why, ``line`` where (0: unknown).

    ``file`` is the name of the file at fault where it is another than the template itself.
    """

    def __init__(self, message: str, line: int = 0, file: str = "") -> None:
        super().__init__(message)
        self.line = line
        self.file = file


class Sandbox(ImmutableSandboxedEnvironment):
    """Where templates run. Names ending in .html escape what they show; others do not."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self, loader: BaseLoader) -> None:
        super().__init__(
            loader=loader,
            undefined=StrictUndefined,
            autoescape=lambda name: bool(name and name.endswith(".html")),
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self.globals.pop("lipsum")
        self.filters.update(
            wrap=wrap, starred=starred, shorten=shorten, listed=listed, counted=counted, width=width
        )

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Refuse products, powers and formats that would fill the memory."""
        if operator == "%" and isinstance(left, str):
            raise SecurityError("% cannot format text here; join the pieces with ~")
        if operator == "**" and (abs(left) > 1000 or abs(right) > 10):
            raise SecurityError("a power this large is not computed here")
        if operator == "*" and _product(left, right) > _LARGEST_PRODUCT:
            raise SecurityError(f"a text may be repeated up to {_LARGEST_PRODUCT} characters")
        return super().call_binop(context, operator, left, right)


def _product(left: Any, right: Any) -> int:
    """How long a repeated text or list would become; 0 for a product of numbers."""
    if isinstance(left, int) and isinstance(right, int | float):
        return 0
    times, what = (left, right) if isinstance(left, int) else (right, left)
    return len(what) * times if isinstance(times, int) and hasattr(what, "__len__") else 0


def starred(excerpt: Iterable[Fragment]) -> str:
    """An excerpt as plain text, the words that matched between two pairs of stars."""
    return "".join(f"**{piece.text}**" if piece.hit else piece.text for piece in excerpt)


def own_sandbox() -> Sandbox:
    """Where our own templates run, as ``wirewatch/…``."""
    return Sandbox(_ours())


def sandbox_for(folder: Path) -> Sandbox:
    """Where the templates in a user's folder run; ours are there as ``wirewatch/…``."""
    return Sandbox(ChoiceLoader([FileSystemLoader(folder), _ours()]))


def _ours() -> PrefixLoader:
    """Our own templates; what they share they ask for by these names too, in every sandbox."""
    folder = resources.files("monitor.digests") / "templates"

    def load(name: str) -> str | None:
        file = folder / name
        return file.read_text("utf-8") if "/" not in name and file.is_file() else None

    return PrefixLoader({"wirewatch": FunctionLoader(load)})


def compiled(load: Callable[[], Template]) -> Template:
    """The template that ``load`` gives; TemplateError where it cannot be read."""
    try:
        return load()
    except Exception as error:
        raise _failure(error) from error


def run(template: Template, names: dict[str, Any]) -> str:
    """What ``template`` writes; TemplateError for whatever goes wrong in it."""
    pieces = template.generate({**names, "range": _rationed_range()})
    try:
        return "".join(_limited(pieces))
    except Exception as error:  # a user's template can raise anything
        raise _failure(error) from error


def _limited(pieces: Iterator[str]) -> Iterator[str]:
    """The pieces, as long as they are neither too much nor too slow."""
    size, until = 0, time.monotonic() + LONGEST
    for piece in pieces:
        yield piece
        size += len(piece)
        if size > LARGEST or time.monotonic() > until:
            raise SecurityError("it does not come to an end")


def _rationed_range() -> Callable[..., range]:
    """A ``range`` whose turns are counted over the whole rendering."""
    left = LOOPS

    def rationed(*limits: int) -> range:
        nonlocal left
        turns = range(*limits)
        left -= max(1, len(turns))
        if left < 0:
            raise SecurityError(f"its loops go beyond {LOOPS} turns of range")
        return turns

    return rationed


def _failure(error: Exception) -> TemplateError:
    """``error`` with the place in the template where it happened."""
    if isinstance(error, TemplateSyntaxError):
        message, file = one_line(error.message or "", 300), error.filename or error.name or ""
        return TemplateError(message, error.lineno, Path(file).name)
    places = [
        (Path(frame.f_code.co_filename).name, line)
        for frame, line in walk_tb(error.__traceback__)
        if not frame.f_code.co_filename.endswith(".py")
    ]
    file, line = places[-1] if places else ("", 0)
    return TemplateError(_reason(error), line, "" if file.startswith("<") else file)


def _reason(error: Exception) -> str:
    """What went wrong, in words that make sense to a template's author."""
    if isinstance(error, RecursionError):
        return "it calls itself without end"
    if isinstance(error, TemplateNotFound):
        return f'there is no template "{error.name}" beside it'
    return one_line(str(error), 300) or type(error).__name__
