"""A database of every schema that was ever released goes on where that version left it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from monitor.feeds.identity import sort_out
from monitor.feeds.parse import parse
from monitor.store import migrations, tables
from monitor.store.column_types import to_milliseconds
from tests.conftest import FakeClock
from tests.failures.newsroom import WORLD, Newsroom, item, rss

KNOWN = item("Troops leave Niger", guid="known", link="https://example.org/known")
NEW = item("Base in Niger closed", guid="new", link="https://example.org/new")
WAITS = "Niger votes"
Row = dict[str, object]


@pytest.mark.parametrize("number", [number for number, _ in migrations.steps()])
async def test_a_database_of_this_schema_goes_on_where_it_was(
    address: str, clock: FakeClock, number: int
) -> None:
    _of_schema(address, number, clock)
    room = Newsroom(address, clock)
    assert (await room.poll(rss(KNOWN, NEW))).new_articles == 1
    assert sorted(room.compose()) == ["Base in Niger closed", WAITS]  # what is new, what waited
    assert (await room.deliver()).sent == 2
    assert room.channels["desk"].got[0][0] == "on-its-way"
    assert room.compose() == []
    assert {str(each.state) for each in room.deliveries()} == {"sent"}
    room.store.close()


def _of_schema(address: str, number: int, clock: FakeClock) -> None:
    """A database as the version with schema ``number`` left it.

    It knows one feed and an article that it told, has matched another, and was sending a message.
    """
    engine = sa.create_engine(address.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE schema_version (version INTEGER NOT NULL)")
        for each, sql in migrations.steps()[:number]:
            migrations._apply(connection, sql)
            connection.execute(sa.insert(tables.schema_version).values(version=each))
        _rows(connection, to_milliseconds(clock()) - 3_600_000)
    engine.dispose()


def _rows(connection: sa.Connection, at: int) -> None:
    """What all schemas hold alike, in the words of the first one."""
    body = b'{"stories": [], "more": []}'
    feed: Row = {
        "url": WORLD,
        "name": "World",
        "tags": "[]",
        "subscribed": 1,
        "first_polled_at": at,
    }
    article: Row = {"feed_id": 1, "text": "x", "site": "example.org", "first_seen_at": at}
    article |= {"content_hash": b"h" * 16, "revision": 1, "alert": 1, "pending": 0}
    match: Row = {"rule": "Niger", "fingerprint": "f", "digest": "morning", "found_at": at}
    match |= {"terms": '["Niger"]', "excerpt": "[]", "priority": "normal", "tags": "[]"}
    message: Row = {"digest": "morning", "composed_at": at, "subject": "s", "html": "", "text": ""}
    delivery: Row = {"message_id": "m", "digest": "morning", "channel": "desk", "recipient": "a"}
    delivery |= {
        "created_at": at,
        "due_at": at,
        "attempts": 1,
        "first_tried_at": at,
        "last_tried_at": at,
    }
    delivery |= {"body": body, "state": "sending", "lease_token": "t", "lease_until": 1}
    rows: list[tuple[str, Row]] = [
        ("feeds", {"id": 1, **feed}),
        ("articles", {"id": "a", "title": "Troops leave Niger", **article}),
        ("articles", {"id": "b", "title": WAITS, **article}),
        ("messages", {"id": "m", "sending_id": "m", "json": body, "stories": 1, **message}),
        ("matches", {"id": "a", "article_id": "a", "sending_id": "m", **match}),
        ("matches", {"id": "b", "article_id": "b", "sending_id": None, **match}),
        ("deliveries", {"id": "on-its-way", **delivery}),
        *(("identities", {"key": key, "article_id": "a", "seen_at": at}) for key in _keys()),
    ]
    for table, row in rows:
        columns, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
        connection.execute(sa.text(f"INSERT INTO {table} ({columns}) VALUES ({marks})"), row)


def _keys() -> tuple[bytes, ...]:
    """What the known article is known by."""
    parsed = parse(rss(KNOWN), url=WORLD, charset=None, content_type=None, encoding=None)
    (found,) = sort_out(parsed.entries, WORLD)
    return tuple(found.keys)
