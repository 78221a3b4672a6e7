"""Documents kept by the handful are kept as each alone would be."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
import sqlalchemy as sa

from monitor.errors import LeaseLost
from monitor.feeds.fetch import Fetched
from monitor.feeds.options import PollOptions, Subscription
from monitor.feeds.take_in import Answer, TakeIn
from monitor.model import Feed, FeedState
from monitor.store import Store, due_feeds, feeds, tables
from monitor.text.languages import LanguageTeller
from tests.conftest import FakeClock
from tests.failures.newsroom import item, rss


class Desk:
    """Feeds that are leased, and what takes in their documents."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store, self.clock = store, clock
        teller = LanguageTeller(("en",))
        self.take_in = TakeIn(store, lambda: teller, clock, random.Random(1))
        self.statements: list[str] = []
        sa.event.listen(store._engine, "before_cursor_execute", self._asked)

    def _asked(self, *asked: object) -> None:
        self.statements.append(str(asked[2]))

    def leased(self, count: int) -> tuple[FeedState, ...]:
        wanted = [Feed(f"https://{n}.example/f", f"Feed {n}") for n in range(count)]
        with self.store.write() as tx:
            feeds.subscribe(tx, wanted)
            return due_feeds.lease(tx, self.clock(), count, 60)

    def many(self, documents: Sequence[tuple[FeedState, bytes]]) -> list[int | Exception]:
        options = PollOptions(backlog=None)
        return self.take_in.many(
            [
                Answer(
                    state,
                    Subscription(Feed(state.url, state.name), options),
                    Fetched(unchanged=False, body=document, url=state.url, etag="new"),
                )
                for state, document in documents
            ]
        )

    def column(self, column: sa.Column[str]) -> list[str]:
        with self.store.read() as connection:
            return sorted(connection.execute(sa.select(column)).scalars())


@pytest.fixture
def desk(store: Store, clock: FakeClock) -> Desk:
    return Desk(store, clock)


def news(*numbers: int) -> bytes:
    return rss(*(item(f"News {n} of the day", link=f"https://paper.example/{n}") for n in numbers))


def test_an_article_in_two_documents_of_a_handful_is_kept_once(desk: Desk) -> None:
    one, two, three = desk.leased(3)
    kept = desk.many([(one, news(1, 2)), (two, news(2, 3)), (three, news(3, 4))])
    assert kept == [2, 1, 1]
    titles = desk.column(tables.articles.c.title)
    assert titles == [f"News {n} of the day" for n in (1, 2, 3, 4)]
    with desk.store.read() as connection:
        shown = connection.execute(sa.select(tables.sightings.c.feed_id)).scalars()
        assert sorted(shown) == [one.id, one.id, two.id, two.id, three.id, three.id]


def test_a_feed_that_was_taken_over_leaves_nothing_and_its_neighbours_all(desk: Desk) -> None:
    one, two = desk.leased(2)
    stale = replace(one, lease_token="somebody else's")
    lost, kept = desk.many([(stale, news(1)), (two, news(2))])
    assert isinstance(lost, LeaseLost)
    assert kept == 1
    assert desk.column(tables.articles.c.title) == ["News 2 of the day"]
    with desk.store.read() as connection:
        assert [state.etag for state in feeds.states(connection)] == [None, "new"]


def test_a_document_that_cannot_be_kept_spoils_no_other_of_its_handful(desk: Desk) -> None:
    one, two = desk.leased(2)
    broken = replace(one, id=None)  # type: ignore[arg-type]
    fault, kept = desk.many([(broken, news(1)), (two, news(2))])
    assert isinstance(fault, Exception)
    assert kept == 1
    assert desk.column(tables.articles.c.title) == ["News 2 of the day"]


def test_keeping_many_documents_asks_the_database_no_more_often_than_keeping_two(
    desk: Desk,
) -> None:
    states = desk.leased(9)
    desk.statements.clear()
    desk.many([(state, news(state.id)) for state in states[:2]])
    for_two = len(desk.statements)
    desk.statements.clear()
    assert desk.many([(state, news(state.id)) for state in states[2:]]) == [1] * 7
    assert len(desk.statements) == for_two


def test_several_new_entries_in_a_document_ask_the_database_no_more_than_one_does(
    desk: Desk, clock: FakeClock
) -> None:
    def entries(first: int, last: int, ids: str = "id") -> bytes:
        return rss(
            *(
                item(f"Entry {n}", guid=f"{ids}-{n}", date=f"{n} May 2024 06:00 GMT", text="Said.")
                for n in range(first, last)
            )
        )

    asked: list[int] = []
    came: list[int | Exception] = []
    for document in (entries(1, 9), entries(2, 10), entries(5, 13), entries(9, 14, "anew")):
        clock.pass_time(hours=24)
        (state,) = desk.leased(1)
        desk.statements.clear()
        came += desk.many([(state, document)])
        asked.append(len(desk.statements))
    assert came == [8, 1, 3, 1]
    assert asked[1] == asked[2] < asked[3]
