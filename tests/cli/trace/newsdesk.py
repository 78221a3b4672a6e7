"""A desk whose stations a test runs one by one, and the articles that it reads."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape

import sqlalchemy as sa

from monitor import wiring
from monitor.config.here import load_here
from monitor.model import DeliveryState, utc_now
from monitor.pipeline import Line
from monitor.store import Store, articles, open_store, tables
from tests.cli.conftest import CONFIG, Desk
from tests.conftest import FakeClock

LONG = (
    "the ministry said in Agadez on Monday in a long statement that gave few details and left many "
    "of the questions that reporters had asked unanswered"
)
URL = "https://example.org/leaving"
RULE = "[[rule]]\nname = \"{}\"\nmatch = '{}'\n"
LEAVING = RULE.format("Leaving", "troops NEAR/5 Niger")
TWO_FEEDS = ("[channel.archive]", '[[feed]]\nurl = "b.rss"\nname = "Sahel wire"\n[channel.archive]')


def item(
    title: str = "Troops leave Niger",
    name: str = "leaving",
    *,
    guid: str | None = None,
    at: datetime | None = None,
    text: str = "",
) -> str:
    """An RSS item at ``https://example.org/NAME``; its guid is the name unless given."""
    date = f"<pubDate>{format_datetime(at)}</pubDate>" if at else ""
    return (
        f"<item><guid isPermaLink='false'>{guid or name}</guid><title>{escape(title)}</title>"
        f"<link>https://example.org/{name}</link>{date}"
        f"<description>{escape(text or f'{title}, {LONG}.')}</description></item>"
    )


class Newsdesk:
    """A desk whose stations a test runs one by one, in the last ten days."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.clock = FakeClock(utc_now().replace(microsecond=0, second=0) - timedelta(days=10))
        self.items: dict[str, list[str]] = {}
        self.configure()
        self.rules(LEAVING)

    def configure(self, *changes: tuple[str, str]) -> None:
        """The config of every test, with these texts in the place of others."""
        text = CONFIG
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        self.desk.write("config.toml", text)

    def rules(self, text: str) -> None:
        self.desk.write("rules/a.toml", text)

    def shows(self, *items: str, feed: str = "world.rss") -> None:
        inside = "".join(items)
        head = "<title>Feed</title><language>en</language>"
        self.desk.write(feed, f"<rss version='2.0'><channel>{head}{inside}</channel></rss>")

    @property
    def store(self) -> Store:
        return open_store(f"sqlite:///{self.desk.folder / 'wirewatch.db'}")

    def work(self, *stations: str, everything: bool = False) -> None:
        """Run stations as the daemon does, a second after what was before."""
        settings = load_here(None)
        store = self.store
        rules = wiring.load_rules(settings, store, self.clock)
        self.clock.pass_time(seconds=1)

        async def work(line: Line) -> None:
            if "poll" in stations:
                await line.poll(everything=True)
            if "decide" in stations:
                line.decide(everything=everything)
            if "deliver" in stations:
                await line.deliver()

        async def whole() -> None:
            async with wiring.open_line(settings, store, rules, self.clock) as line:
                await work(line)

        asyncio.run(whole())
        store.close()

    def reads(self, *items: str) -> None:
        """The feed shows these, and they are judged; no digest is composed."""
        self.shows(*items)
        self.work("poll", "decide")

    def sends(self) -> None:
        """The digest is composed, and what is due is sent."""
        self.work("decide", "deliver", everything=True)

    def delivery(self, state: DeliveryState, answer: str, attempts: int = 1) -> None:
        """This came of the one delivery there is."""
        store = self.store
        with store.write() as tx:
            tx.execute(
                sa.update(tables.deliveries).values(
                    state=str(state), answer=answer, attempts=attempts, last_tried_at=self.clock.now
                )
            )
        store.close()

    def write(self, statement: sa.Executable) -> None:
        store = self.store
        with store.write() as tx:
            tx.execute(statement)
        store.close()

    def at(self, moment: datetime | None = None) -> str:
        """A moment (now) as the command tells it."""
        zone = load_here(None).timezone
        return (moment or self.clock.now).astimezone(zone).strftime("%Y-%m-%d %H:%M")

    def trace(self, *arguments: str, code: int = 0) -> str:
        """What is said of an address (the one article), its lines brought together."""
        ended = self.desk.run("trace", *(arguments or (URL,)))
        assert ended.code == code, ended.err
        lines = ended.out.splitlines()
        assert [line for line in lines if len(line) > 80 and " " in line.strip()] == []
        assert len(lines) <= 24 or "-v" in arguments or len(arguments) > 1
        assert "\x1b" not in ended.out
        return " ".join(ended.out.split())

    def verdict(self, *arguments: str, code: int = 0) -> str:
        """The first paragraph."""
        ended = self.desk.run("trace", *(arguments or (URL,)))
        assert ended.code == code, ended.err
        return " ".join(ended.out.partition("\n\n")[0].split())


def forget(room: Newsdesk) -> None:
    store = room.store
    with store.write() as tx:
        assert articles.forget(tx, room.clock.now + timedelta(days=1), room.clock.now)
    store.close()
