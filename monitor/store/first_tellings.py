"""When a digest first told a story, and under which headline: read from what was sent."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.model import FirstTold
from monitor.store.connection import portions
from monitor.store.tables import articles, matches, messages


class _Sent(NamedTuple):
    """A sending that told a story; ``at`` is None where it is not stored any more."""

    id: str
    at: datetime | None
    urls: frozenset[str]


def first_tellings(
    connection: Connection, digest: str, story_ids: Sequence[str]
) -> dict[str, FirstTold]:
    """For each of these stories that ``digest`` has told: which sending did so first.

    None of a story of which a sending is not stored any more: nobody knows then which was first.
    The headline is the one that was sent, whatever its article says today.
    """
    first: dict[str, tuple[datetime, _Sent]] = {}
    for story_id, sendings in _sendings(connection, digest, story_ids).items():
        dated = [(each.at, each) for each in sendings if each.at is not None]
        if len(dated) == len(sendings):
            first[story_id] = min(dated, key=lambda each: (each[0], each[1].id))
    documents = _documents(connection, sorted({sent.id for _, sent in first.values()}))
    found: dict[str, FirstTold] = {}
    for story_id, (at, sent) in first.items():
        message_id, title = _headline(documents.get(sent.id, {}), story_id, sent)
        found[story_id] = FirstTold(message_id, at, title)
    return found


def _sendings(
    connection: Connection, digest: str, story_ids: Sequence[str]
) -> dict[str, list[_Sent]]:
    """The sendings that told each story, with the addresses of its articles in each."""
    found: dict[tuple[str, str, datetime | None], set[str]] = {}
    columns = (matches.c.story_id, matches.c.sending_id, messages.c.composed_at, articles.c.url)
    for portion in portions(list(dict.fromkeys(story_ids))):
        chosen = (
            sa.select(*columns)
            .outerjoin(messages, messages.c.id == matches.c.sending_id)
            .outerjoin(articles, articles.c.id == matches.c.article_id)
            .where(
                matches.c.digest == digest,
                matches.c.sending_id.is_not(None),
                matches.c.story_id.in_(portion),
            )
        )
        for story_id, sending_id, at, url in connection.execute(chosen):
            found.setdefault((story_id, sending_id, at), set()).add(url or "")
    told: dict[str, list[_Sent]] = {}
    for (story_id, sending_id, at), urls in found.items():
        told.setdefault(story_id, []).append(_Sent(sending_id, at, frozenset(urls - {""})))
    return told


def _documents(connection: Connection, sending_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What each sending told: the webhook's documents of its messages, by the messages' ids."""
    columns = (messages.c.sending_id, messages.c.id, messages.c.json)
    found: dict[str, dict[str, Any]] = {}
    for portion in portions(sending_ids):
        chosen = sa.select(*columns).where(messages.c.sending_id.in_(portion))
        for sending_id, message_id, document in connection.execute(chosen):
            found.setdefault(sending_id, {})[message_id] = json.loads(bytes(document))
    return found


def _headline(documents: Mapping[str, Any], story_id: str, sent: _Sent) -> tuple[str, str]:
    """The message that told the story, and how: in full, or as a title and an address."""
    for message_id, document in documents.items():
        for story in document["stories"]:
            if story["id"] == story_id:
                return message_id, story["title"]
        for item in document["more"]:
            if item["url"] in sent.urls:
                return message_id, item["title"]
    return sent.id, ""
