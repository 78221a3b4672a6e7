"""``wirewatch init``: something that works, to change into one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor import starter
from monitor.cli import show
from monitor.cli.session import Session, command, refuse


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "init")(init)


def init(
    _session: Session,
    folder: Annotated[
        Path, typer.Argument(help="Where to write; made if it is not there.")
    ] = Path(),
) -> None:
    """Write a commented config, sample rules and vocabularies; never overwrites."""
    try:
        done = starter.write(folder)
    except OSError as error:
        refuse(f"{folder} cannot be written: {error.strerror}")
        return
    for path in done.kept:
        show.aside(f"kept as it is: {path}")
    if not done.written:
        show.result("Nothing written: everything is there already.")
        return
    config = folder / "config.toml"
    show.result(f"Written: {show.counted(len(done.written), 'file')} in {folder.absolute()}")
    show.result(f"  {config}  feeds, channels and digests: start here")
    show.result(
        f"  {folder / 'rules'}        what to watch for, and vocabularies in many languages"
    )
    show.result(f"  {folder / 'seeds'}        two sample feeds for the first run")
    show.result(f"Try it:  wirewatch check -c {config}  and  wirewatch run -c {config}")
