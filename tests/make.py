"""Nouns of ``monitor.model`` with defaults, so that a test names only what it is about.

Ids are counted up for the life of the process, so that nouns made side by side are different.
"""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from monitor.model import (
    Article,
    Delivery,
    Digest,
    Entry,
    Feed,
    FeedState,
    Finding,
    Fragment,
    Match,
    Message,
    Problem,
    ProblemKind,
    Story,
    StoryArticle,
)

NOW = datetime(2024, 5, 20, 5, 0, tzinfo=UTC)
"""The moment that the defaults turn around."""

TOPICS = (
    "Storm over Lisbon",
    "Teachers on strike",
    "Museum reopens",
    "Parliament dissolved",
    "Whale stranded",
    "Bank fined",
    "Train derailed",
    "Cholera outbreak",
    "Volcano erupts",
    "Poet honoured",
    "Satellite launched",
    "Tunnel flooded",
)
"""Headlines of as many events."""

_numbers = itertools.count(1)


def ident(prefix: str) -> str:
    """A fresh id: the prefix and a number."""
    return f"{prefix}-{next(_numbers)}"


def moment(minutes: float = 0) -> datetime:
    """``NOW`` moved by so many minutes."""
    return NOW + timedelta(minutes=minutes)


def feed(url: str = "https://example.org/world.rss", **fields: Any) -> Feed:
    """A feed named "World desk"."""
    return Feed(url=url, **{"name": "World desk", **fields})


def feed_state(url: str = "https://example.org/world.rss", **fields: Any) -> FeedState:
    """The state of a feed that was never polled."""
    return FeedState(url=url, **{"id": next(_numbers), "name": "World desk", **fields})


def entry(title: str = "Troops leave Niger", **fields: Any) -> Entry:
    """An entry with a guid and a link of its own."""
    name = ident("entry")
    defaults: dict[str, Any] = {
        "guid": name,
        "link": f"https://example.org/{name}",
        "text": "The last soldiers will have left by September.",
        "published_at": moment(-60),
    }
    return Entry(title=title, **{**defaults, **fields})


def article(title: str = "Troops leave Niger", **fields: Any) -> Article:
    """An English article of ``example.org``; ``site`` follows ``url`` unless given.

    Its text repeats the title alone, so that two of different titles have nothing in common.
    """
    name = fields.pop("id", None) or ident("article")
    defaults: dict[str, Any] = {
        "url": f"https://example.org/{name}",
        "text": f"{title}.",
        "language": "en",
        "first_seen_at": moment(-30),
        "published_at": moment(-60),
        "feeds": ("World desk",),
    }
    whole = {**defaults, **fields}
    host = urlsplit(whole["url"] or "").hostname or ""
    whole.setdefault("site", host.removeprefix("www."))
    return Article(id=name, title=title, **whole)


def finding(rule: str = "Niger troop withdrawal", **fields: Any) -> Finding:
    """What the engine says of the default article."""
    defaults: dict[str, Any] = {
        "terms": ("Troops", "Niger"),
        "excerpt": (Fragment("Troops", hit=True), Fragment(" leave "), Fragment("Niger", hit=True)),
    }
    return Finding(rule=rule, **{**defaults, **fields})


def match(of: Article | None = None, **fields: Any) -> Match:
    """A match of the rule "Niger troop withdrawal" on ``of`` for the digest "morning"."""
    defaults: dict[str, Any] = {
        "id": ident("match"),
        "rule": "Niger troop withdrawal",
        "article_id": of.id if of else ident("article"),
        "digest": "morning",
        "found_at": moment(-20),
        "terms": ("Troops", "Niger"),
        "excerpt": (Fragment("Troops", hit=True), Fragment(" leave "), Fragment("Niger", hit=True)),
    }
    return Match(**{**defaults, **fields})


def told(of: Article | None = None, *matches: Match) -> StoryArticle:
    """An article as a story lists it; without matches it gets one."""
    of = of or article()
    return StoryArticle(article=of, matches=matches or (match(of),))


def story(*articles: Article | StoryArticle, **fields: Any) -> Story:
    """A story of these articles (one, when none is given), each with at least one match."""
    listed = articles or (article(),)
    whole = tuple(each if isinstance(each, StoryArticle) else told(each) for each in listed)
    return Story(articles=whole, **{"id": ident("story"), **fields})


def problem(message: str = "answers 503", **fields: Any) -> Problem:
    """A feed that has been failing for two days."""
    defaults: dict[str, Any] = {
        "kind": ProblemKind.FEED,
        "name": "World desk",
        "since": moment(-2 * 24 * 60),
    }
    return Problem(message=message, **{**defaults, **fields})


def digest(*stories: Story, **fields: Any) -> Digest:
    """The digest "morning" with these stories (none, when none is given)."""
    defaults: dict[str, Any] = {
        "id": ident("digest"),
        "name": "morning",
        "composed_at": NOW,
        "feeds_read": 2,
        "feeds_total": 2,
        "articles_seen": 12,
    }
    return Digest(stories=stories, **{**defaults, **fields})


def message(**fields: Any) -> Message:
    """A small rendered digest."""
    defaults: dict[str, Any] = {
        "id": ident("message"),
        "digest": "morning",
        "composed_at": NOW,
        "subject": "1 story on your watch",
        "html": "<!doctype html><html lang=en><title>1 story</title><p>Troops leave Niger</html>",
        "text": "Troops leave Niger\n",
        "json": b'{"type":"digest.sent"}',
    }
    return Message(**{**defaults, **fields})


def delivery(of: Message | None = None, **fields: Any) -> Delivery:
    """A delivery of ``of`` (or of some message) over the channel "desk", due now."""
    defaults: dict[str, Any] = {
        "id": ident("delivery"),
        "message_id": of.id if of else ident("message"),
        "digest": of.digest if of else "morning",
        "channel": "desk",
        "recipient": "desk@example.org",
        "body": of.json if of else b"{}",
        "created_at": NOW,
        "due_at": NOW,
    }
    return Delivery(**{**defaults, **fields})
