"""The lines of ``wirewatch status`` that say what the database knows, whatever the config."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from monitor.cli import show
from monitor.model import DeliveryState, Problem

if TYPE_CHECKING:
    from monitor.store.processes import Seen

OPEN = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.UNKNOWN)
LOST = (DeliveryState.FAILED, DeliveryState.GIVEN_UP)
PROBLEMS_SHOWN = 20
"""Problems that are listed; -v lists all."""


def feeds_line(states: Mapping[str, int], silent: int, articles: int) -> str:
    """How many feeds are in each state (of which so many are silent), and what is stored."""
    kinds = Counter(states)
    retired = f"{count} retired, " if (count := kinds["retired"]) else ""
    quiet = f" ({silent} silent)" if silent else ""
    return (
        f"feeds       {kinds.total()}: {kinds['good']} good{quiet}, "
        f"{kinds['failing']} failing, {retired}{kinds['new']} not read yet; "
        f"{show.counted(articles, 'article')} stored"
    )


def digest_line(
    name: str, schedule: str, next_at: datetime | None, waiting: int, why: str, zone: ZoneInfo
) -> str:
    """When a digest (with its ``schedule``, if that is known) is due, and what waits for it."""
    next_ = f"next {show.local(next_at, zone)}, " if next_at else ""
    matches = show.counted(waiting, "match", "matches")
    reason = f" ({why})" if why else ""
    named = f"{name} ({schedule})" if schedule else name
    told = f"{named}: {next_}{matches} waiting{reason}"
    return show.wrapped(told, hanging="    ", margin=2)


def deliveries_line(counts: Mapping[DeliveryState, int]) -> str:
    """How many deliveries were received, wait, and are lost."""
    open_ = sum(counts.get(state, 0) for state in OPEN)
    lost = sum(counts.get(state, 0) for state in LOST)
    sent = counts.get(DeliveryState.SENT, 0)
    return f"deliveries  {sent} received, {open_} waiting, {lost} failed or given up"


def processes_line(running: tuple[Seen, ...], last: Seen | None, zone: ZoneInfo) -> str:
    """Who works on the database; where nobody does, who did last and said no word at its end."""
    return show.wrapped(_processes(running, last, zone), "", " " * 12)


def _processes(running: tuple[Seen, ...], last: Seen | None, zone: ZoneInfo) -> str:
    from monitor.store import processes

    if not running and last:
        at = show.local(last.seen_at, zone)
        return (
            f"processes   none has said for {processes.ALIVE_SECONDS:.0f} seconds that it runs; "
            f"the last was {last} at {at}, which ended without a word or cannot write to the "
            "database"
        )
    if not running:
        return "processes   none runs now"
    return f"processes   {len(running)}: {', '.join(map(str, running))}"


def problem_lines(found: tuple[Problem, ...], zone: ZoneInfo, *, verbose: bool) -> Iterator[str]:
    """What is wrong, most of one cause as one; ``verbose``: each of it."""
    from monitor.digests.summing_up import SummedUp, summed_up

    yield "problems" if found else "problems    none"
    problems = found if verbose else summed_up(found)
    for problem in problems if verbose else problems[:PROBLEMS_SHOWN]:
        since = show.local(problem.since, zone)
        kind = "" if isinstance(problem, SummedUp) else f"{problem.kind} "
        told = f"{kind}{problem.name}, since {since}: {problem.message}"
        yield show.wrapped(told, "  ", "  ")
    if len(problems) > PROBLEMS_SHOWN and not verbose:
        yield f"  and {len(problems) - PROBLEMS_SHOWN} more (-v shows all)"
