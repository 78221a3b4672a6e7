"""Many problems of one kind and one cause, told as one. Pure.

After a long downtime every feed may have lost entries, and where a large host moves, many feeds
fail with the same words: a page of such lines hides the one that is different.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import fields

from monitor.model import Problem, ProblemKind

HANDFUL = 5
"""So many of one kind and cause are told one by one."""

NAMED = 3
"""So many names are given of those that are told as one."""

_NOUNS = {
    ProblemKind.FEED: "feeds",
    ProblemKind.FULL_TEXT: "feeds",
    ProblemKind.RULE: "rules",
    ProblemKind.DELIVERY: "deliveries",
}

# What differs between messages of one cause: how many (a number before a word in small letters:
# "all 12 entries", "20 s", and not "answered 503 Service Unavailable"), and which server.
_NUMBER = r"(?<![\w.:])\d+(?= [a-z])"
_SERVER = r"(?<![\w.@/-])(?:\d+(?:\.\d+){3}|(?:[\w-]+\.)+[\w-]*[^\W\d_][\w-]*)(?::\d+)?(?![\w@])"
_DIFFERS = re.compile(f"({_NUMBER}|{_SERVER})")


class SummedUp(Problem):
    """Several problems as one: ``name`` says how many ("38 feeds"), the message begins with names.

    ``since`` is when the first of them began.
    """

    __slots__ = ()


def summed_up(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The same problems in the same order, but more than a handful of one kind and cause as one.

    That stands where the first of them stood.
    """
    there = tuple(problems)
    groups: dict[object, list[Problem]] = {}
    for problem in there:
        groups.setdefault(_cause(problem), []).append(problem)
    told: list[Problem] = []
    for problem in there:
        group = groups[_cause(problem)]
        if len(group) <= HANDFUL or problem.kind not in _NOUNS:
            told.append(problem)
        elif problem is group[0]:
            told.append(_as_one(group))
    return tuple(told)


def _cause(problem: Problem) -> object:
    return problem.kind, _DIFFERS.sub("\0", problem.message)


def _as_one(group: Sequence[Problem]) -> Problem:
    first = group[0]
    same = {each.name: getattr(first, each.name) for each in fields(first)}
    names = tuple(dict.fromkeys(problem.name for problem in group))
    beyond = len(names) - NAMED
    shown = ", ".join(names[:NAMED]) + (f" and {beyond} more" if beyond > 0 else "")
    return SummedUp(
        **same
        | {
            "name": f"{len(group)} {_NOUNS[first.kind]}",
            "since": min(problem.since for problem in group),
            "message": f"{shown}: {_common([problem.message for problem in group])}",
        }
    )


def _common(messages: Sequence[str]) -> str:
    """Messages of one cause as one: "all 12 to 40 entries were new", "a.org and others refused"."""
    columns = zip(*(_DIFFERS.split(message) for message in messages), strict=True)
    return "".join(_one(column) for column in columns)


def _one(pieces: Sequence[str]) -> str:
    if len(set(pieces)) == 1:
        return pieces[0]
    if all(piece.isdecimal() for piece in pieces):
        numbers = [int(piece) for piece in pieces]
        return f"{min(numbers)} to {max(numbers)}"
    return f"{pieces[0]} and others"
