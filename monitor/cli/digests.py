"""``wirewatch digests``: what has been sent."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli import show
from monitor.cli.session import Session, command, refuse


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="What has been sent.", no_args_is_help=True)
    command(group, "list")(list_)
    command(group, "show")(show_one)
    app.add_typer(group, name="digests")


def list_(
    session: Session,
    digest: Annotated[str | None, typer.Argument(help="Only this digest.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """The last sendings, newest first, and how their deliveries stand."""
    from monitor.store import digests

    settings = session.settings()
    with session.store(settings) as store, store.read() as connection:
        found = digests.sendings(connection, limit, digest)
    if json:
        show.as_json(
            [
                {
                    "id": sending.id,
                    "digest": sending.digest,
                    "composed_at": show.iso(sending.composed_at),
                    "subject": sending.subject,
                    "stories": sending.stories,
                    "deliveries": [
                        {"channel": channel, "recipient": recipient, "state": state}
                        for channel, recipient, state in sending.deliveries
                    ],
                }
                for sending in found
            ]
        )
        return
    if not found:
        show.result("Nothing has been sent yet.")
    for sending in found:
        when = show.local(sending.composed_at, settings.timezone)
        show.result(f"{sending.id}  {when}  {sending.digest}: {sending.subject}")
        for channel, recipient, state in sending.deliveries:
            show.result(f"    {channel} → {recipient}: {state}")


def show_one(
    session: Session,
    sending: Annotated[str, typer.Argument(help="The id, as listed; its beginning will do.")],
    html: Annotated[bool, typer.Option("--html", help="The HTML.")] = False,
    json: Annotated[bool, typer.Option("--json", help="The webhook's body.")] = False,
) -> None:
    """Show a sending again, as it went out."""
    from monitor.store import digests

    settings = session.settings()
    with session.store(settings) as store, store.read() as connection:
        listed = digests.sendings(connection, 100_000)
        matching = [each.id for each in listed if each.id.startswith(sending)]
        if len(matching) != 1:
            what = "no sending has" if not matching else "several sendings have"
            refuse(f"{what} an id that begins with {sending}", "see: wirewatch digests list")
        message = digests.message(connection, matching[0])
    if message is None:
        refuse("it is no longer stored")
        return
    show.result(message.html if html else message.json.decode() if json else message.text)
