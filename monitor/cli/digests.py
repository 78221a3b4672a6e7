"""``wirewatch digests``: what has been sent; show one again, send one again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import sending as sending_again
from monitor.cli import show
from monitor.cli.session import Session, command, refuse, refuse_name
from monitor.model import Delivery, Message, utc_now

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from monitor.config import Settings
    from monitor.store import Store


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="What has been sent.", no_args_is_help=True)
    command(group, "list")(list_)
    command(group, "show")(show_one)
    command(group, "resend")(resend)
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
                    "in_full": sending.in_full,
                    "deliveries": [
                        {
                            "channel": channel,
                            "recipient": recipient,
                            "state": state,
                            "resent": resent,
                        }
                        for channel, recipient, state, resent in sending.deliveries
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
        if sending.in_full < sending.stories:
            show.result(f"    {show.stories_told(sending.stories, sending.in_full)}")
        for channel, recipient, state, resent in sending.deliveries:
            again = " (sent again)" if resent else ""
            show.result(f"    {channel} → {recipient}: {state}{again}")


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
        message = digests.message(connection, _meant(connection, sending))
    if message is None:
        refuse("it is no longer stored")
        return
    show.result(message.html if html else message.json.decode() if json else message.text)


def _meant(connection: Connection, text: str) -> str:
    """The id that somebody means; ends the command where none or several begin so."""
    from monitor.store import digests

    found = digests.beginning_with(connection, text)
    if len(found) != 1:
        what = "several sendings have" if found else "no sending has"
        refuse(f"{what} an id that begins with {text}", "see: wirewatch digests list")
    return found[0]


def resend(
    session: Session,
    sending: Annotated[str, typer.Argument(help="The id, as listed; its beginning will do.")],
    channel: Annotated[
        list[str] | None, typer.Option("--channel", help="Over this channel; may be repeated.")
    ] = None,
    to: Annotated[
        list[str] | None, typer.Option("--to", help="To this recipient; may be repeated.")
    ] = None,
    now: Annotated[bool, typer.Option("--now", help="Send it from here, now.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Send a digest again as it is stored, under new ids: to all whom its channels name, or some.

    Its matches are in no second sending by that, and nothing is asked again.
    """
    from monitor.store import digests

    settings = session.settings()
    with session.store(settings) as store:
        with store.read() as connection:
            messages = digests.parts(connection, _meant(connection, sending))
            names = _channels(connection, settings, messages, channel)
        packed = _packed(settings, messages, names)
        chosen = _for_whom(packed, to)
        _queue(store, chosen)
        if now:
            sending_again.send_now(session, settings, store)
        ids = [delivery.id for delivery in chosen]
        sending_again.tell(settings, store, ids, as_json=json, tried=now)


def _channels(
    connection: Connection,
    settings: Settings,
    messages: Sequence[Message],
    asked: Sequence[str] | None,
) -> list[str]:
    """The channels to send over: those asked for, else those that it went out over."""
    from monitor.store import outbox

    known = [options.name for options in settings.channels]
    if asked:
        for name in asked:
            if name not in known:
                refuse_name("channel", name, known)
        return list(dict.fromkeys(asked))
    went = outbox.channels_of(connection, [message.id for message in messages])
    for name in went:
        if name not in known:
            show.aside(f"the config has no channel {name} any more: nothing is sent there")
    names = [name for name in went if name in known]
    if not names:
        refuse("none of its channels is in the config", "name one with --channel")
    return names


def _packed(
    settings: Settings, messages: Sequence[Message], names: Sequence[str]
) -> list[Delivery]:
    """New deliveries of stored messages, as each channel packs them."""
    from monitor.wiring import open_channels

    async def work() -> list[Delivery]:
        async with open_channels(settings, utc_now) as channels:
            return [
                replace(delivery, resent=True)
                for name in names
                for message in messages
                for delivery in channels[name].pack(message, utc_now())
            ]

    return asyncio.run(work())


def _for_whom(packed: Sequence[Delivery], to: Sequence[str] | None) -> list[Delivery]:
    known = list(dict.fromkeys(delivery.recipient for delivery in packed))
    for recipient in to or ():
        if recipient not in known:
            refuse_name("recipient", recipient, known)
    return [delivery for delivery in packed if not to or delivery.recipient in to]


def _queue(store: Store, chosen: Sequence[Delivery]) -> None:
    from monitor.store import outbox

    with store.write() as tx:
        outbox.put(tx, chosen)
