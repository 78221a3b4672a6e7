"""What a template sees: a digest made ready to be read, in its zone, nothing in it unsafe to show.

Every text here is on one line and without control characters; every ``link`` is http(s) or None.
A template gets these names:

========== =====================================================================================
name       what it is
========== =====================================================================================
subject    the subject, one line (not in a subject's own template)
digest     ``id``, ``name``, ``composed_at`` (a datetime in the digest's zone), ``date`` (the same
           in words), ``zone``, ``part`` and ``parts`` (1 and 1 unless it had to be split),
           ``warning`` (one line, or None where nothing is wrong)
stories    a list of ``StoryView``, in order; ``stories|length`` is their number
more       a list of ``HeadlineView``: what ``max_stories`` left over
problems   a list of ``ProblemView``
counts     ``feeds_read``, ``feeds_total``, ``articles_seen``, ``stories``, ``more``, ``problems``
           (of the whole digest, also where it was split)
========== =====================================================================================
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from monitor.digests.problem_view import (
    PROBLEMS_SHOWN,
    problem_view,
    told_problems,
    warning_of,
)
from monitor.model import Digest, Fragment, Match, Story, StoryArticle
from monitor.records import dataclass
from monitor.text.wording import (
    day_and_time,
    language_name,
    one_line,
    plain,
    shorten,
    web_link,
    whole_date,
)

_TITLE, _NAME, _MESSAGE, _CODE, _NOTE = 300, 120, 300, 35, 200


@dataclass(frozen=True, slots=True)
class Detail:
    """How much is shown: lengths in characters, the others in numbers of things.

    Of a story's ``articles`` the first ``in_full`` are shown with what matched, the others as a
    headline.
    """

    excerpt: int = 600
    note: int = 2000
    notes: int = 50
    matches: int = 50
    in_full: int = 10_000
    articles: int = 10_000
    problems: int = 10_000


AHEAD = timedelta(days=1)
"""An article that says it is published so much later than it was seen has a wrong date."""

WHOLE = Detail(problems=PROBLEMS_SHOWN)
"""For the plain text, which has no limit: what the HTML leaves out of stories stands there."""

DETAILS = (
    Detail(problems=PROBLEMS_SHOWN),
    Detail(excerpt=200, note=400, notes=10, matches=10, problems=PROBLEMS_SHOWN),
    Detail(excerpt=120, note=200, notes=5, matches=3, in_full=40, problems=PROBLEMS_SHOWN),
    Detail(
        excerpt=120, note=200, notes=5, matches=3, in_full=20, articles=150, problems=PROBLEMS_SHOWN
    ),
    Detail(
        excerpt=80, note=120, notes=3, matches=2, in_full=3, articles=3, problems=PROBLEMS_SHOWN
    ),
)
"""For the HTML: from all down to what fits in any message, for a story that is too large."""


@dataclass(frozen=True, slots=True)
class MatchView:
    """Where an article matched: the rules that give this excerpt, and the excerpt in pieces."""

    rules: tuple[str, ...]
    terms: tuple[str, ...]
    excerpt: tuple[Fragment, ...]


@dataclass(frozen=True, slots=True)
class ArticleView:
    """One article. ``time`` is in words, ``at`` a datetime; ``published`` tells whose time it is.

    ``address`` is the link as text where it is no web link; ``summary`` the text's beginning.
    ``note`` says what there is to know of the text, that it is not the whole one; mostly empty.
    """

    title: str
    link: str | None
    address: str
    source: str
    author: str
    language: str
    language_name: str
    time: str
    at: datetime
    published: bool
    summary: str
    matches: tuple[MatchView, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class StoryView:
    """One story; ``number`` counts from 1 through the digest.

    ``untold`` articles are left out of the HTML to keep it small, and stand in the text.
    ``languages`` are names. Of an update ``first_told`` says in words when the digest first told
    the story; empty where that is not known.
    """

    id: str
    number: int
    title: str
    link: str | None
    language: str
    update: bool
    priority: str
    rules: tuple[str, ...]
    tags: tuple[str, ...]
    notes: tuple[str, ...]
    languages: tuple[str, ...]
    sources: int
    articles: tuple[ArticleView, ...]
    untold: int
    first_told: str = ""


@dataclass(frozen=True, slots=True)
class HeadlineView:
    """A story told as title and link."""

    title: str
    link: str | None
    language: str
    source: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DigestView:
    """The digest itself."""

    id: str
    name: str
    composed_at: datetime
    date: str
    zone: str
    part: int
    parts: int
    warning: str | None


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of the whole digest."""

    feeds_read: int
    feeds_total: int
    articles_seen: int
    stories: int
    more: int
    problems: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part stands in its digest: part ``part`` of ``parts``, after ``before`` stories."""

    part: int = 1
    parts: int = 1
    before: int = 0


def counts_of(digest: Digest) -> Counts:
    """The numbers of a digest before it is split."""
    return Counts(
        feeds_read=digest.feeds_read,
        feeds_total=digest.feeds_total,
        articles_seen=digest.articles_seen,
        stories=len(digest.stories),
        more=len(digest.more),
        problems=len(told_problems(digest.problems)),
    )


def names_for_template(
    digest: Digest, zone: ZoneInfo, counts: Counts, place: Place, detail: Detail
) -> dict[str, Any]:
    """The names that a template sees, but for ``subject``."""
    here = digest.composed_at.astimezone(zone)
    told = told_problems(digest.problems)
    numbered = enumerate(digest.stories, place.before + 1)
    return {
        "digest": _digest(digest, here, zone, place),
        "stories": [_story(story, number, here, detail) for number, story in numbered],
        "more": [_headline(story) for story in digest.more],
        "problems": [problem_view(p, here) for p in told[: detail.problems]],
        "counts": counts,
    }


def _digest(digest: Digest, here: datetime, zone: ZoneInfo, place: Place) -> DigestView:
    return DigestView(
        id=digest.id,
        name=one_line(digest.name, _NAME),
        composed_at=here,
        date=whole_date(here),
        zone=zone.key,
        part=place.part,
        parts=place.parts,
        warning=warning_of(digest),
    )


def _story(story: Story, number: int, here: datetime, detail: Detail) -> StoryView:
    told = [
        _article(each, here, detail, in_full=place < detail.in_full)
        for place, each in enumerate(story.articles[: detail.articles])
    ]
    notes = tuple(one_line(note, detail.note) for note in story.notes[: detail.notes])
    first = story.first_told
    return StoryView(
        id=story.id,
        number=number,
        title=told[0].title,
        link=told[0].link,
        language=told[0].language,
        update=story.update,
        priority=story.priority.value,
        rules=_names(story.rules[: detail.matches]),
        tags=_names(story.tags[: detail.matches]),
        notes=notes,
        languages=tuple(language_name(code) for code in story.languages),
        sources=story.sources,
        articles=tuple(told),
        untold=len(story.articles) - len(told),
        first_told=day_and_time(first.astimezone(here.tzinfo), here) if first else "",
    )


def _article(told: StoryArticle, here: datetime, detail: Detail, *, in_full: bool) -> ArticleView:
    article, link = told.article, web_link(told.article.url)
    published = article.published_at
    if published and published > article.first_seen_at + AHEAD:
        published = None
    at = (published or article.first_seen_at).astimezone(here.tzinfo)
    written = day_and_time(at, here)
    language = one_line(article.language or "", _CODE)
    return ArticleView(
        title=_title(article.title),
        link=link,
        address="" if link else one_line(article.url or "", _TITLE),
        source=one_line((article.feeds[0] if article.feeds else "") or article.site, _NAME),
        author=one_line(article.author or "", _NAME),
        language=language,
        language_name=language_name(language) if language else "",
        time=written if published else f"first seen {written}",
        at=at,
        published=published is not None,
        summary=one_line(article.text[: detail.excerpt * 4], min(300, detail.excerpt)),
        matches=_matches(told.matches[: detail.matches], detail) if in_full else (),
        note=one_line(article.note or "", _NOTE) if in_full else "",
    )


def _matches(matches: tuple[Match, ...], detail: Detail) -> tuple[MatchView, ...]:
    """The matches, those with the same excerpt as one."""
    by_excerpt: dict[tuple[Fragment, ...], list[Match]] = {}
    for match in matches:
        by_excerpt.setdefault(_excerpt(match.excerpt, detail.excerpt), []).append(match)
    return tuple(
        MatchView(
            rules=_names(tuple(dict.fromkeys(match.rule for match in group))),
            terms=_names(tuple(dict.fromkeys(t for match in group for t in match.terms))),
            excerpt=excerpt,
        )
        for excerpt, group in by_excerpt.items()
    )


def _excerpt(fragments: tuple[Fragment, ...], limit: int) -> tuple[Fragment, ...]:
    """The pieces on one line and, together, of at most ``limit`` characters."""
    shown: list[Fragment] = []
    left = limit
    for fragment in fragments:
        text = _spaced(fragment.text[: limit * 8])
        if left <= 0 or not text:
            continue
        shown.append(Fragment(text if len(text) <= left else shorten(text, left), fragment.hit))
        left -= len(text)
    return tuple(shown)


def _spaced(text: str) -> str:
    """``text`` with each run of white space as one space, those at its ends kept."""
    line = one_line(text)
    safe = plain(text)
    if not line:
        return " " if safe else ""
    return f"{' ' * safe[0].isspace()}{line}{' ' * safe[-1].isspace()}"


def _title(title: str) -> str:
    return one_line(title, _TITLE) or "(without a headline)"


def _names(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one_line(name, _NAME) for name in names)


def _headline(story: Story) -> HeadlineView:
    article = story.articles[0].article
    return HeadlineView(
        title=_title(article.title),
        link=web_link(article.url),
        language=one_line(article.language or "", _CODE),
        source=one_line((article.feeds[0] if article.feeds else "") or article.site, _NAME),
        rules=_names(story.rules[:5]),
    )
