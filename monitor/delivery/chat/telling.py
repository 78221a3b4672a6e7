"""What a digest tells, read from the webhook's JSON: every text on one line, every link safe.

The payload is ours, but it was written some time ago and perhaps by another version: what is
missing or of another kind is passed over, and never stops a digest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from monitor.records import dataclass
from monitor.text.wording import (
    counted,
    day_and_time,
    language_name,
    listed,
    one_line,
    plain,
    web_link,
)

TITLE, NAME, MESSAGE = 300, 120, 300
"""Characters of a headline, of a name, of what is said of a problem."""

PROBLEMS = 20
"""Problems that are told one by one, as in the digest's own text; the rest is counted."""

NO_HEADLINE = "(without a headline)"


@dataclass(frozen=True, slots=True)
class Span:
    """A run of words: ``bold`` where they matched, ``link`` (http or https) where they lead."""

    text: str
    bold: bool = False
    link: str | None = None


@dataclass(frozen=True, slots=True)
class ToldArticle:
    """One article; ``excerpts`` are each a line, ``summary`` is the text's beginning."""

    title: str
    link: str | None
    address: str
    source: str
    language: str
    time: str
    summary: str
    excerpts: tuple[tuple[Span, ...], ...]


@dataclass(frozen=True, slots=True)
class ToldStory:
    """One story; its headline and link are those of its first article, ``languages`` are names.

    Of an update ``first_told`` is when it was first told, in words; empty where that is not known.
    """

    title: str
    update: bool
    priority: str
    rules: tuple[str, ...]
    tags: tuple[str, ...]
    notes: tuple[str, ...]
    languages: tuple[str, ...]
    sources: int
    articles: tuple[ToldArticle, ...]
    first_told: str = ""

    @property
    def link(self) -> str | None:
        """Where its headline leads; None where that is no web address."""
        return self.articles[0].link if self.articles else None


@dataclass(frozen=True, slots=True)
class Headline:
    """A story told as title and link."""

    title: str
    link: str | None
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A problem; ``since`` in words."""

    name: str
    since: str
    message: str


@dataclass(frozen=True, slots=True)
class Telling:
    """A digest. ``warning`` is one line for the top, empty where all is well."""

    subject: str
    warning: str
    stories: tuple[ToldStory, ...]
    more: tuple[Headline, ...]
    problems: tuple[Trouble, ...]
    footer: str
    nothing: str


def read(
    body: bytes, subject: str, zone: str, first_told: Sequence[tuple[str, datetime]] = ()
) -> Telling:
    """What the payload ``body`` tells, with times of ``zone`` (a name of the IANA database).

    ``first_told`` is that of the message: the payload does not hold it.
    """
    try:
        data = _table(json.loads(body))
    except (ValueError, RecursionError):
        data = {}
    reader = _Reader(ZoneInfo(zone), _moment(data.get("timestamp")), dict(first_told))
    known = sorted(_tables(data.get("problems")), key=_rank)
    problems = tuple(reader.trouble(each) for each in known)
    wrong = [told for told, of in zip(problems, known, strict=True) if of.get("kind") != "silence"]
    name, reference = _line(data.get("digest"), NAME), _line(data.get("id"), NAME)
    where = f"Digest “{name}”. Times are those of {zone}. Reference {reference}"
    arrives = "If you can read this, digests sent over this channel arrive."
    return Telling(
        subject=one_line(subject, TITLE) or name or "Digest",
        warning="" if name == "health" else _warning(wrong),  # its subject says it
        stories=tuple(reader.story(each) for each in _tables(data.get("stories"))),
        more=tuple(_headline(each) for each in _tables(data.get("more"))),
        problems=_first(problems),
        footer=where,
        nothing=arrives if name == "test" else "Nothing new.",
    )


class _Reader:
    """Reads what holds times: they are told in a zone, as seen from a moment."""

    def __init__(
        self, zone: ZoneInfo, composed_at: datetime | None, first_told: Mapping[str, datetime]
    ) -> None:
        self._zone = zone
        self._composed_at = composed_at
        self._first_told = first_told

    def story(self, data: dict[str, Any]) -> ToldStory:
        articles = tuple(self._article(each) for each in _tables(data.get("articles")))
        sources = data.get("sources")
        return ToldStory(
            title=_line(data.get("title"), TITLE) or NO_HEADLINE,
            update=data.get("update") is True,
            priority=_line(data.get("priority"), NAME),
            rules=_lines(data.get("rules"), NAME),
            tags=_lines(data.get("tags"), NAME),
            notes=_lines(data.get("notes"), 2000),
            languages=tuple(map(language_name, _lines(data.get("languages"), 35))),
            sources=sources if isinstance(sources, int) else len(articles),
            articles=articles,
            first_told=self._words(self._first_told.get(str(data.get("id")))),
        )

    def _article(self, data: dict[str, Any]) -> ToldArticle:
        url = data.get("url") if isinstance(data.get("url"), str) else ""
        link = web_link(url)
        language = _line(data.get("language"), 35)
        excerpts = (_excerpt(each.get("excerpt")) for each in _tables(data.get("matches")))
        return ToldArticle(
            title=_line(data.get("title"), TITLE) or NO_HEADLINE,
            link=link,
            address="" if link else _line(url, TITLE),
            source=_line(data.get("feed"), NAME),
            language=language_name(language) if language else "",
            time=self._time(data.get("published_at")),
            summary=_line(data.get("summary"), 300),
            excerpts=tuple(each for each in dict.fromkeys(excerpts) if each),
        )

    def trouble(self, data: dict[str, Any]) -> Trouble:
        return Trouble(
            name=_line(data.get("name"), NAME),
            since=self._time(data.get("since")),
            message=_line(data.get("message"), MESSAGE),
        )

    def _time(self, value: object) -> str:
        """A moment of the payload in words; empty where there is none."""
        return self._words(_moment(value))

    def _words(self, moment: datetime | None) -> str:
        if moment is None:
            return ""
        try:
            here = moment.astimezone(self._zone)
            seen_from = (self._composed_at or moment).astimezone(self._zone)
        except OverflowError:  # at the edge of what a calendar holds
            return ""
        return day_and_time(here, seen_from)


def _headline(data: dict[str, Any]) -> Headline:
    url = data.get("url")
    return Headline(
        title=_line(data.get("title"), TITLE) or NO_HEADLINE,
        link=web_link(url) if isinstance(url, str) else None,
        rules=_lines(data.get("rules"), NAME)[:5],
    )


def _rank(problem: dict[str, Any]) -> int:
    """What there may be many of comes last; a silence that is over is no fault."""
    return {"silence": 1, "full_text": 2, "feed": 3}.get(str(problem.get("kind")), 0)


def _warning(problems: Sequence[Trouble]) -> str:
    """One line for the top; empty where nothing is wrong."""
    names = tuple(dict.fromkeys(one_line(problem.name, 40) for problem in problems))
    if not names:
        return ""
    shown = names if len(names) <= 3 else (*names[:2], f"{len(names) - 2} more")
    trouble = counted(len(problems), "problem", "problems")
    return f"{trouble}: {listed(shown)}. Details are at the end."


def _first(problems: tuple[Trouble, ...]) -> tuple[Trouble, ...]:
    """Those that are told one by one, and how many there are beyond."""
    if len(problems) <= PROBLEMS:
        return problems
    beyond = f"and {len(problems) - PROBLEMS:,} more"
    return (*problems[:PROBLEMS], Trouble(beyond, "", "see wirewatch status"))


def _excerpt(value: object) -> tuple[Span, ...]:
    """Its pieces, those that follow each other with the same look as one."""
    pieces = [
        (plain(each["text"]), each.get("hit") is True)
        for each in _tables(value)
        if isinstance(each.get("text"), str)
    ]
    spans = []
    for hit, group in groupby(pieces, key=lambda piece: piece[1]):
        words = "".join(text for text, _ in group)
        if words:
            spans.append(Span(words, bold=hit))
    return tuple(spans)


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _tables(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _line(value: object, limit: int) -> str:
    return one_line(value, limit) if isinstance(value, str) else ""


def _lines(value: object, limit: int) -> tuple[str, ...]:
    found = [_line(each, limit) for each in value] if isinstance(value, list) else []
    return tuple(each for each in found if each)
