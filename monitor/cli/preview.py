"""``wirewatch preview``: what would be sent now."""

from __future__ import annotations

import tempfile
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from monitor.cli import show
from monitor.cli.session import Session, command, refuse_name
from monitor.model import Message, utc_now

if TYPE_CHECKING:
    from monitor.digests.gathering import Gathered


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "preview")(preview)


def preview(
    session: Session,
    digest: Annotated[str, typer.Argument(help="The digest, as the config names it.")],
    html: Annotated[bool, typer.Option("--html", help="The HTML.")] = False,
    json: Annotated[bool, typer.Option("--json", help="The webhook's body.")] = False,
    open_: Annotated[bool, typer.Option("--open", help="Show the HTML in a browser.")] = False,
) -> None:
    """Show what a digest would send now; sends and marks nothing."""
    from monitor.digests.gathering import gather
    from monitor.digests.render import Renderer
    from monitor.store.rules import last_good
    from monitor.wiring import read_rule_files

    settings = session.settings()
    options = next((each for each in settings.digests if each.name == digest), None)
    if options is None:
        known = [each.name for each in settings.digests]
        refuse_name("digest", digest, known)
        return
    with session.store(settings) as store, store.read() as connection:
        in_force = read_rule_files(settings, last_good(connection)).in_force
        gathered = gather(connection, options, utc_now(), in_force.patience, everything=True)
    _tell_of_waiting(gathered, settings.timezone)
    if gathered.held:
        left_out = show.counted(len(gathered.held), "match", "matches")
        show.aside(f"left out: {left_out} of silenced rules; see: wirewatch silence --list")
    rendered = Renderer().render(gathered.digest, options)
    for complaint in rendered.complaints:
        show.aside(complaint)
    for message in rendered.messages:
        if open_:
            _open(message)
        else:
            text = message.html if html else message.json.decode() if json else message.text
            show.result(text)


def _tell_of_waiting(gathered: Gathered, zone: ZoneInfo) -> None:
    """What is left out because it waits, or waited in vain."""
    cooling = [wait.until for wait in gathered.waits.values() if not wait.wanted]
    counting = len(gathered.waits) - len(cooling)
    for count, why in (
        (len(cooling), f"cooldown until {show.local(min(cooling, default=None), zone)}"),
        (counting, "too few sources tell the story so far (min_sources)"),
        (len(gathered.late), "too few sources told the story in time (min_sources)"),
    ):
        if count:
            show.aside(f"left out: {show.counted(count, 'match', 'matches')}: {why}")


def _open(message: Message) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".html", delete=False, encoding="utf-8") as file:
        file.write(message.html)
    webbrowser.open(Path(file.name).as_uri())
    show.aside(f"shown: {file.name}")
