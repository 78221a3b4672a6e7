"""The station of the digests room: composes every digest that is due.

Putting the deliveries into the outbox and noting that the matches are in this sending, or why they
are held back, is one transaction: after a crash there is either all of it or nothing. Rendering
comes before it, with no transaction open; the transaction then makes sure that what was chosen
still waits and that no rule of it was silenced meanwhile.

Rules are not asked again here: what a rule matched is sent, even if it was changed, disabled or
deleted since, names another digest now, or is past its ``until``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.engine import Connection

from monitor import progress
from monitor.digests import selection, silenced
from monitor.digests.gathering import (
    NOBODY_WAITS,
    Gathered,
    Patiences,
    gather,
    key_of,
    look,
    worth_sending,
)
from monitor.digests.late_renderer import LateRenderer
from monitor.digests.options import DigestOptions
from monitor.digests.patience import Parted
from monitor.digests.periods import Immediately, by_this_clock, next_due
from monitor.errors import own_fault
from monitor.model import (
    Clock,
    Delivery,
    Digest,
    Match,
    Message,
    ProblemKind,
)
from monitor.records import dataclass
from monitor.store import Store, matches, outbox, problems, silences
from monitor.store import digests as shelf

if TYPE_CHECKING:
    from monitor.digests.render import Rendered, Renderer

log = structlog.get_logger("compose")

Pack = Callable[[Message, datetime], Sequence[Delivery]]
"""How a channel turns a message into deliveries, one for each recipient; it sends nothing."""


@dataclass(slots=True)
class ComposeReport:
    """What a pass did: the messages composed, and the digests that could not be."""

    messages: list[Message] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Composing:
    """The tools of the station. ``packs`` maps channel names to how they pack a message."""

    digests: Sequence[DigestOptions]
    renderer: Renderer | LateRenderer
    packs: Mapping[str, Pack]


def compose(
    store: Store,
    tools: Composing,
    clock: Clock,
    patience: Patiences = NOBODY_WAITS,
    *,
    everything: bool = False,
) -> ComposeReport:
    """Compose every digest that is due (``everything``: all of them, whatever their schedules).

    ``patience`` is that of the rules in force; it counts whatever the schedules. What waits for a
    digest that is none of ``tools.digests`` is held back.
    """
    report = ComposeReport()
    now = clock()
    _hold_back_of_no_digest(store, [options.name for options in tools.digests], now)
    with store.read() as connection:
        candidates = [
            options
            for options in tools.digests
            if everything or _looks_due(connection, options, patience, now)
        ]
    for options in candidates:
        progress.made()
        try:
            report.messages += _compose_one(
                store, tools, options, patience, now, everything=everything
            )
        except Exception as error:  # the one broad except: one digest never stops the others
            told = f"could not be composed: {own_fault(error)}"
            report.failed[options.name] = told
            with store.write() as tx:
                new = problems.begin(tx, ProblemKind.DIGEST, options.name, told, now)
            if new:  # it is tried again every second, and one traceback is enough
                log.exception("digest could not be composed", digest=options.name)
    return report


def _hold_back_of_no_digest(store: Store, names: Sequence[str], now: datetime) -> None:
    """Matches whose digest is not configured (any more) do not wait unseen."""
    with store.read() as connection:
        if not matches.any_of_no_digest(connection, names):
            return
    with store.write() as tx:
        count = matches.hold_back_of_no_digest(tx, names, now)
    log.warning("matches held back, their digest is not in the config", matches=count)


def _looks_due(
    connection: Connection, options: DigestOptions, patience: Patiences, now: datetime
) -> bool:
    known = shelf.due(connection).get(options.name)
    if known is None or known.schedule != _schedule_text(options):
        return True
    next_at = by_this_clock(options.schedule, known.next_at, now, options.timezone)
    if next_at != known.next_at:
        return True
    return selection.is_due(options, next_at, _ready(connection, options, patience, now), now)


def _ready(
    connection: Connection, options: DigestOptions, patience: Patiences, now: datetime
) -> Parted:
    """What waits for an immediate digest, sorted out; by what waits no other is due."""
    if not isinstance(options.schedule, Immediately):
        return Parted()
    return look(connection, options, patience, now).parted


def _compose_one(
    store: Store,
    tools: Composing,
    options: DigestOptions,
    patience: Patiences,
    now: datetime,
    *,
    everything: bool,
) -> list[Message]:
    """One digest: look, render with no transaction open (a template may be slow), lay back."""
    with store.write() as tx:
        due = _held(tx, options, now)
        if due is None:
            return []
        ready = _ready(tx, options, patience, now)
        if not everything and not selection.is_due(options, due.next_at, ready, now):
            return []
    while True:
        outcome = _attempt(store, tools, options, due, patience, now, everything=everything)
        if outcome is not None:
            return list(outcome)


def _attempt(
    store: Store,
    tools: Composing,
    options: DigestOptions,
    due: shelf.Due,
    patience: Patiences,
    now: datetime,
    *,
    everything: bool,
) -> Sequence[Message] | None:
    """The messages, if any; None where a rule in them was silenced while they were rendered."""
    with store.read() as connection:
        gathered = gather(connection, options, now, patience, everything=everything)
    digest = gathered.digest
    rendered = tools.renderer.render(digest, options) if worth_sending(digest, options) else None
    with store.write() as tx:
        if not _still_ours(tx, options, due, gathered.chosen):
            return ()
        if silenced.parted(gathered.chosen, silences.settled(tx, now))[1]:
            return None
        if not everything:
            shelf.advance(tx, options.name, next_due(options.schedule, now, options.timezone))
        matches.hold_back(tx, gathered.held, now)
        matches.hold_back_for_want_of_sources(tx, gathered.late, now)
        if rendered is not None:
            _lay_back(tx, tools, options, digest, rendered)
            matches.mark_sent(tx, [match.id for match in gathered.chosen], digest.id)
            silences.told(tx, [over.silence.id for over in gathered.over], options.name)
    _tell(options, gathered, rendered)
    return rendered.messages if rendered else ()


def _tell(options: DigestOptions, gathered: Gathered, rendered: Rendered | None) -> None:
    """The log's lines on what was composed and what was held back."""
    if gathered.held:
        log.info(
            "matches of silenced rules held back", digest=options.name, matches=len(gathered.held)
        )
    if gathered.late:
        log.info(
            "matches held back, too few sources told their stories in time",
            digest=options.name,
            matches=len(gathered.late),
        )
    if rendered is not None:
        digest = gathered.digest
        log.info(
            "digest composed",
            digest=options.name,
            stories=len(digest.stories) + len(digest.more),
            problems=len(digest.problems),
        )


def _still_ours(
    tx: Connection, options: DigestOptions, due: shelf.Due, chosen: Sequence[Match]
) -> bool:
    """Lock the digest's row; false when another process composed it while we were rendering."""
    held = shelf.hold(tx, options.name)
    if held is None or (held.next_at, held.last_composed_at) != (due.next_at, due.last_composed_at):
        return False
    still_waiting = {match.id for match in matches.waiting_in_short(tx, options.name)}
    return still_waiting.issuperset(match.id for match in chosen)


def _lay_back(
    tx: Connection,
    tools: Composing,
    options: DigestOptions,
    digest: Digest,
    rendered: Rendered,
) -> None:
    """Keep the messages, put their deliveries into the outbox, note what was told."""
    now = digest.composed_at
    _note_complaints(tx, options, rendered, now)
    for message in rendered.messages:
        told = json.loads(message.json)
        shelf.add_message(tx, message, digest.id, len(told["stories"]) + len(told["more"]))
        for channel in options.channels:
            outbox.put(tx, tools.packs[channel](message, now))
    shelf.composed(tx, options.name, now, [key_of(problem) for problem in digest.problems])


def _held(tx: Connection, options: DigestOptions, now: datetime) -> shelf.Due | None:
    """The digest's row, locked; None when another process is at it.

    A new digest is entered first; one whose schedule was changed, or was reckoned by a clock that
    has been put back, is due by the one of now.
    """
    text = _schedule_text(options)
    next_at = next_due(options.schedule, now, options.timezone)
    if options.name not in shelf.due(tx):
        shelf.enter(tx, options.name, text, next_at)
    held = shelf.hold(tx, options.name)
    if held is None:
        return None
    if held.schedule == text:
        at = by_this_clock(options.schedule, held.next_at, now, options.timezone)
        if at == held.next_at:
            return held
        log.warning("clock was put back, schedule reckoned anew", digest=options.name)
        next_at = at
    shelf.reschedule(tx, options.name, text, next_at)
    return replace(held, schedule=text, next_at=next_at)


def _schedule_text(options: DigestOptions) -> str:
    return f"{options.schedule} {options.timezone.key}"


def _note_complaints(
    tx: Connection, options: DigestOptions, rendered: Rendered, now: datetime
) -> None:
    if rendered.complaints:
        told = "; ".join(rendered.complaints)
        problems.begin(tx, ProblemKind.DIGEST, options.name, told, now)
    else:
        problems.end(tx, ProblemKind.DIGEST, options.name)
