"""Desks with articles that matched and digests to compose, which the tests of this room share."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from monitor.digests.compose import ComposeReport, Composing, compose
from monitor.digests.gathering import Gathered, gather
from monitor.digests.options import DigestOptions
from monitor.digests.periods import parse_schedule
from monitor.digests.render import Rendered, Renderer
from monitor.model import Article, Digest, Held, Match, Message, Patience
from monitor.store import Store, articles, feeds, matches, stories
from monitor.store.stories import Member
from monitor.stories.group import group
from tests import make
from tests.conftest import FakeClock
from tests.fakes import FakeChannel

HOUR = 3600.0
ROME = ZoneInfo("Europe/Rome")
RULE = make.match().rule


def titles(message: Message) -> list[str]:
    return [story["title"] for story in json.loads(message.json)["stories"]]


class Desk:
    """A store with articles that matched, and digests to compose."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self.channel = FakeChannel(recipients=("a@example.org", "b@example.org"))
        with store.write() as tx:
            feeds.subscribe(tx, [make.feed()])

    def digest(self, schedule: str = "immediately", **fields: object) -> DigestOptions:
        options = DigestOptions(
            name="morning", schedule=parse_schedule(schedule), channels=("desk",), timezone=ROME
        )
        return replace(options, **fields)  # type: ignore[arg-type]

    def compose(self, options: DigestOptions, *, everything: bool = False) -> ComposeReport:
        tools = Composing([options], Renderer(), {"desk": self.channel.pack})
        return compose(self.store, tools, self.clock, everything=everything)

    def matched(self, title: str = "Troops leave Niger", **fields: object) -> Article:
        """An article that was read now and matched now."""
        article = make.article(title, first_seen_at=self.clock(), published_at=self.clock())
        with self.store.write() as tx:
            feed_id = feeds.states(tx)[0].id
            articles.add(tx, [articles.NewArticle(article, b"hash", alert=True)], feed_id)
        self.match(article, **fields)
        return article

    def match(self, article: Article, **fields: object) -> Match:
        found = make.match(article, found_at=self.clock(), **fields)
        with self.store.write() as tx:
            matches.add(tx, [(found, "fingerprint")])
        group(self.store, self.clock)
        return found


class PatientDesk(Desk):
    """A desk whose rules may be patient, and whose articles are put into stories by hand."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        super().__init__(store, clock)
        self.patience: dict[str, Patience] = {}

    def rule(self, name: str = RULE, **patience: Any) -> None:
        self.patience[name] = Patience(**patience)

    def found(
        self, title: str, story: str = "s", *, site: str = "", text: str = "", **fields: Any
    ) -> Article:
        """An article in a story, of an outlet and with a text of its own unless said otherwise."""
        name = make.ident("article")
        site = site or f"{name}.example"
        article = make.article(
            title, id=name, site=site, first_seen_at=self.clock(), published_at=self.clock()
        )
        member = Member(name, story, self.clock(), outlet=site, print=text or name)
        with self.store.write() as tx:
            feed_id = feeds.states(tx)[0].id
            articles.add(tx, [articles.NewArticle(article, b"hash", alert=True)], feed_id)
            stories.add(tx, [member])
        self.match(article, **fields)
        return article

    def go(
        self, schedule: str = "immediately", *, everything: bool = False, **fields: Any
    ) -> list[list[str]]:
        """Compose now; the headlines of each message."""
        return [titles(message) for message in self.messages(schedule, everything, **fields)]

    def messages(
        self, schedule: str = "immediately", everything: bool = False, **fields: Any
    ) -> list[Message]:
        return self.compose_by(self.digest(schedule, **fields), everything=everything).messages

    def compose_by(self, options: DigestOptions, *, everything: bool = False) -> ComposeReport:
        return composed(self.store, self, options, everything=everything)

    def preview(self, schedule: str = "immediately") -> Gathered:
        with self.store.read() as connection:
            now, options = self.clock(), self.digest(schedule)
            return gather(connection, options, now, self.patience, everything=True)

    def held(self, article: Article) -> list[Held | None]:
        with self.store.read() as connection:
            return [fate.held for fate in matches.fate(connection, article.id)]

    def sendings(self, article: Article) -> list[bool]:
        with self.store.read() as connection:
            return [fate.sending_id is not None for fate in matches.fate(connection, article.id)]


def composed(
    store: Store, desk: PatientDesk, options: DigestOptions, *, everything: bool = False
) -> ComposeReport:
    tools = Composing([options], Renderer(), {"desk": FakeChannel().pack})
    report = compose(store, tools, desk.clock, desk.patience, everything=everything)
    assert report.failed == {}
    return report


def told(desk: PatientDesk, title: str = "Troops leave", **fields: Any) -> Article:
    """An article that an immediate digest has told."""
    article = desk.found(title, **fields)
    desk.clock.pass_time(seconds=5)
    assert desk.go() == [[title]]
    return article


class Interrupted(Renderer):
    """A renderer during whose work something else happens."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        super().__init__()
        self.meanwhile = meanwhile

    def render(self, digest: Digest, options: DigestOptions) -> Rendered:
        self.meanwhile()
        return super().render(digest, options)
