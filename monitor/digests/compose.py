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
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog
from sqlalchemy.engine import Connection

from monitor import progress
from monitor.digests import selection, silenced
from monitor.digests.options import DigestOptions
from monitor.digests.periods import Immediately, by_this_clock, next_due
from monitor.digests.render import Rendered, Renderer
from monitor.errors import own_fault
from monitor.model import (
    Clock,
    Delivery,
    Digest,
    Match,
    Message,
    Problem,
    ProblemKind,
    new_id,
)
from monitor.store import Store, articles, feeds, matches, outbox, problems, silences
from monitor.store import digests as shelf

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
    renderer: Renderer
    packs: Mapping[str, Pack]


def compose(
    store: Store, tools: Composing, clock: Clock, *, everything: bool = False
) -> ComposeReport:
    """Compose every digest that is due (``everything``: all of them, whatever their schedules).

    What waits for a digest that is none of ``tools.digests`` is held back.
    """
    report = ComposeReport()
    now = clock()
    _hold_back_of_no_digest(store, [options.name for options in tools.digests], now)
    with store.read() as connection:
        candidates = [
            options
            for options in tools.digests
            if everything or _looks_due(connection, options, now)
        ]
    for options in candidates:
        progress.made()
        try:
            report.messages += _compose_one(store, tools, options, now, everything=everything)
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


def _looks_due(connection: Connection, options: DigestOptions, now: datetime) -> bool:
    known = shelf.due(connection).get(options.name)
    if known is None or known.schedule != _schedule_text(options):
        return True
    if not isinstance(options.schedule, Immediately):
        next_at = by_this_clock(options.schedule, known.next_at, now, options.timezone)
        return next_at != known.next_at or selection.is_due(options, next_at, (), now)
    return selection.is_due(options, None, matches.waiting(connection, options.name), now)


def _compose_one(
    store: Store, tools: Composing, options: DigestOptions, now: datetime, *, everything: bool
) -> list[Message]:
    """One digest: look, render with no transaction open (a template may be slow), lay back."""
    with store.write() as tx:
        due = _held(tx, options, now)
        if due is None:
            return []
        waiting = matches.waiting(tx, options.name)
        if not everything and not selection.is_due(options, due.next_at, waiting, now):
            return []
    while True:
        outcome = _attempt(store, tools, options, due, now, everything=everything)
        if outcome is not None:
            return list(outcome)


def _attempt(
    store: Store,
    tools: Composing,
    options: DigestOptions,
    due: shelf.Due,
    now: datetime,
    *,
    everything: bool,
) -> Sequence[Message] | None:
    """The messages, if any; None where a rule in them was silenced while they were rendered."""
    with store.read() as connection:
        gathered = gather(connection, options, now, everything=everything)
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
    still_waiting = {match.id for match in matches.waiting(tx, options.name)}
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
    shelf.composed(tx, options.name, now, [_key(problem) for problem in digest.problems])


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


@dataclass(frozen=True, slots=True)
class Gathered:
    """A digest, the matches in it, and those that silences hold back, each with its silence's id.

    ``over`` are the silences whose end it tells.
    """

    digest: Digest
    chosen: tuple[Match, ...]
    held: Mapping[str, str]
    over: tuple[silences.Over, ...]


def gather(
    connection: Connection, options: DigestOptions, now: datetime, *, everything: bool = False
) -> Gathered:
    """What a digest would tell now, and what it would hold back. Changes nothing."""
    due = shelf.due(connection).get(options.name)
    waiting = matches.waiting(connection, options.name)
    free = waiting if everything else selection.outside_quiet_hours(options, waiting, now)
    chosen, held = silenced.parted(free, silences.running(connection, now))
    of_articles = articles.get(connection, list({match.article_id for match in chosen}))
    told = matches.told_stories(
        connection, options.name, [m.story_id for m in chosen if m.story_id]
    )
    stories = selection.stories_of(chosen, of_articles, told)
    last = due.last_composed_at if due else None
    over = silences.to_be_told(connection, options.name, now)
    present = (
        *problems.present(connection, last),
        *(silenced.ended(each.silence, each.matches) for each in over),
    )
    states = [state for state in feeds.states(connection) if state.last_polled_at]
    digest = Digest(
        id=new_id(now),
        name=options.name,
        composed_at=now,
        stories=stories[: options.max_stories],
        more=stories[options.max_stories :],
        problems=present,
        new_problems=_new(present, due),
        feeds_read=sum(1 for state in states if state.last_success_at and not state.failures),
        feeds_total=len(states),
        articles_seen=articles.count_since(connection, last, until=now),
    )
    return Gathered(digest, chosen, held, over)


def worth_sending(digest: Digest, options: DigestOptions) -> bool:
    """Whether a digest goes out: it has stories, or may be empty, or must tell a new problem.

    Only a scheduled digest goes out for a problem alone, and never in quiet hours.
    """
    if digest.stories:
        return True
    if selection.is_quiet(options, digest.composed_at):
        return False
    alone = digest.new_problems and not isinstance(options.schedule, Immediately)
    return alone or options.send_empty


def _new(present: Sequence[Problem], due: shelf.Due | None) -> bool:
    told = set(due.told_problems) if due else set()
    return any(_key(problem) not in told for problem in present)


def _key(problem: Problem) -> str:
    return f"{problem.kind}|{problem.name}|{int(problem.since.timestamp())}"


def _note_complaints(
    tx: Connection, options: DigestOptions, rendered: Rendered, now: datetime
) -> None:
    if rendered.complaints:
        told = "; ".join(rendered.complaints)
        problems.begin(tx, ProblemKind.DIGEST, options.name, told, now)
    else:
        problems.end(tx, ProblemKind.DIGEST, options.name)
