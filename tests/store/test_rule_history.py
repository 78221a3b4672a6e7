"""What rules were: which text of each file was in force when, and when articles were judged."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from monitor.store import Store, retention, rule_history, rules, tables
from tests import make
from tests.conftest import FakeClock

HOUR = timedelta(hours=1)


def keep(store: Store, clock: FakeClock, **texts: str) -> None:
    """These files are in force from now on; an hour passes."""
    with store.write() as tx:
        rules.keep(tx, {f"{name}.toml": text for name, text in texts.items()}, {}, clock.now)
    clock.pass_time(hours=1)


def texts_at(store: Store, clock: FakeClock, hours_ago: float) -> dict[str, str] | None:
    with store.read() as connection:
        return rule_history.texts_at(connection, clock.now - hours_ago * HOUR)


def test_the_texts_of_any_moment_are_known_from_the_first_on(
    store: Store, clock: FakeClock
) -> None:
    keep(store, clock, a="one", b="x" * 5000)
    keep(store, clock, a="two", b="x" * 5000)
    keep(store, clock, b="x" * 5000, c="three")
    keep(store, clock, a="one", b="x" * 5000, c="three")
    b = {"b.toml": "x" * 5000}
    assert texts_at(store, clock, 4.5) is None
    assert texts_at(store, clock, 4) == texts_at(store, clock, 3.5) == {"a.toml": "one", **b}
    assert texts_at(store, clock, 2.5) == {"a.toml": "two", **b}
    assert texts_at(store, clock, 1.5) == {**b, "c.toml": "three"}
    assert texts_at(store, clock, 0) == {"a.toml": "one", **b, "c.toml": "three"}


def test_a_text_is_kept_once_however_often_it_was_in_force(store: Store, clock: FakeClock) -> None:
    for text in ("one", "two", "one", "one", "two"):
        keep(store, clock, a=text, b="one")
    with store.read() as connection:
        texts = connection.execute(sa.select(tables.rule_file_texts.c.text)).scalars().all()
        versions = connection.execute(sa.select(tables.rule_file_history.c.path)).scalars().all()
    assert sorted(texts) == ["one", "two"]
    assert sorted(versions) == ["", "a.toml", "a.toml", "a.toml", "a.toml", "b.toml"]


def test_rules_that_change_twice_in_one_moment_leave_the_last(
    store: Store, clock: FakeClock
) -> None:
    with store.write() as tx:
        for text in ("one", "two", "three"):
            rules.keep(tx, {"a.toml": text}, {}, clock.now)
    assert texts_at(store, clock, 0) == {"a.toml": "three"}


def test_no_rule_at_all_is_known_too(store: Store, clock: FakeClock) -> None:
    keep(store, clock)
    assert texts_at(store, clock, 0.5) == {}


def test_the_last_good_version_of_a_faulty_file_is_what_was_in_force(
    store: Store, clock: FakeClock
) -> None:
    with store.write() as tx:
        faults = {"a.toml": "line 1: no", "b.toml": "line 7: no"}
        rules.keep(tx, {"a.toml": "good"}, faults, clock.now)
    assert texts_at(store, clock, 0) == {"a.toml": "good"}


def test_old_versions_are_forgotten_and_then_it_is_said_that_they_are_not_known(
    store: Store, clock: FakeClock
) -> None:
    for text in ("one", "two", "three"):
        keep(store, clock, a=text, b="lasting")
    with store.write() as tx:
        rule_history.forget(tx, clock.now - 1.5 * HOUR)
    assert texts_at(store, clock, 2.5) is None
    assert texts_at(store, clock, 1.5) == {"a.toml": "two", "b.toml": "lasting"}
    with store.read() as connection:
        texts = connection.execute(sa.select(tables.rule_file_texts.c.text)).scalars().all()
    assert sorted(texts) == ["lasting", "three", "two"]


def test_the_history_is_kept_as_long_as_articles(store: Store, clock: FakeClock) -> None:
    keep(store, clock, a="one")
    keep(store, clock, a="two")
    with store.write() as tx:
        retention.forget(tx, clock.now, clock.now)
    assert texts_at(store, clock, 0.5) is None
    assert texts_at(store, clock, 0) == {"a.toml": "two"}


def test_judgings_are_noted_only_where_the_first_sight_does_not_tell_them(
    store: Store, clock: FakeClock
) -> None:
    rules_since = clock.now
    fresh = make.article(first_seen_at=clock.now)
    late = make.article(first_seen_at=clock.now - HOUR)
    changed = make.article(first_seen_at=clock.now, revision=3)
    shared = make.article(first_seen_at=clock.now, feeds=("A", "B"))
    with store.write() as tx:
        rule_history.note_judged(tx, [fresh, late, changed, shared], rules_since, clock.now)
        rule_history.note_judged(tx, [fresh, late], None, clock.now + HOUR)
    with store.read() as connection:

        def told(article_id: str) -> list[tuple[int, int]]:
            return [(j.revision, j.feeds) for j in rule_history.judgings_of(connection, article_id)]

        assert told(fresh.id) == []
        assert told(late.id) == [(1, 1)]
        assert told(changed.id) == [(3, 1)]
        assert told(shared.id) == [(1, 2)]
    with store.write() as tx:
        rule_history.forget(tx, clock.now + HOUR)
        assert rule_history.judgings_of(tx, shared.id) == ()
