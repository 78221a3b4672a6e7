"""Where a rule matched, the match of one digest, and what may hold it back."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from monitor.model.articles import Part
from monitor.records import dataclass


class Priority(StrEnum):
    """How much a rule's matches press; decides the order within a digest."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for the most pressing."""
        return ("high", "normal", "low").index(self.value)


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """A place in an article that helped a rule match: characters ``start`` to ``end`` of a part.

    ``term`` is what the rule calls it (``troops``, ``country:NE``).
    """

    part: Part
    start: int
    end: int
    term: str


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of an excerpt; ``hit`` marks the words that matched."""

    text: str
    hit: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What the engine says when one rule matches one article.

    ``terms`` are the matched words as they stand in the article, each once, in reading order.
    """

    rule: str
    terms: tuple[str, ...]
    excerpt: tuple[Fragment, ...]
    hits: tuple[Hit, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """One rule, one article, one digest; in exactly one sending of that digest."""

    id: str
    rule: str
    article_id: str
    digest: str
    found_at: datetime
    terms: tuple[str, ...]
    excerpt: tuple[Fragment, ...]
    priority: Priority = Priority.NORMAL
    tags: tuple[str, ...] = ()
    note: str | None = None
    story_id: str | None = None


class Held(StrEnum):
    """Why a match is in no sending and will be in none."""

    SILENCE = "silence"
    """Its rule was silenced when its digest was composed."""

    NO_DIGEST = "no such digest"
    """The configuration names its digest no more. Should it do so again, the match is sent."""

    MIN_SOURCES = "min_sources"
    """Fewer outlets than its rule asks for told the story in time."""


@dataclass(frozen=True, slots=True)
class Patience:
    """What a rule's matches wait for before a digest tells them; durations are in seconds.

    ``cooldown``: new articles of a story that the rule has told wait so long after that; None: as
    long as is usual for the digest. ``min_sources`` different outlets must tell a story
    ``within`` a time before the rule tells it at all; 1: no need to wait for others.
    """

    cooldown: float | None = None
    min_sources: int = 1
    within: float = 0


@dataclass(frozen=True, slots=True)
class Silence:
    """A rule of which nothing is sent from ``begun_at`` until ``until``, when it is over.

    ``ended_by_hand``: that is when somebody ended it, before its time.
    """

    id: str
    rule: str
    begun_at: datetime
    until: datetime
    ended_by_hand: bool = False
