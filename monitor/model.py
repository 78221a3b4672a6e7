"""The nouns that pass from room to room. Frozen, slotted, standard library only.

One word per thing: an *entry* is what a feed says, an *article* what we keep; a *match* is one
rule on one article for one digest; a *story* is what several articles tell of one event; a *digest*
lists stories; a *message* is a rendered digest, a *delivery* its trip to one recipient.

Every datetime is aware. Collections are tuples.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

Clock = Callable[[], datetime]
"""Gives the present moment, aware. Handed in, so that tests own time."""


def utc_now() -> datetime:
    """The present moment in UTC: the clock of the running program."""
    return datetime.now(UTC)


_made = itertools.count()


def new_id(moment: datetime) -> str:
    """A fresh identifier of 24 hexadecimal digits that sorts by ``moment`` (as a ULID does).

    Those that one process makes in the same millisecond sort in the order they were made. It can
    be guessed, and opens nothing.
    """
    order = next(_made) & 0xFFFF
    by_chance = random.getrandbits(32)  # no secret; seeded anew in a forked process
    return f"{int(moment.timestamp() * 1000):012x}{order:04x}{by_chance:08x}"


@dataclass(frozen=True, slots=True)
class Secret:
    """A string that is never printed: passwords, and addresses that let anybody post."""

    value: str

    def reveal(self) -> str:
        """The secret itself; call it only where it is used."""
        return self.value

    def __repr__(self) -> str:
        return "Secret('…')"

    __str__ = __repr__


class Priority(StrEnum):
    """How much a rule's matches press; decides the order within a digest."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for the most pressing."""
        return ("high", "normal", "low").index(self.value)


# --- feeds ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as the configuration names it. ``url`` is http(s), or an absolute file path.

    ``every`` and ``max_every`` are its first and its longest interval, in seconds; None: not said.
    """

    url: str
    name: str
    tags: tuple[str, ...] = ()
    language: str | None = None
    every: float | None = None
    max_every: float | None = None

    @property
    def host(self) -> str:
        """The server's name in lower case, with a port that is written; empty for a file."""
        try:
            parts = urlsplit(self.url) if "://" in self.url else urlsplit("")
            port = f":{parts.port}" if parts.port else ""
        except ValueError:
            return ""
        return f"{parts.hostname}{port}" if parts.hostname else ""


@dataclass(frozen=True, slots=True)
class FeedState:
    """What is known of a feed between two polls. Durations are in seconds.

    ``address`` is where it is asked since it moved there for good; ``moving_to`` is where its last
    ``moves_seen`` answers came from, all permanently redirected, the first at ``moving_since``.
    ``read_whole_at``: when it last answered with a document, and not that nothing changed.
    ``ttl``, ``skip_hours`` (0 to 23, UTC) and ``skip_days`` (0: Monday) are what its document asks
    for. ``demoted`` are kinds of keys, "guid" and "link", that its articles share. A feed that is
    gone for good (410) is asked no more since ``retired_at``.
    """

    id: int
    url: str
    name: str
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    interval: float | None = None
    next_poll_at: datetime | None = None
    first_polled_at: datetime | None = None
    last_polled_at: datetime | None = None
    last_success_at: datetime | None = None
    last_new_at: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    trouble: str | None = None
    lease_token: str | None = None
    address: str | None = None
    moving_to: str | None = None
    moves_seen: int = 0
    moving_since: datetime | None = None
    read_whole_at: datetime | None = None
    ttl: float | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    demoted: tuple[str, ...] = ()
    retired_at: datetime | None = None
    host: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What a feed says of one article, cleaned: no markup, no entities, Unicode in NFC.

    ``title`` is one line; ``text`` keeps paragraph breaks. ``link`` is absolute http(s) or None.
    Dates are as the feed gives them (None where it gives none or nonsense): they are shown, and
    never decide whether an entry is new. ``outlet`` is the site of the publication that the feed
    says it took the entry from.
    """

    guid: str | None
    link: str | None
    title: str
    text: str
    author: str | None = None
    language: str | None = None
    published_at: datetime | None = None
    updated_at: datetime | None = None
    outlet: str | None = None


# --- articles and matches ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Article:
    """One text at one place.

    ``feeds`` and ``tags`` are the names and tags of every feed it was seen in, the first feed
    first. ``language`` is an ISO 639 code, or None where it cannot be told. ``site`` is the host
    of ``url`` without "www.", or the one that an aggregator names as its source. ``note`` is what
    a reader must know of the text, if anything: that it is not the whole one.
    """

    id: str
    url: str | None
    title: str
    text: str
    language: str | None
    first_seen_at: datetime
    published_at: datetime | None = None
    author: str | None = None
    site: str = ""
    feeds: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    revision: int = 1
    note: str | None = None


class Part(StrEnum):
    """The two parts of an article; nothing that is looked for spans both."""

    TITLE = "title"
    TEXT = "text"


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


# --- digests ----------------------------------------------------------------------------------


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


# --- deliveries -------------------------------------------------------------------------------


class DeliveryState(StrEnum):
    """Where a delivery stands.

    WAITING: to be sent at ``due_at``. SENDING: leased and on its way. UNKNOWN: sent, no answer
    came; tried again with the same id. SENT: received. FAILED: refused for good. GIVEN_UP: tried
    for as long as we try.
    """

    WAITING = "waiting"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    FAILED = "failed"
    GIVEN_UP = "given up"


TRIED_FOR = timedelta(hours=72)
"""How long a delivery is tried, and how long one waits for a channel that is not there."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message's trip to one recipient over one channel.

    ``id`` goes out with every try (webhook-id, the left part of Message-ID), so that a receiver
    can drop a repeat. ``body`` is rendered once: every try sends the same bytes. ``recipient`` is
    shown to people and holds no secret. ``answer`` is the receiver's last word. ``resent`` is true
    where somebody asked for the message to be sent again.
    """

    id: str
    message_id: str
    digest: str
    channel: str
    recipient: str
    body: bytes
    created_at: datetime
    due_at: datetime
    state: DeliveryState = DeliveryState.WAITING
    attempts: int = 0
    first_tried_at: datetime | None = None
    last_tried_at: datetime | None = None
    answer: str | None = None
    lease_token: str | None = None
    resent: bool = False
