"""Who judges which articles now: a stretch of the pending ones is leased by one process.

One row stands for a whole batch, from its first article's id to its last, so that a lease costs no
write for each article. An article that becomes pending again inside a stretch under judgement waits
until that is judged. What a process that died had in hand is free once its lease has run out.
"""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.model import Article
from monitor.records import dataclass
from monitor.store import looks
from monitor.store.articles import pending
from monitor.store.connection import Turn, alone, database_now, insert
from monitor.store.tables import articles, judging


@dataclass(frozen=True, slots=True)
class Batch:
    """Articles that are this process's to judge, oldest first."""

    token: str
    articles: tuple[Article, ...]


def any_free(connection: Connection) -> bool:
    """Whether an article waits to be judged that nobody is judging: a look, without a write."""
    if not any_waits(connection):
        return False
    free = _is_free(database_now(connection))
    first = sa.select(articles.c.id).where(articles.c.pending == 1, free).limit(1)
    return connection.execute(first).first() is not None


def any_waits(connection: Connection) -> bool:
    """Whether an article waits to be judged, whoever is judging it."""
    return any(looks.there(connection, "articles WHERE pending = 1"))


def take(tx: Connection, limit: int, seconds: float) -> Batch:
    """Up to ``limit`` articles that wait and nobody judges, leased for ``seconds``; maybe none."""
    alone(tx, Turn.JUDGING)
    clock = database_now(tx)
    tx.execute(sa.delete(judging).where(judging.c.lease_until < clock))
    found = pending(tx, limit, _is_free(clock))
    if not found:
        return Batch("", ())
    row = {
        "token": secrets.token_hex(8),
        "first_id": found[0].id,
        "last_id": found[-1].id,
        "lease_until": clock + int(seconds * 1000),
    }
    insert(tx, judging, [row])
    return Batch(str(row["token"]), found)


def give_back(tx: Connection, batch: Batch) -> None:
    """The batch is judged, or could not be: what of it still waits is free."""
    tx.execute(sa.delete(judging).where(judging.c.token == batch.token))


def free_all(tx: Connection) -> None:
    """Let everything be judged anew, whoever is judging it: that is double work, and no harm."""
    tx.execute(sa.delete(judging))


def _is_free(clock: int) -> sa.ColumnElement[bool]:
    """Of an article: that nobody has it leased at ``clock``, in the database's milliseconds."""
    held = sa.exists().where(
        articles.c.id.between(judging.c.first_id, judging.c.last_id),
        judging.c.lease_until >= clock,
    )
    return ~held
