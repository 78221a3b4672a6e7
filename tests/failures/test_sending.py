"""Composing and sending: clocks, crashes around the send, refusals, hostile words."""

from __future__ import annotations

import asyncio
import email
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from email.message import EmailMessage
from email.policy import default
from html import escape
from zoneinfo import ZoneInfo

import httpx
import pytest
import sqlalchemy as sa

from monitor.delivery.channels.email import EmailChannel
from monitor.delivery.channels.webhook import WebhookChannel
from monitor.delivery.options import EmailOptions, WebhookOptions
from monitor.leasing import LEASE_SECONDS
from monitor.model import DeliveryState, Message, Secret
from monitor.store import digests, outbox, tables
from tests.delivery.servers import HOST, Postbox, mail_server, tcp_server
from tests.failures.newsroom import Newsroom, item, rss

NIGER = rss(item("Troops leave Niger", guid="1", link="https://example.org/1"))


@asynccontextmanager
async def mail(room: Newsroom, *recipients: str) -> AsyncIterator[Postbox]:
    """A real mail server behind the room's channel."""
    postbox = Postbox()
    async with mail_server(postbox) as port:
        room.channels["desk"] = EmailChannel(
            EmailOptions(
                name="desk",
                host=HOST,
                port=port,
                security="none",
                sender="wirewatch@example.org",
                recipients=recipients or ("a@example.org",),
            )
        )
        yield postbox


def ids(postbox: Postbox) -> list[str]:
    return [str(parsed(received.content)["Message-ID"]) for received in postbox.received]


def parsed(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, policy=default)


# --- crashes and refusals ---------------------------------------------------------------------


async def test_a_crash_between_composing_and_sending_sends_each_mail_once(room: Newsroom) -> None:
    async with mail(room, "a@example.org", "b@example.org") as postbox:
        await room.poll(NIGER)
        assert room.compose() == ["Troops leave Niger"]
        room.restart()
        assert room.compose() == []
        assert (await room.deliver()).sent == 2
        room.restart()
        assert (await room.deliver()).sent == 0
    assert sorted(received.recipients for received in postbox.received) == [
        ("a@example.org",),
        ("b@example.org",),
    ]


async def test_a_crash_between_sending_and_recording_repeats_the_same_bytes_under_the_same_id(
    room: Newsroom,
) -> None:
    async with mail(room) as postbox:
        await room.poll(NIGER)
        room.compose()
        await _send_and_die(room)
        room.clock.pass_time(days=1)
        assert (await room.deliver()).sent == 1
        assert (await room.deliver()).sent == 0
    first, second = postbox.received
    assert first.content == second.content
    assert len(set(ids(postbox))) == 1


async def _send_and_die(room: Newsroom) -> None:
    """What a process does that is killed when the server has the mail: nothing is recorded."""
    with room.store.write() as tx:
        (leased,) = outbox.lease_due(tx, room.clock(), ["desk"], 1, LEASE_SECONDS)
    with room.store.read() as connection:
        message = digests.message(connection, leased.message_id)
    assert message is not None
    await room.channels["desk"].send(leased, message)
    room.restart()
    with room.store.write() as tx:
        tx.execute(sa.update(tables.deliveries).values(lease_until=1))  # some time later


async def test_a_batch_does_not_die_at_recipient_three(room: Newsroom) -> None:
    people = [f"{number}@example.org" for number in range(6)]
    async with mail(room, *people) as postbox:
        postbox.answers[people[2]] = "550 5.1.1 no such user"
        await room.told(NIGER)
        got = {received.recipients[0] for received in postbox.received}
    assert got == {*people} - {people[2]}
    (lost,) = room.deliveries([DeliveryState.FAILED])
    assert (lost.recipient, lost.answer) == (
        people[2],
        "the recipient was refused: 550 5.1.1 no such user",
    )


@pytest.mark.parametrize("answer", ["450 4.7.1 greylisted, try later", "451 4.7.1 try later"])
async def test_greylisting_is_waited_out_and_not_hammered(room: Newsroom, answer: str) -> None:
    async with mail(room) as postbox:
        postbox.answers["a@example.org"] = answer
        await room.told(NIGER)
        tries = 0
        for _ in range(300):  # five minutes of the daemon's ticks
            room.clock.pass_time(seconds=1)
            tries += len((await room.deliver()).refused)
        assert 3 <= tries <= 9
        assert [each.state for each in room.deliveries()] == [DeliveryState.WAITING]
        assert room.problems() == ()
        postbox.answers.clear()
        room.clock.pass_time(hours=1)
        assert (await room.deliver()).sent == 1
    assert len(postbox.received) == 1


async def test_a_429_is_waited_out_as_long_as_it_asks(room: Newsroom) -> None:
    answers = [b"429 Too Many Requests\r\nretry-after: 1800", b"204 No Content"]
    posts: list[bytes] = []

    async def hook(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        posts.append(await reader.readuntil(b"\r\n\r\n"))
        head = b"HTTP/1.1 " + answers.pop(0) + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        writer.write(head)
        await writer.drain()

    async with tcp_server(hook) as port, httpx.AsyncClient() as http:
        options = WebhookOptions(name="desk", url=Secret(f"http://{HOST}:{port}/hook"))
        room.channels["desk"] = WebhookChannel(options, http, room.clock)
        await room.told(NIGER)
        room.clock.pass_time(seconds=1799)
        assert (await room.deliver()).sent == 0
        assert len(posts) == 1
        room.clock.pass_time(seconds=2)
        assert (await room.deliver()).sent == 1
    assert len(posts) == 2


# --- clocks -----------------------------------------------------------------------------------

CHANGES = [
    ("Europe/Rome", "2024-03-31", "30 2 * * *"),
    ("Europe/Rome", "2024-10-27", "30 2 * * *"),
    ("America/New_York", "2024-03-10", "30 2 * * *"),
    ("America/New_York", "2024-11-03", "30 1 * * *"),
    ("Australia/Lord_Howe", "2024-04-07", "45 1 * * *"),
    ("Australia/Lord_Howe", "2024-10-06", "15 2 * * *"),
]


@pytest.mark.parametrize(("zone", "day", "schedule"), CHANGES)
def test_on_the_day_that_the_clock_changes_a_digest_goes_out_once(
    room: Newsroom, zone: str, day: str, schedule: str
) -> None:
    here = ZoneInfo(zone)
    room.clock.now = datetime.fromisoformat(day).replace(tzinfo=here).astimezone(ZoneInfo("UTC"))
    room.clock.pass_time(hours=-12)
    room.told_by(schedule=schedule, timezone=here, send_empty=True)
    sent = [message for message in _ticks(room, hours=36) if _local_day(message, here) == day]
    assert len(sent) == 1


def _ticks(room: Newsroom, *, hours: int) -> Iterator[Message]:
    """What is composed while the clock goes on; a tick in a quarter of an hour will do."""
    for _ in range(hours * 4):
        yield from room.decide(everything=False).messages
        room.clock.pass_time(minutes=15)


def _local_day(message: Message, zone: ZoneInfo) -> str:
    return f"{message.composed_at.astimezone(zone):%Y-%m-%d}"


async def test_after_a_weekend_asleep_what_fell_due_is_sent_once_and_not_dropped(
    room: Newsroom,
) -> None:
    room.told_by(schedule="every 30m")
    await room.poll(NIGER)
    assert room.decide(everything=False).messages == []
    room.clock.pass_time(days=2)
    assert len(room.decide(everything=False).messages) == 1
    await room.poll(NIGER.replace(b"</channel>", item("Niger", guid="2").encode() + b"</channel>"))
    room.clock.pass_time(minutes=28)
    assert room.decide(everything=False).messages == []
    room.clock.pass_time(minutes=2)
    assert len(room.decide(everything=False).messages) == 1


@pytest.mark.parametrize(
    ("schedule", "days"),
    [
        ("0 7 * * 1-5", "Mon Tue Wed Thu Fri"),
        ("0 7 * * 7", "Sun"),
        ("0 7 * * sun-thu", "Mon Tue Wed Thu Sun"),
        ("0 7 13 * fri", "Mon Fri"),  # the 13th of May 2024 is a Monday: either will do
    ],
)
def test_days_of_the_week_are_those_of_crontab(room: Newsroom, schedule: str, days: str) -> None:
    room.clock.now = datetime(2024, 5, 13, 0, 0, tzinfo=room.digest.timezone)
    room.told_by(schedule=schedule, send_empty=True)
    sent = []
    for _ in range(7 * 24):
        sent += room.decide(everything=False).messages
        room.clock.pass_time(hours=1)
    assert " ".join(f"{message.composed_at:%a}" for message in sent) == days
    assert {f"{message.composed_at:%H}" for message in sent} == {"07"}


# --- hostile words ----------------------------------------------------------------------------

HOSTILE = "Niger: <!channel> <https://evil.example|click> @everyone"


async def test_a_hostile_headline_reaches_the_reader_as_words(room: Newsroom) -> None:
    """Atom can say that a title is no markup; so these are words, and are shown as words."""
    words = f"<title type='text'>{escape(HOSTILE)}</title>"
    entry = f"<entry><id>1</id>{words}<link href='javascript:alert(1)'/></entry>"
    async with mail(room) as postbox:
        await room.told(f"<feed xmlns='http://www.w3.org/2005/Atom'>{words}{entry}</feed>".encode())
        (received,) = postbox.received
    html, text = (body(received.content, kind) for kind in ("html", "plain"))
    assert HOSTILE in " ".join(text.split())
    assert "&lt;!channel&gt;" in html
    assert "href=" not in html


def body(content: bytes, kind: str) -> str:
    part = parsed(content).get_body((kind,))
    assert part is not None
    return str(part.get_content())


async def test_a_line_break_in_a_headline_neither_stops_the_digest_nor_adds_a_header(
    room: Newsroom,
) -> None:
    room.told_by(subject="{{ stories[0].title }}")
    title = "Niger\r\nBcc: everybody@example.org\r\n\r\nand a body"
    async with mail(room) as postbox:
        await room.poll(NIGER)
        with room.store.write() as tx:  # as if an article with such a headline had come in
            tx.execute(sa.update(tables.articles).values(title=title))
        assert len(room.compose()) == 1
        await room.deliver()
        (received,) = postbox.received
    letter = parsed(received.content)
    assert received.recipients == ("a@example.org",)
    assert letter["Bcc"] is None
    assert letter["Subject"].startswith("Niger Bcc: everybody@example.org")


async def test_a_story_that_cannot_be_rendered_does_not_keep_the_digest_from_going_out(
    room: Newsroom,
) -> None:
    """A subject of the user's that fails on one story; and the digest says so."""
    room.told_by(subject="{{ 1 // (stories|length - 1) }}")
    async with mail(room) as postbox:
        assert await room.told(NIGER) == ["Troops leave Niger"]
        assert len(postbox.received) == 1
    assert len(room.problems()) == 1
