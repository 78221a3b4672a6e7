"""Why a rule matched an article, or why not: what each part of its expression found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from monitor.matching.document import TEXT, Document, Span, Zone
from monitor.matching.evaluate import Both, Close, OfArticle, Often, Pattern, Some, Without, Zoned
from monitor.matching.explanation import (
    ABSENT,
    AS_IT_MUST,
    IN_HEADLINE,
    IN_LEAD,
    UNTOLD,
    Explanation,
    Place,
    Step,
    label,
)
from monitor.matching.field_values import country_name
from monitor.matching.markers import AnyMarker, Characters, Excepted, InCountry, Marker, Node, Words
from monitor.matching.nearly import Nearly, Surroundings
from monitor.matching.query import And, Attribute, Country, Threshold, VocabularyTerm
from monitor.matching.shown import as_written
from monitor.model import Part
from monitor.text.sentences import sentence_spans

_FEW = 2

__all__ = ["Explanation", "Place", "Step", "explain"]


def explain(
    rule: str, node: Node, document: Document, around: Surroundings | None = None
) -> Explanation:
    """The explanation of what ``node``, the expression of ``rule``, finds in ``document``."""
    document.remember(Nearly, lambda: Nearly(document.article, around or Surroundings()))
    tree = _step(node, document, Zone.ALL)
    if isinstance(node.query, And | Threshold):
        tree = replace(tree, heading=False)
    return Explanation(rule, tree.held, document.article.language, tree)


def _step(node: Node, document: Document, zone: Zone) -> Step:
    if isinstance(node, AnyMarker) and not node.one_name:
        return _of_parts(node, document, zone)
    return _STEPS[type(node)](node, document, zone)


def _zoned(node: Zoned, document: Document, zone: Zone) -> Step:
    inner = _step(node.of, document, min(zone, node.zone))
    return Step(as_written(node.query), inner.held, steps=(inner,))


def _found_or_not(node: Marker | Pattern, document: Document, zone: Zone) -> Step:
    """A step that says where else it stands, or what nearly held."""
    step = _found(node, document, zone, _absence(node, document))
    if isinstance(node.query, Country):
        step = replace(step, name=country_name(node.query.code))
    if step.held:
        return step
    if node.holds(document, Zone.ALL):
        return replace(step, elsewhere=True, nearly=lambda: _elsewhere(node, document, zone))
    return replace(step, nearly=lambda: document.remember(Nearly, _nobody).told(node.query))


def _nobody() -> Nearly:
    raise AssertionError("explain() has laid it down")


def _elsewhere(node: Node, document: Document, zone: Zone) -> str:
    """Where it is found beyond ``zone``."""
    places, _ = _places(document, (where for _, where in node.marked(document, Zone.ALL)))
    words = f'"{places[0].words}" is in'
    if zone is Zone.TITLE:
        return f"{words} the text"
    spans = enumerate(sentence_spans(document.article.text), 1)
    number = next((n for n, (_, end) in spans if places[0].start < end), 0)
    return f"{words} sentence {number}"


def _of_parts(node: Both | Some | AnyMarker, document: Document, zone: Zone) -> Step:
    steps = tuple(_step(part, document, zone) for part in node.parts)
    held = node.holds(document, zone)
    nearly: Callable[[], str] | None = None
    holding = sum(step.held for step in steps)
    remark = ""
    if isinstance(node.query, Threshold) and isinstance(node, Some):
        remark = f"{holding} of {len(steps)} hold, {node.count} must"
    elif isinstance(node, Both) and not held:
        remark = f"{holding} of {len(steps)} parts hold, all must"
        if len(steps) > _FEW:
            nearly = partial(_failing, steps)
    return Step(as_written(node.query), held, remark, steps=steps, nearly=nearly)


def _failing(steps: Sequence[Step]) -> str:
    """The parts that did not hold, in short."""
    failed = [label(step.expression) for step in steps if not step.held]
    more = f" and {len(failed) - _FEW} more" if len(failed) > _FEW else ""
    return f"not: {', '.join(failed[:_FEW])}{more}"


def _without(node: Without, document: Document, zone: Zone) -> Step:
    inner = _step(node.part, document, zone)
    remark = "what must be absent is there" if inner.held else AS_IT_MUST
    return Step(as_written(node.query), not inner.held, remark, steps=(inner,))


def _found(node: Node, document: Document, zone: Zone, absent: str) -> Step:
    places, count = _places(document, (where for _, where in node.marked(document, zone)))
    where = _IN[zone]
    held = node.holds(document, zone)
    return Step(as_written(node.query), held, "" if held else absent + where, places, count)


_IN = {Zone.TITLE: IN_HEADLINE, Zone.LEAD: IN_LEAD, Zone.ALL: ""}


def _absence(node: Node, document: Document) -> str:
    """Why a marker that is not there may be absent: a vocabulary may lack the language."""
    if isinstance(node, AnyMarker) and isinstance(node.query, VocabularyTerm) and not node.parts:
        language = document.article.language
        return f"has no terms in {language or 'any language in use'}; not found"
    return ABSENT


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
    parts = _step(node.left, document, zone), _step(node.right, document, zone)
    if held:
        places, count = _places(document, (where for _, where in node.marked(document, zone)))
        return Step(as_written(node.query), True, "", places, count, parts)
    if missing := [part.expression for part in parts if not part.held]:
        told = f"{label(missing[0])} is not there" if len(missing) == 1 else "neither is there"
        return Step(as_written(node.query), False, told, steps=parts)
    remark, pair = _distance_told(node, document, zone)
    nearly = (lambda: _pair(document, *pair)) if pair else None
    return Step(as_written(node.query), False, remark, steps=parts, nearly=nearly)


def _distance_told(
    node: Close, document: Document, zone: Zone
) -> tuple[str, tuple[Span, Span] | None]:
    """Why two markers that are there are not close, and the two places that come closest to it."""
    limit = document.limit(zone)
    sides = [
        [span for span in side.spans(document) if span[1] <= limit]
        for side in (node.left, node.right)
    ]
    forward, backward = _closest(*sides), _closest(*reversed(sides))
    known = [found for found in (forward, None if node.ordered else backward) if found]
    if known:
        between, first, second = min(known)
        told = f"closest {_words(between)} apart, {_words(node.distance)} at most"
        return told, (first, second)
    if node.ordered and backward:
        return "both are there, but never in this order in one part", backward[1:]
    if {span[0] < TEXT for span in sides[0]}.isdisjoint(span[0] < TEXT for span in sides[1]):
        return "one is in the headline, one in the text; nothing spans the two", None
    return "both are the same words; each needs its own", None


def _pair(document: Document, first: Span, second: Span) -> str:
    """The words of two places as they stand."""
    places, _ = _places(document, map(document.characters, (first, second)))
    return " … ".join(f'"{place.words}"' for place in places)


def _closest(first: Iterable[Span], second: list[Span]) -> tuple[int, Span, Span] | None:
    """A ``first`` and a ``second`` after it in one part, with the fewest words between them."""
    best: tuple[int, Span, Span] | None = None
    position = 0
    for span in first:
        while position < len(second) and second[position][0] < span[1]:
            position += 1
        if position == len(second):
            break
        distance = second[position][0] - span[1]
        if distance < TEXT >> 1 and (best is None or distance < best[0]):
            best = (distance, span, second[position])
    return best


def _of_article(node: OfArticle, document: Document, zone: Zone) -> Step:
    held = node.holds(document, zone)
    article = document.article
    key = node.query.key if isinstance(node.query, Attribute) else ""
    actual = {
        "lang": article.language or UNTOLD,
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
    Pattern: _found_or_not,
    Excepted: _excepted,
    AnyMarker: _found_or_not,
    Words: _found_or_not,
    InCountry: _found_or_not,
}
