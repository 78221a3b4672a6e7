"""A feed whose ids and addresses all change while much of what it shows is really new."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest

from monitor.feeds.fetch import Fetcher
from tests.failures.newsroom import LONG, WORLD, Newsroom, item, rss
from tests.feeds.server import ok, redirect, running

HOUR = timedelta(hours=1)
SUBJECTS = """
troops leave the base|parliament votes on the budget|rain floods the port|teachers strike again
a new bridge is opened|the court frees an editor|wheat prices fall|the airport reopens at last
bus crash kills seven|ministers meet in the north|uranium exports resume|the border stays closed
""".strip()
OLD = [f"Niger: {each}" for line in SUBJECTS.splitlines() for each in line.split("|")]
NEWS = [f"Niger tonight: {headline[7:][::-1]}" for headline in OLD]
Dating = Callable[[datetime], str]


def shown(
    headlines: Sequence[str],
    newest: datetime | None,
    path: str,
    *,
    text: str = "{0}, it is said.",
    title: str = "{0}",
    dating: Dating = format_datetime,
) -> str:
    """Items of these, the newest first and an hour apart; ids and links go by ``path``."""
    return "".join(
        item(
            title.format(headline),
            guid=f"{path}-{number}",
            link=f"https://example.org/{path}/{number}",
            date=dating(newest - number * HOUR) if newest else "",
            text=text.format(headline),
        )
        for number, headline in enumerate(headlines)
    )


async def made_anew(room: Newsroom, news: int, old: int = 12, **how: Any) -> list[str]:
    """What is told when the old entries come back under other keys below so many new ones."""
    then = room.clock() - HOUR
    assert len(await room.told(rss(shown(OLD[:old], then, "old")))) == old
    room.clock.pass_time(hours=24)
    tonight = shown(NEWS[:news], room.clock() - HOUR, "tonight")
    anew = shown(OLD[:old], then, "anew", **how)
    return await room.told(rss(tonight, anew))


@pytest.mark.parametrize(("old", "news"), [(12, 12), (12, 4), (3, 12), (2, 1), (1, 1)])
async def test_old_articles_under_other_keys_are_not_told_however_many_new_ones_are_beside_them(
    room: Newsroom, old: int, news: int
) -> None:
    assert sorted(await made_anew(room, news, old)) == sorted(NEWS[:news])
    assert len(room.articles()) == old + news
    looked_new = [each.message.split(":")[0] for each in room.problems()]
    assert looked_new == ([f"{old} entries looked new and are old"] if old >= 5 else [])


async def test_they_are_known_by_their_other_keys_from_then_on(room: Newsroom) -> None:
    await made_anew(room, 8)
    room.clock.pass_time(hours=1)
    reworded = shown(OLD, None, "anew", text="Quite other words.", title="{0}, and no more of it")
    later = item("Niger: later", guid="later", text="Said.")
    assert await room.told(rss(later, reworded)) == ["Niger: later"]


@pytest.mark.parametrize(
    "how",
    [
        {"title": "{0} | The Daily Example"},
        {"title": "Africa – {0}"},
        {"text": "Read on our new site what {0} means."},
        {"text": "New words on {0}.", "title": "{0} | The Daily Example"},
        {"dating": lambda at: format_datetime(at.astimezone(timezone(timedelta(hours=8))))},
        {"dating": lambda at: at.replace(microsecond=250_000).isoformat()},
    ],
    ids=["name after", "name before", "text", "text and name", "zone", "format"],
)
async def test_so_it_is_where_headlines_texts_or_the_form_of_dates_change_with_them(
    room: Newsroom, how: dict[str, Any]
) -> None:
    assert sorted(await made_anew(room, 12, **how)) == sorted(NEWS)


async def test_two_entries_with_a_name_after_their_headlines_are_known_by_long_texts_and_dates(
    room: Newsroom,
) -> None:
    then = room.clock() - HOUR
    long = f"{LONG}. {LONG}."
    await room.told(rss(shown(OLD[:2], then, "old", text=long)))
    anew = shown(OLD[:2], then, "anew", text=long, title="{0} | The Daily Example")
    assert await room.told(rss(item("Niger: later", guid="later"), anew)) == ["Niger: later"]


async def test_so_it_is_where_the_feed_goes_to_another_address_for_good(room: Newsroom) -> None:
    async with running() as site, Fetcher() as room.web:
        room.subscribe(site.url("/feed"), allow_private=True)
        then = room.clock() - HOUR
        site.answers["/feed"] = ok(rss(shown(OLD, then, "old")))
        assert len(await room.told(None)) == 12
        room.clock.pass_time(hours=24)
        tonight = shown(NEWS, room.clock() - HOUR, "tonight")
        site.answers["/new"] = ok(rss(tonight, shown(OLD, then, "anew")))
        site.answers["/feed"] = redirect(site.url("/new", "localhost"), 301)
        assert sorted(await room.told(None)) == sorted(NEWS)


async def test_one_site_made_anew_among_several_in_a_feed_brings_nothing_up_again(
    room: Newsroom,
) -> None:
    then = room.clock() - HOUR
    others = shown([f"Niger, elsewhere: {n}" for n in range(20)], then - HOUR / 2, "others")
    assert len(await room.told(rss(shown(OLD[:3], then, "old"), others))) == 23
    room.clock.pass_time(hours=1)
    anew = item("Niger: later", guid="later"), shown(OLD[:3], then, "anew"), others
    assert await room.told(rss(*anew)) == ["Niger: later"]


def atom(*entries: tuple[str, str, datetime]) -> bytes:
    """An Atom document of entries (headline, id, when it was changed), which say no more."""
    inside = "".join(
        f"<entry><title>{title}</title><id>{path}</id><updated>{at.isoformat()}</updated>"
        f"<link href='https://example.org/{path}'/><summary>{title}, it is said.</summary></entry>"
        for title, path, at in entries
    )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'>{inside}</feed>".encode()


async def test_so_it_is_where_entries_only_say_when_they_were_changed(room: Newsroom) -> None:
    now = room.clock()
    others = [(f"Niger, elsewhere: {n}", f"other/{n}", now - (n + 0.2) * HOUR) for n in range(20)]
    times = [now - HOUR * (n + 3) / 2 for n in range(3)]
    old = [(OLD[n], f"old/{n}", at) for n, at in enumerate(times)]
    assert len(await room.told(atom(*old, *others))) == 23
    room.clock.pass_time(hours=1)
    anew = [(title, f"anew/{n}", at) for n, (title, _, at) in enumerate(old)]
    later = ("Niger: later", "later", now + HOUR)
    assert await room.told(atom(later, *anew, *others)) == ["Niger: later"]


@pytest.mark.parametrize("short", [2, 6])
async def test_undated_long_texts_on_another_site_are_known_and_short_ones_where_five_come_back(
    room: Newsroom, short: int
) -> None:
    long = len(OLD) - short
    texts = [f"{headline}, {LONG}." for headline in OLD[:long]] + OLD[long:]

    def undated(site: str) -> str:
        return "".join(
            item(OLD[n], guid=f"{site}-{n}", link=f"https://{site}.example/{n}", text=text)
            for n, text in enumerate(texts)
        )

    assert len(await room.told(rss(undated("old")))) == 12
    room.clock.pass_time(hours=24)
    tonight = shown(NEWS, None, "tonight")
    assert sorted(await room.told(rss(tonight, undated("anew")))) == sorted(NEWS)


async def test_a_few_undated_short_texts_that_come_back_are_told(room: Newsroom) -> None:
    def undated(site: str) -> str:
        return "".join(
            item(headline, guid=f"{site}-{n}", link=f"https://{site}.example/{n}", text=headline)
            for n, headline in enumerate(OLD[:4])
        )

    assert len(await room.told(rss(undated("old")))) == 4
    room.clock.pass_time(hours=24)
    tonight = shown(NEWS, None, "tonight")
    assert sorted(await room.told(rss(tonight, undated("anew")))) == sorted(NEWS + OLD[:4])


async def test_entries_that_are_all_dated_anew_beside_much_news_are_told(room: Newsroom) -> None:
    """Nothing tells them from warnings that are given once more; as in the next test."""
    then = room.clock() - HOUR
    await room.told(rss(shown(OLD[:6], then, "old")))
    room.clock.pass_time(hours=24)
    now = room.clock() - HOUR
    mixed = rss(shown(NEWS[:6], now, "tonight"), shown(OLD[:6], now, "anew"))
    assert sorted(await room.told(mixed)) == sorted(NEWS[:6] + OLD[:6])


# --- what repeats its words and is news ---------------------------------------------------------

WARNINGS = ("Flood warning for Niger", "Wind warning for Niger", "All systems in Niger operational")


def warned(at: datetime, *, text: str = "", kinds: Sequence[str] = WARNINGS) -> str:
    when = at.strftime("%m%d%H%M%S")
    return "".join(
        item(
            kind,
            guid=f"{when}-{number}",
            link=f"https://example.org/{when}/{number}",
            date=format_datetime(at),
            text=text or kind,
        )
        for number, kind in enumerate(kinds)
    )


@pytest.mark.parametrize("days", [1 / 24, 1, 7, 14])
@pytest.mark.parametrize("places", [1, 2, 8])
async def test_warnings_that_repeat_their_words_under_other_dates_are_told_each_time(
    room: Newsroom, days: float, places: int
) -> None:
    kinds = [f"{kind}, district {place}" for kind in WARNINGS for place in range(places)]
    for _ in range(4):
        room.clock.pass_time(hours=24 * days)
        assert sorted(await room.told(rss(warned(room.clock(), kinds=kinds)))) == sorted(kinds)
    assert len(room.articles()) == 12 * places
    assert not [each for each in room.problems() if "are old" in each.message]


@pytest.mark.parametrize("days", [1 / 24, 8])  # after a week all entries are looked at again
async def test_of_warnings_of_one_second_those_still_shown_are_not_those_that_come(
    room: Newsroom, days: float
) -> None:
    at = datetime(2024, 5, 20, tzinfo=UTC)
    first = warned(at)
    more = first.replace(">0520", ">more").replace("/0520", "/more")
    assert len(await room.told(rss(first))) == 3
    room.clock.pass_time(hours=24 * days)
    assert len(await room.told(rss(shown(NEWS[:6], room.clock(), "tonight"), more, first))) == 9
    assert len(room.articles()) == 12


@pytest.mark.parametrize("text", ["See our page.", ""])
async def test_warnings_of_the_same_second_for_elsewhere_are_told(
    room: Newsroom, text: str
) -> None:
    at = room.clock()
    room.watch("warning")
    assert len(await room.told(rss(warned(at, text=text, kinds=WARNINGS[:2])))) == 2
    elsewhere = [f"{kind} and Mali" for kind in WARNINGS[:2]]
    later = warned(at, text=text, kinds=elsewhere).replace(">05", ">06").replace("/05", "/06")
    assert sorted(await room.told(rss(later))) == sorted(elsewhere)


async def test_what_another_feed_has_shown_is_not_known_by_its_words_and_date(
    room: Newsroom,
) -> None:
    other = "https://other.example/feed"
    room.subscribe(WORLD, other)
    room.web.answers[other] = rss(item("Elsewhere", guid="1"))
    then = room.clock() - HOUR
    assert len(await room.told(rss(shown(OLD, then, "old")))) == 12
    room.web.answers[other] = rss(shown(OLD[:4], then, "anew"))
    room.clock.pass_time(hours=1)
    assert sorted(await room.told(None)) == sorted(OLD[:4])


# --- what comes late and is news ----------------------------------------------------------------


@pytest.mark.parametrize("late", [5, 8, 12])
@pytest.mark.parametrize("minutes", [10, 120, 600])
async def test_news_dated_before_the_newest_known_is_told_beside_entries_that_keep_their_keys(
    room: Newsroom, late: int, minutes: int
) -> None:
    began = room.clock()
    known = shown(OLD, began - HOUR / 12, "site")
    assert len(await room.told(rss(known))) == len(OLD)
    room.clock.pass_time(hours=1)
    news = shown(NEWS[:late], began - timedelta(minutes=minutes), "late")
    assert sorted(await room.told(rss(news, known))) == sorted(NEWS[:late])


@pytest.mark.parametrize("late", [1, 3, 12])
async def test_news_dated_before_the_newest_known_is_told_in_a_feed_made_anew(
    room: Newsroom, late: int
) -> None:
    newest = room.clock() - HOUR / 12
    assert len(await room.told(rss(shown(OLD, newest, "old")))) == len(OLD)
    room.clock.pass_time(hours=1)
    news = shown(NEWS[:late], newest - HOUR / 6, "late")
    assert sorted(await room.told(rss(news, shown(OLD, newest, "anew")))) == sorted(NEWS[:late])


async def test_an_entry_dated_far_ahead_makes_no_news_old(room: Newsroom) -> None:
    now = room.clock()
    ahead = shown(OLD[:1], now + timedelta(days=6000), "ahead")
    known = shown(OLD[1:6], now - HOUR * 5, "site")
    assert len(await room.told(rss(ahead, known))) == 6
    room.clock.pass_time(hours=1)
    news = shown(NEWS[:7], now - HOUR, "late")
    assert sorted(await room.told(rss(ahead, news, known))) == sorted(NEWS[:7])


async def test_an_archive_beside_entries_that_keep_their_keys_is_told_by_nobody(
    room: Newsroom,
) -> None:
    known = shown(OLD, room.clock() - HOUR, "site")
    assert len(await room.told(rss(known))) == len(OLD)
    room.clock.pass_time(hours=1)
    archive = shown(NEWS, room.clock() - timedelta(days=90), "archive")
    assert await room.told(rss(known, archive)) == []
