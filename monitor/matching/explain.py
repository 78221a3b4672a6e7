"""Why a rule matched an article, or why not: its tree, and what each part of it found."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from monitor.matching.document import Document, Span, Zone
from monitor.matching.evaluate import Both, Close, OfArticle, Often, Pattern, Some, Without, Zoned
from monitor.matching.markers import AnyMarker, Characters, Excepted, InCountry, Marker, Node, Words
from monitor.matching.query import Attribute, Threshold, VocabularyTerm
from monitor.matching.shown import as_written
from monitor.model import Part

_SHOWN = 4
_IN_JSON = 20
_INDENT = 2
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

    ``count`` is how often it was found; ``places`` are the first thousand of them.
    """

    expression: str
    held: bool
    remark: str = ""
    places: tuple[Place, ...] = ()
    count: int = 0
    steps: tuple[Step, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """The step for JSON."""
        return {
            "expression": self.expression,
            "held": self.held,
            "remark": self.remark,
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

        Parts in which nothing was found at all are told in one line, and where one way of several
        holds the others are only counted, unless the ``whole`` tree is asked for.
        """
        verdict = "matches" if self.matched else "does not match"
        language = self.language or "cannot be told: all languages in use count"
        head = textwrap.wrap(f"{self.rule}: {verdict} (language: {language})", width)
        return "\n".join([*head, *_lines(self.tree, 0, width, whole=whole)])


def explain(rule: str, node: Node, document: Document) -> Explanation:
    """The explanation of what ``node``, the expression of ``rule``, finds in ``document``."""
    tree = _step(node, document, Zone.ALL)
    return Explanation(rule, tree.held, document.article.language, tree)


# --- as text ----------------------------------------------------------------------------------


def _lines(step: Step, depth: int, width: int, *, whole: bool) -> Iterator[str]:
    """A sign, what was asked, and below it what was found; then the parts, further in."""
    sign = "+" if step.held else "-"
    margin = " " * (depth * _INDENT)
    label = step.expression if not step.steps else _label(step)
    yield from _wrapped(f"{sign} {label}", margin, width)
    if depth and not whole and _is_barren(step):
        yield from _wrapped("nothing of it was found", f"{margin}    ", width, hanging="")
        return
    told = _told(step)
    if told:
        yield from _wrapped(told, f"{margin}    ", width, hanging="")
    others = [] if whole or not step.held else [s for s in step.steps if not s.held]
    if sum(1 + len(list(_all_below(other))) for other in others) < _TOGETHER:
        others = []
    absent = [] if whole else [s for s in step.steps if s not in others and _is_absent(s)]
    together = absent if len(absent) >= _TOGETHER else []
    for inner in step.steps:
        if inner not in together and inner not in others:
            yield from _lines(inner, depth + 1, width, whole=whole)
    margin = " " * ((depth + 1) * _INDENT)
    if together:
        listed = ", ".join(inner.expression for inner in together)
        yield from _wrapped(f"- not found: {listed}", margin, width)
    if others:
        ways = "1 other way does" if len(others) == 1 else f"{len(others)} other ways do"
        yield from _wrapped(f"- {ways} not hold", margin, width)


def _is_absent(step: Step) -> bool:
    """Whether it is a single thing that is not there, with nothing else to say of it."""
    return not (step.held or step.places or step.steps) and step.remark.startswith("not found")


def _is_barren(step: Step) -> bool:
    """Whether it has many parts and nothing was found for any of them."""
    below = list(_all_below(step))
    return len(below) >= _TOGETHER and not any(s.held or s.places for s in (step, *below))


def _all_below(step: Step) -> Iterator[Step]:
    for inner in step.steps:
        yield inner
        yield from _all_below(inner)


def _label(step: Step) -> str:
    """What stands for a step whose parts follow below it."""
    return step.expression if len(step.expression) <= 40 else step.expression[:38].rstrip() + " …"


def _wrapped(text: str, margin: str, width: int, hanging: str = "  ") -> list[str]:
    room = max(width - len(margin), 24)
    lines = textwrap.wrap(text, room, subsequent_indent=hanging, break_on_hyphens=False)
    return [margin + line for line in lines]


def _told(step: Step) -> str:
    said = [step.remark] if step.remark else []
    if step.places:
        said.append(_quoted(step.places))
    return "; ".join(said)


def _quoted(places: Sequence[Place]) -> str:
    """The words in quotes, each spelling once, with how often and in which part it stands."""
    counts = Counter((place.words, place.part) for place in places)
    told = []
    for (words, part), count in list(counts.items())[:_SHOWN]:
        times = f" ×{count}" if count > 1 else ""
        told.append(f'"{words}"{times} in the {"headline" if part is Part.TITLE else "text"}')
    more = f" and {len(counts) - _SHOWN} more" if len(counts) > _SHOWN else ""
    return ", ".join(told) + more


# --- what each kind of node says --------------------------------------------------------------


def _step(node: Node, document: Document, zone: Zone) -> Step:
    if isinstance(node, AnyMarker) and not node.one_name:
        return _of_parts(node, document, zone)
    return _STEPS[type(node)](node, document, zone)


def _zoned(node: Zoned, document: Document, zone: Zone) -> Step:
    inner = _step(node.of, document, min(zone, node.zone))
    return Step(as_written(node.query), inner.held, steps=(inner,))


def _marker(node: Marker, document: Document, zone: Zone) -> Step:
    return _found(node, document, zone, _absence(node, document))


def _pattern(node: Pattern, document: Document, zone: Zone) -> Step:
    return _found(node, document, zone, "not found")


def _of_parts(node: Both | Some | AnyMarker, document: Document, zone: Zone) -> Step:
    steps = tuple(_step(part, document, zone) for part in node.parts)
    held = node.holds(document, zone)
    holding = sum(step.held for step in steps)
    remark = ""
    if isinstance(node.query, Threshold) and isinstance(node, Some):
        remark = f"{holding} of {len(steps)} hold, {node.count} must"
    elif isinstance(node, Both) and not held:
        remark = f"{holding} of {len(steps)} parts hold, all must"
    return Step(as_written(node.query), held, remark, steps=steps)


def _without(node: Without, document: Document, zone: Zone) -> Step:
    inner = _step(node.part, document, zone)
    remark = "what must be absent is there" if inner.held else "absent, as it must be"
    return Step(as_written(node.query), not inner.held, remark, steps=(inner,))


def _found(node: Node, document: Document, zone: Zone, absent: str) -> Step:
    places, count = _places(document, (where for _, where in node.marked(document, zone)))
    where = {Zone.TITLE: " in the headline", Zone.LEAD: " in the lead", Zone.ALL: ""}[zone]
    held = node.holds(document, zone)
    return Step(as_written(node.query), held, "" if held else absent + where, places, count)


def _absence(node: Node, document: Document) -> str:
    """Why a marker that is not there may be absent: a vocabulary may lack the language."""
    if isinstance(node, AnyMarker) and isinstance(node.query, VocabularyTerm) and not node.parts:
        language = document.article.language
        return f"has no terms in {language or 'any language in use'}; not found"
    return "not found"


def _excepted(node: Excepted, document: Document, zone: Zone) -> Step:
    step = _found(node, document, zone, "")
    all_of = node.kept.spans(document)
    left = node.spans(document)
    if not all_of:
        remark = "not found"
    elif len(left) < len(all_of):
        barred = as_written(node.barred.query)
        remark = f"{len(all_of) - len(left)} of {len(all_of)} left out as part of {barred}"
    else:
        remark = "" if step.held else "not found in this part"
    return Step(step.expression, step.held, remark, step.places, step.count)


def _often(node: Often, document: Document, zone: Zone) -> Step:
    inner = _step(node.of, document, zone)
    count = node.occurrences(document, zone)
    remark = f"found {_times(count)}, {node.count} are needed"
    return Step(as_written(node.query), count >= node.count, remark, steps=(inner,))


def _close(node: Close, document: Document, zone: Zone) -> Step:
    held = node.holds(document, zone)
    left, right = _step(node.left, document, zone), _step(node.right, document, zone)
    if held:
        places, count = _places(document, (where for _, where in node.marked(document, zone)))
        return Step(as_written(node.query), True, "", places, count, (left, right))
    return Step(
        as_written(node.query), False, _distance_told(node, document, zone), steps=(left, right)
    )


def _distance_told(node: Close, document: Document, zone: Zone) -> str:
    if not (node.left.holds(document, zone) and node.right.holds(document, zone)):
        return "both sides must be there"
    limit = document.limit(zone)
    sides = [
        [span for span in side.spans(document) if span[1] <= limit]
        for side in (node.left, node.right)
    ]
    forward = _closest(*sides)
    nearest = [forward] if node.ordered else [forward, _closest(*reversed(sides))]
    known = [distance for distance in nearest if distance is not None]
    if known:
        return f"closest {_words(min(known))} apart, {_words(node.distance)} at most"
    if node.ordered and _closest(*reversed(sides)) is not None:
        return "both are there, but never in this order in one part"
    return "both are there, but one is in the headline and one in the text, or they are one word"


def _closest(first: Iterable[Span], second: list[Span]) -> int | None:
    """The fewest words between a ``first`` and a ``second`` after it in the same part."""
    best: int | None = None
    position = 0
    for span in first:
        while position < len(second) and second[position][0] < span[1]:
            position += 1
        if position == len(second):
            break
        distance = second[position][0] - span[1]
        if distance < 1 << 39 and (best is None or distance < best):
            best = distance
    return best


def _of_article(node: OfArticle, document: Document, zone: Zone) -> Step:
    held = node.holds(document, zone)
    article = document.article
    key = node.query.key if isinstance(node.query, Attribute) else ""
    actual = {
        "lang": article.language or "cannot be told",
        "feed": ", ".join(article.feeds),
        "tag": ", ".join(article.tags),
        "author": article.author or "",
        "site": article.site,
    }.get(key, "")
    remark = "" if held else f"the article's {key}: {actual or 'none'}"
    return Step(as_written(node.query), held, remark)


def _places(document: Document, found: Iterator[Characters]) -> tuple[tuple[Place, ...], int]:
    """The places, each once in reading order, and how many there are."""
    article = document.article
    places: dict[tuple[bool, int, int], Place] = {}
    for part, start, end in found:
        text = article.title if part is Part.TITLE else article.text
        words = " ".join(text[start:end].split())
        places[(part is Part.TEXT, start, end)] = Place(part, start, end, words)
    ordered = [places[key] for key in sorted(places)]
    return tuple(ordered), len(ordered)


def _times(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")


def _words(count: int) -> str:
    return "no word" if count == 0 else "1 word" if count == 1 else f"{count} words"


_STEPS: dict[type, Callable[..., Step]] = {
    Both: _of_parts,
    Some: _of_parts,
    Without: _without,
    Zoned: _zoned,
    Close: _close,
    Often: _often,
    OfArticle: _of_article,
    Pattern: _pattern,
    Excepted: _excepted,
    AnyMarker: _marker,
    Words: _marker,
    InCountry: _marker,
}
