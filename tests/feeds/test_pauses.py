from __future__ import annotations

import pytest

from monitor.feeds.parse import parse
from monitor.feeds.pauses import pauses_of

ALL_HOURS = "".join(f"<hour>{hour}</hour>" for hour in range(24))


@pytest.mark.parametrize(
    ("said", "hours", "days"),
    [
        ("<skipHours><hour>0</hour><hour> 7 </hour></skipHours>", (0, 7), ()),
        ("<skipHours>\n<hour>24</hour>\n<hour>23</hour></skipHours>", (0, 23), ()),
        ("<skipDays><day>Sunday</day><day>saturday</day></skipDays>", (), (5, 6)),
        (f"<skipHours>{ALL_HOURS}</skipHours>", (), ()),
        ("<skipDays><day>Someday</day><day>Mon</day></skipDays>", (), ()),
        ("<skipHours><hour>noon</hour><hour>-1</hour></skipHours>", (), ()),
        ("<skipHours><hour>1</hour>", (), ()),
        ("", (), ()),
    ],
)
def test_what_a_document_says_of_pauses(
    said: str, hours: tuple[int, ...], days: tuple[int, ...]
) -> None:
    head = "<rss version='2.0'><channel><title>x</title>"
    item = "<item><title>Troops leave Niger</title></item>"
    for text in (f"{head}{said}{item}</channel></rss>", f"{head}{item}{said}</channel></rss>"):
        assert pauses_of(text) == (hours, days)
        parsed = parse(text.encode(), url="https://example.org/feed", charset=None)
        assert (parsed.skip_hours, parsed.skip_days) == (hours, days)
