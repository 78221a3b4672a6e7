"""Dates in the ways in which people and programs write them, in whatever order. Pure.

    a weekday or not │ a day │ a time or not │ a zone or not

Imported where a date is met that is not written as the formats of feeds have it: then the patterns
are worth making. Months go by how they begin in the languages that feeds write dates in.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta

_LONGEST = 100  # characters of a date
# Of RFC 5322 (3.2.2), and the zone's name as Java has it.
_REMARK = re.compile(r"\((?:[^()\\]|\\.)*\)|\[[^][]*\]")
_DEEPEST = 3  # remarks within remarks
_FARTHEST = timedelta(hours=14)  # from UTC; what lies beyond is no zone

# How a month begins, without accents: English, German, French, Spanish, Italian, Portuguese, Dutch,
# Polish, Turkish, Indonesian, Romanian, the languages of Scandinavia; Russian, Ukrainian, Greek.
# Four letters where three begin a month of another language.
_BEGINNINGS = (
    "jan ene gen ian sty oca янв січ ιαν",
    "feb fev fvr lut sub peb фев лют φεβ",
    "mar maa mrt mae мар бер μαρ",
    "apr abr avr avri kwi nis апр кві απρ",
    "may mai mei maj mag маи мая тра μαι",
    "jun juin giu iun cze haz lipn июн чер ιουν",
    "jul juil lug iul lip tem июл лип ιουλ",
    "aug ago aou sie agu авг сер αυγ",
    "sep set wrz eyl сен вер σεπ",
    "oct okt ott out paz eki окт жов οκτ",
    "nov noi lis kas marr ноя лис νοε",
    "dec dez dic des dis gru ara дек гру δεκ",
)
_MONTHS = {
    word: number
    for number, line in enumerate(_BEGINNINGS, start=1)
    for word in unicodedata.normalize("NFC", line).split()
}

# Hours before or after UTC. Of names with several meanings the one that feeds mean by them.
_ZONES = {
    name: hours
    for hours, names in {
        0: "z ut utc gmt wet etc/gmt etc/utc",
        1: "cet mez met wat bst west",
        2: "cest mesz mest eet cat sast",
        3: "eest msk eat",
        5: "pkt",
        5.5: "ist",
        7: "wib ict",
        8: "hkt sgt awst",
        9: "jst kst",
        9.5: "acst",
        10: "aest",
        10.5: "acdt",
        11: "aedt",
        12: "nzst",
        13: "nzdt",
        -2: "brst",
        -3: "adt brt art",
        -4: "ast edt",
        -5: "est et cdt",
        -6: "cst ct mdt",
        -7: "mst mt pdt",
        -8: "pst pt akdt",
        -9: "akst",
        -10: "hst",
    }.items()
    for name in names.split()
}

_WEEKDAY = r"(?:[^\W\d_]{2,}+(?:\.?,?\s,?\s?|\.?,))?"
_MONTH = r"(?P<word>[^\W\d_]{3,})\.?"
_TIME = (
    r"(?P<hour>\d\d?)[:.h](?P<minute>\d\d)(?:[:.](?P<second>\d\d)(?:[.,]\d+)?)?"
    r"(?:\s?(?P<half>[ap])\.?m\b\.?)?"
)
_ZONE = (
    r"(?:\s?(?P<zone>[a-z]{1,5}|etc/[a-z]{3}))?"
    r"(?:\s?(?P<sign>[+-])(?P<ahead>\d\d?)(?::?(?P<beside>\d\d))?(?:z|\s[a-z]{1,5})?)?"
)
_AFTERWARDS = rf"(?:(?:\s?[,t-]\s?|\s)(?:(?:at|um|a|om|kl\.?|-)\s)?{_TIME}{_ZONE})?"
_DAYS = (
    r"(?P<year>\d{4})(?P<between>[-/.])(?P<month>\d\d?)(?P=between)(?P<day>\d\d?)(?!\d)",
    r"(?P<year>\d{4})\s?[年년]\s?(?P<month>\d\d?)\s?[月월]\s?(?P<day>\d\d?)\s?[日일]",
    r"(?P<day>\d\d?)(?:st|nd|rd|th|er|º|ª|\.)?[\s-]?(?:de\s)?"
    rf"{_MONTH}(?:\sde)?[\s,-]\s?(?P<year>\d{{4}}|\d\d)(?![\d:.])",
    rf"{_MONTH}\s?(?P<day>\d\d?)(?:st|nd|rd|th)?(?:,\s?|\s)(?P<year>\d{{4}})(?!\d)",
    r"(?P<one>\d\d?)(?P<between>[-/]|\.\s?)(?P<other>\d\d?)(?P=between)(?P<year>\d{4})(?!\d)",
)
_IN_DIGITS = (
    rf"(?:[t\s](?P<hour>\d\d):?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,]\d+)?)?{_ZONE})?(?!\d)"
)
_FORMS = (
    *(re.compile(_WEEKDAY + day + _AFTERWARDS) for day in _DAYS),
    re.compile(rf"{_WEEKDAY}{_MONTH}\s(?P<day>\d\d?)\s{_TIME}{_ZONE}\s(?P<year>\d{{4}})"),  # C's
    re.compile(r"(?P<year>\d{4})-?(?P<month>\d\d)-?(?P<day>\d\d)" + _IN_DIGITS),
    # By weeks, as ISO 8601 has them: "2024-W11-6" is a Saturday.
    re.compile(
        r"(?P<year>\d{4})(?P<dash>-?)w(?P<week>\d\d)(?P=dash)(?P<weekday>[1-7])" + _IN_DIGITS
    ),
)


def read_written(text: str, *, whole: bool = True) -> datetime | None:
    """The moment that ``text`` names, in UTC; None where it is not understood.

    ``whole``: all of it must be, as far as a hundred characters; else its beginning is enough, and
    a zone without a known name is UTC, as is none. "05/06/2024" is not understood: it has two
    readings. A leap second counts as the one before it, and more than 14 hours from UTC as a zone
    that is not known.
    """
    value = _tidied(text)
    for form in _FORMS:
        found = form.fullmatch(value) if whole else form.match(value)
        if found:
            try:
                return _moment(found.groupdict(), strict=whole)
            except (ValueError, KeyError, OverflowError):
                continue
    return None


def _tidied(text: str) -> str:
    """The text in small letters without accents and remarks, with single blanks."""
    value = text[:_LONGEST].lower()
    for _ in range(_DEEPEST):
        value = _REMARK.sub(" ", value)
    if not value.isascii():
        parts = unicodedata.normalize("NFD", value)
        bare = "".join(part for part in parts if not unicodedata.combining(part))
        value = unicodedata.normalize("NFC", bare)
    return " ".join(value.split())


def _moment(said: dict[str, str | None], *, strict: bool) -> datetime:
    """The moment in UTC. Raises ValueError, KeyError or OverflowError for one that cannot be."""
    year, month, day = _day(said)
    hour, minute, second = (int(said[part] or 0) for part in ("hour", "minute", "second"))
    if said.get("half"):
        hour = hour % 12 + (12 if said["half"] == "p" else 0)
    ends, hour = (1, 0) if hour == 24 else (0, hour)
    second = 59 if second == 60 else second
    local = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return local + timedelta(days=ends) - _beside_utc(said, strict=strict)


def _day(said: dict[str, str | None]) -> tuple[int, int, int]:
    written = said["year"] or ""
    year = int(written)
    if len(written) == 2:  # "0001" is a program's way to say that it does not know
        year += 2000 if year < 90 else 1900
    if said.get("week"):
        days = date.fromisocalendar(year, int(said["week"] or 0), int(said["weekday"] or 0))
        return days.year, days.month, days.day
    if said.get("one"):
        one, other = int(said["one"] or 0), int(said["other"] or 0)
        if (said["between"] or "").startswith(".") or one > 12:
            return year, other, one
        if other > 12:
            return year, one, other
        raise ValueError
    word = said.get("word")
    month = int(said["month"] or 0) if word is None else _month(word)
    return year, month, int(said["day"] or 0)


def _month(word: str) -> int:
    """The month that begins like this. Raises KeyError for none."""
    return _MONTHS.get(word[:4]) or _MONTHS[word[:3]]


def _beside_utc(said: dict[str, str | None], *, strict: bool) -> timedelta:
    """How far the zone is before UTC. Raises KeyError for a zone that is not known."""
    zone = said["zone"] or "z"
    if said["sign"] and (_ZONES.get(zone) == 0 or not strict):
        minutes = int(said["beside"] or 0)
        offset = timedelta(hours=int(said["ahead"] or 0), minutes=minutes)
        if offset <= _FARTHEST and minutes < 60:
            return -offset if said["sign"] == "-" else offset
        if strict:
            raise KeyError(offset)
    return timedelta(hours=_ZONES[zone] if strict else _ZONES.get(zone, 0))
