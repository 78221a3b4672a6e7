"""What one statement cannot hold, and what fills a file."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from monitor.model import Article, Feed
from monitor.store import Store, articles, due_feeds, feeds, matches, outbox, stories, tables
from monitor.store.articles import NewArticle
from tests.conftest import FakeClock

MANY = 70_000
"""More values than one statement takes on either engine."""


def test_no_number_of_ids_is_too_much_for_one_statement(store: Store, clock: FakeClock) -> None:
    ids = [f"id-{number}" for number in range(MANY)]
    with store.write() as tx:
        assert articles.holders(tx, [id_.encode() for id_ in ids]) == {}
        assert len(articles.known(tx, ids)) == MANY
        assert articles.get(tx, ids) == {}
        assert matches.tellings(tx, "morning", ids) == {}
        assert stories.members(tx, ids) == {}
        assert outbox.retry(tx, ids, clock()) == 0
        assert stories.of_articles(tx, ids) == {}


@pytest.mark.parametrize(
    "text", ["", "short", "Long enough to be kept compressed. " * 20, "Ж漢 \udc80" * 200]
)
def test_a_text_is_kept_as_it_is(store: Store, clock: FakeClock, text: str) -> None:
    if "\udc80" in text and store.engine_name == "postgresql":
        pytest.skip("PostgreSQL takes no half characters")
    with store.write() as tx:
        feeds.subscribe(tx, [Feed("https://one.example/", "One")])
        (state,) = due_feeds.lease(tx, clock(), 1, 60)
        article = Article("a", None, "Title", text, "en", clock())
        articles.add(tx, [NewArticle(article, b"hash", alert=True)], state.id)
    with store.read() as connection:
        (stored,) = articles.get(connection, ["a"]).values()
        written = connection.execute(sa.select(sa.type_coerce(tables.articles.c.text, sa.Text)))
        length = len(written.scalar_one())
    assert stored.text == text
    if len(text) > 500 and store.engine_name == "sqlite":
        assert length < len(text) / 4


def test_a_text_that_an_older_version_kept_as_it_was_is_read(
    store: Store, clock: FakeClock
) -> None:
    text = "Kept before anything was compressed. " * 20
    with store.write() as tx:
        feeds.subscribe(tx, [Feed("https://one.example/", "One")])
        (state,) = due_feeds.lease(tx, clock(), 1, 60)
        articles.add(
            tx, [NewArticle(Article("a", None, "T", "x", "en", clock()), b"h", True)], state.id
        )
        tx.execute(sa.text("UPDATE articles SET text = :text"), {"text": text})
    with store.read() as connection:
        assert articles.get(connection, ["a"])["a"].text == text
