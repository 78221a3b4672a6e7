"""What is new, and what only looks like it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.store import articles
from tests.conftest import FakeClock
from tests.failures.newsroom import WORLD, Newsroom, item, rss
from tests.fakes import refused

OLD = [
    item(f"Niger, report {number}", guid=f"r{number}", link=f"https://example.org/r/{number}")
    for number in range(30)
]
DATED = "Mon, 20 May 2024 06:00:00 GMT"


def dated(date: str, *numbers: int) -> bytes:
    """The same reports, all dated alike."""
    return rss(
        *(
            OLD[n].replace("<description>", f"<pubDate>{date}</pubDate><description>", 1)
            for n in numbers
        )
    )


async def test_old_items_dated_anew_at_every_publication_are_not_told_again(room: Newsroom) -> None:
    assert len(await room.told(dated("Fri, 17 May 2024 06:00:00 GMT", 0, 1, 2))) == 3
    for day in ("Sat, 18", "Sun, 19", "Mon, 20"):
        assert await room.told(dated(f"{day} May 2024 06:00:00 GMT", 0, 1, 2)) == []
    assert {each.revision for each in room.articles()} == {1}
    assert {f"{each.published_at:%d}" for each in room.articles()} == {"17"}


async def test_an_entry_dated_next_year_hides_none_of_those_that_come_after_it(
    room: Newsroom,
) -> None:
    future = item("Niger, from the future", guid="f", date="Wed, 01 Jan 2031 00:00:00 GMT")
    assert await room.told(rss(future)) == ["Niger, from the future"]
    today = item("Niger, today", guid="t", date=DATED)
    assert await room.told(rss(future, today)) == ["Niger, today"]


async def test_what_arrives_late_with_an_older_date_is_told(room: Newsroom) -> None:
    room.subscribe(WORLD, backlog=2 * 86_400)
    await room.told(rss(item("Niger, today", guid="t", date=DATED)))
    late = item("Niger, late", guid="l", date="Wed, 01 May 2024 00:00:00 GMT")
    assert await room.told(rss(item("Niger, today", guid="t", date=DATED), late)) == ["Niger, late"]


async def test_a_feed_that_was_empty_for_an_hour_does_not_flood(room: Newsroom) -> None:
    assert len(await room.told(rss(*OLD))) == 30
    assert await room.told(rss()) == []
    assert await room.told(rss(*OLD)) == []


async def test_a_first_poll_that_failed_is_followed_by_a_first_poll_and_no_flood(
    room: Newsroom,
) -> None:
    room.subscribe(WORLD, backlog=2 * 86_400)
    assert await room.told(refused()) == []
    old = dated("Wed, 01 May 2024 00:00:00 GMT", *range(29))
    new = item("Niger, today", guid="t", date=DATED).encode()
    assert await room.told(old.replace(b"</channel>", new + b"</channel>")) == ["Niger, today"]


async def test_a_restart_does_not_flood(room: Newsroom) -> None:
    assert len(await room.told(rss(*OLD))) == 30
    room.restart()
    assert await room.told(rss(*OLD)) == []


async def test_more_entries_than_any_cap_are_all_told_and_all_known(room: Newsroom) -> None:
    """More than a batch of the judges, and more than a digest tells in full."""
    many = [item(f"Niger, report {number}", guid=f"m{number}", text="x") for number in range(450)]
    room.told_by(max_stories=10)
    headlines = await room.told(rss(*many))
    assert sorted(headlines) == sorted(f"Niger, report {number}" for number in range(450))
    assert await room.told(rss(*reversed(many))) == []


async def test_an_entry_that_comes_back_after_many_others_is_still_known(room: Newsroom) -> None:
    assert len(await room.told(rss(OLD[0]))) == 1
    for number in range(1, 30):
        await room.poll(rss(OLD[number]))
        room.clock.pass_time(days=10)
    room.compose()
    assert await room.told(rss(OLD[0])) == []


async def test_entries_that_all_have_one_guid_are_each_seen(room: Newsroom) -> None:
    same = [
        item(f"Niger, report {n}", guid="urn:feed", link=f"https://example.org/s/{n}")
        for n in range(4)
    ]
    assert len(await room.told(rss(*same[:3]))) == 3
    assert await room.told(rss(*same[:3])) == []
    assert await room.told(rss(*same)) == ["Niger, report 3"]
    assert {each.revision for each in room.articles()} == {1}


async def test_a_feed_of_one_entry_at_a_time_with_one_guid_for_all_is_told_every_time(
    room: Newsroom,
) -> None:
    one = [
        rss(item(f"Niger, report {n}", guid="urn:feed", link=f"https://example.org/s/{n}"))
        for n in range(4)
    ]
    for number in range(3):
        assert await room.told(one[number]) == [f"Niger, report {number}"]
        assert await room.told(one[number] + b"<!-- made anew -->") == []
    assert await room.told(one[1]) == []  # by its link
    room.clock.pass_time(days=100)
    with room.store.write() as tx:
        assert articles.forget(tx, room.clock(), room.clock()) == 3
    assert await room.told(one[2]) == []
    assert await room.told(one[1]) == []


async def test_a_headline_or_a_link_that_is_changed_makes_no_new_article(room: Newsroom) -> None:
    assert len(await room.told(rss(item("Niger", guid="a", link="https://example.org/1")))) == 1
    assert await room.told(rss(item("Niger again", guid="a", link="https://example.org/1"))) == []
    assert await room.told(rss(item("Niger again", guid="a", link="https://example.org/2"))) == []
    assert await room.told(rss(item("Niger at last", guid="a", link="https://example.org/2"))) == []
    assert len(room.articles()) == 1


async def test_entries_that_all_link_to_one_page_are_each_seen(room: Newsroom) -> None:
    same = [item(f"Niger, report {n}", link="https://example.org/ticker") for n in range(4)]
    assert len(await room.told(rss(*same[:3]))) == 3
    assert await room.told(rss(*same[:3])) == []
    assert await room.told(rss(*same)) == ["Niger, report 3"]


async def test_an_undated_entry_stays_undated_and_keeps_when_it_was_first_seen(
    room: Newsroom, clock: FakeClock
) -> None:
    undated = item("Niger, some day", guid="u")
    first = clock() + timedelta(seconds=1)
    assert await room.told(rss(undated)) == ["Niger, some day"]
    for number in range(3):
        clock.pass_time(days=20)
        assert await room.told(rss(undated, item("Rain in Rome", guid=f"{number}"))) == []
    seen = room.articles()[0]
    assert (seen.published_at, seen.first_seen_at) == (None, first)


async def test_an_undated_entry_is_shown_with_when_it_was_first_seen(room: Newsroom) -> None:
    await room.poll(rss(item("Niger, some day", guid="u")))
    (message,) = room.decide().messages
    assert "first seen" in message.html
    assert "first seen" in message.text
    assert "1970" not in message.html + message.text


async def test_an_entry_dated_1970_is_not_forgotten_for_it(
    room: Newsroom, clock: FakeClock
) -> None:
    await room.told(rss(item("Niger, long ago", guid="u", date="Thu, 01 Jan 1970 00:00:00 GMT")))
    with room.store.write() as tx:
        assert articles.forget(tx, clock() - timedelta(days=90), clock()) == 0
    assert len(room.articles()) == 1
    assert room.articles()[0].first_seen_at > datetime(2024, 1, 1, tzinfo=UTC)
