"""Problems as people are told them: in order, those of one cause as one, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from monitor.digests.summing_up import SummedUp, summed_up
from monitor.model import Digest, Problem, ProblemKind
from monitor.records import dataclass
from monitor.text.wording import counted, day_and_time, listed, one_line

_NAME, _MESSAGE = 120, 300

PROBLEMS_SHOWN = 20
"""Problems that HTML and text tell one by one; ``wirewatch status -v`` lists all."""


@dataclass(frozen=True, slots=True)
class ProblemView:
    """Something wrong, in words: ``what`` it is in, and ``when`` ("since 20 May, 07:00").

    ``what`` is empty where the name says it ("38 feeds"); ``since`` is the time alone.
    """

    what: str
    kind: str
    name: str
    since: str
    when: str
    message: str


def warning_of(digest: Digest) -> str | None:
    """The one line at the top; None where all is well."""
    unread = digest.feeds_total - digest.feeds_read
    feeds = f"{unread} of {counted(digest.feeds_total, 'feed', 'feeds')} could not be read"
    told = told_problems(digest.problems)
    wrong = [problem for problem in told if problem.kind is not ProblemKind.SILENCE]
    names = tuple(dict.fromkeys(one_line(problem.name, 40) for problem in wrong))
    if not names:
        return f"{feeds}." if unread > 0 else None
    shown = names if len(names) <= 3 else (*names[:2], f"{len(names) - 2} more")
    trouble = counted(len(wrong), "problem", "problems")
    many = f"; {feeds}" if unread > 0 else ""
    return f"{trouble}: {listed(shown)}{many}. Details are at the end."


def told_problems(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems as people are told them: in order, those of one cause as one."""
    return summed_up(in_telling_order(problems))


def in_telling_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """What there may be many of comes last: feeds, and of these the longest in trouble first."""
    ranks = {ProblemKind.SILENCE: 1, ProblemKind.FULL_TEXT: 2, ProblemKind.FEED: 3}
    return tuple(sorted(problems, key=lambda each: (ranks.get(each.kind, 0), each.since)))


_WHAT = {
    ProblemKind.FEED: "Feed",
    ProblemKind.FULL_TEXT: "Feed",
    ProblemKind.FULL_TEXT: "Feed",
    ProblemKind.LINE: "The",
    ProblemKind.RULES: "Rule file",
    ProblemKind.RULE: "Rule",
    ProblemKind.CONFIG: "Configuration",
    ProblemKind.DELIVERY: "Channel",
    ProblemKind.DIGEST: "Digest",
    ProblemKind.PROCESSES: "Machine",
    ProblemKind.SILENCE: "Rule",
}


def problem_view(problem: Problem, here: datetime) -> ProblemView:
    """A problem as templates see it, from the moment and in the zone of ``here``."""
    what = _WHAT.get(problem.kind, problem.kind.value.capitalize())
    if problem.kind is ProblemKind.RULES and not problem.lasts:
        what = "Article"  # which no rule could be put to
    since = day_and_time(problem.since.astimezone(here.tzinfo), here)
    return ProblemView(
        what="" if isinstance(problem, SummedUp) else what,
        kind=problem.kind.value,
        name=one_line(problem.name, _NAME),
        since=since,
        when=f"since {since}" if problem.lasts else f"on {since}",
        message=one_line(problem.message, _MESSAGE),
    )
