"""Dates as they are written, by people and programs, in one language or another."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.as_feedparser import read_date
from monitor.feeds.dates import from_text
from monitor.feeds.written_dates import read_written
from tests.feeds.documents import only, read, rss

EVENING = "2024-03-16 20:30:00"


@pytest.mark.parametrize(
    "written",
    [
        "Sat, 16 Mar 2024 20:30 GMT",
        "Sat,16 Mar 2024 20:30:00 GMT",
        "Sat., 16 Mar. 2024 20:30:00 GMT",
        "SATURDAY, 16 MARCH 2024 20:30:00",
        "Saturday, 16-Mar-24 20:30:00 GMT",
        "16-Mar-2024 20:30:00",
        "16 March 2024 at 20:30",
        "16th March 2024, 20:30",
        "Saturday 16 March 2024 - 20:30",
        "Saturday, March 16, 2024 20:30:00 GMT",
        "March 16, 2024, 8:30 p.m.",
        "Mar 16th, 2024 8:30pm",
        "Mar 16 2024 20:30:00",
        "Sat Mar 16 20:30:00 2024",
        "Sat Mar 16 16:30:00 EDT 2024",
        "Sat Mar 16 21:30:00 +0100 2024",
        "Sat Mar 16 2024 21:30:00 GMT+0100 (Central European Standard Time)",
        "Sat, 16 Mar 2024 8:30 PM UTC",
        "Sat, 16 Mar 2024 3:30 pm EST",
        "Sat, 16 Mar 2024 20:30:00 +0000 (UTC)",
        "Sat(urday), 16(th (of it)) Mar(ch\\)) 2024 20:30 GMT",
        "Sat, 16 Mar 2024 20.30.00 GMT",
        "Sat, 16 Mar 2024 21:30:00 GMT+1",
        "Sat, 16 Mar 2024 22:30:00 UTC+02:00",
        "Sat, 16 Mar 2024 21:30:00 CET",
        "Sat, 16 Mar 2024 22:30:00 CEST",
        "Sat, 16 Mar 2024 23:30:00 MSK",
        "Sun, 17 Mar 2024 02:00:00 IST",
        "Sun, 17 Mar 2024 05:30:00 JST",
        "Sat, 16 Mar 2024 15:30:00 -0500 EST",
        "2024-03-16 20:30:00 UTC",
        "2024-03-16 15:30:00 EST",
        "2024-03-16 21:30:00+01",
        "2024-03-16 8:30 PM",
        "2024-03-16T20:30:00.0000000Z",
        "2024-03-16T21:30:00+01:00[Europe/Paris]",
        "2024-03-16t20:30:00z",
        "20240316T203000Z",
        "2024/03/16 20:30",
        "2024/3/17 5:30:00 +0900",
        "2024.03.16 20:30:00",
        "2024年3月16日 20:30",
        "2024년 3월 16일 20:30",
        "16.03.2024 20:30",
        "Sa, 16. 03. 2024 21:30:00 +0100",
        "16. 3. 2024, 20:30",
        "2024-W11-6T20:30:00Z",
        "2024-W11-6T21:30+01:00",
        "2024W116T203000Z",
        "2024-W11-6 20:30",
        "16.3.2024, 20.30",
        "16/03/2024 20:30",
        "16-03-2024 20:30:00",
        "3/16/2024 8:30:00 PM",
        "1710621000",
        "1710621000.25",
        "Sa, 16 Mär 2024 21:30:00 +0100",
        "Sa., 16. März 2024, 20:30",
        "sam, 16 mars 2024 21:30:00 +0100",
        "samedi 16 mars 2024 à 20h30",
        "sáb, 16 mar 2024 21:30:00 +0100",
        "16 de marzo de 2024 20:30",
        "Сб, 16 мар 2024 23:30:00 +0300",
        "16 марта 2024 20:30",
        "Σαβ, 16 Μαρ 2024 22:30:00 EET",
        "  Sat,\n16 Mar 2024\t20:30:00 GMT ",
    ],
)
def test_a_date_means_the_same_however_it_is_written(written: str) -> None:
    moment = datetime.fromisoformat(EVENING).replace(tzinfo=UTC)
    assert from_text(written) == moment
    assert read_date(written) == moment


@pytest.mark.parametrize(
    ("written", "month"),
    [
        ("5 ene 2024", 1),
        ("5 févr. 2024", 2),
        ("5 avril 2024", 4),
        ("5 mag 2024", 5),
        ("5 мая 2024", 5),
        ("5 juin 2024", 6),
        ("5 juil. 2024", 7),
        ("5 Ağu 2024", 8),
        ("5 août 2024", 8),
        ("5 Sept 2024", 9),
        ("5 out 2024", 10),
        ("5 Οκτ 2024", 10),
        ("5 lipnja 2024", 6),
        ("5 lipca 2024", 7),
        ("5 listopada 2024", 11),
        ("5 marraskuuta 2024", 11),
        ("5 Dez 2024", 12),
        ("5 грудня 2024", 12),
    ],
)
def test_months_are_known_in_the_languages_of_feeds(written: str, month: int) -> None:
    assert read_date(written) == datetime(2024, month, 5, tzinfo=UTC)


def test_midnight_may_be_the_end_of_a_day_and_a_minute_have_a_second_more() -> None:
    assert read_date("Sat, 16 Mar 2024 24:00:00 GMT") == datetime(2024, 3, 17, tzinfo=UTC)
    assert read_date("31 Dec 2016 23:59:60 GMT") == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2004-foo-13",
        "2004-",
        "2004 -12-31",
        "2024-02-30",
        "2024-13-01T10:00:00Z",
        "2024-03-16T10:61:00Z",
        "2024-03-16T25:00:00Z",
        "20240230",
        "05-06-2024",
        "Sat, 32 Mar 2024 20:30 GMT",
        "16 Foo 2024",
        "16 Mar 20:30",
        "2024-W53-1",
        "2024-W11",
        "2024-W11-8",
    ],
)
def test_what_may_be_another_day_is_no_date(written: str) -> None:
    assert read_date(written) is None


@pytest.mark.parametrize(
    "written",
    [
        "Sat, 16 Mar 2024 20:30:00 +2500",
        "Sat, 16 Mar 2024 20:30:00 +1500",
        "Sat, 16 Mar 2024 20:30:00 -9959",
        "Sat, 16 Mar 2024 20:30:00 +0160",
        "Sat Mar 16 20:30:00 +2500 2024",
        "16 Mar 2024 20:30 GMT+25",
        "16. März 2024, 20:30 +99:00",
        "2024-03-16T20:30:00+25:00",
        "2024-03-16T20:30:00+23:59",
        "2024-03-16T20:30+25:00",
        "2024-03-16 20:30:00 -2000",
    ],
)
def test_what_is_further_from_utc_than_any_zone_is_none(written: str) -> None:
    assert read_date(written) == from_text(written) == datetime(2024, 3, 16, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "written", ["Sun, 17 Mar 2024 10:30:00 +1400", "2024-03-17T10:30:00+14:00"]
)
def test_the_farthest_zones_are_believed(written: str) -> None:
    assert read_date(written) == from_text(written) == datetime(2024, 3, 16, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize("written", ["2024-W11-6", "2024W116", "16. 3. 2024"])
def test_a_day_by_its_week_or_with_blanks_may_have_no_time(written: str) -> None:
    assert read_date(written) == from_text(written) == datetime(2024, 3, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00",
        "0001-01-01 00:00:00 +0000 UTC",
        "Mon, 01 Jan 0001 00:00:00 GMT",
        "01.01.0001 00:00:00",
        "0000-01-01T00:00:00Z",
        "0000-00-00 00:00:00",
    ],
)
def test_the_year_one_is_a_program_s_way_to_know_no_date(written: str) -> None:
    assert read_date(written) is None
    assert from_text(written) is None


@pytest.mark.parametrize(
    ("written", "day"),
    [("20240316", (3, 16)), ("2024-03-16", (3, 16)), ("2024-03", (3, 1)), ("2024", (1, 1))],
)
def test_a_day_may_have_no_time(written: str, day: tuple[int, int]) -> None:
    assert read_date(written) == datetime(2024, *day, tzinfo=UTC)


def test_of_a_date_with_more_behind_it_the_beginning_counts() -> None:
    assert read_written("March 16, 2024 and so on") is None
    assert from_text("March 16, 2024 20:30 by Jane") == datetime(2024, 3, 16, 20, 30, tzinfo=UTC)
    assert from_text("2024-03-16 20:30 XYZ") == datetime(2024, 3, 16, 20, 30, tzinfo=UTC)


def test_damage_elsewhere_in_the_document_changes_no_date() -> None:
    item = "<item><title>t</title><pubDate>March 16, 2024, 8:30 PM EDT</pubDate></item>"
    moment = datetime(2024, 3, 17, 0, 30, tzinfo=UTC)
    assert only(read(rss(item))).published_at == moment
    assert only(read(rss(item + "<b>"))).published_at == moment


@given(st.text("0123456789-:T+ZGMJanMonFeb, ./()[]pma年月日", max_size=40))
def test_whatever_is_written_is_a_moment_or_nothing(text: str) -> None:
    for read_as in (read_date, from_text):
        found = read_as(text)
        assert found is None or found.tzinfo is UTC
