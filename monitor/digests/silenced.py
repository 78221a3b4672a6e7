"""Silenced rules: which matches a digest leaves out, and how it tells that a silence is over. Pure.

What counts is the moment when the digest is composed, not the one when the match was found: a
silence that begins and ends between two digests leaves nothing out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from monitor.model import Match, Problem, ProblemKind, Silence
from monitor.text.wording import whole_date

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def parted(
    candidates: Sequence[Match], silences: Mapping[str, Silence]
) -> tuple[tuple[Match, ...], dict[str, str]]:
    """The matches that may go out, and those of silenced rules: their ids, each with its silence.

    ``silences`` are those that are not over, by the names of their rules.
    """
    free = tuple(match for match in candidates if match.rule not in silences)
    held = {match.id: silences[match.rule].id for match in candidates if match.rule in silences}
    return free, held


def ended(silence: Silence, matches: int, next_until: datetime | None = None) -> Problem:
    """What the first digest after a silence says of it: a notice beside the problems.

    ``next_until``, in the reader's zone: the rule is silenced again, until then.
    """
    count = "1 match" if matches == 1 else f"{matches:,} matches"
    how = "silence ended by hand after" if silence.ended_by_hand else "ended silence:"
    told = f"{how} {_length(silence)}, {count} not sent"
    if next_until is not None:
        told += f"; silenced again, until {whole_date(next_until)}"
    return Problem(ProblemKind.SILENCE, silence.rule, silence.begun_at, told)


def _length(silence: Silence) -> str:
    """How long a silence was, in words: "3 days", "26 hours", "1 minute".

    Days are counted from two on, and from one on where it was a whole one; so are hours.
    """
    seconds = (silence.until - silence.begun_at).total_seconds()
    for size, unit in _UNITS:
        count = round(seconds / size)
        if seconds >= 2 * size or abs(seconds - size) < size / 60:
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "less than two minutes"
