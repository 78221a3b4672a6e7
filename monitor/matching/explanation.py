"""What is told of a rule put to an article: each part of its expression, as text or for JSON."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from monitor.model import Part

ABSENT = "not found"
IN_HEADLINE = " in the headline"
IN_LEAD = " in the first three sentences"

_SHOWN = 4
_IN_JSON = 20
_INDENT = 2
_MANY = 4
_CLOSEST = 2
_TOGETHER = 4
"""So many parts in which nothing was found are told together."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was found: the words as they stand, in which part, at which character."""

    part: Part
    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True)
class Step:
    """One part of the expression: whether it held, what it found, and a remark that says why not.

    ``count`` is how often it was found; ``places`` are the first thousand of them. ``nearly``
    looks for what nearly held, and is asked only where the step is shown.
    """

    expression: str
    held: bool
    remark: str = ""
    places: tuple[Place, ...] = ()
    count: int = 0
    steps: tuple[Step, ...] = ()
    nearly: Callable[[], str] | None = field(default=None, repr=False, compare=False)

    @property
    def reason(self) -> str:
        """The remark, and what nearly held."""
        near = self.nearly() if self.nearly and not self.held else ""
        return f"{self.remark}; {near}" if near and self.remark else self.remark or near

    def as_dict(self) -> dict[str, object]:
        """The step for JSON."""
        return {
            "expression": self.expression,
            "held": self.held,
            "remark": self.reason,
            "count": self.count,
            "places": [
                {"part": p.part.value, "start": p.start, "end": p.end, "words": p.words}
                for p in self.places[:_IN_JSON]
            ],
            "steps": [step.as_dict() for step in self.steps],
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """A rule's whole tree, put to one article."""

    rule: str
    matched: bool
    language: str | None
    tree: Step = field(repr=False)

    def as_dict(self) -> dict[str, object]:
        """The explanation for JSON."""
        return {
            "rule": self.rule,
            "matched": self.matched,
            "language": self.language,
            "tree": self.tree.as_dict(),
        }

    def as_text(self, width: int = 80, *, whole: bool = False) -> str:
        """The explanation for a terminal of ``width`` columns.

        Parts in which nothing was found at all are told in one line, as are large parts that held
        where another failed; where one way of several holds the others are only counted, and
        where none does, all but the two that came closest. All this unless the ``whole`` tree is
        asked for.
        """
        verdict = "matches" if self.matched else "does not match"
        language = self.language or "cannot be told: all languages in use count"
        head = textwrap.wrap(f"{self.rule}: {verdict} (language: {language})", width)
        return "\n".join([*head, *_lines(self.tree, 0, width, whole=whole)])


def _lines(step: Step, depth: int, width: int, *, whole: bool) -> Iterator[str]:
    """A sign, what was asked, and below it what was found; then the parts, further in."""
    sign = "+" if step.held else "-"
    margin = " " * (depth * _INDENT)
    written = label(step.expression) if step.steps else step.expression
    yield from _wrapped(f"{sign} {written}", margin, width)
    if depth and not whole and _is_barren(step):
        yield from _wrapped("nothing of it was found", f"{margin}    ", width, hanging="")
        return
    told = _told(step)
    if told:
        yield from _wrapped(told, f"{margin}    ", width, hanging="")
    others = [] if whole or not step.held else [s for s in step.steps if not s.held]
    if sum(1 + len(list(_all_below(other))) for other in others) < _TOGETHER:
        others = []
    if not whole and not any(inner.held for inner in step.steps):
        others = _furthest(step.steps)
    absent = [] if whole else [s for s in step.steps if s not in others and _is_absent(s)]
    together = absent if len(absent) >= _TOGETHER else []
    for inner in step.steps:
        if inner in together or inner in others:
            continue
        if not whole and not step.held and inner.held and len(list(_all_below(inner))) > _MANY:
            yield from _in_short(inner, depth + 1, width)
        else:
            yield from _lines(inner, depth + 1, width, whole=whole)
    margin = " " * ((depth + 1) * _INDENT)
    if together:
        listed = ", ".join(inner.expression for inner in together)
        yield from _wrapped(f"- not found: {listed}", margin, width)
    if others:
        ways = "1 other way does" if len(others) == 1 else f"{len(others)} other ways do"
        yield from _wrapped(f"- {ways} not hold", margin, width)


def _furthest(ways: Sequence[Step]) -> list[Step]:
    """Of several large ways none of which holds all but the two that came closest."""
    large = [way for way in ways if way.steps]
    if len(large) <= _CLOSEST:
        return []
    by_found = sorted(large, key=_share_held, reverse=True)
    return by_found[_CLOSEST:]


def _share_held(step: Step) -> float:
    """How much of what a step looks for was found."""
    leaves = [inner for inner in _all_below(step) if not inner.steps]
    return sum(leaf.held for leaf in leaves) / max(1, len(leaves))


def _in_short(step: Step, depth: int, width: int) -> Iterator[str]:
    """A part that held where another failed: it is not what somebody asks about."""
    margin = " " * (depth * _INDENT)
    yield from _wrapped(f"+ {label(step.expression)}", margin, width)
    found = {(p.part, p.start, p.end): p for s in (step, *_all_below(step)) for p in s.places}
    if found and not step.expression.startswith("NOT "):
        yield from _wrapped(quoted(list(found.values())), f"{margin}    ", width, hanging="")


def _is_absent(step: Step) -> bool:
    """Whether it is a single thing that is not there, with nothing else to say of it."""
    return not (step.held or step.places or step.steps) and step.reason in (
        ABSENT,
        ABSENT + IN_HEADLINE,
        ABSENT + IN_LEAD,
    )


def _is_barren(step: Step) -> bool:
    """Whether it has many parts and nothing was found for any of them."""
    below = list(_all_below(step))
    if len(below) < _TOGETHER or any(s.held or s.places for s in (step, *below)):
        return False
    return not any(s.nearly and s.nearly() for s in below)


def _all_below(step: Step) -> Iterator[Step]:
    for inner in step.steps:
        yield inner
        yield from _all_below(inner)


def label(expression: str) -> str:
    """An expression in short, where its parts are told as well."""
    return expression if len(expression) <= 40 else expression[:38].rstrip() + " …"


def _wrapped(text: str, margin: str, width: int, hanging: str = "  ") -> list[str]:
    room = max(width - len(margin), 24)
    lines = textwrap.wrap(text, room, subsequent_indent=hanging, break_on_hyphens=False)
    return [margin + line for line in lines]


def _told(step: Step) -> str:
    said = [step.reason] if step.reason else []
    if step.places:
        said.append(quoted(step.places))
    return "; ".join(said)


def quoted(places: Sequence[Place]) -> str:
    """The words in quotes, each spelling once, with how often and in which part it stands."""
    counts = Counter((place.words, place.part) for place in places)
    told = []
    for (words, part), count in list(counts.items())[:_SHOWN]:
        times = f" ×{count}" if count > 1 else ""
        told.append(f'"{words}"{times} in the {"headline" if part is Part.TITLE else "text"}')
    more = f" and {len(counts) - _SHOWN} more" if len(counts) > _SHOWN else ""
    return ", ".join(told) + more
