"""The command ``wirewatch``: gathers the commands, and turns what goes wrong into an exit code."""

from __future__ import annotations

import sys
from collections import UserDict
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from monitor import __version__
from monitor.cli import show
from monitor.cli.session import (
    UNUSABLE,
    ConfigOption,
    LogFormat,
    LogFormatOption,
    Session,
    VerboseOption,
    tell_faults,
)
from monitor.errors import FaultyInput, WirewatchError

COMMANDS = (
    "init",
    "run",
    "check",
    "match",
    "backtest",
    "preview",
    "silence",
    "trace",
    "status",
    "schema",
    "example",
    "feeds",
    "digests",
    "deliveries",
    "channels",
)
"""In the order in which help tells of them; each is made by the module of its name."""


class _Loaded(UserDict[str, Any]):
    """Every command by its name; its module is imported when somebody asks for that one."""

    def __init__(self) -> None:
        super().__init__(dict.fromkeys(COMMANDS))

    def __getitem__(self, name: str) -> Any:
        if self.data[name] is None:
            part = typer.Typer(add_completion=False, rich_markup_mode=None)
            import_module(f"monitor.cli.{name}").add_to(part)
            self.data[name] = get_group(part).commands[name]
        return self.data[name]


class _Group(TyperGroup):
    """``wirewatch`` itself."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _Loaded()


app = typer.Typer(
    name="wirewatch",
    cls=_Group,
    help="Watches news feeds for what your rules ask, and sends digests of it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(asked: bool) -> None:
    if asked:
        show.result(f"wirewatch {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    ctx: typer.Context,
    config: ConfigOption = None,
    verbose: VerboseOption = False,
    log_format: LogFormatOption = LogFormat.TEXT,
    version: Annotated[  # noqa: ARG001  # its callback does the work
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Watches news feeds for what your rules ask, and sends digests of it."""
    ctx.obj = Session(config, verbose, log_format)


def main() -> None:
    """Run the command and exit with its code."""
    show.prepare()
    try:
        try:
            app()
        finally:
            show.finish()
    except FaultyInput as faulty:
        tell_faults(faulty.faults, show.aside)
        sys.exit(UNUSABLE)
    except WirewatchError as error:
        show.aside(f"wirewatch: {error}")
        sys.exit(UNUSABLE)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
