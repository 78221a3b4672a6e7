"""Numbers, years and dates in a text, written the same way whatever the language.

``1,000``, ``1.000``, ``1 000`` and ``１０００`` are 1000; ``2.5 million``, ``2,5 Millionen`` and
``250万`` are 2500000. A day beside a month's name, or before 日, is a date and no number. Names of
months are those of Unicode's CLDR, through Babel.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from monitor.text.fold import fold

_GROUPS = "[.,'’٬\u0020\u00a0\u202f]"
_NUMBER = re.compile(
    f"(?<![\\w.,])\\d{{1,3}}(?:{_GROUPS}\\d{{3}})+(?!\\d)|(?<![.,\\d])\\d{{1,12}}(?:[.,٫]\\d{{1,4}})?"
)
_GROUPING = re.compile(f"(?<=\\d){_GROUPS}(?=\\d{{3}}(?!\\d))")
_YEAR = re.compile("(?:19|20)\\d\\d")
_CJK_DATE = re.compile("(\\d{1,2})\\s?月\\s?(\\d{1,2})\\s?日")
_CJK_SCALES = {"万": 10_000, "萬": 10_000, "亿": 10**8, "億": 10**8, "만": 10_000, "억": 10**8}
_CJK_CALENDAR = "年月日号時时"
_WORD_AFTER = re.compile("[\\s\u00a0]?([^\\W\\d_]+)")
_SCALES = {
    10**3: "thousand mila tausend mil mille тысяча тысячи тысяч тысячами тыс тисяча тисячі тисяч "
    "tysiąc tysiące tysięcy duizend bin ألف آلاف الف الاف هزار tusen tusind",
    10**6: "million millions milione milioni millionen millón millones milhão milhões миллион "
    "миллиона миллионов млн мільйон мільйона мільйонів milion miliony milionów mln miljoen milyon "
    "مليون ملايين ملیون میلیون miljon miljoner",
    10**9: "billion miliardo miliardi milliard milliards milliarde milliarden mrd миллиард "
    "миллиарда миллиардов млрд мільярд мільярда мільярдів miliard miliardy miliardów mld miljard "
    "milyar مليار مليارات میلیارد miljarder bilhão bilhões",
}
_SCALE_WORDS = {fold(word): size for size, words in _SCALES.items() for word in words.split()}


class Said(NamedTuple):
    """A number, year or date, and the character where it stands."""

    kind: str
    key: str
    start: int


def numbers_in(text: str) -> Iterator[Said]:
    """Every number and year of ``text`` (NFKC), in reading order, and CJK dates."""
    dates = [(found.start(), found.end()) for found in _CJK_DATE.finditer(text)]
    for found in _CJK_DATE.finditer(text):
        yield from _date(int(found.group(1)), int(found.group(2)), found.start())
    for found in _NUMBER.finditer(text):
        if any(start <= found.start() < end for start, end in dates):
            continue
        yield from _number(found, text)


def _number(found: re.Match[str], text: str) -> Iterator[Said]:
    plain = _GROUPING.sub("", found.group()).replace(",", ".").replace("٫", ".")
    after = text[found.end() : found.end() + 1]
    if _YEAR.fullmatch(found.group()):
        yield Said("year", plain, found.start())
        return
    if after and after in _CJK_CALENDAR:
        return
    yield Said("number", _scaled(plain, text, found.end()), found.start())


def _scaled(plain: str, text: str, end: int) -> str:
    """The number times the thousand or million that follows it, without needless noughts."""
    size = _CJK_SCALES.get(text[end : end + 1])
    if size is None:
        word = _WORD_AFTER.match(text, end)
        size = _SCALE_WORDS.get(fold(word.group(1)), 1) if word else 1
    return f"{float(plain) * size:.12g}"


@lru_cache(maxsize=64)
def months(language: str) -> Mapping[str, int]:
    """The names of the months in ``language`` (ISO 639), folded; empty where CLDR has none."""
    from babel import Locale, UnknownLocaleError

    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError, TypeError):
        return {}
    names = {
        fold(name.strip(".")): number
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for number, name in locale.months[context][width].items()
    }
    return {name: number for name, number in names.items() if name.isalpha() and len(name) > 2}


@lru_cache(maxsize=64)
def weekdays(language: str) -> frozenset[str]:
    """What the days of the week are called in ``language``, in whole, folded."""
    from babel import Locale, UnknownLocaleError

    try:
        days = Locale.parse(language).days
    except (ValueError, UnknownLocaleError):
        return frozenset()
    forms = (days["format"]["wide"], days["stand-alone"]["wide"])
    return frozenset(fold(name) for names in forms for name in names.values())


def dates_in(words: list[str], starts: list[int], language: str) -> Iterator[Said]:
    """Dates of a day beside the name of a month, and months alone; ``words`` are folded."""
    named = months(language)
    for position, word in enumerate(words):
        month = named.get(word)
        if month is None:
            continue
        near = (words[n] for n in (position - 1, position + 1, position - 2) if 0 <= n < len(words))
        day = next((number for number in map(_day, near) if number), None)
        if day is None:
            yield Said("month", str(month), starts[position])
        else:
            yield from _date(month, day, starts[position])


def _day(word: str) -> int | None:
    digits = re.match("\\d{1,2}(?!\\d)", word)
    return int(digits.group()) if digits and 1 <= int(digits.group()) <= 31 else None


def _date(month: int, day: int, start: int) -> Iterator[Said]:
    if 1 <= month <= 12 and 1 <= day <= 31:
        yield Said("date", f"{month:02d}-{day:02d}", start)
