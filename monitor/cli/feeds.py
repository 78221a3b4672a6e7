"""``wirewatch feeds``: the state of every feed; try, find, import, export and revive them."""

from __future__ import annotations

import typer

from monitor.cli import feeds_discover, feeds_list, feeds_opml, feeds_test


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        help="The state of every feed; try, find, import, export, revive.", no_args_is_help=True
    )
    for part in (feeds_list, feeds_test, feeds_discover, feeds_opml):
        part.add_to(group)
    app.add_typer(group, name="feeds")
