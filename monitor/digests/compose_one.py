"""One digest is composed: gathered, rendered, and laid back.

Putting the deliveries into the outbox and noting that the matches are in this sending, or why they
are held back, is one transaction: after a crash there is either all of it or nothing. Rendering
comes before it, with no transaction open; the transaction then makes sure that what was chosen
still waits and that no rule of it was silenced meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.engine import Connection

from monitor.digests import selection, silenced
from monitor.digests.gathering import Gathered, gather, look, worth_sending
from monitor.digests.options import DigestOptions, Patiences
from monitor.digests.patience import Parted
from monitor.digests.periods import Immediately, by_this_clock, next_due
from monitor.log import Log
from monitor.model import Digest, Match, Message, ProblemKind
from monitor.store import Store, matches, outbox, problems, silences
from monitor.store import digests as shelf

if TYPE_CHECKING:
    from monitor.digests.compose import Composing
    from monitor.digests.render import Rendered

log = Log("compose")


def is_due(
    connection: Connection,
    options: DigestOptions,
    next_at: datetime | None,
    patience: Patiences,
    now: datetime,
) -> bool:
    """Whether a digest is to be looked at now that is due ``next_at``, or as matches come."""
    return selection.is_due(options, next_at, _ready(connection, options, patience, now), now)


def _ready(
    connection: Connection, options: DigestOptions, patience: Patiences, now: datetime
) -> Parted:
    """What waits for an immediate digest, sorted out; by what waits no other is due."""
    if not isinstance(options.schedule, Immediately):
        return Parted()
    return look(connection, options, patience, now).parted


def compose_one(
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
        if not everything and not is_due(tx, options, due.next_at, patience, now):
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
            shelf.advance(tx, options.name, _next(options, now))
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
    shelf.composed(tx, options.name, now, digest.problems)


def _held(tx: Connection, options: DigestOptions, now: datetime) -> shelf.Due | None:
    """The digest's row, locked; None when another process is at it.

    A new digest is entered first; one whose schedule was changed, or was reckoned by a clock that
    has been put back, is due by the one of now.
    """
    text = options.schedule_text
    if options.name not in shelf.due(tx):
        shelf.enter(tx, options.name, text, _next(options, now))
    held = shelf.hold(tx, options.name)
    if held is None:
        return None
    if held.schedule == text:
        at = by_this_clock(options.schedule, held.next_at, now, options.timezone)
        if at == held.next_at:
            return held
        log.warning("clock was put back, schedule reckoned anew", digest=options.name)
    else:
        at = _next(options, now)
    shelf.reschedule(tx, options.name, text, at)
    return replace(held, schedule=text, next_at=at)


def _next(options: DigestOptions, now: datetime) -> datetime | None:
    return next_due(options.schedule, now, options.timezone)


def _note_complaints(
    tx: Connection, options: DigestOptions, rendered: Rendered, now: datetime
) -> None:
    if rendered.complaints:
        told = "; ".join(rendered.complaints)
        problems.begin(tx, ProblemKind.DIGEST, options.name, told, now)
    else:
        problems.end(tx, ProblemKind.DIGEST, options.name)
