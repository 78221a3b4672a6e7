"""``wirewatch channels test``: does this way out work?"""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from monitor.cli import show
from monitor.cli.session import NOT_RIGHT, Session, command, end, refuse_name
from monitor.errors import DeliveryError
from monitor.model import utc_now


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="The ways out: mail, webhooks, files, programs.", no_args_is_help=True)
    command(group, "test")(try_out)
    app.add_typer(group, name="channels")


def try_out(
    session: Session,
    name: Annotated[str, typer.Argument(help="The channel, as the config names it.")],
) -> None:
    """Send a test message now and show the server's answer."""
    settings = session.settings()
    known = [channel.name for channel in settings.channels]
    if name not in known:
        refuse_name("channel", name, known)
    from monitor.delivery.channels import test_message
    from monitor.wiring import open_channels

    async def work() -> bool:
        now = utc_now()
        message = test_message(name, now)
        received = True
        async with open_channels(settings, utc_now) as channels:
            channel = channels[name]
            for delivery in channel.pack(message, now):
                try:
                    answer = await channel.send(delivery, message)
                    show.result(f"{delivery.recipient}: received: {answer}")
                except DeliveryError as error:
                    received = False
                    show.result(f"{delivery.recipient}: NOT received: {error.answer}")
        return received

    if not asyncio.run(work()):
        end(NOT_RIGHT)
