"""The shelf of stories: which articles tell of one event, and who puts them together now.

One process groups at a time: each leases the one row of ``grouping``, so that two never begin two
stories for one event. What a process that died had in hand is free once its lease has run out.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.records import dataclass
from monitor.store.connection import database_now, insert_new, portions
from monitor.store.tables import AnyRow, grouping, matches, stories, story_articles


@dataclass(frozen=True, slots=True)
class Member:
    """An article in a story.

    ``outlet`` is who published it, ``print`` stands for its text: articles that share either may
    be one source. ``because`` is what it shares with others of it; empty for the one that began it.
    ``telling`` is what later articles are held against; None where that is not known.
    """

    article_id: str
    story_id: str
    joined_at: datetime
    outlet: str | None = None
    print: str | None = None
    because: tuple[str, ...] = ()
    telling: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to group, and the number of the last grouping before it."""

    token: str
    last: int


def take(tx: Connection, seconds: float, *, whoever: bool = False) -> Turn | None:
    """Lease the right to group for ``seconds``; None where another process has it.

    ``whoever``: whoever has it; what that one has in hand is then not kept.
    """
    clock = database_now(tx)
    free = sa.or_(grouping.c.lease_until.is_(None), grouping.c.lease_until < clock)
    token = secrets.token_hex(8)
    taken = tx.execute(
        sa.update(grouping)
        .where(sa.true() if whoever else free)
        .values(lease_token=token, lease_until=clock + int(seconds * 1000))
    )
    if not taken.rowcount:
        return None
    return Turn(token, int(tx.execute(sa.select(grouping.c.turn)).scalar_one()))


def renew(tx: Connection, turn: Turn, seconds: float) -> Turn | None:
    """Lock the row for who still has its lease, count one grouping more; None where it is lost."""
    taken = tx.execute(
        sa.update(grouping)
        .where(grouping.c.lease_token == turn.token)
        .values(turn=grouping.c.turn + 1, lease_until=database_now(tx) + int(seconds * 1000))
    )
    return Turn(turn.token, turn.last + 1) if taken.rowcount else None


def give_back(tx: Connection, turn: Turn) -> None:
    """Another may group."""
    tx.execute(
        sa.update(grouping)
        .where(grouping.c.lease_token == turn.token)
        .values(lease_token=None, lease_until=None)
    )


def add(tx: Connection, members: Sequence[Member], turn: int = 0) -> None:
    """Put articles into stories, which begin with their first; one in a story already stays there.

    ``turn`` is the number of this grouping.
    """
    begun: dict[str, datetime] = {}
    for member in members:
        begun.setdefault(member.story_id, member.joined_at)
    insert_new(tx, stories, [{"id": id_, "begun_at": at} for id_, at in begun.items()])
    insert_new(tx, story_articles, [_row(member, turn) for member in members])


def _row(member: Member, turn: int) -> dict[str, object]:
    return {
        "article_id": member.article_id,
        "story_id": member.story_id,
        "joined_at": member.joined_at,
        "turn": turn,
        "outlet": member.outlet,
        "print": member.print,
        "because": member.because,
        "telling": member.telling,
    }


def of_articles(connection: Connection, article_ids: Sequence[str]) -> dict[str, str]:
    """The story each article is in; articles in none are absent."""
    found: dict[str, str] = {}
    columns = (story_articles.c.article_id, story_articles.c.story_id)
    for portion in portions(article_ids):
        chosen = sa.select(*columns).where(story_articles.c.article_id.in_(portion))
        found.update({row.article_id: row.story_id for row in connection.execute(chosen)})
    return found


def members(connection: Connection, story_ids: Sequence[str]) -> dict[str, tuple[Member, ...]]:
    """The articles of these stories, in the order in which they came, without their tellings."""
    found: dict[str, list[Member]] = {}
    columns = [story_articles.c[name] for name in _BRIEF]
    for portion in portions(list(dict.fromkeys(story_ids))):
        chosen = sa.select(*columns).where(story_articles.c.story_id.in_(portion))
        for row in connection.execute(chosen.order_by(story_articles.c.joined_at, *columns[:1])):
            found.setdefault(row.story_id, []).append(_member(row))
    return {story_id: tuple(each) for story_id, each in found.items()}


def open_since(connection: Connection, moment: datetime) -> tuple[Member, ...]:
    """All articles of the stories that had a new one since ``moment``, oldest first."""
    young = sa.select(story_articles.c.story_id).where(story_articles.c.joined_at >= moment)
    return _whole(connection, story_articles.c.story_id.in_(young))


def added_since(connection: Connection, turn: int) -> tuple[Member, ...]:
    """The articles that groupings after ``turn`` put into stories, oldest first."""
    return _whole(connection, story_articles.c.turn > turn)


_BRIEF = tuple(name for name in Member.__dataclass_fields__ if name != "telling")


def _whole(connection: Connection, which: sa.ColumnElement[bool]) -> tuple[Member, ...]:
    columns = [story_articles.c[name] for name in Member.__dataclass_fields__]
    order = (story_articles.c.joined_at, story_articles.c.article_id)
    rows = connection.execute(sa.select(*columns).where(which).order_by(*order))
    return tuple(_member(row) for row in rows)


def _member(row: AnyRow) -> Member:
    return Member(**row._mapping)


def forget(tx: Connection, before: datetime) -> None:
    """Forget stories begun before ``before`` of which neither article nor match is known."""
    told = sa.exists().where(matches.c.story_id == stories.c.id)
    has_articles = stories.c.id.in_(sa.select(story_articles.c.story_id))
    tx.execute(
        sa.delete(stories).where(stories.c.begun_at < before, sa.not_(told), sa.not_(has_articles))
    )
