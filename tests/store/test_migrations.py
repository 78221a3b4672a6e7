from __future__ import annotations

import sqlalchemy as sa

from monitor.model import Feed
from monitor.store import articles, due_feeds, feeds, migrations, open_store, tables
from monitor.store.connection import Store
from tests.conftest import FakeClock

FEED = "https://example.org/world.rss"
KEY = b"k" * 16


def test_a_database_of_the_first_version_is_taken_over_with_all_that_it_holds(
    address: str, clock: FakeClock
) -> None:
    _first_version(address)
    store = open_store(address)
    with store.write() as tx:
        assert (
            tx.execute(sa.text("SELECT max(version) FROM schema_version")).scalar()
            == (migrations.steps()[-1][0])
        )
        feeds.subscribe(tx, [Feed(url=FEED, name="World desk", tags=("world",))])
        (state,) = feeds.states(tx)
        assert (state.url, state.etag, state.failures, state.interval) == (FEED, '"7"', 2, 900.0)
        assert (state.address, state.moves_seen) == (None, 0)
        assert (state.demoted, state.skip_hours, state.skip_days) == ((), (), ())
        assert articles.get(tx, ["a1"])["a1"].title == "Troops leave Niger"
        assert articles.holders(tx, [KEY])[KEY][0] == "a1"
        (leased,) = due_feeds.lease(tx, clock(), 5, 25)
        assert leased.id == state.id
    store.close()


def _first_version(address: str) -> None:
    """The database as the first version made it, with one feed and one article."""
    engine = sa.create_engine(address.replace("postgresql://", "postgresql+psycopg://"))
    (_, first), *_ = migrations.steps()
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE schema_version (version INTEGER NOT NULL)")
        migrations._apply(connection, first)
        for statement in (
            "INSERT INTO schema_version VALUES (1)",
            "INSERT INTO feeds (id, url, name, tags, subscribed, etag, interval, failures)"
            f" VALUES (1, '{FEED}', 'World desk', '[\"world\"]', 1, '\"7\"', 900, 2)",
            "INSERT INTO articles (id, feed_id, title, text, site, first_seen_at, content_hash,"
            " revision, alert, pending)"
            " VALUES ('a1', 1, 'Troops leave Niger', 'x', 'example.org', 1, 'h', 1, 1, 0)",
        ):
            connection.execute(sa.text(statement.replace(":", r"\:")))
        connection.execute(
            sa.insert(tables.identities).values(key=KEY, article_id="a1", seen_at=FakeClock()())
        )
    engine.dispose()


def test_a_step_that_has_run_is_not_run_again(store: Store, address: str) -> None:
    again = open_store(address)
    with again.read() as connection:
        versions = connection.execute(sa.text("SELECT version FROM schema_version")).scalars().all()
    again.close()
    assert list(versions) == [number for number, _ in migrations.steps()]
