"""What one statement cannot hold."""

from __future__ import annotations

from monitor.store import Store, articles, matches, outbox, stories
from tests.conftest import FakeClock

MANY = 70_000
"""More values than one statement takes on either engine."""


def test_no_number_of_ids_is_too_much_for_one_statement(store: Store, clock: FakeClock) -> None:
    ids = [f"id-{number}" for number in range(MANY)]
    with store.write() as tx:
        assert articles.holders(tx, [id_.encode() for id_ in ids]) == {}
        assert len(articles.known(tx, ids)) == MANY
        assert articles.get(tx, ids) == {}
        assert matches.told_stories(tx, "morning", ids) == frozenset()
        assert outbox.retry(tx, ids, clock()) == 0
        assert stories.of_articles(tx, ids) == {}
