"""Hand-written stand-ins for what lies outside the house."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from monitor.errors import FetchError
from monitor.feeds.fetch import Fetched
from monitor.feeds.options import Subscription
from monitor.model import Delivery, Message


@dataclass
class FakeWeb:
    """Answers for addresses; an answer is a body, a Fetched, an error to raise, or "hang"."""

    answers: dict[str, object] = field(default_factory=dict)
    asked: list[tuple[str, str | None, str | None]] = field(default_factory=list)

    async def fetch(
        self,
        subscription: Subscription,
        *,
        etag: str | None,
        last_modified: str | None,
        at: str | None = None,
        ready: object = None,  # there is room at any time
        share: object = None,  # and nothing is large
    ) -> Fetched:
        url = at or subscription.feed.url
        self.asked.append((url, etag, last_modified))
        answer = self.answers[url]
        if answer == "hang":
            await asyncio.sleep(3600)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Fetched):
            return answer
        assert isinstance(answer, bytes)
        return Fetched(unchanged=False, body=answer, url=url, etag='"1"')


def rss(*items: tuple[str, str], language: str = "en") -> bytes:
    """An RSS 2.0 document; items are (guid, headline)."""
    inside = "".join(
        f"<item><guid isPermaLink='false'>{guid}</guid><title>{title}</title>"
        f"<link>https://example.org/{guid}</link>"
        f"<description>{title}, the ministry said on Monday in a long statement that gave "
        "few details and left many of the questions that reporters had asked unanswered."
        "</description></item>"
        for guid, title in items
    )
    head = f"<title>World desk</title><language>{language}</language>"
    return f"<rss version='2.0'><channel>{head}{inside}</channel></rss>".encode()


@dataclass
class FakeChannel:
    """Keeps what it is sent; raises the next of ``faults`` first, as long as there are any."""

    name: str = "desk"
    recipients: tuple[str, ...] = ("desk@example.org",)
    faults: list[Exception] = field(default_factory=list)
    got: list[tuple[str, bytes]] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    hangs: bool = False
    kind: str = "fake"
    address: str = "nowhere"

    def pack(self, message: Message, now: datetime) -> tuple[Delivery, ...]:
        return tuple(
            Delivery(
                id=f"{message.id}-{self.name}-{number}",
                message_id=message.id,
                digest=message.digest,
                channel=self.name,
                recipient=recipient,
                body=message.json,
                created_at=now,
                due_at=now,
            )
            for number, recipient in enumerate(self.recipients)
        )

    async def send(self, delivery: Delivery, _message: Message) -> str:
        self.tried.append(delivery.id)
        if self.hangs:
            await asyncio.sleep(3600)
        if self.faults:
            raise self.faults.pop(0)
        self.got.append((delivery.id, delivery.body))
        return "250 ok"


def refused(reason: str = "answered 503", **fields: object) -> FetchError:
    """A feed that could not be had."""
    return FetchError(reason, **fields)  # type: ignore[arg-type]
