"""What went wrong elsewhere, down to the words that a reader finds in a digest."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from monitor.model import Message
from tests.conftest import FakeClock
from tests.failures.newsroom import WORLD, Newsroom, item, rss
from tests.failures.test_feeds_that_change import HEADLINES, MANY, out_of_reach, shown


@pytest.fixture
def room(room: Newsroom) -> Newsroom:
    """A desk that gets a digest every hour."""
    room.told_by(schedule="every 1h")
    return room


async def digest(room: Newsroom, body: bytes | None = None, hours: float = 1) -> Message | None:
    """What is sent ``hours`` later, when the feeds have been read once more."""
    room.clock.pass_time(hours=hours)
    await room.poll(body)
    return scheduled(room)


def scheduled(room: Newsroom) -> Message | None:
    """What is sent if anything is due now."""
    sent = room.decide(everything=False).messages
    assert len(sent) <= 1
    return sent[0] if sent else None


def headlines(message: Message | None) -> list[str]:
    """The articles of its stories, in the order of their names."""
    text = message.text if message else ""
    return sorted(re.findall(r"^ *(?:\d+\.|•) (.+)$", text, re.MULTILINE))


def warning(message: Message | None) -> str:
    """The one line at the top; empty where all is well."""
    found = re.search(r"^! (.+?)\n\n", message.text if message else "", re.DOTALL | re.MULTILINE)
    return " ".join(found[1].split()) if found else ""


def to_know(message: Message | None) -> str:
    """The block at the end, as one line; empty where there is none."""
    text = message.text if message else ""
    _, _, block = text.partition("What to know\n")
    return " ".join(block.partition(" read, ")[0].split())


async def started(room: Newsroom, body: bytes) -> None:
    """The feeds are read, and a first digest is out."""
    scheduled(room)
    assert await digest(room, body) is not None


async def test_a_site_made_anew_is_told_in_one_sentence_and_its_news_as_news(
    room: Newsroom, clock: FakeClock
) -> None:
    await started(room, shown(HEADLINES, clock))
    news = "Niger: elections are called"
    sent = await digest(room, shown([news, *HEADLINES], clock, path="new", age=0), hours=3)
    assert sent is not None
    assert headlines(sent) == [news]
    assert warning(sent) == f"1 problem: {WORLD}. Details are at the end."
    assert (
        "12 entries looked new and are old: its ids or addresses have changed, or it shows its "
        "archive; they were taken in without an alert"
    ) in to_know(sent)
    assert await digest(room) is None  # told once


async def test_a_feed_that_repeats_one_guid_is_told_entry_by_entry_and_once(
    room: Newsroom,
) -> None:
    def one_guid(number: int) -> bytes:
        return rss(*(item(h, guid="same", link=f"https://x.example/{n}")
                     for n, h in enumerate(HEADLINES[:number])))  # fmt: skip

    scheduled(room)
    sent = await digest(room, one_guid(3))
    assert headlines(sent) == sorted(HEADLINES[:3])
    sent = await digest(room, one_guid(5))
    assert headlines(sent) == sorted(HEADLINES[3:5])
    assert (warning(sent), to_know(sent)) == ("", "")
    assert await digest(room, one_guid(5)) is None


async def test_a_feed_dated_2041_is_told_by_when_it_was_seen(room: Newsroom) -> None:
    def entry(number: int, date: str) -> str:
        return item(HEADLINES[number], guid=str(number), date=date)

    ahead = "Tue, 01 Jan 2041 00:00:00 GMT"
    scheduled(room)
    sent = await digest(room, rss(entry(0, ahead)))
    assert sent is not None
    assert "first seen 20 May, 10:00" in sent.text
    assert "2041" not in sent.text + sent.html
    both = rss(entry(0, ahead), entry(1, "Mon, 20 May 2024 08:30:00 GMT"))
    sent = await digest(room, both)
    assert headlines(sent) == [HEADLINES[1]]
    assert sent is not None
    assert "20 May, 10:30" in sent.text


async def test_ten_minutes_without_the_internet_are_one_sentence_and_lose_nothing(
    room: Newsroom, clock: FakeClock
) -> None:
    room.subscribe(*MANY)
    room.web.answers = {url: rss(item(f"Niger, seen by {url}", guid="1")) for url in MANY}
    scheduled(room)
    clock.pass_time(hours=1)
    await room.poll()
    assert len(headlines(scheduled(room))) == 12
    clock.pass_time(hours=7)
    began = clock()
    room.web.answers = dict.fromkeys(MANY, out_of_reach())
    sent = []
    while clock() < began + timedelta(minutes=10):
        await room.poll(everything=False)
        sent.append(scheduled(room))
        clock.pass_time(seconds=20)
    told = [each for each in sent if each]
    assert len(told) == 1
    assert warning(told[0]) == "1 problem: network. Details are at the end."
    assert "the line is down: most feeds could not be reached; none is blamed" in to_know(told[0])
    assert "12 of 12 feeds read" in told[0].text
    assert not any(url in to_know(told[0]) for url in MANY)
    room.web.answers = {url: rss(item(f"Niger, news of {url}", guid="2")) for url in MANY}
    clock.pass_time(hours=1)
    for _ in range(3):
        await room.poll(everything=False)
        clock.pass_time(seconds=40)
    after = scheduled(room)
    assert len(headlines(after)) == 12
    assert (warning(after), to_know(after)) == ("", "")


async def test_after_ten_days_asleep_what_may_be_lost_is_one_line_for_all_feeds(
    room: Newsroom, clock: FakeClock
) -> None:
    def before(number: int) -> bytes:
        return rss(*(item(h, guid=h) for h in HEADLINES[:number]))

    def after(number: int) -> bytes:
        return rss(*(item(f"Report {n} of {number}", guid=f"r{n}") for n in range(number)))

    room.watch("Chad")
    room.subscribe(*MANY)
    for count in (11, 12):
        room.web.answers = dict.fromkeys(MANY, before(count))
        assert await digest(room, hours=25) is None
    room.web.answers = {url: after(12 + n) for n, url in enumerate(MANY)}
    sent = await digest(room, hours=240)
    assert sent is not None
    assert sent.subject == "No story, 1 problem"
    assert warning(sent) == "1 problem: 12 feeds. Details are at the end."
    block = to_know(sent)
    assert "12 feeds, " in block
    assert "/feed and 9 more: all 12 to 23 entries were new: others may have come" in block
    assert sum(url in block for url in MANY) == 3
    problems = json.loads(sent.json)["problems"]  # a program is told of each
    assert all(set(problem) == {"kind", "name", "since", "message"} for problem in problems)
    assert {problem["kind"] for problem in problems} == {"feed"}
    assert {problem["name"] for problem in problems} == set(MANY)
    assert await digest(room) is None  # it is no new problem an hour later
