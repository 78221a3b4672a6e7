from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from monitor.feeds.headlines import resemble
from monitor.feeds.republished import Republication, ShownBefore, republished
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
        ShownBefore(f"a{n}", SUBJECTS[n], times[n] if dated else None, times[n])
        for n in range(count)
    ]


def entries(*said: tuple[str, datetime | None]) -> dict[int, Entry]:
    return {
        number: Entry(guid=f"new-{number}", link=None, title=title, text="", published_at=at)
        for number, (title, at) in enumerate(said)
    }


def verdict(new: Mapping[int, Entry], known: list[ShownBefore]) -> Republication | None:
    return republished(new, len(new), known)


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
    assert republished(more, 30, before()) is None  # among many that are known


def test_formulas_that_come_back_every_day_are_news() -> None:
    times = [NOW - timedelta(days=n // 3) for n in range(12)]
    formulas = ("Morning briefing", "Closing prices on the exchange", "Yellow warning of rain")
    known = [ShownBefore(f"a{n}", formulas[n % 3], at, at) for n, at in enumerate(times)]
    shown = entries(*((formulas[n % 3], NOW + timedelta(hours=n)) for n in range(6)))
    assert verdict(shown, known) is None


def test_numbered_reports_are_not_each_other() -> None:
    known = [ShownBefore(f"a{n}", f"Situation report {n}", None, NOW) for n in range(10)]
    shown = entries(*((f"Situation report {n}", None) for n in range(10, 20)))
    assert verdict(shown, known) is None


def test_an_article_dated_in_the_future_makes_no_news_old() -> None:
    known = [*before(), ShownBefore("f", "Far ahead", NOW + timedelta(days=900), NOW)]
    news = [(f"News {n}: {subject[::-1]}", NOW) for n, subject in enumerate(SUBJECTS)]
    assert verdict(entries(*news), known) is None


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
