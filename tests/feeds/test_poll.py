from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from monitor.feeds.fetch import Fetched
from monitor.feeds.options import PollOptions, Subscription
from monitor.feeds.poll import Polling, PollReport, poll
from monitor.model import Article, Feed
from monitor.store import Store, articles, feeds, tables
from monitor.text.languages import LanguageTeller
from tests.conftest import FakeClock
from tests.fakes import FakeWeb, refused, rss

WORLD = "https://example.org/world.rss"
OTHER = "https://example.net/other.rss"


class Desk:
    """Feeds, a web that answers for them, and a store."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self.web = FakeWeb()
        self.options = PollOptions(backlog=None)

    def subscribe(self, *urls: str) -> None:
        self.feeds = {
            url: Subscription(Feed(url=url, name=url.split("/")[-1], tags=("t",)), self.options)
            for url in urls
        }
        with self.store.write() as tx:
            feeds.subscribe(tx, [each.feed for each in self.feeds.values()])

    async def poll(self, *, everything: bool = True) -> PollReport:
        tools = Polling(self.web, self.feeds, LanguageTeller(("en", "it")))  # type: ignore[arg-type]
        # A pass that polls everything asks feeds that were not asked since it began.
        self.clock.pass_time(seconds=1)
        return await poll(
            self.store, tools, self.clock, stopping=asyncio.Event(), everything=everything
        )

    def stored(self) -> list[Article]:
        with self.store.read() as connection:
            ids = list(connection.execute(sa.select(tables.articles.c.id)).scalars())
            return sorted(articles.get(connection, ids).values(), key=lambda a: a.id)

    def pending(self) -> list[str]:
        with self.store.read() as connection:
            return [article.title for article in articles.pending(connection, 100)]

    def judge_all(self) -> None:
        with self.store.write() as tx:
            articles.judged(tx, articles.pending(tx, 100))


@pytest.fixture
def desk(store: Store, clock: FakeClock) -> Desk:
    return Desk(store, clock)


async def test_new_entries_become_articles_once(desk: Desk) -> None:
    desk.subscribe(WORLD)
    desk.web.answers[WORLD] = rss(("a", "Troops leave Niger"), ("b", "Rain in Rome"))
    assert (await desk.poll()).new_articles == 2
    desk.web.answers[WORLD] = rss(("c", "A third"), ("a", "Troops leave Niger"))
    assert (await desk.poll()).new_articles == 1
    assert [a.title for a in desk.stored()] == ["Troops leave Niger", "Rain in Rome", "A third"]


async def test_an_article_under_a_new_guid_is_the_same(desk: Desk) -> None:
    desk.subscribe(WORLD)
    desk.web.answers[WORLD] = rss(("a", "Troops leave Niger"))
    await desk.poll()
    moved = rss(("a", "Troops leave Niger")).replace(b">a</guid>", b">tag:new:1</guid>")
    desk.web.answers[WORLD] = moved
    assert (await desk.poll()).new_articles == 0


async def test_an_article_in_two_feeds_is_one_and_knows_both(desk: Desk) -> None:
    desk.subscribe(WORLD, OTHER)
    desk.web.answers[WORLD] = rss(("a", "Troops leave Niger"))
    desk.web.answers[OTHER] = refused()
    await desk.poll()
    desk.judge_all()
    desk.web.answers[OTHER] = rss(("a", "Troops leave Niger"))
    await desk.poll()
    (article,) = desk.stored()
    assert article.feeds == ("world.rss", "other.rss")
    assert desk.pending() == ["Troops leave Niger"]  # judged again, for rules that name feeds


async def test_an_article_that_another_feed_shows_while_it_is_judged_is_judged_again(
    desk: Desk,
) -> None:
    desk.subscribe(WORLD, OTHER)
    desk.web.answers[WORLD] = rss(("a", "Troops leave Niger"))
    desk.web.answers[OTHER] = refused()
    await desk.poll()
    with desk.store.read() as connection:
        under_judgement = articles.pending(connection, 10)
    desk.web.answers[OTHER] = rss(("a", "Troops leave Niger"))
    await desk.poll()
    with desk.store.write() as tx:
        articles.judged(tx, under_judgement)
    assert desk.pending() == ["Troops leave Niger"]
    desk.judge_all()
    assert desk.pending() == []


async def test_a_changed_article_is_judged_again(desk: Desk) -> None:
    desk.subscribe(WORLD)
    desk.web.answers[WORLD] = rss(("a", "Something happened"))
    await desk.poll()
    desk.judge_all()
    desk.web.answers[WORLD] = rss(("a", "Troops leave Niger"))
    await desk.poll()
    assert desk.pending() == ["Troops leave Niger"]
    assert desk.stored()[0].revision == 2


async def test_two_feeds_that_word_an_article_differently_do_not_fight(desk: Desk) -> None:
    desk.subscribe(WORLD, OTHER)
    desk.web.answers[WORLD] = rss(("a", "Troops leave Niger"))
    desk.web.answers[OTHER] = refused()
    await desk.poll()
    desk.web.answers[OTHER] = rss(("a", "Soldiers go home"))
    await desk.poll()
    assert [a.title for a in desk.stored()] == ["Troops leave Niger"]
    assert desk.stored()[0].revision == 1


async def test_a_failed_poll_changes_nothing_but_is_told(desk: Desk) -> None:
    desk.subscribe(WORLD)
    desk.web.answers[WORLD] = rss(("a", "Troops leave Niger"))
    await desk.poll()
    desk.web.answers[WORLD] = refused("answered 503 Service Unavailable")
    report = await desk.poll()
    assert report.failed == {"world.rss": "answered 503 Service Unavailable"}
    with desk.store.read() as connection:
        (state,) = feeds.states(connection)
    assert (state.failures, state.etag) == (1, '"1"')
    desk.web.answers[WORLD] = rss(("a", "Troops leave Niger"))
    assert (await desk.poll()).new_articles == 0
    with desk.store.read() as connection:
        assert feeds.states(connection)[0].failures == 0


async def test_a_web_page_is_a_failure_and_no_empty_feed(desk: Desk) -> None:
    desk.subscribe(WORLD)
    desk.web.answers[WORLD] = b"<html><title>Please log in</title><body>hello</body></html>"
    report = await desk.poll()
    assert "Please log in" in report.failed["world.rss"]


async def test_one_bad_feed_never_stops_the_rest(desk: Desk) -> None:
    desk.subscribe(WORLD, OTHER)
    desk.web.answers[WORLD] = ZeroDivisionError("boo, and the password is hush")
    desk.web.answers[OTHER] = rss(("a", "Troops leave Niger"))
    report = await desk.poll()
    assert report.new_articles == 1
    assert "an error in Wirewatch itself" in report.failed["world.rss"]
    assert "hush" not in report.failed["world.rss"]  # readers are told, and it is for the log


async def test_validators_are_sent_and_a_304_keeps_them(desk: Desk) -> None:
    desk.subscribe(WORLD)
    desk.web.answers[WORLD] = rss(("a", "Troops leave Niger"))
    await desk.poll()
    desk.web.answers[WORLD] = Fetched(unchanged=True, body=b"", url=WORLD)
    await desk.poll()
    await desk.poll()
    assert [etag for _, etag, _ in desk.web.asked] == [None, '"1"', '"1"']


async def test_a_feed_that_brings_nothing_is_asked_less_often_and_one_that_does_more(
    desk: Desk,
) -> None:
    async def intervals(answers: list[object]) -> list[float]:
        found = []
        for answer in answers:
            desk.web.answers[WORLD] = answer
            await desk.poll()
            with desk.store.read() as connection:
                found.append(feeds.states(connection)[0].interval or 0.0)
        return found

    desk.subscribe(WORLD)
    unchanged = Fetched(unchanged=True, body=b"", url=WORLD)
    first, *quiet = await intervals([rss(("a", "Troops leave Niger")), *[unchanged] * 30])
    assert first == desk.options.every
    assert first < quiet[0] < quiet[1] < quiet[2]
    assert quiet[-1] == pytest.approx(desk.options.max_every, rel=0.01)
    busy = await intervals([rss((str(number), f"News of day {number}")) for number in range(3)])
    assert quiet[-1] > busy[0] > busy[1] > busy[2]


async def test_a_first_poll_alerts_only_on_what_is_recent(desk: Desk) -> None:
    desk.options = PollOptions(backlog=2 * 86400)
    desk.subscribe(WORLD)
    old, new, undated = (
        f"<item><guid>{day}</guid><title>Of day {day}</title>{date}</item>"
        for day, date in (
            (10, "<pubDate>Fri, 10 May 2024 08:00:00 GMT</pubDate>"),
            (19, "<pubDate>Sun, 19 May 2024 08:00:00 GMT</pubDate>"),
            (0, ""),
        )
    )
    desk.web.answers[WORLD] = (
        f"<rss version='2.0'><channel><title>x</title>{old}{new}{undated}</channel></rss>"
    ).encode()
    assert (await desk.poll()).new_articles == 3
    assert sorted(desk.pending()) == ["Of day 0", "Of day 19"]


@pytest.mark.parametrize(("backlog", "pending"), [(2 * 86400, 0), (0, 1), (None, 1)])
async def test_a_feed_that_is_empty_at_first_does_not_flood_when_it_is_filled(
    desk: Desk, backlog: float | None, pending: int
) -> None:
    desk.options = PollOptions(backlog=backlog)
    desk.subscribe(WORLD)
    desk.web.answers[WORLD] = rss()
    await desk.poll()
    old = b"<item><guid>z</guid><title>Old</title><pubDate>1 Jan 2001 00:00 GMT</pubDate></item>"
    desk.web.answers[WORLD] = rss().replace(b"</channel>", old + b"</channel>")
    await desk.poll()
    assert len(desk.pending()) == pending


async def test_after_the_first_poll_dates_decide_nothing(desk: Desk) -> None:
    desk.options = PollOptions(backlog=2 * 86400)
    desk.subscribe(WORLD)
    desk.web.answers[WORLD] = rss(("a", "Troops leave Niger"))
    await desk.poll()
    desk.judge_all()
    late = b"<item><guid>z</guid><title>Late</title><pubDate>1 Jan 2001 00:00 GMT</pubDate></item>"
    desk.web.answers[WORLD] = rss(("a", "Troops leave Niger")).replace(
        b"</channel>", late + b"</channel>"
    )
    await desk.poll()
    assert desk.pending() == ["Late"]


async def test_a_feed_is_not_asked_before_it_is_due(desk: Desk) -> None:
    desk.subscribe(WORLD)
    desk.web.answers[WORLD] = rss(("a", "Troops leave Niger"))
    assert (await desk.poll(everything=False)).polled == 1
    assert (await desk.poll(everything=False)).polled == 0
    desk.clock.pass_time(hours=7)
    assert (await desk.poll(everything=False)).polled == 1


async def test_a_feed_that_the_config_names_no_more_is_not_asked(desk: Desk) -> None:
    desk.subscribe(WORLD, OTHER)
    desk.subscribe(OTHER)
    desk.web.answers[OTHER] = rss(("a", "Troops leave Niger"))
    assert (await desk.poll()).polled == 1


async def test_a_feed_that_only_another_process_knows_is_let_go_and_not_leased_for_ever(
    desk: Desk,
) -> None:
    desk.subscribe(WORLD, OTHER)
    del desk.feeds[WORLD]
    desk.web.answers[OTHER] = rss(("a", "Troops leave Niger"))
    async with asyncio.timeout(60):
        assert (await desk.poll()).polled == 1
    with desk.store.read() as connection:
        assert [state.lease_token for state in feeds.states(connection)] == [None, None]


async def test_a_hanging_feed_delays_no_other_and_is_let_go_at_the_end(desk: Desk) -> None:
    desk.subscribe(WORLD, OTHER)
    desk.web.answers[WORLD] = "hang"
    desk.web.answers[OTHER] = rss(("a", "Troops leave Niger"))
    passing = asyncio.create_task(desk.poll())
    while not desk.stored():
        await asyncio.sleep(0.02)
    passing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await passing
    desk.web.answers[WORLD] = rss(("b", "Something else"))
    assert (await desk.poll(everything=False)).polled == 1  # its lease was given back


async def test_a_feed_under_way_is_not_leased_twice_by_one_pass_even_when_its_lease_lapsed(
    desk: Desk,
) -> None:
    desk.subscribe(WORLD, OTHER)

    class Slow(FakeWeb):
        async def fetch(self, subscription: Subscription, **named: object) -> Fetched:
            if subscription.feed.url == WORLD:
                with desk.store.write() as tx:
                    tx.execute(sa.update(tables.feeds).values(lease_until=1))
                while len(self.asked) < 2:  # until the pass has looked for more to lease
                    await asyncio.sleep(0.02)
            return await super().fetch(subscription, **named)  # type: ignore[arg-type]

    desk.web = Slow({WORLD: rss(("a", "Troops leave Niger")), OTHER: rss(("b", "Rain"))})
    desk.web.asked.append(("", None, None))
    await desk.poll()
    assert [url for url, *_ in desk.web.asked].count(WORLD) == 1


async def test_a_feed_that_another_process_took_over_is_not_recorded(desk: Desk) -> None:
    desk.subscribe(WORLD)

    class Slow(FakeWeb):
        async def fetch(self, *args: object, **named: object) -> Fetched:
            with desk.store.write() as tx:
                tx.execute(sa.update(tables.feeds).values(lease_token="somebody else"))
            return await super().fetch(*args, **named)  # type: ignore[arg-type]

    desk.web = Slow({WORLD: rss(("a", "Troops leave Niger"))})
    report = await desk.poll()
    assert report.polled == 0
    assert desk.stored() == []  # the articles went with the transaction


async def test_an_article_forgotten_is_not_new_when_shown_again(desk: Desk) -> None:
    desk.subscribe(WORLD)
    desk.web.answers[WORLD] = rss(("a", "Troops leave Niger"))
    await desk.poll()
    desk.judge_all()
    desk.clock.pass_time(days=91)
    with desk.store.write() as tx:
        assert articles.forget(tx, desk.clock(), desk.clock()) == 1
    desk.web.answers[WORLD] = rss(("a", "Troops leave Niger"), ("b", "Rain in Rome"))
    assert (await desk.poll()).new_articles == 1
    assert [a.title for a in desk.stored()] == ["Rain in Rome"]


async def test_an_article_of_a_feed_that_only_dates_changes_has_that_date(desk: Desk) -> None:
    desk.subscribe(WORLD)
    desk.web.answers[WORLD] = (
        b"<feed xmlns='http://www.w3.org/2005/Atom'><title>World desk</title><entry><id>a</id>"
        b"<title>Troops leave Niger</title><updated>2024-03-01T10:00:00Z</updated></entry></feed>"
    )
    await desk.poll()
    (article,) = desk.stored()
    assert article.published_at == datetime(2024, 3, 1, 10, tzinfo=UTC)


# --- what puts off a poll -------------------------------------------------------------------------


def said(words: str) -> bytes:
    """A feed that says this of itself."""
    return rss(("a", "Troops leave Niger")).replace(b"<channel>", b"<channel>" + words.encode())


def all_day(kind: str, inner: str, values: list[object]) -> bytes:
    return said(f"<{kind}>{''.join(f'<{inner}>{each}</{inner}>' for each in values)}</{kind}>")


@pytest.mark.parametrize(
    ("answer", "held_by", "later"),
    [
        (refused("answered 429", status=429, retry_after=7200.0), "Retry-After", refused()),
        (Fetched(False, said(""), WORLD, max_age=7200.0), "Cache-Control", said("")),
        (said("<ttl>180</ttl>"), "ttl", said("")),
        (all_day("skipHours", "hour", [*range(23)]), "skipHours", said("")),
        (all_day("skipDays", "day", ["Monday", "Tuesday"]), "skipDays", said("")),
        (said("<ttl>1</ttl>"), None, said("")),
        (refused("answered 503", status=503, retry_after=1.0), None, said("")),
    ],
)
async def test_what_puts_off_a_poll_is_known_until_it_does_no_more(
    desk: Desk, answer: object, held_by: str | None, later: object
) -> None:
    desk.subscribe(WORLD)
    for now_answered, by in ((answer, held_by), (answer, held_by), (later, None)):
        desk.web.answers[WORLD] = now_answered
        await desk.poll()
        with desk.store.read() as connection:
            (state,) = feeds.states(connection)
        assert state.held_by == by


async def test_a_feed_that_is_unchanged_still_asks_for_its_ttl(desk: Desk) -> None:
    desk.subscribe(WORLD)
    for answer in (said("<ttl>180</ttl>"), Fetched(True, b"", WORLD)):
        desk.web.answers[WORLD] = answer
        await desk.poll()
        with desk.store.read() as connection:
            assert feeds.states(connection)[0].held_by == "ttl"


async def test_a_feed_that_is_revived_is_put_off_no_more(desk: Desk) -> None:
    desk.subscribe(WORLD)
    desk.web.answers[WORLD] = refused("answered 429", status=429, retry_after=7200.0)
    await desk.poll()
    with desk.store.write() as tx:
        feeds.revive(tx, [state.id for state in feeds.states(tx)])
        assert feeds.states(tx)[0].held_by is None
