"""The station of the digests room: composes every digest that is due.

Here it is seen which digests those are, and nothing more is asked or imported where there are none;
how one is composed is in ``compose_one``.

Rules are not asked again here: what a rule matched is sent, even if it was changed, disabled or
deleted since, names another digest now, or is past its ``until``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.engine import Connection

from monitor import progress
from monitor.digests.late_renderer import LateRenderer
from monitor.digests.options import NOBODY_WAITS, DigestOptions, Patiences
from monitor.digests.periods import by_this_clock
from monitor.errors import own_fault
from monitor.log import Log
from monitor.model import Clock, Delivery, Message, ProblemKind
from monitor.records import dataclass
from monitor.store import Store, matches, problems, silences
from monitor.store import digests as shelf

if TYPE_CHECKING:
    from monitor.digests.render import Renderer

log = Log("compose")

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
        known = shelf.due(connection)
        candidates = [
            options
            for options in tools.digests
            if _may_be_due(
                connection, options, known.get(options.name), patience, now, everything=everything
            )
        ]
    for options in candidates:
        progress.made()
        try:
            from monitor.digests.compose_one import compose_one

            report.messages += compose_one(
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


def _may_be_due(
    connection: Connection,
    options: DigestOptions,
    known: shelf.Due | None,
    patience: Patiences,
    now: datetime,
    *,
    everything: bool,
) -> bool:
    """Whether a digest is to be composed, as far as can be seen without locking its row.

    One that is new is to be entered, and one whose schedule was changed, or was reckoned by a clock
    that has been put back, is to be reckoned anew.
    """
    if known is None or known.schedule != options.schedule_text:
        return True
    if by_this_clock(options.schedule, known.next_at, now, options.timezone) != known.next_at:
        return True
    if everything:
        return options.send_empty or _may_have_news(connection, known)
    from monitor.digests.compose_one import is_due

    return is_due(connection, options, known.next_at, patience, now)


def _may_have_news(connection: Connection, known: shelf.Due) -> bool:
    """Whether there may be something to tell or to hold back: a match, a problem, a silence."""
    if matches.any_for(connection, known.name) or silences.any_known(connection):
        return True
    return known.lacks(problems.present(connection, known.last_composed_at))
