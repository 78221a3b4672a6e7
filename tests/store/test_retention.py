"""What is forgotten when it is old, and what never."""

from __future__ import annotations

from datetime import timedelta
from itertools import cycle

import pytest
import sqlalchemy as sa

from monitor.feeds.identity import keys_of
from monitor.model import Article, DeliveryState, Message
from monitor.store import (
    Store,
    articles,
    digests,
    feeds,
    matches,
    outbox,
    retention,
    silences,
    tables,
)
from monitor.stories.group import group
from tests import make
from tests.conftest import FakeClock

KEPT = timedelta(days=90)


class Shelves:
    """A store in which things are put down, grow old and are forgotten."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self.titles = cycle(make.TOPICS)
        with store.write() as tx:
            feeds.subscribe(tx, [make.feed()])

    def article(self) -> Article:
        made = make.article(next(self.titles), first_seen_at=self.clock.now)
        with self.store.write() as tx:
            new = articles.NewArticle(made, b"hash", alert=True)
            articles.add(tx, [new], feeds.states(tx)[0].id)
            articles.judged(tx, list(articles.get(tx, [made.id]).values()))
        return made

    def match(self, article: Article, sending: str | None = None, **fields: object) -> str:
        found = make.match(article, found_at=self.clock.now, **fields)
        with self.store.write() as tx:
            matches.add(tx, [(found, "mark")])
        group(self.store, self.clock)
        if sending:
            with self.store.write() as tx:
                matches.mark_sent(tx, [found.id], sending)
        return found.id

    def sending(self, state: DeliveryState) -> Message:
        message = make.message(composed_at=self.clock.now)
        delivery = make.delivery(message, created_at=self.clock.now, state=state)
        with self.store.write() as tx:
            digests.add_message(tx, message, message.id, 1)
            outbox.put(tx, [delivery])
        return message

    def forget(self) -> dict[str, int]:
        with self.store.write() as tx:
            return retention.forget(tx, self.clock() - KEPT, self.clock())

    def left(self) -> dict[str, int]:
        with self.store.read() as connection:
            return {
                name: connection.execute(
                    sa.select(sa.func.count()).select_from(tables.metadata.tables[name])
                ).scalar_one()
                for name in ("articles", "matches", "stories", "messages", "deliveries", "silences")
            }


@pytest.fixture
def shelves(store: Store, clock: FakeClock) -> Shelves:
    return Shelves(store, clock)


NOTHING = dict.fromkeys(("articles", "matches", "stories", "messages", "deliveries", "silences"), 0)


def test_what_was_told_is_forgotten_with_its_message_once_it_is_old(shelves: Shelves) -> None:
    message = shelves.sending(DeliveryState.SENT)
    shelves.match(shelves.article(), message.id)
    for state in (DeliveryState.FAILED, DeliveryState.GIVEN_UP):
        shelves.sending(state)
    whole = shelves.left()
    shelves.clock.pass_time(days=90)
    assert shelves.forget() == {"articles": 0, "messages": 0}
    assert shelves.left() == whole
    shelves.clock.pass_time(seconds=1)
    assert shelves.forget() == {"articles": 1, "messages": 3}
    assert shelves.left() == NOTHING | {"matches": 1, "stories": 1}


def test_what_an_article_matched_is_known_for_a_year(shelves: Shelves) -> None:
    article = shelves.article()
    shelves.match(article, "sending-1")
    shelves.clock.pass_time(days=365)
    shelves.forget()
    with shelves.store.read() as connection:
        assert [fate.sending_id for fate in matches.fate(connection, article.id)] == ["sending-1"]
    shelves.clock.pass_time(days=1)
    shelves.forget()
    assert shelves.left() == NOTHING


@pytest.mark.parametrize(
    "state", [DeliveryState.WAITING, DeliveryState.UNKNOWN, DeliveryState.SENDING]
)
def test_a_message_that_somebody_still_waits_for_is_kept(
    shelves: Shelves, state: DeliveryState
) -> None:
    shelves.sending(state)
    shelves.clock.pass_time(days=200)
    assert shelves.forget()["messages"] == 0
    assert (shelves.left()["messages"], shelves.left()["deliveries"]) == (1, 1)


def test_a_message_that_was_sent_again_lately_is_kept_with_all_its_deliveries(
    shelves: Shelves,
) -> None:
    message = shelves.sending(DeliveryState.SENT)
    shelves.clock.pass_time(days=91)
    again = make.delivery(
        message, created_at=shelves.clock.now, state=DeliveryState.SENT, resent=True
    )
    with shelves.store.write() as tx:
        outbox.put(tx, [again])
    assert shelves.forget()["messages"] == 0
    assert shelves.left()["deliveries"] == 2
    shelves.clock.pass_time(days=91)
    assert shelves.forget()["messages"] == 1


def test_a_match_that_waits_keeps_its_article_and_its_story(shelves: Shelves) -> None:
    article = shelves.article()
    shelves.match(article, "sending-1")
    shelves.match(article, rule="Another")
    shelves.clock.pass_time(days=200)
    assert shelves.forget()["articles"] == 0
    left = shelves.left()
    assert (left["articles"], left["matches"], left["stories"]) == (1, 2, 1)


def test_what_is_held_back_is_forgotten_with_its_article_and_then_the_silence(
    shelves: Shelves,
) -> None:
    silenced, gone = shelves.match(shelves.article()), shelves.article()
    shelves.match(gone, digest="gone")
    with shelves.store.write() as tx:
        by = silences.begin(tx, "X", shelves.clock() + timedelta(days=1), shelves.clock())
        matches.hold_back(tx, {silenced: by.id}, shelves.clock())
        matches.hold_back_of_no_digest(tx, ["morning"], shelves.clock())
        silences.told(tx, [by.id], "morning")
    with shelves.store.read() as connection:
        assert sum(matches.held_counts(connection).values()) == 2
    shelves.clock.pass_time(days=91)
    shelves.forget()
    with shelves.store.read() as connection:
        assert matches.held_counts(connection) == {}
    assert shelves.left() == NOTHING | {"matches": 2, "stories": 2, "silences": 1}
    shelves.clock.pass_time(days=366)
    shelves.forget()
    assert shelves.left() == NOTHING


def test_the_identity_of_an_article_outlives_all_of_it(shelves: Shelves) -> None:
    article = shelves.article()
    keys = keys_of(str(article.url), [make.feed().url])
    with shelves.store.write() as tx:
        articles.remember(tx, dict.fromkeys(keys, article.id), shelves.clock())
    shelves.clock.pass_time(days=200)
    shelves.forget()
    assert shelves.left() == NOTHING
    with shelves.store.read() as connection:
        assert set(articles.holders(connection, keys)) == set(keys)
