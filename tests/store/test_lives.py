"""All that the shelves hold of one article, on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.model import Article, DeliveryState, Held, Message, Priority
from monitor.store import (
    Store,
    articles,
    digests,
    feeds,
    lives,
    matches,
    outbox,
    silences,
    stories,
)
from tests import make
from tests.conftest import FakeClock

SECOND = "https://example.org/2.rss"
KEYS = (b"a" * 16, b"b" * 16)


@pytest.fixture
def article(store: Store, clock: FakeClock) -> Article:
    """An article of two feeds, of which the second showed it an hour later; known by two keys."""
    made = make.article(id="a1", first_seen_at=clock.now)
    with store.write() as tx:
        feeds.subscribe(tx, [make.feed(), make.feed(SECOND, name="Second")])
        ids = {state.name: state.id for state in feeds.states(tx)}
        articles.add(tx, [articles.NewArticle(made, b"hash", alert=True)], ids["World desk"])
        articles.remember(tx, dict.fromkeys(KEYS, "a1"), clock.now)
        articles.see(tx, ["a1"], ids["Second"], clock.now + timedelta(hours=1))
        articles.remember(tx, {b"c" * 16: "another"}, clock.now)
    return made


def test_the_shelf_tells_feeds_keys_and_what_is_to_come(
    store: Store, article: Article, clock: FakeClock
) -> None:
    with store.write() as tx:
        feeds.subscribe(tx, [make.feed()])
    with store.read() as connection:
        life = lives.of_article(connection, article.id)
        assert lives.of_article(connection, "nobody") is None
    assert life is not None
    assert (life.alert, life.pending) == (True, True)
    assert life.feed_id == life.sightings[0].feed_id
    assert [(s.feed, s.at - clock.now, s.subscribed) for s in life.sightings] == [
        ("World desk", timedelta(), True),
        ("Second", timedelta(hours=1), False),
    ]
    assert life.keys == dict.fromkeys(KEYS, clock.now)


def test_matches_come_with_their_fate_and_the_rules_text_then(
    store: Store, article: Article, clock: FakeClock
) -> None:
    with store.write() as tx:
        matches.keep_rule_texts(tx, [("f1", "A", "the text")], clock.now)
        first = make.match(article, id="m1", rule="A", priority=Priority.HIGH, found_at=clock.now)
        second = make.match(article, id="m2", rule="B", found_at=clock.now)
        matches.add(tx, [(first, "f1"), (second, "f2")])
        members = [(article.id, "s1"), ("a2", "s2"), ("a3", "s1")]
        because = ("Niger", "troops")
        stories.add(tx, [stories.Member(*each, clock.now, because=because) for each in members])
        matches.put_in_story(tx, {article.id: "s1"})
        by = silences.begin(tx, "B", clock.now + timedelta(days=1), clock.now)
        matches.mark_sent(tx, [first.id], "sending")
        matches.hold_back(tx, {second.id: by.id}, clock.now)
    with store.read() as connection:
        one, two = lives.matches_of(connection, article.id)
        in_story = lives.story_of(connection, "s1")
        assert lives.story_of(connection, "none") is None
    assert (one.text, one.priority, one.fate.sending_id) == ("the text", Priority.HIGH, "sending")
    assert one.terms == ("Troops", "Niger")
    assert (two.text, two.fate.held, two.fate.silence) == (None, Held.SILENCE, by)
    assert in_story is not None
    assert in_story.begun_at == clock.now
    assert [(each.id, each.outlet, each.because) for each in in_story.articles] == [
        (article.id, "example.org", ("Niger", "troops")),
    ]  # of the other nothing is stored any more


def test_a_sending_comes_with_its_messages_and_what_became_of_them(
    store: Store, clock: FakeClock
) -> None:
    parts: list[Message] = [replace(make.message(), composed_at=clock.now) for _ in range(2)]
    with store.write() as tx:
        for part in parts:
            digests.add_message(tx, part, "sending", 1)
            outbox.put(tx, [make.delivery(part), make.delivery(part, recipient="b@example.org")])
        digests.add_message(tx, make.message(), "another", 1)
    with store.read() as connection:
        told = lives.told_in(connection, ["sending"])
        assert lives.told_in(connection, []) == ()
    assert [message.id for message in told] == [part.id for part in parts]
    assert told[0].json == parts[0].json
    with store.read() as connection:
        ids = {part.id for part in parts}
        assert outbox.composed_at(connection, {*ids, "x"}) == dict.fromkeys(ids, clock.now)
    assert {trip.recipient for trip in told[1].trips} == {"desk@example.org", "b@example.org"}
    assert {trip.state for message in told for trip in message.trips} == {DeliveryState.WAITING}


def test_articles_of_a_host_are_found_by_their_addresses(store: Store, article: Article) -> None:
    other = make.article(id="a9", url="https://www.example.org/x_y")
    with store.write() as tx:
        feed_id = feeds.states(tx)[0].id
        for each in (other, make.article(url=None), make.article(url="https://example.com/")):
            articles.add(tx, [articles.NewArticle(each, b"hash", alert=True)], feed_id)
    with store.read() as connection:
        found = lives.on_host(connection, "example.org")
        assert [near.url for near in found] == [other.url, article.url]
        assert lives.on_host(connection, "example%") == ()


def test_articles_of_a_host_are_found_whatever_its_port(store: Store, article: Article) -> None:
    urls = ["http://localhost:8901/a", "http://cms.example.net:8080/p/one"]
    with store.write() as tx:
        feed_id = feeds.states(tx)[0].id
        for url in urls:
            new = articles.NewArticle(make.article(url=url), b"hash", alert=True)
            articles.add(tx, [new], feed_id)
    with store.read() as connection:
        found = [lives.on_host(connection, host) for host in ("localhost", "cms.example.net")]
    assert [[near.url for near in each] for each in found] == [[url] for url in urls]
