"""Two processes on one PostgreSQL database, met at their worst moments.

SQLite lets one transaction write at a time; PostgreSQL lets two see the same emptiness and both
fill it. Each test brings the second process to the point where it waits for the first, or passes
it by; no test depends on luck or speed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from monitor.delivery.deliver import deliver
from monitor.digests.compose import ComposeReport, Composing, compose
from monitor.digests.options import DigestOptions
from monitor.digests.periods import parse_schedule
from monitor.digests.render import Renderer
from monitor.feeds.intake import Reading
from monitor.feeds.options import PollOptions, Subscription
from monitor.feeds.parse import parse
from monitor.feeds.poll import Polling, PollReport, poll
from monitor.leasing import LEASE_SECONDS
from monitor.matching.match import match
from monitor.model import Article, Delivery, Feed, FeedState, Message
from monitor.store import (
    Store,
    articles,
    digests,
    due_feeds,
    feeds,
    judging,
    matches,
    open_store,
    outbox,
    stories,
    tables,
)
from monitor.stories.group import group
from monitor.text.languages import LanguageTeller
from tests import make
from tests.conftest import FakeClock, empty_postgres
from tests.fakes import FakeChannel, FakeWeb, rss

WORLD, OTHER = "https://example.org/world.rss", "https://example.net/other.rss"
SUBSCRIPTIONS = {
    url: Subscription(Feed(url=url, name=url.split("/")[-1]), PollOptions(backlog=None))
    for url in (WORLD, OTHER)
}
TELLER = LanguageTeller(("en",))
STORY = rss(("a", "Troops leave Niger"))


@dataclass
class Pair:
    """Two processes' stores, and a thread in which the second one works."""

    one: Store
    two: Store
    clock: FakeClock
    threads: ThreadPoolExecutor

    def meanwhile(self, work: Callable[[], Any]) -> Future[Any]:
        """Let the second process work until it is done or waits for the first."""
        future = self.threads.submit(work)
        until = time.monotonic() + 30
        waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        with self.one.read() as connection:
            while not future.done() and not connection.exec_driver_sql(waits).scalar_one():
                assert time.monotonic() < until, "it neither waits nor ends"
                time.sleep(0.01)
        return future

    def subscribe(self) -> dict[str, FeedState]:
        with self.one.write() as tx:
            feeds.subscribe(tx, [each.feed for each in SUBSCRIPTIONS.values()])
            return {state.url: state for state in feeds.states(tx)}

    def count(self, table: sa.Table) -> int:
        with self.one.read() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


@pytest.fixture
def pair(postgres_address: str, clock: FakeClock) -> Iterator[Pair]:
    address = empty_postgres(postgres_address)
    one, two = open_store(address), open_store(address)
    with ThreadPoolExecutor(1) as threads:
        yield Pair(one, two, clock, threads)
    one.close()
    two.close()


def reading(pair: Pair, state: FeedState, body: bytes = STORY) -> Reading:
    parsed = parse(body, url=state.url, charset=None, content_type=None, encoding=None)
    return Reading(SUBSCRIPTIONS[state.url], state, parsed, TELLER, pair.clock())


def poll_one(pair: Pair, url: str, body: bytes = STORY) -> PollReport:
    tools = Polling(FakeWeb({url: body}), {url: SUBSCRIPTIONS[url]}, TELLER)  # type: ignore[arg-type]
    return asyncio.run(poll(pair.two, tools, pair.clock, stopping=asyncio.Event()))


def test_an_article_read_from_two_feeds_at_once_is_one(pair: Pair) -> None:
    states = pair.subscribe()
    with pair.one.write() as tx:
        (mine,) = due_feeds.lease(tx, pair.clock(), 1, 25)
    assert mine.url == WORLD
    with pair.one.write() as tx:
        articles.hold(tx)
        reading(pair, states[WORLD]).keep(tx)
        second = pair.meanwhile(lambda: poll_one(pair, OTHER))
        assert not second.done()
    report = second.result()
    assert (report.polled, report.failed) == (1, {})
    with pair.one.read() as connection:
        (article,) = articles.pending(connection, 10)
    assert article.feeds == ("world.rss", "other.rss")


class NoRules:
    """Rules that match nothing."""

    since: datetime | None = None

    def __init__(self) -> None:
        self.judged: list[list[str]] = []
        self.during: Callable[[], None] = lambda: None

    def judge(self, articles: Sequence[Article], now: datetime) -> list[Any]:
        self.judged.append([article.title for article in articles])
        self.during()
        return [[] for _ in articles]

    def to_be_heard(self, now: datetime) -> None:
        """None of them is expected to be heard of."""


def test_polling_and_judging_never_wait_for_each_other_in_a_ring(pair: Pair) -> None:
    states = pair.subscribe()
    both = rss(("a", "Troops leave Niger"), ("b", "Rain in Rome"))
    with pair.one.write() as tx:
        reading(pair, states[WORLD], both).keep(tx)
        first, last = articles.pending(tx, 10)
    with pair.one.write() as tx:  # as polling does: hold the shelf, then write what was changed
        articles.hold(tx)
        articles.revise(tx, last, b"changed")
        second = pair.meanwhile(lambda: match(pair.two, NoRules(), pair.clock))  # type: ignore[arg-type]
        assert not second.done()
        articles.revise(tx, first, b"changed")
    second.result()
    with pair.one.read() as connection:
        assert articles.pending(connection, 10) == ()  # judged again, as they are now


def test_what_one_process_judges_another_passes_by(pair: Pair) -> None:
    states = pair.subscribe()
    both = rss(("a", "Troops leave Niger"), ("b", "Rain in Rome"))
    with pair.one.write() as tx:
        reading(pair, states[WORLD], both).keep(tx)
    mine, others = NoRules(), NoRules()

    def meet() -> None:
        with pair.one.write() as tx:  # news that came while we judge is the other's
            reading(pair, states[OTHER], rss(("c", "Snow in Oslo"))).keep(tx)
        match(pair.two, others, pair.clock)  # type: ignore[arg-type]

    mine.during = meet
    report = match(pair.one, mine, pair.clock)  # type: ignore[arg-type]
    assert sorted(mine.judged[0]) == ["Rain in Rome", "Troops leave Niger"]
    assert others.judged == [["Snow in Oslo"]]
    assert (report.judged, pair.count(tables.judging)) == (2, 0)
    with pair.one.read() as connection:
        assert articles.pending(connection, 10) == ()


def test_what_a_process_that_died_was_judging_is_judged_by_another(pair: Pair) -> None:
    states = pair.subscribe()
    with pair.one.write() as tx:
        reading(pair, states[WORLD]).keep(tx)
        judging.take(tx, 200, LEASE_SECONDS)
    others = NoRules()
    match(pair.two, others, pair.clock)  # type: ignore[arg-type]
    assert others.judged == []
    with pair.one.write() as tx:  # 25 seconds later
        earlier = tables.judging.c.lease_until - int(LEASE_SECONDS * 1000) - 1
        tx.execute(sa.update(tables.judging).values(lease_until=earlier))
    match(pair.two, others, pair.clock)  # type: ignore[arg-type]
    assert others.judged == [["Troops leave Niger"]]
    assert pair.count(tables.judging) == 0


def test_a_batch_that_could_not_be_judged_is_free_at_once(pair: Pair) -> None:
    states = pair.subscribe()
    with pair.one.write() as tx:
        reading(pair, states[WORLD]).keep(tx)
    broken, others = NoRules(), NoRules()
    broken.since = "no moment"  # type: ignore[assignment]
    with pytest.raises(TypeError):
        match(pair.one, broken, pair.clock)  # type: ignore[arg-type]
    match(pair.two, others, pair.clock)  # type: ignore[arg-type]
    assert others.judged == [["Troops leave Niger"]]


def test_a_single_pass_does_not_wait_for_a_process_that_died_judging(pair: Pair) -> None:
    states = pair.subscribe()
    with pair.one.write() as tx:
        reading(pair, states[WORLD]).keep(tx)
        judging.take(tx, 200, LEASE_SECONDS)
    others = NoRules()
    match(pair.two, others, pair.clock, everything=True)  # type: ignore[arg-type]
    assert others.judged == [["Troops leave Niger"]]


def test_two_daemons_that_start_at_once_subscribe_each_feed_once(pair: Pair) -> None:
    with pair.one.write() as tx:
        wanted = [each.feed for each in SUBSCRIPTIONS.values()]
        feeds.subscribe(tx, wanted)

        def subscribe() -> None:
            with pair.two.write() as other:
                feeds.subscribe(other, wanted)

        second = pair.meanwhile(subscribe)
    second.result()
    assert pair.count(tables.feeds) == 2


def test_what_one_process_is_leasing_another_passes_by(pair: Pair) -> None:
    pair.subscribe()
    with pair.one.write() as tx:
        mine = due_feeds.lease(tx, pair.clock(), 1, 25)

        def lease() -> tuple[FeedState, ...]:
            with pair.two.write() as other:
                return due_feeds.lease(other, pair.clock(), 5, 25)

        second = pair.meanwhile(lease)
        assert second.done()
    assert len(mine) == 1
    assert {state.url for state in (*mine, *second.result())} == {WORLD, OTHER}
    assert len(second.result()) == 1


# --- composing ------------------------------------------------------------------------------------


class Composer:
    """A process that composes the digest "morning"; ``during`` runs inside its transaction."""

    def __init__(self, pair: Pair, store: Store) -> None:
        self._clock = pair.clock
        self._store = store
        self._channel = FakeChannel()
        self.during: Callable[[], None] = lambda: None

    def compose(self) -> ComposeReport:
        options = DigestOptions(
            name="morning",
            schedule=parse_schedule("every 1h"),
            channels=("desk",),
            timezone=ZoneInfo("Europe/Rome"),
        )
        tools = Composing([options], Renderer(), {"desk": self._pack})
        return compose(self._store, tools, self._clock)

    def _pack(self, message: Message, now: datetime) -> tuple[Delivery, ...]:
        self.during()
        return self._channel.pack(message, now)


def matched(pair: Pair) -> None:
    states = pair.subscribe()
    article = make.article(first_seen_at=pair.clock())
    with pair.one.write() as tx:
        articles.add(tx, [articles.NewArticle(article, b"hash", alert=True)], states[WORLD].id)
        matches.add(tx, [(make.match(article, found_at=pair.clock()), "fingerprint")])
    group(pair.one, pair.clock)


def test_a_digest_that_another_process_composes_is_passed_by(pair: Pair) -> None:
    matched(pair)
    one, two = Composer(pair, pair.one), Composer(pair, pair.two)
    assert one.compose().messages == []  # entered, and due in an hour
    pair.clock.pass_time(hours=1)
    others: list[ComposeReport] = []
    one.during = lambda: others.append(pair.meanwhile(two.compose).result())
    assert len(one.compose().messages) == 1
    assert [report.messages for report in others] == [[]]
    assert two.compose().messages == []
    assert (pair.count(tables.messages), pair.count(tables.deliveries)) == (1, 1)


def test_an_article_grouped_by_two_processes_is_in_one_story(pair: Pair) -> None:
    matched(pair)
    with pair.one.write() as tx:
        tx.execute(sa.update(tables.matches).values(story_id=None))
        tx.execute(sa.delete(tables.story_articles))
        tx.execute(sa.delete(tables.stories))
    with pair.one.write() as tx:
        (article_id,) = matches.ungrouped(tx, 10)
        turn = stories.take(tx, 25)
        assert turn is not None
    assert group(pair.two, pair.clock).grouped == 0
    with pair.one.write() as tx:
        assert stories.renew(tx, turn, 25) is not None
        stories.add(tx, [stories.Member(article_id, "first", pair.clock())])
        matches.put_in_story(tx, {article_id: "first"})
        stories.give_back(tx, turn)
    assert group(pair.two, pair.clock).grouped == 0
    with pair.one.read() as connection:
        assert stories.of_articles(connection, [article_id]) == {article_id: "first"}
        assert [match.story_id for match in matches.waiting(connection, "morning")] == ["first"]
    assert pair.count(tables.stories) == 1


def test_a_digest_that_two_processes_enter_keeps_the_first_due_time(pair: Pair) -> None:
    first, later = pair.clock(), pair.clock() + timedelta(hours=1)
    with pair.one.write() as tx:
        digests.enter(tx, "morning", "every 1h", first)

        def enter() -> None:
            with pair.two.write() as other:
                digests.enter(other, "morning", "every 1h", later)

        second = pair.meanwhile(enter)
        assert not second.done()
    second.result()
    with pair.one.read() as connection:
        assert digests.due(connection)["morning"].next_at == first


# --- delivering -----------------------------------------------------------------------------------


@dataclass
class MeetingChannel(FakeChannel):
    """While it sends, the other process makes a whole pass."""

    meet: Callable[[], Any] | None = None

    async def send(self, delivery: Delivery, message: Message) -> str:
        meet, self.meet = self.meet, None
        if meet:
            await meet()
        return await super().send(delivery, message)


async def test_two_deliverers_send_each_delivery_once(pair: Pair) -> None:
    channel = MeetingChannel(recipients=("a@example.org", "b@example.org", "c@example.org"))
    message = make.message(composed_at=pair.clock())
    with pair.one.write() as tx:
        digests.add_message(tx, message, message.id, 1)
        outbox.put(tx, channel.pack(message, pair.clock()))
    channels = {"desk": channel}
    channel.meet = lambda: deliver(pair.two, channels, pair.clock, stopping=asyncio.Event())
    report = await deliver(pair.one, channels, pair.clock, stopping=asyncio.Event())
    assert len(channel.got) == 3
    assert len({delivery_id for delivery_id, _ in channel.got}) == 3
    assert report.sent == 1
    with pair.one.read() as connection:
        assert {str(state) for state in outbox.counts(connection)} == {"sent"}


async def test_feeds_and_deliveries_of_a_process_that_died_are_taken_over(pair: Pair) -> None:
    """A process that was killed leaves just this behind: leases that nobody renews."""
    pair.subscribe()
    channel = FakeChannel(recipients=("a@example.org",))
    message = make.message(composed_at=pair.clock())
    with pair.one.write() as tx:
        digests.add_message(tx, message, message.id, 1)
        outbox.put(tx, channel.pack(message, pair.clock()))
    with pair.one.write() as tx:
        assert len(due_feeds.lease(tx, pair.clock(), 2, LEASE_SECONDS)) == 2
        assert len(outbox.lease_due(tx, pair.clock(), ["desk"], 2, LEASE_SECONDS)) == 1

    async def others() -> tuple[int, int]:
        stopping, channels = asyncio.Event(), {"desk": channel}
        polled = await asyncio.to_thread(poll_one, pair, WORLD)
        sent = await deliver(pair.two, channels, pair.clock, stopping=stopping)
        return polled.polled, sent.sent

    assert await others() == (0, 0)
    with pair.one.write() as tx:  # 25 seconds later
        for table in (tables.feeds, tables.deliveries):
            earlier = table.c.lease_until - int(LEASE_SECONDS * 1000) - 1
            tx.execute(sa.update(table).values(lease_until=earlier))
    assert await others() == (1, 1)
    assert len(channel.got) == 1
