from __future__ import annotations

from collections import Counter
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from monitor.cli.feeds_list import state_of
from monitor.model import Feed, FeedState
from monitor.store import Store, due_feeds, feeds, tables
from tests.conftest import FakeClock


def subscribe(store: Store, **hosts: int) -> None:
    """So many feeds at each host; those named first are due first."""
    urls = [f"https://{host}.example/{n}" for host, count in hosts.items() for n in range(count)]
    with store.write() as tx:
        feeds.subscribe(tx, [Feed(url=url, name=url) for url in urls])


def lease(store: Store, clock: FakeClock, limit: int, **how: object) -> dict[str, int]:
    """How many feeds of each host are leased."""
    with store.write() as tx:
        taken = due_feeds.lease(tx, clock(), limit, 25, **how)  # type: ignore[arg-type]
    hosts = [Feed(url=state.url, name="").host.removesuffix(".example") for state in taken]
    return {host: hosts.count(host) for host in hosts}


def test_a_server_with_many_feeds_takes_two_places_while_others_wait(
    store: Store, clock: FakeClock
) -> None:
    subscribe(store, big=50, one=1, two=2, three=3)
    assert lease(store, clock, 32, crowd=0) == {"big": 2, "one": 1, "two": 2, "three": 2}
    busy = ["big.example"] * 2 + ["three.example"] * 2
    assert lease(store, clock, 32, busy=busy, crowd=0) == {}
    assert lease(store, clock, 32, busy=["big.example"], crowd=0) == {"big": 1, "three": 1}


def test_where_only_one_server_has_feeds_it_gets_half_of_the_places_and_no_more(
    store: Store, clock: FakeClock
) -> None:
    subscribe(store, big=50)
    assert lease(store, clock, 32, crowd=16) == {"big": 16}
    assert lease(store, clock, 16, busy=["big.example"] * 16, crowd=0) == {}
    assert lease(store, clock, 100) == {"big": 34}


def test_files_have_no_server_to_spare(store: Store, clock: FakeClock) -> None:
    with store.write() as tx:
        feeds.subscribe(tx, [Feed(url=f"/srv/{n}.xml", name=f"{n}") for n in range(9)])
    assert lease(store, clock, 32, crowd=0) == {"": 9}


@pytest.fixture
def state(store: Store, clock: FakeClock) -> FeedState:
    """A leased feed."""
    subscribe(store, one=1)
    with store.write() as tx:
        (leased,) = due_feeds.lease(tx, clock(), 1, 25)
    return leased


def stored(store: Store) -> FeedState:
    with store.read() as connection:
        (found,) = feeds.states(connection)
    return found


def test_a_feed_that_is_gone_is_leased_no_more_until_it_is_revived(
    store: Store, clock: FakeClock, state: FeedState
) -> None:
    with store.write() as tx:
        feeds.record_failure(tx, state, "answered 410 Gone", clock(), clock(), gone=True)
    clock.pass_time(days=400)
    assert lease(store, clock, 5) == lease(store, clock, 5, everything_before=True) == {}
    with store.write() as tx:
        feeds.revive(tx, [state.id])
    assert (stored(store).retired_at, stored(store).failures) == (None, 0)
    assert lease(store, clock, 5) == {"one": 1}


def test_what_was_noted_while_the_line_went_down_is_taken_back(
    store: Store, clock: FakeClock, state: FeedState
) -> None:
    with store.write() as tx:
        feeds.record_failure(tx, state, "no route", clock(), clock() + timedelta(hours=1))
        assert feeds.states(tx)[0].failures == 1
        feeds.unburden(tx, [state], clock())
    found = stored(store)
    assert (found.failures, found.failing_since, found.trouble) == (0, None, None)
    assert found.next_poll_at == clock()


def test_what_was_noted_before_is_taken_back_of_a_feed_that_is_polled_now(
    store: Store, clock: FakeClock, state: FeedState
) -> None:
    with store.write() as tx:
        feeds.record_failure(tx, state, "no route", clock(), clock())
        tx.execute(sa.update(tables.feeds).values(lease_token="another"))
        feeds.unburden(tx, [state], clock())
    found = stored(store)
    assert (found.failures, found.trouble, found.lease_token) == (0, None, "another")


def test_nothing_is_taken_back_of_a_feed_that_was_read_since(
    store: Store, clock: FakeClock, state: FeedState
) -> None:
    later = clock() + timedelta(hours=1)
    with store.write() as tx:
        tx.execute(sa.update(tables.feeds).values(next_poll_at=later))
        feeds.unburden(tx, [state], clock())
    assert stored(store).next_poll_at == later


def test_feeds_that_could_be_read_the_last_time_are_counted(store: Store, clock: FakeClock) -> None:
    subscribe(store, read=1, failing=1, never=1, gone=1, waiting=1)
    was, table = clock(), tables.feeds
    known: dict[str, dict[str, object]] = {
        "read": {"last_polled_at": was, "last_success_at": was},
        "failing": {"last_polled_at": was, "last_success_at": was, "failures": 1},
        "never": {"last_polled_at": was, "failures": 2},
        "gone": {"last_polled_at": was, "last_success_at": was, "subscribed": 0},
    }
    with store.write() as tx:
        for host, values in known.items():
            tx.execute(sa.update(table).where(table.c.host == f"{host}.example").values(values))
        assert feeds.read_and_polled(tx) == (1, 3)


# --- shorter intervals ------------------------------------------------------------------------


def test_feeds_are_counted_by_the_states_that_the_list_shows(
    store: Store, clock: FakeClock
) -> None:
    subscribe(store, a=2, b=2, c=2, d=1, e=1)
    subscribe(store, a=2, b=2, c=2, d=1)
    then = clock()
    columns = tables.feeds.c
    told: list[tuple[str, dict[str, object]]] = [
        ("a", {"last_success_at": then}),
        ("b", {"last_success_at": then, "failures": 2}),
        ("c", {"failures": 9, "retired_at": then}),
    ]
    with store.write() as tx:
        for host, values in told:
            tx.execute(sa.update(tables.feeds).where(columns.host.like(f"{host}%")).values(values))
    with store.read() as connection:
        counted = feeds.counts_by_state(connection)
        assert counted == Counter(map(state_of, feeds.states(connection)))
    assert counted == {"good": 2, "failing": 2, "retired": 2, "new": 1}


def polled(store: Store, clock: FakeClock, wait: float = 3600, **values: object) -> None:
    """A feed of ``every`` one hour and ``max_every`` six, polled just now."""
    resubscribe(store, 3600, 6 * 3600)
    state = {"last_polled_at": clock(), "next_poll_at": clock() + timedelta(seconds=wait)}
    with store.write() as tx:
        tx.execute(sa.update(tables.feeds).values({"interval": 3600.0, **state, **values}))


def resubscribe(store: Store, every: float, max_every: float) -> None:
    feed = Feed("https://one.example/", "one", every=every, max_every=max_every)
    with store.write() as tx:
        feeds.subscribe(tx, [feed])


def waits(store: Store, clock: FakeClock) -> float:
    """Seconds until the feed's next poll."""
    due = stored(store).next_poll_at
    assert due
    return (due - clock()).total_seconds()


def test_a_shorter_every_starts_the_interval_anew_and_brings_the_next_poll_forward(
    store: Store, clock: FakeClock
) -> None:
    polled(store, clock, 3600 * 1.05)
    resubscribe(store, 5, 6 * 3600)
    assert waits(store, clock) == pytest.approx(5 * 1.05)
    assert stored(store).interval == 5


def test_a_shorter_max_every_caps_what_is_scheduled(store: Store, clock: FakeClock) -> None:
    polled(store, clock, 6 * 3600, interval=6 * 3600.0)
    resubscribe(store, 3600, 7200)
    assert waits(store, clock) == 7200
    assert stored(store).interval == 7200


def test_a_feeds_own_ttl_holds_it_back_up_to_the_shorter_max_every(
    store: Store, clock: FakeClock
) -> None:
    polled(store, clock, 5 * 3600)
    resubscribe(store, 60, 6 * 3600)
    assert waits(store, clock) == 5 * 3600
    resubscribe(store, 60, 4 * 3600)
    assert waits(store, clock) == 4 * 3600


@pytest.mark.parametrize("held", [{"failures": 3}, {"skip_hours": (3,)}, {"skip_days": (6,)}])
def test_what_holds_a_feed_back_on_purpose_goes_on_when_intervals_shrink(
    store: Store, clock: FakeClock, held: dict[str, object]
) -> None:
    polled(store, clock, **held)
    resubscribe(store, 5, 60)
    assert waits(store, clock) == 3600


def test_equal_or_longer_intervals_leave_the_schedule_alone(store: Store, clock: FakeClock) -> None:
    polled(store, clock, 4000, interval=4000.0)
    resubscribe(store, 3600, 6 * 3600)
    resubscribe(store, 7200, 12 * 3600)
    assert waits(store, clock) == 4000


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://news.example/feed", "news.example"),
        ("https://news.example", "news.example"),
        ("http://news.example:8080?a=b:9", "news.example:8080"),
        ("https://News.Example/feed", "news.example"),
        ("HTTPS://news.example/feed", "news.example"),
        ("https://user:word@news.example/feed", "news.example"),
        ("https://news.example:0080/feed", "news.example:80"),
        ("https://news.example:0/feed", "news.example"),
        ("https://news.example:99999/feed", ""),
        ("https://[2001:db8::1]:81/feed", "2001:db8::1:81"),
        ("https://новости.example/feed", "новости.example"),
        ("https://", ""),
        ("/srv/feed.xml", ""),
    ],
)
def test_the_host_of_a_feed_is_its_servers_name_with_a_port_that_is_written(
    url: str, host: str
) -> None:
    assert Feed(url=url, name="").host == host


@given(st.from_regex(r"https?://[a-zA-Z0-9.:@/?#\[\]\t -]{0,20}", fullmatch=True))
def test_the_host_of_a_usual_address_is_what_the_library_says(url: str) -> None:
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
        expected = f"{parts.hostname}{port}" if parts.hostname else ""
    except ValueError:
        expected = ""
    assert Feed(url=url, name="").host == expected
