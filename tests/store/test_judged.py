"""What the rules have judged is noted for each article as it was read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.model import Article
from monitor.store import Store, articles, feeds
from tests import make
from tests.conftest import FakeClock


@pytest.fixture
def feed_ids(store: Store) -> list[int]:
    """Two feeds, with names and tags of their own."""
    first = make.feed("https://example.org/1", name="First", tags=("world", "africa"))
    second = make.feed("https://example.org/2", name="Second", tags=("africa", "army"))
    with store.write() as tx:
        feeds.subscribe(tx, [first, second])
        ids = {state.name: state.id for state in feeds.states(tx)}
    return [ids["First"], ids["Second"]]


@pytest.fixture
def waiting(store: Store, feed_ids: list[int], clock: FakeClock) -> list[Article]:
    """Five that wait: two plain ones, one revised, one that both feeds show, one revised twice."""
    plain = [make.article(f"Article {n}", id=f"a{n}", first_seen_at=clock.now) for n in range(5)]
    with store.write() as tx:
        kept = [articles.NewArticle(each, b"hash", alert=True) for each in plain]
        articles.add(tx, kept, feed_ids[0])
        clock.pass_time(hours=1)
        articles.see(tx, ["a3"], feed_ids[1], clock.now)
        for number in (2, 4, 4):
            articles.revise(tx, replace(plain[number], title="Changed"), b"other")
    with store.read() as connection:
        return list(articles.pending(connection, 10))


def test_articles_of_several_versions_are_noted_as_judged_together(
    store: Store, waiting: list[Article]
) -> None:
    assert [each.revision for each in waiting] == [1, 1, 2, 1, 3]
    with store.write() as tx:
        articles.judged(tx, waiting)
        assert articles.pending(tx, 10) == ()


def test_only_what_changed_meanwhile_stays_to_be_judged(
    store: Store, waiting: list[Article], feed_ids: list[int], clock: FakeClock
) -> None:
    with store.write() as tx:
        articles.see(tx, ["a1"], feed_ids[1], clock.now)
        articles.revise(tx, waiting[2], b"third")
        articles.judged(tx, waiting)
        assert [each.id for each in articles.pending(tx, 10)] == ["a1", "a2"]


def test_an_article_names_its_feeds_in_the_order_in_which_they_showed_it(
    waiting: list[Article],
) -> None:
    assert [each.feeds for each in waiting[2:4]] == [("First",), ("First", "Second")]
    assert waiting[3].tags == ("world", "africa", "army")
