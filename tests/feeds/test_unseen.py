"""A poll costs what is new in a document, and comes to the same as if all of it were looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.feeds.intake import Reading
from monitor.feeds.options import PollOptions, Subscription
from monitor.feeds.raw import RawEntry, RawFeed
from monitor.feeds.unseen import MOST_REMEMBERED, Document, Memory, look_at, unpacked
from monitor.model import Feed
from monitor.store import Store, due_feeds, feeds, open_store, tables
from monitor.text.languages import LanguageTeller

URL = "https://example.org/feed"
NOW = datetime(2024, 5, 20, 5, tzinfo=UTC)
WEEK = timedelta(days=7)
SUBSCRIPTION = Subscription(Feed(URL, "Feed"), PollOptions(backlog=None))


def numbered(number: int, text: str = "Said.") -> RawEntry:
    link = f"https://example.org/{number}"
    return RawEntry(guid=f"id-{number}", link=link, title=f"Title {number}", content=text)


def look(
    *entries: RawEntry, memory: Memory | None = None, now: datetime = NOW, link: str = ""
) -> Document:
    raw = RawFeed(title="", link=link, language="en", ttl=None, entries=entries)
    return look_at(lambda seen: raw, url=URL, feed_url=URL, memory=memory, now=now, week=WEEK)


def titles(document: Document) -> list[str]:
    return [entry.title for entry in document.parsed.entries]


def test_what_was_seen_is_not_looked_at_again() -> None:
    first = look(numbered(1), numbered(2))
    second = look(numbered(3), numbered(1), numbered(2), memory=first.memory)
    assert (titles(first), titles(second)) == (["Title 1", "Title 2"], ["Title 3"])
    assert (first.entries, second.entries) == (2, 3)


def test_an_edited_entry_is_looked_at_again() -> None:
    first = look(numbered(1), numbered(2))
    assert titles(look(numbered(1, "Changed."), numbered(2), memory=first.memory)) == ["Title 1"]


def test_an_entry_that_comes_back_is_looked_at_again() -> None:
    first = look(numbered(1), numbered(2))
    second = look(numbered(2), memory=first.memory)
    assert titles(look(numbered(1), numbered(2), memory=second.memory)) == ["Title 1"]


def test_all_are_looked_at_where_an_unseen_entry_shares_a_key_with_a_seen_one() -> None:
    first = look(numbered(1), numbered(2))
    same_guid = RawEntry(guid="id-1", link="https://example.org/9", title="Other", content="x")
    second = look(same_guid, numbered(1), numbered(2), memory=first.memory)
    assert titles(second) == ["Other", "Title 1", "Title 2"]
    assert second.memory is None


def test_all_are_looked_at_once_a_week() -> None:
    first = look(numbered(1), numbered(2))
    second = look(numbered(1), numbered(2), memory=first.memory, now=NOW + WEEK)
    assert titles(second) == []
    third = look(
        numbered(1), numbered(2), memory=second.memory, now=NOW + WEEK + timedelta(seconds=1)
    )
    assert titles(third) == ["Title 1", "Title 2"]
    assert third.memory is not None
    assert third.memory.since > NOW + WEEK


def test_a_relative_link_is_looked_at_again_when_its_base_changes() -> None:
    relative = RawEntry(guid="1", link="/news/1", title="One")
    first = look(relative, numbered(2), link="https://example.org/")
    moved = look(relative, numbered(2), link="https://example.net/", memory=first.memory)
    assert titles(moved) == ["One"]


def test_a_huge_document_is_not_remembered() -> None:
    entries = [numbered(number) for number in range(MOST_REMEMBERED + 1)]
    assert look(*entries).memory is None


def test_the_dates_of_seen_entries_still_tell_how_often_a_feed_publishes() -> None:
    one = RawEntry(guid="1", title="One", published=NOW - timedelta(hours=2))
    two = RawEntry(guid="2", title="Two", published=NOW - timedelta(hours=1))
    three = RawEntry(guid="3", title="Three", updated=NOW - timedelta(hours=3))  # not told
    first = look(one, three)
    second = look(two, one, three, memory=first.memory)
    assert sorted(second.published) == [NOW - timedelta(hours=2), NOW - timedelta(hours=1)]


def test_the_seconds_of_entries_that_went_are_told_where_several_are_unseen() -> None:
    def at(number: int, seconds: float) -> RawEntry:
        return replace(numbered(number), published=NOW + timedelta(seconds=seconds))

    then = int(NOW.timestamp())
    last = look(at(1, 0), at(2, 1.5), at(3, 2), at(4, 2.9), numbered(5)).memory
    new = (numbered(6), numbered(7))
    assert look(*new, at(3, 2), memory=last).gone == {then, then + 1}
    for now in (NOW, NOW + 2 * WEEK):
        assert look(*new, memory=last, now=now).gone == {then, then + 1, then + 2}
    assert look(numbered(6), memory=last).gone == frozenset()
    assert look(*new).gone == frozenset()


def test_a_memory_is_stored_and_read_again() -> None:
    memory = look(numbered(1), RawEntry(title="No keys"), numbered(2)).memory
    assert memory is not None
    assert unpacked(memory.packed()) == memory


@pytest.mark.parametrize("stored", [None, b"", b"\x00from another version"])
def test_what_another_version_stored_is_forgotten(stored: bytes | None) -> None:
    assert unpacked(stored) is None


# --- the same as without a memory


_LONG = "A long text that is surely an article of its own and no formula, for it goes on " * 3
_ENTRIES = st.builds(
    RawEntry,
    guid=st.sampled_from(["", "a", "b", "c", "d", "https://example.org/1"]),
    link=st.sampled_from(
        ["", "https://example.org/", *(f"https://example.org/{n}" for n in range(4)), "/2", "2"]
    ),
    title=st.sampled_from(["", "One", "Two", "Three"]),
    summary=st.sampled_from(["", "short", _LONG, _LONG.upper(), _LONG + "two"]),
    updated=st.sampled_from([None, NOW, NOW - timedelta(days=1)]),
)
_DOCUMENTS = st.lists(st.lists(_ENTRIES, max_size=5), min_size=1, max_size=2).flatmap(
    lambda pools: st.lists(
        st.lists(
            st.sampled_from([entry for pool in pools for entry in pool] or [RawEntry()]), max_size=5
        ),
        min_size=2,
        max_size=5,
    )
)


class Desk:
    """A store that reads documents, one after the other."""

    def __init__(self, store: Store, *, remembers: bool) -> None:
        self.store = store
        self.remembers = remembers
        with store.write() as tx:
            for table in (tables.feed_memories, tables.identities, tables.sightings):
                tx.execute(sa.delete(table))
            tx.execute(sa.delete(tables.articles))
            tx.execute(sa.update(tables.feeds).values(lease_until=None))
            feeds.subscribe(tx, [SUBSCRIPTION.feed])
            (self.state,) = due_feeds.lease(tx, NOW, 1, 60, everything_before=True)

    def read(self, entries: list[RawEntry], now: datetime) -> None:
        with self.store.read() as connection:
            memory = (
                unpacked(feeds.memories(connection, [self.state.id]).get(self.state.id))
                if self.remembers
                else None
            )
        raw = RawFeed(title="", link="", language="en", ttl=None, entries=tuple(entries))
        seen = look_at(lambda seen: raw, url=URL, feed_url=URL, memory=memory, now=now, week=WEEK)
        teller = LanguageTeller(())
        reading = Reading(
            SUBSCRIPTION, self.state, seen.parsed, teller, now, seen.found, seen.entries
        )
        with self.store.write() as tx:
            reading.keep(tx)
            feeds.remember(tx, self.state.id, seen.memory.packed() if seen.memory else None)

    def holds(self) -> tuple[list[tuple[object, ...]], dict[bytes, int]]:
        """Articles in the order they came, and which of them each key belongs to."""
        columns = tables.articles.c
        with self.store.read() as connection:
            chosen = sa.select(
                columns.id, columns.title, columns.text, columns.url, columns.revision
            )
            rows = connection.execute(chosen.order_by(sa.text("rowid"))).all()
            place = {row.id: number for number, row in enumerate(rows)}
            keys = connection.execute(sa.select(tables.identities))
            held = {bytes(row.key): place[row.article_id] for row in keys}
        return [tuple(row)[1:] for row in rows], held


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Store]]:
    folder: Path = tmp_path_factory.mktemp("desks")
    one, two = (open_store(f"sqlite:///{folder / name}") for name in ("one.db", "two.db"))
    yield one, two
    one.close()
    two.close()


@settings(max_examples=60, deadline=None)
@given(documents=_DOCUMENTS)
def test_a_memory_changes_nothing_of_what_comes_of_documents(
    documents: list[list[RawEntry]], stores: tuple[Store, Store]
) -> None:
    remembering, forgetful = Desk(stores[0], remembers=True), Desk(stores[1], remembers=False)
    for number, entries in enumerate(documents):
        now = NOW + timedelta(hours=number)
        remembering.read(entries, now)
        forgetful.read(entries, now)
        assert remembering.holds() == forgetful.holds()
