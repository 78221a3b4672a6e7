"""What is told of a rule put to an article: each part of its expression, as text or for JSON."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace

from monitor.model import Part
from monitor.records import dataclass

ABSENT = "not found"
AS_IT_MUST = "absent, as it must be"
UNTOLD = "cannot be told"
"""What is said of the language of an article that shows none."""
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
    looks for what nearly held, and is asked only where the step is shown. ``name`` is what a code
    stands for. ``heading`` is false where the parts are all there is to say of the expression;
    ``elsewhere`` is true where it was found, and not in the part where it must be.
    """

    expression: str
    held: bool
    remark: str = ""
    places: tuple[Place, ...] = ()
    count: int = 0
    steps: tuple[Step, ...] = ()
    nearly: Callable[[], str] | None = field(default=None, repr=False, compare=False)
    name: str = ""
    heading: bool = True
    elsewhere: bool = False

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

    def as_text(
        self, width: int = 80, *, whole: bool = False, items: Mapping[str, str] | None = None
    ) -> str:
        """The explanation for a terminal of ``width`` columns.

        Parts in which nothing was found at all are told in one line, as are large parts that held
        where another failed; where one way of several holds the others are only counted, and
        where none does, all but the two that came closest. What a NOT looks for is told only where
        it is there. All this unless the ``whole`` tree is asked for. ``items`` names the items of
        a rule's lists by their expressions (``any[3]``).
        """
        verdict = "matches" if self.matched else "does not match"
        language = self.language or f"{UNTOLD}: all languages in use count"
        head = textwrap.wrap(f"{self.rule}: {verdict} (language: {language})", width)
        return "\n".join([*head, *_Teller(width, whole, items or {}).lines(self.tree)])


@dataclass(frozen=True, slots=True)
class _Teller:
    """Writes steps out for a terminal of ``width`` columns."""

    width: int
    whole: bool
    items: Mapping[str, str]

    def lines(self, tree: Step) -> Iterator[str]:
        """All of it; the expression itself is left out where its parts say the same."""
        if tree.heading:
            yield from self._step(tree, 0)
            return
        if told := _told(tree):
            yield from _wrapped(told, " " * _INDENT, self.width, hanging="")
        yield from self._parts(tree, 0)

    def _step(self, step: Step, depth: int, *, listed: bool = False) -> Iterator[str]:
        """A sign, what was asked, and below it what was found; then the parts, further in."""
        margin = " " * (depth * _INDENT)
        step = step if self.whole else _merged(step)
        if not self.whole and _is_absent_group(step):
            yield from self._head(step, depth, lines=2, listed=listed)
            yield from _wrapped(_group_told(step), f"{margin}    ", self.width, hanging="")
            return
        yield from self._head(step, depth, listed=listed)
        if depth and not self.whole and _is_barren(step):
            yield from _wrapped("nothing of it was found", f"{margin}    ", self.width, hanging="")
            return
        if told := _told(step):
            yield from _wrapped(told, f"{margin}    ", self.width, hanging="")
        if self.whole or not (step.held and step.remark == AS_IT_MUST):
            yield from self._parts(step, depth + 1)

    def _head(
        self, step: Step, depth: int, lines: int = 1, *, listed: bool = False
    ) -> Iterator[str]:
        """The sign and the expression; one that has parts is cut to so many lines.

        ``listed``: it may be an item of a list, and has its name.
        """
        sign, margin = "+" if step.held else "-", " " * (depth * _INDENT)
        item = self.items.get(step.expression, "") if listed or depth == 0 else ""
        name = f" ({step.name})" if step.name else ""
        written = f"{item}: {step.expression}{name}" if item else step.expression + name
        if step.steps:
            written = label(written, lines * (self.width - len(margin) - _INDENT) - 2 * (lines - 1))
        yield from _wrapped(f"{sign} {written}", margin, self.width)

    def _parts(self, step: Step, depth: int) -> Iterator[str]:
        others = self._others(step)
        listed = self.items.get(step.expression) == "any"
        absent = [] if self.whole else [s for s in step.steps if s not in others and _is_absent(s)]
        together = absent if len(absent) >= _TOGETHER else []
        for inner in step.steps:
            if inner in together or inner in others:
                continue
            large = len(list(_all_below(inner))) > _MANY
            if not self.whole and not step.held and inner.held and large:
                yield from self._in_short(inner, depth, listed=listed)
            else:
                yield from self._step(inner, depth, listed=listed)
        margin = " " * (depth * _INDENT)
        if together:
            words = ", ".join(inner.expression for inner in together)
            yield from _wrapped(f"- not found: {words}", margin, self.width)
        if others:
            ways = "1 other way does" if len(others) == 1 else f"{len(others)} other ways do"
            yield from _wrapped(f"- {ways} not hold", margin, self.width)

    def _others(self, step: Step) -> list[Step]:
        """The parts that are only counted."""
        if self.whole:
            return []
        if not any(inner.held for inner in step.steps):
            return _furthest(step.steps)
        others = [inner for inner in step.steps if not inner.held] if step.held else []
        many = sum(1 + len(list(_all_below(other))) for other in others) >= _TOGETHER
        return others if many else []

    def _in_short(self, step: Step, depth: int, *, listed: bool) -> Iterator[str]:
        """A part that held where another failed: it is not what somebody asks about."""
        margin = " " * (depth * _INDENT)
        yield from self._head(step, depth, listed=listed)
        found = {(p.part, p.start, p.end): p for s in (step, *_all_below(step)) for p in s.places}
        if found and step.remark != AS_IT_MUST:
            told = quoted(list(found.values()))
            yield from _wrapped(told, f"{margin}    ", self.width, hanging="")


def _merged(step: Step) -> Step:
    """``title:troops`` is told as one; the word by itself would only repeat it."""
    if step.remark or len(step.steps) != 1:
        return step
    inner = step.steps[0]
    simple = not inner.steps or _is_absent_group(inner)
    return replace(inner, expression=step.expression) if simple else step


def _is_absent_group(step: Step) -> bool:
    """Whether it is words of which any would do, and none is there."""
    absent = (ABSENT, ABSENT + IN_HEADLINE, ABSENT + IN_LEAD)
    return (
        not (step.held or step.remark)
        and len(step.steps) > 1
        and all(not (s.held or s.steps or s.places) and s.remark in absent for s in step.steps)
    )


def _group_told(step: Step) -> str:
    """That nothing of a group is there, and what nearly was."""
    near = [(inner, told) for inner in step.steps if inner.nearly and (told := inner.nearly())]
    said = [told if told[0] == '"' else f"{inner.expression}: {told}" for inner, told in near]
    more = [f"and {len(said) - _CLOSEST} more"] if len(said) > _CLOSEST else []
    return "; ".join([step.steps[0].remark, *said[:_CLOSEST], *more])


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


def label(expression: str, room: int = 40) -> str:
    """An expression in short, where its parts are told as well: at most ``room`` characters."""
    return expression if len(expression) <= room else expression[: room - 2].rstrip() + " …"


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
