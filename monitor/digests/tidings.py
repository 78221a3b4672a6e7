"""What there is to tell of health: what began and what ended since it was last told. Pure.

A problem is told once when it begins and once when it ends. One that comes and goes is told again
after a pause that doubles each time, and then with how often it came back meanwhile; so neither a
flapping feed nor a crowd of them floods anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b

from monitor.digests.options import HEALTH
from monitor.model import Problem, ProblemKind
from monitor.records import dataclass
from monitor.store.health import HAPPENED, Key, Pace, Told

GATHER = timedelta(seconds=5)
"""How long what has begun or ended is gathered; it doubles with each telling of a burst."""

LONGEST_GATHER = timedelta(minutes=5)
BURST = timedelta(minutes=10)
"""Tellings that follow the one before within this time are a burst."""

PAUSE = timedelta(minutes=10)
"""How long after its end a problem that comes back is not told; it doubles each time."""

LONGEST_PAUSE = timedelta(hours=6)
HAPPENED_KEPT = timedelta(days=3)
"""How long it is known that something which happened was told; longer than it is looked for."""


@dataclass(frozen=True, slots=True)
class Tidings:
    """What is to be told, and what is then to be written down.

    ``begun`` are new problems, ``over`` those that ended; both in the order they began.
    ``rows`` become true once that has been told. ``counted`` and ``gone`` may be written at once:
    problems that came back and are not to be told yet, and what is of no interest any more.
    """

    begun: tuple[Problem, ...] = ()
    over: tuple[Problem, ...] = ()
    rows: tuple[Told, ...] = ()
    counted: tuple[Told, ...] = ()
    gone: tuple[Key, ...] = ()

    @property
    def any(self) -> bool:
        """Whether there is something to tell."""
        return bool(self.begun or self.over)


def of_interest(problems: Iterable[Problem], channel: str) -> tuple[Problem, ...]:
    """The faults that ``channel`` can be told of: not its own, which would go in a circle.

    That a silence is over is no fault.
    """
    return tuple(
        problem
        for problem in problems
        if problem.kind is not ProblemKind.SILENCE
        and (problem.kind, problem.name) != (ProblemKind.DELIVERY, channel)
        and (problem.kind, problem.name) != (ProblemKind.DIGEST, HEALTH)
    )


def compare(present: Iterable[Problem], told: Mapping[Key, Told], now: datetime) -> Tidings:
    """What has begun and ended between what was ``told`` and what is ``present`` now."""
    there = _by_key(present)
    steps = [
        *(_present(key, problem, told.get(key), now) for key, problem in there.items()),
        *(_absent(row, now) for key, row in told.items() if key not in there),
    ]
    return Tidings(
        begun=_in_order(problem for step in steps for problem in step.begun),
        over=_in_order(problem for step in steps for problem in step.over),
        rows=tuple(row for step in steps for row in step.rows),
        counted=tuple(row for step in steps for row in step.counted),
        gone=tuple(key for step in steps for key in step.gone),
    )


def gather_for(pace: Pace, now: datetime) -> timedelta:
    """How long to gather before the next telling."""
    if pace.told_at is None or now - pace.told_at > BURST:
        return GATHER
    return min(GATHER * (1 << min(pace.burst, 10)), LONGEST_GATHER)


def next_pace(pace: Pace, now: datetime) -> Pace:
    """The pace once something is told ``now``."""
    close = pace.told_at is not None and now - pace.told_at <= BURST
    return Pace(now, pace.burst + 1 if close else 1)


def _by_key(problems: Iterable[Problem]) -> dict[Key, Problem]:
    """Problems by what they are known by; several of one kind and name become one."""
    found: dict[Key, Problem] = {}
    for problem in problems:
        key = (problem.kind, problem.name, _occasion(problem))
        known = found.setdefault(key, problem)
        if problem.message not in known.message:
            first = min(known.since, problem.since)
            both = f"{known.message}; {problem.message}"
            found[key] = replace(known, since=first, message=both)
    return found


def _occasion(problem: Problem) -> str:
    """The aspect of a problem that lasts; else what tells one thing that happened from the next."""
    if problem.lasts:
        return problem.aspect
    words = blake2b(problem.message.encode("utf-8", "replace"), digest_size=6).hexdigest()
    return f"{HAPPENED}{int(problem.since.timestamp() * 1000)} {words}"


def _present(key: Key, problem: Problem, row: Told | None, now: datetime) -> Tidings:
    """A problem that is there."""
    if row is not None and not row.over:
        return Tidings()
    if row is None:
        new = Told(*key, problem.since, problem.message, now)
        return Tidings(begun=(problem,), rows=(new,))
    back = row
    if row.since != problem.since:
        back = replace(row, since=problem.since, returns=row.returns + 1)
    if now < row.told_at + _pause(row):
        return Tidings(counted=(back,) if back != row else ())
    words = _came_and_went(back.returns - 1)
    again = replace(
        back,
        message=problem.message,
        told_at=now,
        over=False,
        returns=0,
        repeats=row.repeats + 1,
    )
    return Tidings(
        begun=(replace(problem, message=f"{problem.message}{words}"),),
        rows=(again,),
    )


def _absent(row: Told, now: datetime) -> Tidings:
    """A problem that was told and is not there."""
    if not row.lasts:
        return Tidings(gone=(row.key,) if row.since < now - HAPPENED_KEPT else ())
    if row.over and not row.returns:
        return Tidings(gone=(row.key,) if row.told_at < now - LONGEST_PAUSE else ())
    if row.over and now < row.told_at + _pause(row):
        return Tidings()
    repeats = row.repeats + 1 if row.over else row.repeats
    words = _came_and_went(row.returns)
    told = replace(row, told_at=now, over=True, returns=0, repeats=repeats)
    problem = Problem(row.kind, row.name, row.since, f"{row.message}{words}")
    return Tidings(over=(problem,), rows=(told,))


def _pause(row: Told) -> timedelta:
    return min(PAUSE * (1 << min(row.repeats, 10)), LONGEST_PAUSE)


def _came_and_went(times: int) -> str:
    if times < 1:
        return ""
    often = "once" if times == 1 else f"{times} times"
    return f" (it came and went {often} since it was last told)"


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.since, problem.kind, problem.name)))
