"""Which rules came nearest to matching an article, and what each of them lacked. Pure.

How near a rule came is the share of what it asks that the article has, worked out over its tree:
of AND the mean of the parts, of OR the best. What a NOT bars counts only where it is there. Rules
of which no word was found did not come near, however much else held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from monitor.matching.explain import Explanation, Step
from monitor.matching.index import Rulebook
from monitor.matching.near_miss import Failed, failures, lenient_forms
from monitor.matching.query import And, AtLeast, InLead, InTitle, Near, Not, Or, Query, Threshold
from monitor.matching.rule import Rule
from monitor.model import Article
from monitor.records import dataclass

MOST_EXPLAINED = 400
"""Up to so many rules, each is put to the article part by part; of more, those lacking a clause."""

_NEARLY = 0.9
"""What it counts that both are there, and not where or as often as they must."""


@dataclass(frozen=True, slots=True)
class Miss:
    """A rule that did not match: which share of it held (0 to 1), and the clauses that failed."""

    rule: Rule
    share: float
    failed: tuple[Failed, ...]


def nearest(
    book: Rulebook,
    rules: Sequence[Rule],
    article: Article,
    most: int,
    lenient: Callable[[Sequence[Rule]], Rulebook],
) -> tuple[Miss, ...]:
    """Of ``rules``, none of which matches ``article``, up to ``most`` that came nearest.

    The nearest first. ``book`` holds them all; ``lenient`` makes a book of other rules that use
    the same vocabularies and languages.
    """
    if len(rules) > MOST_EXPLAINED:
        rules = _lacking_a_clause(rules, article, lenient)[:MOST_EXPLAINED]
    misses = [miss for rule in rules if (miss := missed(rule, book.explain(rule.name, article)))]
    return tuple(sorted(misses, key=lambda m: (-m.share, len(m.failed)))[:most])


def missed(rule: Rule, explanation: Explanation) -> Miss | None:
    """How a rule missed; None where no word of it was found."""
    share = _share(rule.query, explanation.tree)
    if share == 0 or not any(_found(rule.query, explanation.tree)):
        return None
    return Miss(rule, share, failures(rule.query, explanation))


def _lacking_a_clause(
    rules: Sequence[Rule], article: Article, lenient: Callable[[Sequence[Rule]], Rulebook]
) -> list[Rule]:
    """Those of which all clauses but one hold, found by the engine itself."""
    forms = [
        replace(form, name=f"{rule.name}\n{number}", enabled=True)
        for rule in rules
        for number, form in lenient_forms(rule)
    ]
    found = lenient(forms).matching([article])[0]
    names = {form.name.partition("\n")[0] for form in found}
    return [rule for rule in rules if rule.name in names]


def _share(query: Query, step: Step) -> float:
    share = _NEARLY if step.elsewhere else float(step.held)
    match query:
        case _ if step.held:
            pass
        case And(parts) if len(step.steps) == len(parts):
            pairs = [
                (part, inner)
                for part, inner in zip(parts, step.steps, strict=True)
                if not (isinstance(part, Not) and inner.held)
            ]
            share = sum(_share(*pair) for pair in pairs) / len(pairs)
        case Or(parts) if len(step.steps) == len(parts):
            share = max(map(_share, parts, step.steps))
        case Threshold(parts, count) if len(step.steps) == len(parts):
            best = sorted(map(_share, parts, step.steps), reverse=True)[:count]
            share = min(sum(best) / count, _NEARLY)
        case Near(left, right, _, _) if len(step.steps) == 2:
            share = (_share(left, step.steps[0]) + _share(right, step.steps[1])) / 2 * _NEARLY
        case AtLeast(of, _) | InTitle(of) | InLead(of) if len(step.steps) == 1:
            share = min(_share(of, step.steps[0]), _NEARLY)
    return share


def _found(query: Query, step: Step) -> Iterator[bool]:
    """Whether words were found, part by part; what is barred is not looked for."""
    if isinstance(query, Not):
        return
    yield bool(step.places) or step.elsewhere
    parts = getattr(query, "parts", ())
    if len(parts) == len(step.steps):
        for part, inner in zip(parts, step.steps, strict=True):
            yield from _found(part, inner)
    else:
        found = (each for inner in step.steps for each in _below(inner))
        yield from (bool(each.places) or each.elsewhere for each in found)


def _below(step: Step) -> Iterator[Step]:
    yield step
    for inner in step.steps:
        yield from _below(inner)
