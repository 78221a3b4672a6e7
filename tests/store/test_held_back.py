"""Matches that wait, are sent, or are held back; silences."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.model import Article, Held, Match, Priority
from monitor.store import Store, articles, feeds, matches, silences
from monitor.stories.group import group
from tests import make
from tests.conftest import FakeClock


@pytest.fixture
def article(store: Store, clock: FakeClock) -> Article:
    """An article that is stored."""
    made = make.article(first_seen_at=clock.now)
    with store.write() as tx:
        feeds.subscribe(tx, [make.feed()])
        articles.add(tx, [articles.NewArticle(made, b"hash", alert=True)], feeds.states(tx)[0].id)
    return made


def found(store: Store, clock: FakeClock, article: Article, **fields: object) -> Match:
    made = make.match(article, found_at=clock.now, **fields)
    with store.write() as tx:
        matches.add(tx, [(made, "mark")])
    group(store, clock)
    return made


def waiting(store: Store, digest: str = "morning") -> list[str]:
    with store.read() as connection:
        return [match.id for match in matches.waiting(connection, digest)]


def test_the_fate_of_a_match_is_known_whether_it_waits_is_sent_or_held_back(
    store: Store, clock: FakeClock, article: Article
) -> None:
    sent = found(store, clock, article, rule="A")
    held = found(store, clock, article, rule="B")
    gone = found(store, clock, article, rule="C", digest="gone")
    found(store, clock, article, rule="D")
    until = clock() + timedelta(days=3)
    with store.write() as tx:
        silence = silences.begin(tx, "B", until, clock())
        matches.mark_sent(tx, [sent.id], "sending-1")
        matches.hold_back(tx, {held.id: silence.id}, clock())
        assert matches.hold_back_of_no_digest(tx, ["morning"], clock()) == 1
    with store.read() as connection:
        a, b, c, d = sorted(matches.fate(connection, article.id), key=lambda fate: fate.rule)
        assert matches.fate(connection, "another") == ()
        assert not matches.any_of_no_digest(connection, ["morning"])
        assert matches.held_counts(connection) == {
            ("morning", Held.SILENCE): 1,
            ("gone", Held.NO_DIGEST): 1,
        }
    assert (a.rule, a.digest, a.sending_id, a.held) == ("A", "morning", "sending-1", None)
    assert (b.sending_id, b.held, b.held_at, b.silence) == (None, Held.SILENCE, clock(), silence)
    assert (c.digest, c.held, c.silence) == (gone.digest, Held.NO_DIGEST, None)
    assert (d.sending_id, d.held, d.held_at) == (None, None, None)
    assert a.story_id is not None


def test_what_waits_is_counted_by_rule_and_priority(
    store: Store, clock: FakeClock, article: Article
) -> None:
    sent = found(store, clock, article, rule="A", priority=Priority.HIGH)
    for rule in ("A", "B"):
        other = make.article(first_seen_at=clock.now)
        found(store, clock, other, rule=rule)
        found(store, clock, other, rule=rule, digest="evening")
    with store.write() as tx:
        counted = matches.waiting_of(tx, "morning")
        matches.mark_sent(tx, [sent.id], "sending-1")
        after = matches.waiting_of(tx, "morning")
    normal = {("A", Priority.NORMAL): 1, ("B", Priority.NORMAL): 1}
    assert counted == {("A", Priority.HIGH): 1, **normal}
    assert after == normal


def test_what_is_held_back_by_a_silence_waits_no_more_and_is_never_sent(
    store: Store, clock: FakeClock, article: Article
) -> None:
    held = found(store, clock, article)
    with store.write() as tx:
        silence = silences.begin(tx, held.rule, clock() + timedelta(days=3), clock())
        matches.hold_back(tx, {held.id: silence.id}, clock())
    assert waiting(store) == []
    with store.write() as tx:
        assert matches.waiting_counts(tx) == {}
        matches.mark_sent(tx, [held.id], "sending-1")
        (fate,) = matches.fate(tx, article.id)
    assert (fate.sending_id, fate.held) == (None, Held.SILENCE)


def test_what_is_sent_cannot_be_held_back_any_more(
    store: Store, clock: FakeClock, article: Article
) -> None:
    sent = found(store, clock, article)
    with store.write() as tx:
        matches.mark_sent(tx, [sent.id], "sending-1")
        silence = silences.begin(tx, sent.rule, clock() + timedelta(days=3), clock())
        matches.hold_back(tx, {sent.id: silence.id}, clock())
        assert matches.hold_back_of_no_digest(tx, ["another"], clock()) == 0
        (fate,) = matches.fate(tx, article.id)
    assert (fate.sending_id, fate.held) == ("sending-1", None)


def test_what_was_held_back_for_want_of_a_digest_waits_for_it_to_be_named_again(
    store: Store, clock: FakeClock, article: Article
) -> None:
    held = found(store, clock, article)
    with store.write() as tx:
        matches.hold_back_of_no_digest(tx, [], clock())
    assert waiting(store) == [held.id]
    with store.write() as tx:
        matches.mark_sent(tx, [held.id], "sending-1")
        (fate,) = matches.fate(tx, article.id)
    assert (fate.sending_id, fate.held, fate.held_at) == ("sending-1", None, None)


def test_a_rule_silenced_twice_has_one_silence_that_ends_when_last_said(
    store: Store, clock: FakeClock
) -> None:
    with store.write() as tx:
        first = silences.begin(tx, "A", clock() + timedelta(days=1), clock())
    clock.pass_time(hours=1)
    until = clock() + timedelta(hours=3)
    with store.write() as tx:
        again = silences.begin(tx, "A", until, clock())
        assert (again.id, again.begun_at, again.until) == (first.id, first.begun_at, until)
        assert silences.running(tx, clock()) == {"A": again}
        assert silences.running(tx, until) == {}
        later = silences.begin(tx, "A", until + timedelta(days=1), until)
        assert later.id != first.id


def test_a_silence_is_ended_early_and_only_once(store: Store, clock: FakeClock) -> None:
    with store.write() as tx:
        silences.begin(tx, "A", clock() + timedelta(days=1), clock())
    clock.pass_time(hours=1)
    with store.write() as tx:
        ended = silences.end(tx, "A", clock())
        assert ended is not None
        assert (ended.until, ended.ended_by_hand) == (clock(), True)
        assert silences.end(tx, "A", clock()) is None
        assert silences.end(tx, "B", clock()) is None


def test_the_end_of_a_silence_is_to_be_told_by_each_digest_that_it_held_matches_of(
    store: Store, clock: FakeClock, article: Article
) -> None:
    held = [found(store, clock, article, digest=name) for name in ("morning", "evening")]
    until = clock() + timedelta(days=3)
    with store.write() as tx:
        silence = silences.begin(tx, held[0].rule, until, clock())
        matches.hold_back(tx, {match.id: silence.id for match in held}, clock())
        assert silences.held_by(tx, [silence.id]) == {silence.id: 2}
        assert silences.to_be_told(tx, "morning", clock()) == ()
        assert silences.to_be_told(tx, "morning", until) == (silences.Over(silence, 1),)
        assert silences.to_be_told(tx, "weekly", until) == ()
        silences.told(tx, [silence.id], "morning")
        assert silences.to_be_told(tx, "morning", until) == ()
        assert silences.to_be_told(tx, "evening", until) == (silences.Over(silence, 1),)


def test_a_silence_is_forgotten_when_none_of_its_matches_is_known(
    store: Store, clock: FakeClock, article: Article
) -> None:
    held = found(store, clock, article)
    later = clock() + timedelta(days=100)
    with store.write() as tx:
        kept = silences.begin(tx, held.rule, clock() + timedelta(days=1), clock())
        matches.hold_back(tx, {held.id: kept.id}, clock())
        silences.begin(tx, "B", clock() + timedelta(days=1), clock())
        silences.begin(tx, "C", later + timedelta(days=1), clock())
        silences.forget(tx, later)
        assert matches.fate(tx, article.id)[0].silence == kept
        assert silences.end(tx, "B", clock()) is None
        assert silences.end(tx, "C", clock()) is not None
