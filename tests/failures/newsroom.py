"""The whole line, from feeds to channels, on a real store; a test owns time, the web and the post.

Nothing in it is imitated but what lies outside: feeds answer what a test says (or are fetched from
a real server, when a test puts a real fetcher in the place of the web), and channels keep what they
are sent (or are real ones).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from monitor.delivery.channels import Channel
from monitor.delivery.deliver import DeliverReport
from monitor.digests.compose import ComposeReport, Composing
from monitor.digests.options import DigestOptions
from monitor.digests.periods import parse_schedule
from monitor.digests.render import Renderer
from monitor.feeds.full_text import PageReader
from monitor.feeds.line_watch import LineWatch
from monitor.feeds.options import PollOptions, Subscription
from monitor.feeds.poll import Polling, PollReport
from monitor.matching.query_parser import parse_query
from monitor.matching.rule import Rule
from monitor.matching.rules_in_force import RulesInForce
from monitor.model import (
    Article,
    Delivery,
    DeliveryState,
    Feed,
    FeedState,
    Patience,
    Problem,
    ProblemKind,
)
from monitor.pipeline import Line
from monitor.store import articles, feeds, open_store, outbox, problems, tables
from monitor.text.languages import LanguageTeller
from tests.conftest import FakeClock
from tests.fakes import FakeChannel, FakeWeb

WORLD = "https://example.org/world.rss"
ROME = ZoneInfo("Europe/Rome")
AT_ONCE = Patience(cooldown=0)


def headlines(document: dict[str, Any]) -> list[str]:
    """The headlines of every article that a digest tells, story by story."""
    listed = [article for story in document["stories"] for article in story["articles"]]
    return [each["title"] for each in [*listed, *document["more"]]]


class Newsroom:
    """A desk that watches "Niger" in the feeds it is subscribed to, and tells what it finds."""

    def __init__(self, address: str, clock: FakeClock) -> None:
        self.address = address
        self.clock = clock
        self.store = open_store(address)
        self.web: Any = FakeWeb()
        self.line_watch = LineWatch()
        self.pages: PageReader | None = None
        self.channels: dict[str, Any] = {"desk": FakeChannel(recipients=("a@example.org",))}
        self.digest = DigestOptions(
            name="morning",
            schedule=parse_schedule("immediately"),
            channels=("desk",),
            timezone=ROME,
        )
        self.watch("Niger")
        self.subscribe(WORLD)

    def watch(self, *expressions: str, languages: Sequence[str] = ("en",)) -> None:
        """One rule for each expression, called as it is written; none waits for a cooldown."""
        self.languages = languages
        self.rules = RulesInForce(
            [
                Rule(each, parse_query(each), text=each, fingerprint=each, patience=AT_ONCE)
                for each in expressions
            ],
            {},
            languages=languages,
            digests=("morning",),
            zone=ROME,
        )

    def subscribe(self, *urls: str, **options: object) -> None:
        """Make these the feeds; they alert on everything that a first poll finds."""
        polled = PollOptions(**{"backlog": None, **options})  # type: ignore[arg-type]
        self.feeds = {url: Subscription(Feed(url=url, name=url), polled) for url in urls}
        with self.store.write() as tx:
            feeds.subscribe(tx, [each.feed for each in self.feeds.values()])

    def told_by(self, **fields: object) -> None:
        """Change the digest: ``schedule`` is written as in the configuration."""
        if "schedule" in fields:
            fields["schedule"] = parse_schedule(str(fields["schedule"]))
        self.digest = replace(self.digest, **fields)  # type: ignore[arg-type]

    def restart(self) -> None:
        """End the program and start it again on the same database."""
        self.store.close()
        self.store = open_store(self.address)

    def line(self) -> Line:
        """The five stations as they stand now."""
        channels: Mapping[str, Channel] = self.channels
        return Line(
            store=self.store,
            polling=Polling(
                self.web,
                self.feeds,
                LanguageTeller(tuple(self.languages)),
                pages=self.pages,
                line=self.line_watch,
            ),
            rules=self.rules,
            composing=Composing(
                digests=[self.digest],
                renderer=Renderer(),
                packs={name: channel.pack for name, channel in channels.items()},
            ),
            channels=channels,
            clock=self.clock,
            stopping=asyncio.Event(),
        )

    async def poll(self, body: object = None, *, everything: bool = True) -> PollReport:
        """Ask the feeds, of which the first now answers ``body``."""
        if body is not None:
            self.web.answers[next(iter(self.feeds))] = body
        # A pass that polls everything asks feeds that were not asked since it began.
        self.clock.pass_time(seconds=1)
        return await self.line().poll(everything=everything)

    def decide(self, *, everything: bool = True) -> ComposeReport:
        """Judge, group and compose; ``everything``: whatever the schedule."""
        return self.line().decide(everything=everything)[2]

    def compose(self, *, everything: bool = True) -> list[str]:
        """The headlines that a digest tells when it is composed now, each message's in a row."""
        report = self.decide(everything=everything)
        assert report.failed == {}
        documents = [json.loads(message.json) for message in report.messages]
        return [headline for each in documents for headline in headlines(each)]

    async def told_with_troubles(self, body: object) -> tuple[list[str], list[str]]:
        """The headlines told when the feed answers ``body``, and what is said to be wrong."""
        await self.poll(body)
        documents = [json.loads(message.json) for message in self.decide().messages]
        return (
            [headline for each in documents for headline in headlines(each)],
            [problem["message"] for each in documents for problem in each["problems"]],
        )

    async def deliver(self) -> DeliverReport:
        """Send what is due."""
        return await self.line().deliver()

    async def told(self, body: object) -> list[str]:
        """Poll, judge, compose, deliver: the headlines told when the feed answers ``body``."""
        await self.poll(body)
        headlines = self.compose()
        await self.deliver()
        return headlines

    def articles(self) -> list[Article]:
        """What is stored, oldest first."""
        with self.store.read() as connection:
            ids = list(connection.execute(sa.select(tables.articles.c.id)).scalars())
            return sorted(articles.get(connection, ids).values(), key=lambda each: each.id)

    def feed(self) -> FeedState:
        """What is known of the one feed."""
        with self.store.read() as connection:
            (state,) = feeds.states(connection)
            return state

    def states(self) -> tuple[FeedState, ...]:
        """What is known of every feed."""
        with self.store.read() as connection:
            return feeds.states(connection)

    async def out_for_ten_minutes(self) -> Problem:
        """Nothing is to be had for so long: few are asked, none is blamed; what is said of it."""
        self.web.asked.clear()
        self.clock.pass_time(hours=7)
        ended = self.clock() + timedelta(minutes=10)
        while self.clock() < ended:
            await self.poll(everything=False)
            assert {state.failures for state in self.states()} == {0}
            self.clock.pass_time(seconds=4)
        assert len(self.web.asked) <= len(self.feeds) + 21  # one probe in half a minute
        (problem,) = self.problems()
        assert (problem.kind, problem.name) == (ProblemKind.LINE, "network")
        return problem

    def problems(self) -> tuple[Problem, ...]:
        """What a digest would say is wrong."""
        with self.store.read() as connection:
            return problems.present(connection, None)

    def deliveries(
        self, states: Collection[DeliveryState] = tuple(DeliveryState)
    ) -> list[Delivery]:
        """The outbox, oldest first, without bodies."""
        with self.store.read() as connection:
            return sorted(outbox.listed(connection, states, 1000), key=lambda each: each.id)


LONG = (
    "the ministry said on Monday in a long statement that gave few details and left many of "
    "the questions that reporters had asked unanswered"
)


def item(
    title: str, *, guid: str | None = None, link: str | None = None, date: str = "", text: str = ""
) -> str:
    """An RSS item; without ``guid`` and ``link`` it has neither."""
    parts = [f"<title>{escape(title)}</title>"]
    parts += [f"<guid isPermaLink='false'>{escape(guid)}</guid>"] if guid else []
    parts += [f"<link>{escape(link)}</link>"] if link else []
    parts += [f"<pubDate>{date}</pubDate>"] if date else []
    body = text or f"{title}, {LONG}."
    return f"<item>{''.join(parts)}<description>{escape(body)}</description></item>"


def rss(*items: str, title: str = "World desk") -> bytes:
    """An RSS 2.0 document of ``item``s, in English."""
    head = f"<title>{escape(title)}</title><language>en</language>"
    return f"<rss version='2.0'><channel>{head}{''.join(items)}</channel></rss>".encode()
