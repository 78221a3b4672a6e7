"""What every command shares: its three options, its files, and how it ends."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from monitor.cli import show
from monitor.errors import Fault

if TYPE_CHECKING:
    from monitor.config import Settings
    from monitor.store import Store

DONE, NOT_RIGHT, UNUSABLE = 0, 1, 2
"""The exit codes."""


class LogFormat(StrEnum):
    """How log lines are written."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Session:
    """One run of the command: which files it works on."""

    config: Path | None = None
    verbose: bool = False
    log_format: LogFormat = LogFormat.TEXT

    def settings(self, *, warn: bool = False) -> Settings:
        """Read the configuration; ``warn``: tell what in it has no effect."""
        from monitor.config.here import load_here

        settings = load_here(self.config)
        if warn:
            for warning in settings.warnings:
                show.aside(f"note: {warning}")
        return settings

    @contextmanager
    def store(self, settings: Settings) -> Iterator[Store]:
        """The open database."""
        from monitor.wiring import open_database

        store = open_database(settings)
        try:
            yield store
        finally:
            store.close()

    def start_log(self) -> None:
        """Write the log to standard error from now on."""
        from monitor.cli.log_lines import start

        start(as_json=self.log_format is LogFormat.JSON, verbose=self.verbose)


def end(code: int) -> None:
    """End the command with an exit code."""
    raise typer.Exit(code)


def refuse(message: str, hint: str = "") -> None:
    """End the command because of what was asked for; says so on standard error."""
    show.aside(f"{message}; {hint}" if hint else message)
    raise typer.Exit(UNUSABLE)


def tell_faults(faults: tuple[Fault, ...], tell: Callable[[str], None]) -> None:
    """Each fault on one line, with the place in an expression below it."""
    for fault in faults:
        tell(str(fault))
        for line in fault.detail.splitlines():
            tell(f"    {line}")


_COMMON = (
    ("config", Path | None, None, ("-c", "--config"), "The configuration file."),
    ("verbose", bool, False, ("-v", "--verbose"), "Tell more on standard error."),
    ("log_format", LogFormat, LogFormat.TEXT, ("--log-format",), "How log lines are written."),
)


def command(app: typer.Typer, name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function a command: it gets a Session first, and the three common options are added.

    ``@command(app, "run") def run(session: Session, once: ...)`` becomes ``wirewatch run [--once]
    [-c FILE] [-v] [--log-format text|json]``.
    """

    def make(function: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(function)
        def run(**given: Any) -> None:
            session = Session(*(given.pop(key) for key, *_ in _COMMON))
            function(session, **given)

        hints = get_type_hints(function, include_extras=True)
        own = list(inspect.signature(function).parameters.values())[1:]
        common = [
            inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=default)
            for key, _, default, _, _ in _COMMON
        ]
        run.__signature__ = inspect.Signature([*own, *common])  # type: ignore[attr-defined]
        run.__annotations__ = {each.name: hints[each.name] for each in own} | {
            key: Annotated[kind, typer.Option(*flags, help=told)]
            for key, kind, _, flags, told in _COMMON
        }
        del run.__wrapped__  # typer would look through it, at the signature without the options
        app.command(name)(run)
        return function

    return make
