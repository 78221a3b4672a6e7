"""Feeds of every hostile kind beside good ones: each costs its own poll and nothing else."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count

from monitor.feeds.fetch import Fetcher
from monitor.model import FeedState
from monitor.store import feeds
from tests.failures.newsroom import Newsroom, item, rss
from tests.feeds.server import Answer, Site, ok, raw, redirect, running, silence, status, streamed
from tests.journey.world import until

MOST = 300_000
GOOD = 20


def anew(pieces: Callable[[], AsyncIterator[bytes]]) -> Answer:
    """A body that is streamed from its beginning each time."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        await streamed(pieces())(writer)

    return answer


async def dripping() -> AsyncIterator[bytes]:
    for piece in count():
        yield b"<" if not piece else b" "
        await asyncio.sleep(0.02)


async def endless() -> AsyncIterator[bytes]:
    yield b"<rss version='2.0'><channel><title>Endless</title>"
    for number in count():
        yield item(f"Niger without end {number}", guid=str(number)).encode() * 20


async def aborted(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


LONG_ENOUGH = "and what else was said on Monday in a statement that gave few details"


def entities(declared: str, used: str) -> bytes:
    document = rss(item("Niger, as declared", guid="1", text=f"Niger {{used}} {LONG_ENOUGH}"))
    return (
        b"<!DOCTYPE rss [" + declared.encode() + b"]>" + document.replace(b"{used}", used.encode())
    )


LAUGHS = "<!ENTITY a0 'ha'>" + "".join(
    f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12)
)
ONE = item("Niger, one of two", guid="same", link="https://x.example/1")
TWO = item("Another of two in Niger", guid="same", link="https://x.example/2")

FAILING: dict[str, tuple[Answer, str]] = {
    "hang": (silence, "no answer within 2 s"),
    "drip": (anew(dripping), "the answer was not complete within 2 s"),
    "endless": (anew(endless), "larger than 300 kB (max_size)"),
    "bomb": (
        ok(gzip.compress(b" " * 30_000_000), content_encoding="gzip"),
        "larger than 300 kB (max_size)",
    ),
    "broken zip": (ok(b"\x1f\x8b\x08nonsense", content_encoding="gzip"), "damaged"),
    "500": (status(500), "answered 500"),
    "403": (status(403), "answered 403"),
    "404": (status(404), "answered 404"),
    "410": (status(410), "answered 410 Gone: it is gone for good"),
    "429": (status(429, retry_after="3600"), "answered 429"),
    "loop": (redirect("/feed"), "redirects in a circle"),
    "reset": (aborted, "ended the connection"),
    "short": (
        raw(b"HTTP/1.1 200 OK\r\ncontent-length: 9000\r\n\r\n<rss>"),
        "ended the connection before the answer was complete",
    ),
    "no http": (raw(b"SSH-2.0-OpenSSH\r\n\r\n"), "something that is not HTTP"),
    "web page": (ok(b"<html><title>Parked</title></html>"), 'a web page titled "Parked"'),
    "empty": (ok(b""), "an empty body"),
}

READ: dict[str, tuple[Answer, list[str]]] = {
    "truncated": (
        ok(rss(item("Niger, whole", guid="1"), item("Niger, cut off", guid="2"))[:-150]),
        ["Niger, whole", "Niger, cut off"],
    ),
    "one guid": (ok(rss(ONE, TWO)), ["Another of two in Niger", "Niger, one of two"]),
    "2041": (
        ok(rss(item("Niger in 2041", guid="1", date="Tue, 01 Jan 2041 00:00:00 GMT"))),
        ["Niger in 2041"],
    ),
    "script": (
        ok(rss(item("<script>alert(1)</script>Niger, as script", guid="1"))),
        ["Niger, as script"],
    ),
    "control characters": (
        ok(rss(item("Niger under control", guid="1")).replace(b"under", b"\x00under\x08 &")),
        ["Niger under & control"],
    ),
    "laughs": (ok(entities(LAUGHS, "&a11;")), ["Niger, as declared"]),
    "file": (
        ok(entities("<!ENTITY x SYSTEM 'file:///etc/passwd'>", "&x;")),
        ["Niger, as declared"],
    ),
}


def good(number: int, days: int = 1) -> bytes:
    return rss(*(item(f"Niger, day {day}, desk {number}", guid=str(day)) for day in range(days)))


@asynccontextmanager
async def beside(room: Newsroom, *, seconds: float) -> AsyncIterator[dict[str, Site]]:
    """Each feed on a server of its own; a desk that reads them all, with so much time for each."""
    answers = {name: answer for name, (answer, _) in (FAILING | READ).items()}
    answers |= {f"good {number}": ok(good(number)) for number in range(GOOD)}
    async with AsyncExitStack() as stack:
        sites = {name: await stack.enter_async_context(running()) for name in answers}
        for name, site in sites.items():
            site.answers["/feed"] = answers[name]
        room.subscribe(
            *(site.url("/feed") for site in sites.values()), timeout=seconds, max_size=MOST
        )
        room.web = await stack.enter_async_context(Fetcher())
        yield sites


def states(room: Newsroom, sites: dict[str, Site]) -> dict[str, FeedState]:
    """What is known of each feed, by its kind."""
    names = {site.url("/feed"): name for name, site in sites.items()}
    with room.store.read() as connection:
        return {names[state.url]: state for state in feeds.states(connection)}


async def test_good_feeds_are_told_while_hostile_ones_hang(room: Newsroom) -> None:
    told: list[str] = []

    def all_told() -> bool:
        told.extend(room.compose())
        return len(told) >= GOOD + sum(len(headlines) for _, headlines in READ.values())

    async with beside(room, seconds=3600) as sites:
        passing = asyncio.create_task(room.poll())
        await until(all_told)
        assert not passing.done()
        assert {f"Niger, day 0, desk {number}" for number in range(GOOD)} < set(told)
        for number in range(GOOD):
            sites[f"good {number}"].answers["/feed"] = ok(good(number, days=2))
        room.clock.pass_time(hours=7)
        told.clear()
        again = asyncio.create_task(room.poll(everything=False))
        news = {f"Niger, day 1, desk {number}" for number in range(GOOD)}
        await until(lambda: news <= set(told) or told.extend(room.compose()))
        for each in (passing, again):
            each.cancel()
        await asyncio.gather(passing, again, return_exceptions=True)


async def test_each_hostile_feed_is_told_in_its_own_words_and_what_can_be_read_is(
    room: Newsroom,
) -> None:
    async with beside(room, seconds=2) as sites:
        report = await room.poll()
        assert report.polled == len(sites)
        known = states(room, sites)
        assert {name for name, state in known.items() if state.failures} == set(FAILING)
        for name, (_, words) in FAILING.items():
            assert words in (known[name].trouble or ""), name
        expected = [headline for _, headlines in READ.values() for headline in headlines]
        expected += [f"Niger, day 0, desk {number}" for number in range(GOOD)]
        assert sorted(room.compose()) == sorted(expected)
        assert not any("root:" in article.text for article in room.articles())
        assert max(len(article.text) for article in room.articles()) < 1000
        assert {problem.name for problem in room.problems()} == {
            sites[name].url("/feed") for name in (*FAILING, "truncated")
        }


async def test_the_rest_of_a_document_that_was_cut_off_comes_under_the_same_validators(
    room: Newsroom,
) -> None:
    titles = [f"Niger, report {number}" for number in range(12)]
    whole = rss(*(item(title, guid=title) for title in titles))
    validators = {"etag": '"same"', "last_modified": "Mon, 05 Jan 2026 10:00:00 GMT"}
    async with running() as site, Fetcher(concurrency=1) as fetcher:
        room.web = fetcher  # type: ignore[assignment]
        room.subscribe(site.url("/feed"), full_text=False)
        site.answers["/feed"] = ok(whole[: len(whole) // 2], **validators)
        await room.poll()
        assert 0 < len(room.articles()) < 12
        read = len(room.articles())
        (problem,) = room.problems()
        assert problem.message == f"the document ends in the middle; {read} entries were read"
        state = room.feed()
        assert (state.etag, state.last_modified, state.body_hash) == (None, None, None)
        site.answers["/feed"] = ok(whole, **validators)
        await room.poll()
        assert not {"if-none-match", "if-modified-since"} & site.requests[-1].headers.keys()
        assert sorted(each.title for each in room.articles()) == sorted(titles)
        assert room.feed().etag == '"same"'
