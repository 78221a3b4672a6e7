"""Stories, what a reader must know to trust them, and the digest that lists them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from monitor.model.articles import Article
from monitor.model.matches import Match, Priority
from monitor.records import dataclass


@dataclass(frozen=True, slots=True)
class StoryArticle:
    """An article as a story lists it, with what matched in it."""

    article: Article
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """What several articles, in any languages, tell of one event; oldest source first.

    ``update`` is true where an earlier sending of the same digest told it already; then
    ``articles`` are only the new ones, and ``first_told`` is when the first of those sendings was
    composed; None where that is not known.
    """

    id: str
    articles: tuple[StoryArticle, ...]
    update: bool = False
    first_told: datetime | None = None

    @property
    def title(self) -> str:
        """The headline of the oldest source."""
        return self.articles[0].article.title

    @property
    def matches(self) -> tuple[Match, ...]:
        """Every match in it, article by article."""
        return tuple(match for told in self.articles for match in told.matches)

    @property
    def priority(self) -> Priority:
        """The most pressing of its matches."""
        return min((match.priority for match in self.matches), key=lambda p: p.rank)

    @property
    def rules(self) -> tuple[str, ...]:
        """The names of the rules that matched, each once."""
        return tuple(dict.fromkeys(match.rule for match in self.matches))

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags of those rules, each once."""
        return tuple(dict.fromkeys(tag for match in self.matches for tag in match.tags))

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes of those rules, each once."""
        return tuple(dict.fromkeys(match.note for match in self.matches if match.note))

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages it is told in, each once; articles whose language is unknown add none."""
        return tuple(dict.fromkeys(t.article.language for t in self.articles if t.article.language))

    @property
    def sources(self) -> int:
        """How many different sites tell it."""
        return len({told.article.site or told.article.id for told in self.articles})

    @property
    def first_published_at(self) -> datetime:
        """The oldest publication time known, else when it was first seen."""
        return min(t.article.published_at or t.article.first_seen_at for t in self.articles)


class ProblemKind(StrEnum):
    """What machinery a problem is in."""

    FEED = "feed"
    FULL_TEXT = "full_text"
    LINE = "line"
    RULES = "rules"
    RULE = "rule"
    CONFIG = "config"
    DELIVERY = "delivery"
    DIGEST = "digest"
    PROCESSES = "processes"
    """Processes that share a database decide by different files."""
    SILENCE = "silence"
    """No fault: a silence that is over, and what it held back."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a reader must know to trust a digest. Holds no secret.

    It ``lasts`` until it ends, or else it happened at ``since`` and cannot end: a delivery that
    was lost, a feed that may have lost items between two polls. ``aspect`` tells it from another
    problem of the same kind and name: a feed that fails may have been silent before.
    """

    kind: ProblemKind
    name: str
    since: datetime
    message: str
    lasts: bool = True
    aspect: str = ""


@dataclass(frozen=True, slots=True)
class Digest:
    """One sending of a digest before it is rendered.

    ``more`` are stories beyond ``max_stories``: told as title and link in the same sending.
    ``feeds_read`` of ``feeds_total`` feeds answered when last asked; ``articles_seen`` counts the
    articles that arrived since the digest before.
    """

    id: str
    name: str
    composed_at: datetime
    stories: tuple[Story, ...]
    more: tuple[Story, ...] = ()
    problems: tuple[Problem, ...] = ()
    new_problems: bool = False
    feeds_read: int = 0
    feeds_total: int = 0
    articles_seen: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """A rendered digest: the same for every channel. ``json`` is the webhook's body in UTF-8.

    ``subject`` is one line. ``html`` and ``text`` are whole documents. ``first_told`` says of the
    stories that come as updates, by their ids, when they were first told, where that is known;
    ``json`` does not.
    """

    id: str
    digest: str
    composed_at: datetime
    subject: str
    html: str
    text: str
    json: bytes
    first_told: tuple[tuple[str, datetime], ...] = ()
