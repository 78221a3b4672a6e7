"""What is said of a story beneath its headline, line by line, in more or less detail.

How a line looks is up to each service; what it says is the same in all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import Enum, auto
from itertools import groupby
from typing import TypeVar

from monitor.delivery.chat.telling import Headline, Span, Telling, ToldArticle, ToldStory, Trouble
from monitor.records import dataclass
from monitor.text.wording import counted, listed, one_line, shorten


class Kind(Enum):
    """What a line is."""

    MARK = auto()
    """That a story is urgent, or an update."""
    ABOUT = auto()
    """Rules, languages, number of sources."""
    NOTE = auto()
    HEADLINE = auto()
    """Of an article but the first."""
    SOURCE = auto()
    """When, where, in which language."""
    QUOTE = auto()
    REST = auto()
    """How many articles are not told here."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a story; what it says is not escaped yet."""

    kind: Kind
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Detail:
    """How much of a story is told: lengths in characters, the others in numbers of things.

    Of the ``articles`` that are named the first ``in_full`` are shown with what matched.
    """

    title: int = 300
    quote: int = 600
    quotes: int = 5
    articles: int = 30
    in_full: int = 10
    note: int = 500
    notes: int = 5
    names: int = 20


DETAILS = (
    Detail(),
    Detail(quote=300, quotes=3, articles=12, in_full=5, note=300, notes=3, names=10),
    Detail(quote=200, quotes=1, articles=5, in_full=2, note=200, notes=2, names=5),
    Detail(quote=120, quotes=1, articles=1, in_full=1, note=120, notes=1, names=3),
    Detail(title=150, quote=0, quotes=0, articles=0, in_full=0, notes=0, names=0),
)
"""From all there is room for down to the headline alone, for a story that is too large."""

Made = TypeVar("Made")


def fitting(make: Callable[[Detail], Made], fits: Callable[[Made], bool]) -> Made:
    """What ``make`` gives in the most detail that ``fits``; else in the least there is."""
    for detail in DETAILS[:-1]:
        made = make(detail)
        if fits(made):
            return made
    return make(DETAILS[-1])


def headline(story: ToldStory, detail: Detail) -> Span:
    """The headline as a link."""
    return Span(shorten(story.title, detail.title), link=story.link)


def story_lines(story: ToldStory, detail: Detail) -> tuple[Line, ...]:
    """Everything beneath the headline."""
    return tuple(_lines(story, detail))


def _lines(story: ToldStory, detail: Detail) -> Iterator[Line]:
    mark = marks(story)
    if mark:
        yield Line(Kind.MARK, (Span(mark, bold=True),))
    if story.first_told and detail.names:
        yield Line(Kind.SOURCE, (Span(f"First told {story.first_told}"),))
    if detail.names:
        yield Line(Kind.ABOUT, (Span(_about(story, detail)),))
    for note in story.notes[: detail.notes]:
        yield Line(Kind.NOTE, (Span(f"Note: {shorten(note, detail.note)}"),))
    for place, article in enumerate(story.articles[: detail.articles]):
        if place:
            words = shorten(article.title, detail.title)
            yield Line(Kind.HEADLINE, (Span(words, link=article.link),))
        yield from _article(article, detail, in_full=place < detail.in_full)
    untold = len(story.articles) - max(detail.articles, 1)
    if untold > 0:
        yield Line(Kind.REST, (Span(f"… and {counted(untold, 'article', 'articles')} more"),))
    elif not detail.articles:
        yield Line(Kind.REST, (Span("…"),))


def marks(story: ToldStory) -> str:
    """ "High priority · Update"; empty for most stories."""
    urgent = {"high": "High priority", "low": "Low priority"}.get(story.priority, "")
    return " · ".join(filter(None, (urgent, "Update" if story.update else "")))


def _about(story: ToldStory, detail: Detail) -> str:
    rules = _names(story.rules, detail.names)
    languages = _names(story.languages, detail.names)
    sources = counted(story.sources, "source", "sources") if story.sources > 1 else ""
    return " · ".join(filter(None, (rules, languages, sources))) or "–"


def _names(names: tuple[str, ...], most: int) -> str:
    rest = (f"{len(names) - most} more",) if len(names) > most else ()
    return listed((*names[:most], *rest)) if rest else ", ".join(names)


def _article(article: ToldArticle, detail: Detail, *, in_full: bool) -> Iterator[Line]:
    known = (article.time, article.source, article.language)
    source = " · ".join(filter(None, known))
    if article.address:
        source = " · ".join(filter(None, (source, article.address)))
    if source:
        yield Line(Kind.SOURCE, (Span(source),))
    if not in_full:
        return
    quotes = article.excerpts[: detail.quotes] or ((Span(article.summary),),)
    for spans in quotes:
        words = cut(spans, detail.quote)
        if words:
            yield Line(Kind.QUOTE, words)


def cut(spans: Sequence[Span], limit: int) -> tuple[Span, ...]:
    """The pieces on one line and, together, of at most ``limit`` characters.

    Spaces at the edges of what is bold stand outside of it: markup does not take them within.
    """
    shown: list[Span] = []
    left = limit
    for span in spans:
        words = one_line(span.text[: limit * 8])
        if left <= 0:
            break
        before = " " if span.text[:1].isspace() and shown else ""
        after = " " if span.text[-1:].isspace() else ""
        if words:
            words = words if len(words) <= left else shorten(words, left)
            shown += [Span(before)] * bool(before) + [Span(words, bold=span.bold)]
            left -= len(words) + len(before)
        elif not shown or shown[-1].text.endswith(" "):
            continue
        if after or (before and not words):
            shown.append(Span(" "))
    while shown and shown[-1].text == " ":
        shown.pop()
    alike = groupby(shown, key=lambda span: span.bold)
    return tuple(Span("".join(span.text for span in run), bold) for bold, run in alike)


def more_line(item: Headline) -> tuple[Span, ...]:
    """A story told as title and link, and the rules it was found by."""
    rules = (Span(f" · {', '.join(item.rules)}"),) if item.rules else ()
    return (Span(shorten(item.title, 150), link=item.link), *rules)


def problem_line(problem: Trouble) -> tuple[Span, ...]:
    """What is wrong, since when."""
    since = f", since {problem.since}" if problem.since else ""
    said = f": {problem.message}" if problem.message else ""
    return (Span(problem.name or "Wirewatch", bold=True), Span(f"{since}{said}"))


def subject_line(telling: Telling, part: int, parts: int) -> str:
    """The subject, with the number of this part where there are several."""
    return f"{telling.subject} ({part}/{parts})" if parts > 1 else telling.subject
