"""Large documents hold no more than so much together; none waits for ever, and none behind them."""

from __future__ import annotations

import asyncio
import gzip
import threading
import tracemalloc
from contextlib import AsyncExitStack

import pytest

from monitor.errors import FetchError
from monitor.feeds.fetch import Fetched, Fetcher
from monitor.feeds.full_text import PageReader
from monitor.feeds.holding import LARGE, MOST, Holding, Share
from monitor.feeds.inflate import Body
from monitor.feeds.options import PollOptions, Subscription
from monitor.feeds.poll import HEAVY, Polling, poll
from monitor.model import Feed
from monitor.store import Store, feeds
from monitor.text.languages import LanguageTeller
from tests.conftest import FakeClock
from tests.fakes import FakeWeb, refused, rss
from tests.feeds.server import Answer, Site, ok, running
from tests.journey.world import until

BODY = 2 * LARGE
STEP = LARGE  # bytes by which a body grows at most before it is counted


def subscribed(url: str, **options: object) -> Subscription:
    return Subscription(Feed(url=url, name=url), PollOptions(**options))  # type: ignore[arg-type]


async def fetch(fetcher: Fetcher, url: str, share: Share | None, **options: object) -> Fetched:
    wanted = subscribed(url, **options)
    return await fetcher.fetch(wanted, etag=None, last_modified=None, share=share)


class Noting(Holding):
    """Knows the most that was ever held."""

    peak = 0

    def grown(self, share: Share, size: int) -> bool:
        may = super().grown(share, size)
        self.peak = max(self.peak, self.held)
        return may


def test_small_documents_neither_count_nor_wait() -> None:
    holding = Holding(most=0)
    assert holding.share().grown(LARGE - 1)
    assert holding.held == 0


async def test_the_one_that_is_large_for_longest_goes_on_and_the_others_wait_for_its_end() -> None:
    holding = Holding(most=2 * LARGE)
    first, second, third = (holding.share() for _ in range(3))
    assert first.grown(LARGE)
    assert not second.grown(LARGE)
    assert first.grown(9 * LARGE)
    assert not third.grown(2 * LARGE)
    waiting = [asyncio.create_task(each.turn()) for each in (second, third)]
    await asyncio.sleep(0)
    first.end()
    await asyncio.wait_for(waiting[0], 60)
    assert not waiting[1].done()
    second.end()
    await asyncio.wait_for(waiting[1], 60)
    third.end()
    assert holding.held == 0


@pytest.mark.parametrize("answer", [ok(b" " * BODY), ok(gzip.compress(b" " * BODY))])
async def test_large_bodies_that_come_at_once_hold_no_more_than_so_much(answer: Answer) -> None:
    holding = Noting(most=2 * BODY)
    async with AsyncExitStack() as stack:
        fetcher = await stack.enter_async_context(Fetcher())
        sites = [await stack.enter_async_context(running()) for _ in range(12)]

        async def one(site: Site) -> None:
            site.answers["/feed"] = answer
            share = holding.share()
            body = (await fetch(fetcher, site.url("/feed"), share)).body
            assert len(body) == BODY
            await asyncio.sleep(0.01)  # as long as reading it takes
            share.end()

        async with asyncio.timeout(60):
            await asyncio.gather(*map(one, sites))
        # Beyond it are the body that always goes on, and a step of each that waits now.
        assert 2 * BODY <= holding.peak <= 3 * BODY + STEP * (len(sites) - 1)
        assert holding.held == 0


async def test_waiting_takes_neither_time_nor_a_slot_and_small_feeds_go_past() -> None:
    holding = Holding(most=1)
    other = holding.share()
    other.grown(LARGE)
    async with running() as site, running() as quick, Fetcher(concurrency=1) as fetcher:
        site.answers["/feed"] = ok(b" " * BODY)
        quick.answers["/feed"] = ok(b"<rss/>")
        share = holding.share()
        large = asyncio.create_task(fetch(fetcher, site.url("/feed"), share, timeout=1.0))
        await until(lambda: holding.held > LARGE)
        small = await fetch(fetcher, quick.url("/feed"), holding.share(), timeout=30.0)
        assert small.body == b"<rss/>"
        await asyncio.sleep(1.2)  # longer than its timeout
        assert not large.done()
        other.end()
        assert len((await large).body) == BODY


async def test_a_large_body_that_stops_coming_still_ends_at_its_deadline() -> None:
    async def stops(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n" + b" " * BODY)
        await asyncio.Event().wait()

    holding = Holding(most=1)
    other = holding.share()
    other.grown(LARGE)
    async with running() as site, Fetcher() as fetcher:
        site.answers["/feed"] = stops
        dripping = asyncio.create_task(
            fetch(fetcher, site.url("/feed"), holding.share(), timeout=0.5)
        )
        await until(lambda: holding.held > LARGE)
        other.end()
        with pytest.raises(FetchError, match=r"not complete within 0\.5 s"):
            await dripping


class Crowd(FakeWeb):
    """Every document is as large as all may be together."""

    async def fetch(  # type: ignore[override]
        self, subscription: Subscription, *, share: Share, **named: object
    ) -> Fetched:
        if not share.grown(MOST):
            await share.turn()
        return await super().fetch(subscription, **named)  # type: ignore[arg-type]


async def passed(store: Store, clock: FakeClock, web: FakeWeb, teller: LanguageTeller) -> int:
    """Poll every feed that the web has an answer for; gives how many articles are new."""
    known = {url: subscribed(url, backlog=None) for url in web.answers}
    with store.write() as tx:
        feeds.subscribe(tx, [each.feed for each in known.values()])
    tools = Polling(web, known, teller)  # type: ignore[arg-type]
    report = await poll(store, tools, clock, stopping=asyncio.Event(), everything=True)
    return report.new_articles


async def test_feeds_that_fail_or_are_read_give_back_what_they_held(
    store: Store, clock: FakeClock
) -> None:
    answers: dict[str, object] = {
        f"https://{number}.example/": rss((str(number), f"Headline {number}"))
        for number in range(4)
    }
    answers |= {f"https://bad-{number}.example/": refused() for number in range(4)}
    answers |= {f"https://page-{number}.example/": b"<html>" for number in range(4)}
    async with asyncio.timeout(60):
        assert await passed(store, clock, Crowd(answers), LanguageTeller(("en",))) == 4


class Slow(LanguageTeller):
    """Takes as long for large documents as a test says; ``begun`` are those it has before it."""

    def __init__(self) -> None:
        super().__init__(("en",))
        self.open = threading.Event()
        self.begun: list[str] = []
        self.told: list[str] = []

    def tell(self, title: str, text: str, **named: str | None) -> str | None:
        if title.startswith("Large"):
            self.begun.append(title)
            self.open.wait(60)
        self.told.append(title)
        return super().tell(title, text, **named)


async def test_large_documents_are_read_one_at_a_time_and_small_ones_beside_them(
    store: Store, clock: FakeClock
) -> None:
    web = FakeWeb()
    for number in range(3):
        large = rss((f"large-{number}", f"Large {number}"))
        web.answers[f"https://large-{number}.example/"] = large + b" " * HEAVY
    for number in range(3):
        web.answers[f"https://{number}.example/"] = rss((str(number), f"Small {number}"))
    teller = Slow()
    passing = asyncio.create_task(passed(store, clock, web, teller))
    await until(lambda: {"Small 0", "Small 1", "Small 2"} <= set(teller.told))
    assert len(teller.begun) == 1
    teller.open.set()
    assert await asyncio.wait_for(passing, 60) == 6


async def test_pages_of_a_large_feed_do_not_wait_for_documents_that_wait_for_it(
    store: Store, clock: FakeClock
) -> None:
    def document(name: str, size: int) -> bytes:
        item = f"<item><title>{name}</title><link>{site.url('/page')}</link></item>".encode()
        head = b'<rss version="2.0"><channel><title>t</title>' + item
        return head + b"<!--" + b"x" * size + b"--></channel></rss>"

    def late(body: bytes) -> Answer:
        async def answer(writer: asyncio.StreamWriter) -> None:
            await first_came.wait()
            await asyncio.sleep(0.1)
            await ok(body, content_type="application/rss+xml")(writer)

        return answer

    async def first(writer: asyncio.StreamWriter) -> None:
        await ok(document("first", 2 * LARGE), content_type="application/rss+xml")(writer)
        first_came.set()

    first_came = asyncio.Event()
    async with running() as site, Fetcher() as fetcher, PageReader(fetcher) as pages:
        site.answers["/first"] = first
        site.answers["/one"] = site.answers["/two"] = late(document("late", MOST // 2 + LARGE))
        urls = [site.url(path) for path in ("/first", "/one", "/two")]
        with store.write() as tx:
            feeds.subscribe(tx, [Feed(url=url, name=url) for url in urls])
        options = {"allow_private": True, "backlog": None, "timeout": 5.0}
        tools = Polling(
            fetcher,
            {url: subscribed(url, full_text=url == urls[0], **options) for url in urls},
            LanguageTeller(("en",)),
            pages=pages,
        )
        async with asyncio.timeout(60):
            report = await poll(store, tools, clock, stopping=asyncio.Event(), everything=True)
    assert (report.polled, report.failed) == (3, {})


def test_what_follows_a_packed_body_is_not_held() -> None:
    body, junk = Body("gzip", MOST), b"junk" * 16_000
    tracemalloc.start()
    for piece in (gzip.compress(b"a feed"), *(junk for _ in range(200))):
        assert body.take(piece) == b""
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert body.joined() == b"a feed"
    assert peak < 10 * len(junk)


def test_many_packed_members_are_one_body() -> None:
    packed = gzip.compress(b"") * 2_000 + gzip.compress(b"a feed") + gzip.compress(b" of news")
    body = Body("gzip", MOST)
    for at in range(0, len(packed), 1_000):
        piece = packed[at : at + 1_000]
        while piece:
            piece = body.take(piece)
    assert body.joined() == b"a feed of news"
