"""What ``backtest``, ``example`` and the rule doctor ask of the shelves."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.errors import StoreError
from monitor.feeds.identity import keys_of, sort_out
from monitor.model import Article, Match
from monitor.store import Store, articles, feeds, matches, open_existing
from tests import make
from tests.conftest import FakeClock


@pytest.fixture
def stored(store: Store, clock: FakeClock) -> list[Article]:
    """Three articles of two feeds, a day apart; the second is old backlog, the third pending."""
    made = []
    for number, language in enumerate(("en", "it", None)):
        title = f"Article {number}"
        made.append(
            make.article(title, id=f"a{number}", first_seen_at=clock.now, language=language)
        )
        clock.pass_time(days=1)
    with store.write() as tx:
        feeds.subscribe(tx, [make.feed(), make.feed("https://example.org/2", name="Second")])
        first, second = (state.id for state in feeds.states(tx)[::-1])
        kinds = ((True, first), (False, first), (True, second))
        for article, (alert, feed) in zip(made, kinds, strict=True):
            articles.add(tx, [articles.NewArticle(article, b"hash", alert)], feed)
        articles.judged(tx, list(articles.get(tx, [made[0].id]).values()))
    return made


def test_articles_that_were_judged_are_given_with_whether_they_may_alert(
    store: Store, stored: list[Article], clock: FakeClock
) -> None:
    with store.read() as connection:
        since = articles.judged_since(connection, clock.now - timedelta(days=90))
        assert since == {stored[0].id: True, stored[1].id: False}
        assert list(articles.judged_since(connection, stored[1].first_seen_at)) == [stored[1].id]
        assert articles.oldest(connection) == stored[0].first_seen_at


def test_the_languages_of_the_newest_are_counted(store: Store, stored: list[Article]) -> None:
    with store.read() as connection:
        assert articles.languages_of_newest(connection, 10) == {"en": 1, "it": 1, None: 1}
        assert articles.languages_of_newest(connection, 2) == {"it": 1, None: 1}


def test_alerts_are_known_by_rule_article_and_feed(
    store: Store, stored: list[Article], clock: FakeClock
) -> None:
    def found(article: Article, digest: str) -> tuple[Match, str]:
        return make.match(article, digest=digest, rule="A", found_at=clock.now), "mark"

    with store.write() as tx:
        matches.add(tx, [found(stored[0], "x"), found(stored[0], "y"), found(stored[2], "x")])
    with store.read() as connection:
        ids = [article.id for article in stored]
        assert matches.alerted(connection, ids) == {("A", ids[0]), ("A", ids[2])}
        assert matches.alerted(connection, ids[1:2]) == frozenset()
        counted = matches.alerts_by_feed(connection)
        assert sum(counted["A"].values()) == 2
        assert set(counted["A"].values()) == {1}


def test_a_rule_was_last_heard_when_it_matched_else_when_its_text_was_kept(
    store: Store, stored: list[Article], clock: FakeClock
) -> None:
    begun = clock.now
    with store.write() as tx:
        matches.keep_rule_texts(tx, [("1", "A", "…"), ("2", "B", "…")], begun)
        matches.keep_rule_texts(tx, [("3", "A", "later")], begun + timedelta(days=1))
    with store.read() as connection:
        assert matches.last_heard(connection, ["A", "B", "C"]) == {"A": begun, "B": begun}
    heard = begun + timedelta(days=3)
    with store.write() as tx:
        matches.add(tx, [(make.match(stored[0], rule="A", found_at=heard), "1")])
    with store.read() as connection:
        assert matches.last_heard(connection, ["A", "B"]) == {"A": heard, "B": begun}


def test_a_link_and_a_guid_lead_to_the_keys_of_an_entry() -> None:
    entry = make.entry(guid="tag:example.org,2024:1", link="https://example.org/a?utm_source=x")
    feed = "https://example.org/world.rss"
    (keyed,) = sort_out([entry], feed)
    assert set(keys_of("http://www.example.org/a", [feed])) & set(keyed.keys)
    assert set(keys_of("tag:example.org,2024:1", [feed])) & set(keyed.keys)
    assert not set(keys_of("tag:example.org,2024:1", ["https://example.org/2"])) & set(keyed.keys)


def test_a_database_that_is_not_there_is_not_made_for_who_only_looks(tmp_path: Path) -> None:
    assert open_existing(f"sqlite:///{tmp_path / 'none.db'}") is None
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(StoreError):
        open_existing("postgresql://desk@127.0.0.1:1/wire")


def test_a_database_that_is_there_is_opened(store: Store, address: str) -> None:
    again = open_existing(address)
    assert again is not None
    assert again.engine_name == store.engine_name
    again.close()
