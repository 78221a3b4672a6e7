"""The webhook's JSON: a digest as data, the same fields always there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from monitor.model import Article, Digest, Fragment, Match, Problem, Story, StoryArticle
from monitor.text.wording import shorten

VERSION = 1
"""Raised when a field changes its meaning; a new field alone does not raise it."""

PROBLEMS = 1000
"""Problems that go along at most."""

SUMMARY_LENGTH = 300
"""Characters of an article's text that go along."""


def payload(digest: Digest, subject: str) -> dict[str, Any]:
    """The document that a webhook receives for ``digest``; ready for ``json.dumps``.

    Times are in UTC with a Z. ``author``, ``language``, ``published_at`` and ``summary`` of an
    article may be null, ``url`` and ``feed`` are empty where there is none.
    """
    return {
        "type": "digest.sent",
        "version": VERSION,
        "id": digest.id,
        "digest": digest.name,
        "timestamp": timestamp(digest.composed_at),
        "subject": subject,
        "stories": [_story(story) for story in digest.stories],
        "more": [_headline(story) for story in digest.more],
        "problems": [_problem(problem) for problem in digest.problems[:PROBLEMS]],
    }


def timestamp(moment: datetime) -> str:
    """``2024-05-20T05:00:00Z``: RFC 3339 in UTC, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _story(story: Story) -> dict[str, Any]:
    return {
        "id": story.id,
        "title": story.title,
        "update": story.update,
        "priority": story.priority.value,
        "rules": list(story.rules),
        "tags": list(story.tags),
        "notes": list(story.notes),
        "languages": list(story.languages),
        "sources": story.sources,
        "first_published_at": timestamp(story.first_published_at),
        "articles": [_article(told) for told in story.articles],
    }


def _article(told: StoryArticle) -> dict[str, Any]:
    article = told.article
    published = article.published_at
    return {
        "id": article.id,
        "title": article.title,
        "url": article.url or "",
        "feed": article.feeds[0] if article.feeds else "",
        "author": article.author,
        "language": article.language,
        "published_at": timestamp(published) if published else None,
        "summary": _summary(article),
        "matches": [_match(match) for match in told.matches],
    }


def _summary(article: Article) -> str | None:
    """The beginning of the text on one line; None where there is no text."""
    beginning = " ".join(article.text[: SUMMARY_LENGTH * 4].split())
    return shorten(beginning, SUMMARY_LENGTH) or None


def _match(match: Match) -> dict[str, Any]:
    return {
        "rule": match.rule,
        "terms": list(match.terms),
        "excerpt": [_fragment(fragment) for fragment in match.excerpt],
    }


def _fragment(fragment: Fragment) -> dict[str, Any]:
    return {"text": fragment.text, "hit": True} if fragment.hit else {"text": fragment.text}


def _headline(story: Story) -> dict[str, Any]:
    url = story.articles[0].article.url
    return {"title": story.title, "url": url or "", "rules": list(story.rules)}


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "kind": problem.kind.value,
        "name": problem.name,
        "since": timestamp(problem.since),
        "message": problem.message,
    }
