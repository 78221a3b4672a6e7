"""The shelf of stories: which articles tell of one event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.store.connection import insert_new, portions
from monitor.store.tables import matches, stories, story_articles


def begin(tx: Connection, story_id: str, article_id: str, now: datetime) -> str:
    """Begin a story with its first article; gives the story it is in if it was in one already."""
    tx.execute(sa.insert(stories).values(id=story_id, begun_at=now))
    insert_new(tx, story_articles, [{"article_id": article_id, "story_id": story_id}])
    held_by = of_articles(tx, [article_id])[article_id]
    if held_by != story_id:
        tx.execute(sa.delete(stories).where(stories.c.id == story_id))
    return held_by


def of_articles(connection: Connection, article_ids: Sequence[str]) -> dict[str, str]:
    """The story each article is in; articles in none are absent."""
    found: dict[str, str] = {}
    for portion in portions(article_ids):
        chosen = sa.select(story_articles).where(story_articles.c.article_id.in_(portion))
        found.update({row.article_id: row.story_id for row in connection.execute(chosen)})
    return found


def forget(tx: Connection, before: datetime) -> None:
    """Forget stories begun before ``before`` of which neither article nor match is known."""
    told = sa.exists().where(matches.c.story_id == stories.c.id)
    has_articles = stories.c.id.in_(sa.select(story_articles.c.story_id))
    tx.execute(
        sa.delete(stories).where(stories.c.begun_at < before, sa.not_(told), sa.not_(has_articles))
    )
