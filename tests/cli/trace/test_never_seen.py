"""``wirewatch trace`` of an address that no feed showed, and what is near it."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from monitor.store import tables
from tests.cli.trace.newsdesk import URL, Newsdesk, item


def test_an_address_that_no_feed_showed(room: Newsdesk) -> None:
    room.reads(item(), item("Rain in Rome", "weather/2024/rain"))
    told = room.trace("https://www.example.org/leavin", code=1)
    assert told.startswith("Never seen: no feed has shown this address, nor is it a guid or an")
    assert f"nearest https://example.org/leaving {room.at()} Troops leave Niger" in told
    assert "Rain" not in told
    assert "wirewatch match --explain --url https://www.example.org/leavin" in told
    other = room.trace("https://example.com/x", code=1)
    assert "no known address is like it (none of that host)" in other
    assert "feeds none of the config is on that host, or has shown any of it" in other


@pytest.mark.parametrize(
    ("host", "others"),
    [
        ("cms.example.net:8080", ("http://cms.example.net", "cms.example.net:8080")),
        ("127.0.0.1:8901", ("http://127.0.0.1", "127.0.0.1:8901")),
        ("localhost:8901", ("http://localhost", "localhost:8901")),
        ("intranet", ("http://intranet:8080",)),
    ],
)
def test_a_host_may_have_a_port_and_no_dot(
    room: Newsdesk, host: str, others: tuple[str, ...]
) -> None:
    room.reads(item().replace("https://example.org/leaving", f"http://{host}/p/one"))
    for begin in (f"http://{host}", *others):
        told = room.trace(f"{begin}/p/two", code=1)
        assert f"nearest http://{host}/p/one" in told
        assert "feeds World desk, last read" in told


def test_a_host_without_a_dot_of_which_nothing_is_known(room: Newsdesk) -> None:
    room.reads(item())
    told = room.trace("http://intranet/p/two", code=1)
    assert "no known address is like it (none of that host)" in told
    assert "An address has a host" not in room.trace("http://localhost:8901/a/x", code=1)


def test_what_is_no_address_is_answered_with_what_to_write(room: Newsdesk) -> None:
    room.reads(item())
    told = room.trace("Troops leave Niger", code=1)
    assert "An address has a host: wirewatch trace https://example.org/1" in told
    ended = room.desk.run("trace")
    assert (ended.code, ended.out) == (2, "")
    assert "name its address: wirewatch trace https://example.org/1" in ended.err


def test_the_address_of_a_feed_is_known_as_that(room: Newsdesk) -> None:
    feed = "https://example.com/world.rss"
    room.reads(item())
    room.write(sa.update(tables.feeds).values(url=feed, trouble="answers 503"))
    told = room.trace(feed, code=1)
    assert "It is the address of the feed World desk itself, not of an article." in told


def test_feeds_of_that_host_are_told_with_their_trouble(room: Newsdesk) -> None:
    room.reads(item())
    since = room.clock.now
    values = {"url": "https://example.com/rss", "trouble": "answers 503", "failing_since": since}
    room.write(sa.update(tables.feeds).values(**values))
    told = room.trace("https://www.example.com/1", code=1)
    read = room.at(since)
    assert f"feeds World desk, last read {read}, failing since {read}: answers 503" in told


def test_a_feed_that_may_have_lost_entries_is_told_with_what_it_has_shown(room: Newsdesk) -> None:
    room.reads(item())
    for day in range(2):
        room.clock.pass_time(hours=1)
        room.reads(*(item(f"On day {day} number {n}", f"{day}/{n}") for n in range(4)))
    told = room.trace("https://example.org/something-else", code=1)
    assert f"feeds World desk, last read {room.at()}: all 4 entries were new" in told


def test_before_anything_was_read_nothing_is_known_and_nothing_is_made(room: Newsdesk) -> None:
    ended = room.desk.run("trace", URL, "--json")
    assert ended.code == 1
    assert json.loads(ended.out)["fate"] == "never seen"
    assert "Nothing has been read yet" in ended.err
    assert not (room.desk.folder / "wirewatch.db").exists()
