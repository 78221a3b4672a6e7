"""``wirewatch deliveries``: what is waiting, has failed, is given up; try again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from monitor.cli import sending, show
from monitor.cli.session import Session, command, refuse
from monitor.model import Delivery, DeliveryState, utc_now

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

SHOWN = 200
"""Deliveries that are listed; --json lists all."""

ALL = 1_000_000

RETRIED = (
    DeliveryState.WAITING,
    DeliveryState.UNKNOWN,
    DeliveryState.FAILED,
    DeliveryState.GIVEN_UP,
)


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
    from monitor.store import outbox, processes

    settings = session.settings()
    states = [state for state in DeliveryState if all_ or state is not DeliveryState.SENT]
    with session.store(settings) as store, store.read() as connection:
        found = outbox.listed(connection, states, ALL if json else SHOWN)
        counts = outbox.counts(connection)
        rests = {rest.name: rest.until for rest in outbox.resting(connection)}
        composed = outbox.composed_at(connection, {delivery.message_id for delivery in found})
        running = bool(processes.alive(connection))
    channels = {options.name for options in settings.channels}
    if json:
        show.as_json([_described(delivery, composed, rests, channels) for delivery in found])
        return
    if not found:
        show.result("Nothing is waiting and nothing has failed.")
    for delivery in found:
        at = composed.get(delivery.message_id, delivery.created_at)
        next_ = _next(delivery, rests, channels, settings.timezone, running=running)
        _tell(delivery, at, next_, settings.timezone)
    more = sum(counts.get(state, 0) for state in states) - len(found)
    if more > 0:
        show.result(f"and {more} more (--json lists all)")
    if any(delivery.state in outbox.LOST for delivery in found):
        show.aside("To try again: wirewatch deliveries retry ID, or --all")


def _described(
    delivery: Delivery,
    composed: Mapping[str, datetime],
    rests: Mapping[str, datetime],
    channels: Collection[str],
) -> dict[str, object]:
    return {
        "id": delivery.id,
        "message": delivery.message_id,
        "digest": delivery.digest,
        "channel": delivery.channel,
        "channel_in_config": delivery.channel in channels,
        "recipient": delivery.recipient,
        "state": str(delivery.state),
        "attempts": delivery.attempts,
        "composed_at": show.iso(composed.get(delivery.message_id)),
        "created_at": show.iso(delivery.created_at),
        "first_tried_at": show.iso(delivery.first_tried_at),
        "last_tried_at": show.iso(delivery.last_tried_at),
        "due_at": show.iso(_next_try(delivery, rests)),
        "resent": delivery.resent,
        "answer": delivery.answer,
    }


def _tell(delivery: Delivery, composed_at: datetime, next_: str, zone: ZoneInfo) -> None:
    show.result(f"{delivery.id}  {delivery.state}  {delivery.channel} → {delivery.recipient}")
    made = show.local(delivery.created_at, zone)
    resent = f" (sent again, asked for on {made})" if delivery.resent else ""
    of = show.local(composed_at, zone)
    told = f"digest {delivery.digest} of {of}{resent}, {_tried(delivery, zone)}{next_}"
    show.result(show.wrapped(told, "    ", "  "))
    if delivery.answer:
        show.result(f"    {delivery.answer}")


def _tried(delivery: Delivery, zone: ZoneInfo) -> str:
    """How often it was tried, and since when: ``deliveries retry`` begins to count anew."""
    if not delivery.attempts:
        return "not tried since it was retried" if delivery.last_tried_at else "not tried yet"
    first = delivery.first_tried_at
    return f"tried {delivery.attempts}×" + (f" since {show.local(first, zone)}" if first else "")


def _next(
    delivery: Delivery,
    rests: Mapping[str, datetime],
    channels: Collection[str],
    zone: ZoneInfo,
    *,
    running: bool,
) -> str:
    """What is to follow, as the end of a line; ``running``: there is a daemon to do it."""
    gone = delivery.channel not in channels
    if delivery.state in (DeliveryState.WAITING, DeliveryState.UNKNOWN):
        if gone:
            return f"; the config has no channel {delivery.channel}, so it waits for one"
        at = _next_try(delivery, rests)
        if at <= utc_now():
            since = show.local(at, zone)
            return ", due now" if running else f", due since {since}: sent once wirewatch runs"
        rest = f" (the channel {delivery.channel} rests)" if delivery.channel in rests else ""
        return f", next {show.local(at, zone)}{rest}"
    if gone and delivery.state is not DeliveryState.SENT:
        return f"; the config has no channel {delivery.channel}"
    return ""


def _next_try(delivery: Delivery, rests: Mapping[str, datetime]) -> datetime:
    """When a delivery goes out again: not before its channel's rest is over."""
    return max(delivery.due_at, rests.get(delivery.channel, delivery.due_at))


def retry(
    session: Session,
    ids: Annotated[list[str] | None, typer.Argument(help="Deliveries by id, as listed.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="All that wait, failed or gave up.")] = False,
    now: Annotated[bool, typer.Option("--now", help="Send them from here, now.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Make deliveries due now, and end the rests of their channels; the daemon sends them."""
    from monitor.store import outbox

    if not ids and not all_:
        refuse("which ones?", "name ids as listed by: wirewatch deliveries list, or write --all")
    settings = session.settings()
    with session.store(settings) as store:
        with store.write() as tx:
            chosen = outbox.listed(tx, RETRIED, ALL) if all_ else _named(tx, ids or ())
            due = outbox.retry(tx, [delivery.id for delivery in chosen], utc_now())
            for channel in sorted({delivery.channel for delivery in chosen}):
                outbox.end_rest(tx, channel)
        if not json:
            show.result(f"{show.counted(due, 'delivery', 'deliveries')} due now")
        if now:
            sending.send_now(session, settings, store)
        ours = [delivery.id for delivery in chosen]
        sending.tell(settings, store, ours, as_json=json, tried=now)


def _named(tx: Connection, ids: Sequence[str]) -> tuple[Delivery, ...]:
    """The deliveries with these ids; ends the command where one cannot be tried again."""
    from monitor.store import outbox

    found = {delivery.id: delivery for delivery in outbox.of_ids(tx, ids)}
    for id_ in ids:
        if id_ not in found:
            refuse(f"no delivery has the id {id_}", "see: wirewatch deliveries list --all")
        if found[id_].state is DeliveryState.SENT:
            again = f"wirewatch digests resend {found[id_].message_id}"
            refuse(f"{id_} was received", f"to send its digest again: {again}")
        if found[id_].state is DeliveryState.SENDING:
            refuse(f"{id_} is being sent", "a process that died with it is replaced in 25 seconds")
    return tuple(found.values())
