from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from monitor.feeds.headlines import resemble
from monitor.feeds.identity import content_hash
from monitor.feeds.republished import (
    Republication,
    ShownBefore,
    may_hold_old,
    old_among,
    republished,
    shown_again,
)
from monitor.model import Entry

NOW = datetime(2024, 5, 20, 12, tzinfo=UTC)
SUBJECTS = (
    *("Troops leave the base at Agadez", "Parliament votes on the budget", "Rain floods the port"),
    *("Teachers strike for a third day", "A new bridge over the river", "Court frees the editor"),
    *("Wheat prices fall again", "The airport reopens", "Bus crash kills seven", "Queen visits"),
)


def before(count: int = 10, *, dated: bool = True) -> list[ShownBefore]:
    """What the feed showed, one article every three hours, the newest first."""
    times = [NOW - timedelta(days=1, hours=3 * number) for number in range(count)]
    return [
        ShownBefore(f"a{n}", SUBJECTS[n], times[n] if dated else None, times[n], b"")
        for n in range(count)
    ]


def entries(*said: tuple[str, datetime | None]) -> dict[int, Entry]:
    return {
        number: Entry(guid=f"new-{number}", link=None, title=title, text="", published_at=at)
        for number, (title, at) in enumerate(said)
    }


def verdict(new: Mapping[int, Entry], known: list[ShownBefore]) -> Republication | None:
    return republished(new, len(new), known, NOW)


def test_headlines_that_the_feed_showed_are_the_same_articles_whatever_their_dates() -> None:
    for at in (None, NOW, NOW - timedelta(days=3)):
        found = verdict(entries(*((title, at) for title in SUBJECTS)), before())
        assert found is not None
        assert found.same == {number: f"a{number}" for number in range(10)}
        assert found.old == frozenset()


def test_headlines_slightly_changed_are_the_same_articles() -> None:
    shown = [(f"{title} | The Daily Example", None) for title in SUBJECTS[:5]]
    shown += [(title.replace("the ", "the “").upper() + "”", None) for title in SUBJECTS[5:]]
    found = verdict(entries(*shown), before())
    assert found is not None
    assert set(found.same.values()) == {f"a{number}" for number in range(10)}


def test_what_is_older_than_all_that_was_known_is_old_without_its_headline() -> None:
    archive = [(f"From the archive {n}", NOW - timedelta(days=30 + n)) for n in range(200)]
    found = verdict(entries(*archive), before())
    assert found is not None
    assert found.old == frozenset(range(200))


def test_news_in_a_document_made_anew_is_news() -> None:
    news = [("Ministers resign overnight", NOW), ("Storm nears the coast", NOW)]
    shown = entries(*news, *((title, NOW - timedelta(days=2)) for title in SUBJECTS))
    found = verdict(shown, before())
    assert found is not None
    assert not {0, 1} & (found.old | found.same.keys())


def test_undated_entries_below_an_old_one_are_old_and_those_above_it_may_be_news() -> None:
    archive = [(f"Forgotten long ago, story {n}", None) for n in range(40)]
    shown = entries(("Ministers resign overnight", None), *((t, None) for t in SUBJECTS), *archive)
    found = verdict(shown, before(dated=False))
    assert found is not None
    assert len(found.same) == 10
    assert found.old == frozenset(range(11, 51))


@pytest.mark.parametrize("at", [None, NOW, NOW - timedelta(hours=20)])
def test_a_mass_of_real_news_is_none_of_it_old(at: datetime | None) -> None:
    news = [(f"News of the hour {n}: {subject[::-1]}", at) for n, subject in enumerate(SUBJECTS)]
    assert verdict(entries(*news), before()) is None


def test_a_few_late_arrivals_are_no_republication() -> None:
    late = [(f"Late correspondence {n}", NOW - timedelta(days=5)) for n in range(4)]
    assert verdict(entries(*late), before()) is None
    news = [(f"News {n}: {subject[::-1]}", NOW) for n, subject in enumerate(SUBJECTS)]
    assert verdict(entries(*news, *late), before()) is None
    more = {**entries(*((f"Late correspondence {n}", NOW - timedelta(9)) for n in range(9)))}
    assert republished(more, 30, before(), NOW) is None  # among many that are known


def test_formulas_that_come_back_every_day_are_news() -> None:
    times = [NOW - timedelta(days=n // 3) for n in range(12)]
    formulas = ("Morning briefing", "Closing prices on the exchange", "Yellow warning of rain")
    known = [ShownBefore(f"a{n}", formulas[n % 3], at, at, b"") for n, at in enumerate(times)]
    shown = entries(*((formulas[n % 3], NOW + timedelta(hours=n)) for n in range(6)))
    assert verdict(shown, known) is None


@pytest.mark.parametrize(
    ("days", "old"),
    [
        ([7] * 6, False),
        ([7, 7.1, 7.2, 8, 9, 14], False),
        ([7, 7, 7, 7, 7, 15], True),
        ([0.5] * 6, True),
        ([0] * 6, True),
    ],
)
def test_headlines_given_again_after_all_that_was_known_by_like_times_are_news(
    days: list[float], *, old: bool
) -> None:
    times = [NOW - timedelta(days=20, hours=3 * n) for n in range(6)]
    known = [ShownBefore(f"a{n}", SUBJECTS[n], at, at, b"") for n, at in enumerate(times)]
    said = zip(SUBJECTS, times, days, strict=False)
    shown = entries(*((title, at + timedelta(days=after)) for title, at, after in said))
    assert (verdict(shown, known) is not None) is old
    undated = {**shown, 0: entries((SUBJECTS[0], None))[0]}
    assert verdict(undated, known) is not None


@pytest.mark.parametrize(
    ("anew", "old"),
    [
        ([NOW] * 6, True),  # all dated when the site was built
        ([NOW - timedelta(seconds=n) for n in range(6)], True),  # one after the other
        ([NOW, NOW, NOW, NOW, NOW, NOW - timedelta(hours=1)], True),
        ([NOW - timedelta(hours=3 * n) for n in range(6)], False),
    ],
)
def test_a_site_that_dates_its_old_articles_to_one_moment_is_made_anew(
    anew: list[datetime], *, old: bool
) -> None:
    times = [NOW - timedelta(days=40, hours=3 * n) for n in range(6)]
    known = [ShownBefore(f"a{n}", SUBJECTS[n], at, at, b"") for n, at in enumerate(times)]
    shown = entries(*zip(SUBJECTS, anew, strict=False))
    assert (verdict(shown, known) is not None) is old


def test_a_feed_that_counts_its_dates_from_now_gives_no_warnings_again() -> None:
    times = [NOW - timedelta(minutes=10, seconds=n) for n in range(6)]
    known = [ShownBefore(f"a{n}", SUBJECTS[n], at, at, b"") for n, at in enumerate(times)]
    shown = entries(*((SUBJECTS[n], NOW - timedelta(seconds=n)) for n in range(6)))
    assert verdict(shown, known) is not None


def test_one_formula_given_again_makes_no_news_of_a_site_made_anew() -> None:
    formula = ShownBefore("f", "Briefing", NOW - timedelta(days=8), NOW, b"")
    archive = [(f"Renamed {n}", NOW - timedelta(days=20 + n)) for n in range(10)]
    found = verdict(entries(("Briefing", NOW), *archive), [formula, *before()])
    assert found is not None
    assert found.old == frozenset(range(1, 11))


def test_numbered_reports_are_not_each_other() -> None:
    known = [ShownBefore(f"a{n}", f"Situation report {n}", None, NOW, b"") for n in range(10)]
    shown = entries(*((f"Situation report {n}", None) for n in range(10, 20)))
    assert verdict(shown, known) is None


def test_an_article_dated_in_the_future_makes_no_news_old() -> None:
    known = [*before(), ShownBefore("f", "Far ahead", NOW + timedelta(days=900), NOW, b"")]
    news = [(f"News {n}: {subject[::-1]}", NOW) for n, subject in enumerate(SUBJECTS)]
    assert verdict(entries(*news), known) is None


# --- entry by entry ----------------------------------------------------------------------------

LONG = "Ministers have met in the capital for a third day, and nothing that they said was new. " * 2


def entry(title: str, text: str = "Said.", at: datetime | None = NOW) -> Entry:
    return Entry(guid=None, link=None, title=title, text=text, published_at=at)


def as_shown(*entries: Entry) -> list[ShownBefore]:
    """What was shown, in the words of these entries."""
    return [
        ShownBefore(f"a{n}", each.title, each.published_at, NOW, content_hash(each))
        for n, each in enumerate(entries)
    ]


def again(new: list[Entry], *known: Entry) -> dict[int, str]:
    return shown_again(dict(enumerate(new)), as_shown(*known))


WARNING = entry("Flood warning")


@pytest.mark.parametrize(
    ("new", "known", "same"),
    [
        (WARNING, WARNING, True),
        (WARNING, entry("Flood warning", at=NOW + timedelta(milliseconds=900)), True),
        (WARNING, entry("Flood warning", at=NOW + timedelta(seconds=1)), False),
        (WARNING, entry("Flood warning", "Over."), False),
        (WARNING, entry("Wind warning"), False),
        (WARNING, entry("Flood warning", at=None), False),
        (entry("Flood warning", at=None), entry("Flood warning", at=None), False),
        (entry("Talks", LONG, None), entry("Talks", LONG, None), True),
        (entry("Talks", LONG), entry("Talks", LONG, NOW - timedelta(days=7)), False),
        (entry("Talks in Niamey | Daily", LONG), entry("Talks in Niamey", LONG), True),
        (entry("Talks in Niamey", LONG), entry("Daily: talks in Niamey", LONG), True),
        (entry("Talks in Niamey", LONG), entry("Rain in Niamey", LONG), False),
        (entry("Talks in Niamey | Daily"), entry("Talks in Niamey"), False),
        (entry("", "Said."), entry("", "Said."), True),
        (entry("", ""), entry("", ""), False),
    ],
)
def test_an_entry_is_an_article_of_its_second_and_words(
    new: Entry, known: Entry, *, same: bool
) -> None:
    assert again([new], known) == ({0: "a0"} if same else {})


def test_each_article_is_one_entry_at_most() -> None:
    assert again([WARNING] * 3, WARNING, WARNING) == {0: "a0", 1: "a1"}


def test_articles_in_other_words_are_known_by_five_headlines_each_in_its_second() -> None:
    times = [NOW - timedelta(hours=n) for n in range(5)]
    known = [entry(SUBJECTS[n], at=at) for n, at in enumerate(times)]
    new = [entry(f"{SUBJECTS[n]} | Daily", "Read on.", at) for n, at in enumerate(times)]
    assert again(new, *known) == {n: f"a{n}" for n in range(5)}
    assert again(new[:4], *known) == {}
    assert again([*new[:4], entry(SUBJECTS[4], "Read on.", NOW)], *known) == {}


def test_headlines_of_one_second_that_are_not_alone_there_tell_nothing() -> None:
    known = [WARNING, *(entry(SUBJECTS[n]) for n in range(5))]
    new = [entry("Flood warning", f"{n}.") for n in range(2)]
    assert again([*new, *known[1:]], *known) == {n + 2: f"a{n + 1}" for n in range(5)}


def test_an_article_that_the_document_shows_under_its_keys_is_no_other_entry() -> None:
    known, second = as_shown(WARNING), int(NOW.timestamp())

    def found(held: set[str], gone: set[int] | None) -> Republication | None:
        return old_among({3: WARNING}, 9, known, held, gone, NOW)

    for gone in (None, {second}):
        assert found({"another"}, gone) == Republication({3: "a0"}, frozenset())
        assert found({"a0"}, gone) is None
    assert found(set(), {second + 1}) is None


def test_what_is_known_by_its_words_is_so_in_a_document_made_anew_as_well() -> None:
    times = [NOW - timedelta(days=1, hours=n) for n in range(11)]
    shown = [entry(title, at=at) for title, at in zip((*SUBJECTS, "Rain"), times, strict=True)]
    found = old_among(dict(enumerate(shown)), 11, as_shown(*shown), (), None, NOW)
    assert found == Republication({n: f"a{n}" for n in range(11)}, frozenset())


def test_a_closer_look_is_taken_where_another_entry_of_a_second_went() -> None:
    second = int(NOW.timestamp())
    assert not may_hold_old([WARNING], 1, {second})
    assert may_hold_old([WARNING, entry("Later", at=None)], 100, {second})
    assert not may_hold_old([WARNING] * 4, 4, {second - 1})
    assert may_hold_old([WARNING] * 5, 10, ())
    assert not may_hold_old([WARNING] * 5, 11, ())


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Troops leave Niger", "Troops leave Niger!", True),
        ("Troops leave Niger", "TROOPS LEAVE NIGER – BBC News", True),
        ("Troops leave Niger base", "Troops leave a Niger base", True),
        ("Report 7", "Report 8", False),
        ("Niger", "Rome", False),
        ("美军从尼日尔撤军", "美军从尼日尔撤军！", True),
        ("美军从尼日尔撤军", "法国总统访问中国", False),
        ("", "Troops", False),
        ("", "", True),
    ],
)
def test_headlines_resemble_each_other(one: str, other: str, alike: bool) -> None:
    assert resemble(one, other) is alike
    assert resemble(other, one) is alike
