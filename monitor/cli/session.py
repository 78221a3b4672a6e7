"""What every command shares: its three options, its files, and how it ends."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from monitor.cli import show
from monitor.errors import Fault
from monitor.records import dataclass

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

    def over(self, before: Session | None) -> Session:
        """These options, and where they are silent those given before the command's name."""
        if before is None:
            return self
        return Session(
            self.config or before.config,
            self.verbose or before.verbose,
            before.log_format if self.log_format is LogFormat.TEXT else self.log_format,
        )

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

    @contextmanager
    def store_if_any(self, settings: Settings) -> Iterator[Store | None]:
        """The open database, or None where none has been made yet; none is made.

        A server that does not answer within seconds is a StoreError.
        """
        from monitor.wiring import open_existing_database

        store = open_existing_database(settings)
        try:
            yield store
        finally:
            if store is not None:
                store.close()

    def start_log(self) -> None:
        """Write the log to standard error from now on."""
        from monitor.cli.log_lines import start
        from monitor.log import Log

        as_json = self.log_format is LogFormat.JSON
        start(as_json=as_json, verbose=self.verbose)
        show.asides_to(Log("command").info if as_json else None)


def end(code: int) -> None:
    """End the command with an exit code."""
    raise typer.Exit(code)


def refuse(message: str, hint: str = "") -> None:
    """End the command because of what was asked for; says so on standard error."""
    show.aside(f"{message}; {hint}" if hint else message)
    raise typer.Exit(UNUSABLE)


def refuse_name(kind: str, name: str, known: Iterable[str]) -> None:
    """End the command because nothing of a kind has that name; says which was perhaps meant."""
    from monitor.toml_source import did_you_mean

    refuse(f'no {kind} is called "{name}"', did_you_mean(name, known, "there are"))


def tell_faults(faults: tuple[Fault, ...], tell: Callable[[str], None]) -> None:
    """Each fault on one line, with the place in an expression below it."""
    for fault in faults:
        tell(str(fault))
        for line in fault.detail.splitlines():
            tell(f"    {line}")


ConfigOption = Annotated[
    Path | None, typer.Option("-c", "--config", help="The configuration file.")
]
VerboseOption = Annotated[
    bool, typer.Option("-v", "--verbose", help="Tell more on standard error.")
]
LogFormatOption = Annotated[
    LogFormat, typer.Option("--log-format", help="How log lines are written.")
]
_COMMON: tuple[tuple[str, Any, Any], ...] = (
    ("config", ConfigOption, None),
    ("verbose", VerboseOption, False),
    ("log_format", LogFormatOption, LogFormat.TEXT),
)


def _common_parameters() -> list[inspect.Parameter]:
    keyword = inspect.Parameter.KEYWORD_ONLY
    return [
        inspect.Parameter("ctx", keyword, annotation=typer.Context),
        *(
            inspect.Parameter(key, keyword, default=default, annotation=kind)
            for key, kind, default in _COMMON
        ),
    ]


def command(app: typer.Typer, name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function a command: it gets a Session first, and the three common options are added.

    ``@command(app, "run") def run(session: Session, once: ...)`` becomes ``wirewatch run [--once]
    [-c FILE] [-v] [--log-format text|json]``.
    """

    def make(function: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(function)
        def run(ctx: typer.Context, **given: Any) -> None:
            here = Session(*(given.pop(key) for key, *_ in _COMMON))
            function(here.over(ctx.find_object(Session)), **given)

        hints = get_type_hints(function, include_extras=True)
        own = [
            each.replace(annotation=hints[each.name])
            for each in list(inspect.signature(function).parameters.values())[1:]
        ]
        run.__signature__ = inspect.Signature([*own, *_common_parameters()])  # type: ignore[attr-defined]
        run.__annotations__ = {}
        del run.__wrapped__  # typer would look through it, at the signature without the options
        app.command(name)(run)
        return function

    return make
