"""Clauses of a rule: what must hold together at its top, which of them failed, and near misses.

A near miss is an article in which all clauses but one hold. They are found by the engine itself:
beside each rule stand its *lenient* forms, each without one clause; where a lenient form matches
and the rule does not, the clause left out is the one that failed. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from monitor.matching.explain import Explanation, Step
from monitor.matching.query import And, Attribute, Not, Query, walk
from monitor.matching.query_facts import only_excludes
from monitor.matching.rule import Rule
from monitor.matching.shown import as_written
from monitor.records import dataclass

NOTHING_FOUND = "nothing of it was found"
"""Why a clause of several parts failed, where there is no more to say."""

_QUOTED = 3
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Failed:
    """A clause that did not hold, as it is written, and why (may be empty)."""

    clause: str
    why: str


def shortened(clause: str) -> str:
    """A clause as it is written, in one line and cut where it is long."""
    line = " ".join(clause.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 2].rstrip() + " …"


def clauses(query: Query) -> tuple[Query, ...]:
    """What must hold together: the parts of AND, of ``all`` and ``none``, however nested."""
    if isinstance(query, And):
        return tuple(clause for part in query.parts for clause in clauses(part))
    return (query,)


def lenient_forms(rule: Rule) -> Iterator[tuple[int, Rule]]:
    """The rule without one of its clauses, with that clause's number, under the rule's own name.

    A form that would no longer look for any words is left out: nearly every article would be it.
    """
    parts = clauses(rule.query)
    for number in range(len(parts)):
        others = (*parts[:number], *parts[number + 1 :])
        if any(_looks_for_words(part) for part in others):
            yield number, replace(rule, query=others[0] if len(others) == 1 else And(others))


def _looks_for_words(clause: Query) -> bool:
    """Whether something in the text must be there for the clause to hold."""
    if isinstance(clause, Not) or only_excludes(clause):
        return False
    return any(
        not isinstance(node, Attribute) and not list(walk(node))[1:] for node in walk(clause)
    )


def failures(query: Query, explanation: Explanation) -> tuple[Failed, ...]:
    """The clauses of ``query`` that failed in the article that ``explanation`` is of."""
    return tuple(_failures(query, explanation.tree))


def _failures(query: Query, step: Step) -> Iterator[Failed]:
    if isinstance(query, And) and len(step.steps) == len(query.parts):
        for part, inner in zip(query.parts, step.steps, strict=True):
            yield from _failures(part, inner)
    elif not step.held:
        yield Failed(as_written(query), _why(query, step))


def _why(query: Query, step: Step) -> str:
    if isinstance(query, Not):
        found = ", ".join(f'"{words}"' for words in _words(step))
        return f"there is {found}" if found else step.remark
    if step.remark:
        return step.remark
    found = ", ".join(f'"{words}"' for words in _words(step))
    return f"there is only {found}" if found else NOTHING_FOUND


def _words(step: Step) -> list[str]:
    """Some of the words that a step and its parts found, each once."""
    found = dict.fromkeys(place.words for each in _below(step) for place in each.places)
    return list(found)[:_QUOTED]


def _below(step: Step) -> Iterator[Step]:
    yield step
    for inner in step.steps:
        yield from _below(inner)
