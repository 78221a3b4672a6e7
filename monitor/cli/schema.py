"""``wirewatch schema``: what editors need to help with the two kinds of files."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from monitor.cli import show
from monitor.cli.session import Session, command


class FileKind(StrEnum):
    """The kinds of files that people write."""

    CONFIG = "config"
    RULES = "rules"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "schema")(schema)


def schema(
    _session: Session,
    kind: Annotated[FileKind, typer.Argument(help="config or rules")],
) -> None:
    """The JSON Schema of a file kind, for editors (Taplo: #:schema ./rules.schema.json)."""
    if kind is FileKind.CONFIG:
        from monitor.config import schema as of_kind
    else:
        from monitor.matching.rule_files import schema as of_kind
    show.as_json(of_kind())
