"""``wirewatch deliveries``: what is waiting, has failed, is given up; try again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import typer

from monitor.cli import show
from monitor.cli.session import Session, command, refuse
from monitor.model import Delivery, DeliveryState, utc_now

AT_MOST = 200


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="What is waiting, has failed, is given up.", no_args_is_help=True)
    command(group, "list")(list_)
    command(group, "retry")(retry)
    app.add_typer(group, name="deliveries")


def list_(
    session: Session,
    all_: Annotated[bool, typer.Option("--all", help="Those that were received, too.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Deliveries that were not received yet, newest first."""
    from monitor.store import outbox

    settings = session.settings()
    states = [state for state in DeliveryState if all_ or state is not DeliveryState.SENT]
    with session.store(settings) as store, store.read() as connection:
        found = outbox.listed(connection, states, AT_MOST)
        rests = {rest.name: rest.until for rest in outbox.resting(connection)}
    if json:
        show.as_json(
            [
                {
                    "id": delivery.id,
                    "digest": delivery.digest,
                    "channel": delivery.channel,
                    "recipient": delivery.recipient,
                    "state": str(delivery.state),
                    "attempts": delivery.attempts,
                    "created_at": show.iso(delivery.created_at),
                    "last_tried_at": show.iso(delivery.last_tried_at),
                    "due_at": show.iso(_next_try(delivery, rests)),
                    "answer": delivery.answer,
                }
                for delivery in found
            ]
        )
        return
    if not found:
        show.result("Nothing is waiting and nothing has failed.")
        return
    zone = settings.timezone
    channels = {options.name for options in settings.channels}
    for delivery in found:
        show.result(f"{delivery.id}  {delivery.state}  {delivery.channel} → {delivery.recipient}")
        tried = f"tried {delivery.attempts}×" if delivery.attempts else "not tried yet"
        again = ""
        if delivery.state in (DeliveryState.WAITING, DeliveryState.UNKNOWN):
            again = f", next {show.local(_next_try(delivery, rests), zone)}"
            if delivery.channel not in channels:
                again = f"; the config has no channel {delivery.channel}, so it waits for one"
            elif delivery.channel in rests:
                again += f" (the channel {delivery.channel} rests)"
        made = show.local(delivery.created_at, zone)
        show.result(f"    digest {delivery.digest} of {made}, {tried}{again}")
        if delivery.answer:
            show.result(f"    {delivery.answer}")


def _next_try(delivery: Delivery, rests: Mapping[str, datetime]) -> datetime:
    """When a delivery goes out again: not before its channel's rest is over."""
    return max(delivery.due_at, rests.get(delivery.channel, delivery.due_at))


def retry(
    session: Session,
    ids: Annotated[list[str] | None, typer.Argument(help="Deliveries by id, as listed.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="All that wait, failed or gave up.")] = False,
) -> None:
    """Make deliveries due now; the daemon (or run --once) sends them."""
    from monitor.store import outbox

    if not ids and not all_:
        refuse("which ones?", "name ids as listed by: wirewatch deliveries list, or write --all")
    settings = session.settings()
    states = [state for state in DeliveryState if state is not DeliveryState.SENT]
    with session.store(settings) as store, store.write() as tx:
        known = [delivery.id for delivery in outbox.listed(tx, states, 100_000)]
        unknown = sorted(set(ids or ()) - set(known))
        if unknown:
            refuse(
                f"no open delivery has the id {unknown[0]}", "see: wirewatch deliveries list --all"
            )
        chosen = known if all_ else list(ids or ())
        due = outbox.retry(tx, chosen, utc_now())
        for channel in {rest.name for rest in outbox.resting(tx)}:
            outbox.end_rest(tx, channel)
    show.result(f"{show.counted(due, 'delivery', 'deliveries')} due now")
