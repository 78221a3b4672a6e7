"""docs/time.md: its night is what the program does, its table of the clock what is reckoned."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from monitor.config import load
from monitor.digests.compose import Composing, compose
from monitor.digests.options import DigestOptions
from monitor.digests.periods import SMALL_CORRECTION, QuietHours, next_due, parse_schedule
from monitor.digests.render import Renderer
from monitor.model import Priority
from monitor.store import Store, articles, feeds, matches, outbox, silences
from monitor.stories.group import group
from tests import make
from tests.conftest import FakeClock
from tests.digests.desks import titles
from tests.fakes import FakeChannel
from tests.house.pages import blocks, code_in, headed, prose

PAGE = "docs/time.md"
ROME = ZoneInfo("Europe/Rome")
EVENING = datetime(2024, 10, 26, 19, 0, tzinfo=UTC)


class Line(NamedTuple):
    """A line of the night: when, what the wall shows then, what happens, what goes out."""

    at: datetime
    wall: str
    happens: str
    goes_out: str


def night() -> list[Line]:
    (block,) = (block for block in blocks(PAGE, "text") if block.mark == "night")
    lines: list[Line] = []
    for row in block.text.splitlines()[2:]:
        hour, minute, second = map(int, row[10:18].split(":"))
        day = EVENING.replace(hour=hour, minute=minute, second=second)
        at = day if day >= EVENING else day + timedelta(days=1)
        lines.append(Line(at, row[:8], row[20:48].strip(), row[48:].strip()))
    return lines


def options(folder: Path) -> list[DigestOptions]:
    """The digests of the page's config."""
    (block,) = blocks(PAGE, "toml")
    file = folder / "config.toml"
    file.write_text(block.text)
    return list(load(file, {}).digests)


class Desk:
    """Lives through the night."""

    def __init__(self, store: Store, clock: FakeClock, digests: list[DigestOptions]) -> None:
        self.store, self.clock, self.digests = store, clock, digests
        self.runs = False
        with store.write() as tx:
            feeds.subscribe(tx, [make.feed()])

    def happens(self, words: str) -> None:
        first, _, rest = words.partition(" ")
        if words.startswith("Wirewatch"):
            self.runs = rest == "starts"
        elif rest.startswith("matches"):
            self._match(first, Priority.HIGH if rest.endswith("high") else Priority.NORMAL)
        elif found := re.fullmatch(r"the rule (\w+) is silenced", words):
            end = next(each.at for each in night() if each.happens.startswith("the silence of"))
            with self.store.write() as tx:
                silences.begin(tx, found[1], end, self.clock())
        else:
            assert re.match(r"quiet hours (begin|end)|the silence of|\(the second|$", words), words

    def _match(self, title: str, priority: Priority) -> None:
        article = make.article(title, first_seen_at=self.clock(), published_at=self.clock())
        found = [
            make.match(
                article, digest=each.name, rule=title, priority=priority, found_at=self.clock()
            )
            for each in self.digests
        ]
        with self.store.write() as tx:
            feed_id = feeds.states(tx)[0].id
            articles.add(tx, [articles.NewArticle(article, b"hash", alert=True)], feed_id)
            matches.add(tx, [(each, "fingerprint") for each in found])
        group(self.store, self.clock)

    def goes_out(self) -> Iterator[str]:
        if self.runs:
            packs = {"desk": FakeChannel().pack}
            done = compose(self.store, Composing(self.digests, Renderer(), packs), self.clock)
            assert done.failed == {}
            for message in done.messages:
                yield f"{message.digest}: {', '.join(sorted(titles(message)))}"


def test_the_night_on_the_page_is_what_the_program_does(
    store: Store, clock: FakeClock, tmp_path: Path
) -> None:
    lines = night()
    desk = Desk(store, clock, options(tmp_path))
    by_moment = {line.at: line for line in lines}
    ticks = {EVENING + timedelta(minutes=10 * n) for n in range((24 - 11) * 6)}
    sent = []
    for at in sorted({*ticks, *by_moment}):
        clock.now = at
        if line := by_moment.get(at):
            desk.happens(line.happens)
        sent += [(f"{at:%d %H:%M:%S}", told) for told in desk.goes_out()]
    assert sent == [(f"{line.at:%d %H:%M:%S}", line.goes_out) for line in lines if line.goes_out]
    with store.read() as connection:
        assert outbox.work_waits(connection, clock())


def test_the_walls_times_are_those_of_the_zone_and_the_columns_fit() -> None:
    (block,) = (block for block in blocks(PAGE, "text") if block.mark == "night")
    assert max(map(len, block.text.splitlines())) <= 80
    assert [f"{line.at.astimezone(ROME):%H:%M:%S}" for line in night()] == [
        line.wall for line in night()
    ]
    quiet = QuietHours.parse("22:00-07:00")
    bounds = [line.at for line in night() if line.happens.startswith("quiet hours")]
    assert quiet.covers(bounds[0], ROME)
    assert quiet.ends_after(bounds[0], ROME) == bounds[1]


SPRING = datetime(2024, 3, 31, 0, 30, tzinfo=UTC)  # 01:30
AUTUMN = datetime(2024, 10, 26, 23, 30, tzinfo=UTC)  # 01:30


@pytest.mark.parametrize(
    ("written", "spring", "autumn"),
    [
        ("30 2 * * *", "03:00", "02:30+2"),
        (
            "*/20 2,3 * * *",
            "03:00 03:20 03:40",
            "02:00+2 02:20+2 02:40+2 03:00+1 03:20+1 03:40+1",
        ),
        ("0 * * * *", "03:00 04:00", "02:00+2 02:00+1 03:00+1 04:00+1"),
        (
            "every 30m",
            "03:00 03:30 04:00",
            "02:00+2 02:30+2 02:00+1 02:30+1 03:00+1 03:30+1 04:00+1",
        ),
    ],
)
def test_schedules_at_the_change_of_the_clock_are_as_told(
    written: str, spring: str, autumn: str
) -> None:
    told = [code for table in changes() for row in table for code in code_in(row[0])]
    assert f'"{written}"' in told
    for start, wanted in ((SPRING, spring), (AUTUMN, autumn)):
        end = start.astimezone(ROME).replace(hour=4, minute=0)
        found, due = [], next_due(parse_schedule(written), start, ROME)
        while due is not None and due <= end:
            wall = due.astimezone(ROME)
            hours = (wall.utcoffset() or timedelta()) // timedelta(hours=1)
            found.append(f"{wall:%H:%M}" + (f"+{hours}" if start is AUTUMN else ""))
            due = next_due(parse_schedule(written), due, ROME)
        assert " ".join(found) == wanted


def changes() -> Iterator[tuple[tuple[str, ...], ...]]:
    head = "written", "in spring, 02:00 becomes 03:00", "in autumn, 03:00 becomes 02:00"
    yield from (table.rows for table in headed(PAGE, *head))


def test_the_lengths_of_time_are_those_of_the_program() -> None:
    page = " ".join(prose(PAGE).split())
    assert f"By less than {SMALL_CORRECTION // timedelta(hours=1)} hours" in page
    assert f"more than {outbox.LONGEST_REST // timedelta(hours=1)} hours from now" in page
    assert timedelta(hours=1) == outbox.AHEAD
    assert "last touched more than an hour after now" in page
