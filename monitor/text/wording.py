"""Foreign words made fit to be shown: one line, a safe link, a length, a time, a language's name.

Headlines come from strangers. What is dropped here would break a line, a header or the order of
reading; what would break HTML or a chat is escaped where it is written, not here.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlsplit

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_SPACES = re.compile("[\t-\r\x1c-\x1f\x85\u2028\u2029]")
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LONGEST_LINK = 2000


def plain(text: str) -> str:
    """``text`` without control characters, bidirectional overrides and lone surrogates.

    Line breaks and tabs become spaces; other white space stays as it is.
    """
    return _UNSAFE.sub("", _SPACES.sub(" ", text))


def one_line(text: str, limit: int = 0) -> str:
    """``text`` on one line with single spaces, cut at ``limit`` characters (0: not cut)."""
    if limit:  # most of a gigantic text need not be looked at
        text = text[: limit * 8]
    line = " ".join(plain(text).split())
    return shorten(line, limit) if limit else line


def shorten(text: str, limit: int) -> str:
    """At most ``limit`` characters of ``text``, cut at the edge of a word, with an ellipsis.

    A text without a space in its second half (Chinese, a very long word) is cut where it stands.
    """
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    if not text[limit - 1].isspace():
        edge = max(head.rfind(space) for space in " \n\t\u3000")
        head = head[:edge] if edge > limit // 2 else head
    return head.rstrip().rstrip(",;:–—-") + "…"


def web_link(url: str | None) -> str | None:
    """``url`` where a reader may be sent there: http or https, with a host; else None."""
    if not url or len(url) > _LONGEST_LINK or url != "".join(plain(url).split()):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.hostname else None


def day_and_time(moment: datetime, seen_from: datetime) -> str:
    """ "20 May, 07:00" in the zone of ``moment``; with the year where ``seen_from`` has another."""
    year = "" if moment.year == seen_from.year else f" {moment.year}"
    return f"{moment.day} {_MONTHS[moment.month - 1]}{year}, {moment:%H:%M}"


def whole_date(moment: datetime) -> str:
    """ "Monday 20 May 2024, 07:00"."""
    month = _MONTHS[moment.month - 1]
    return f"{_DAYS[moment.weekday()]} {moment.day} {month} {moment.year}, {moment:%H:%M}"


def listed(words: tuple[str, ...]) -> str:
    """ "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def counted(number: int, one: str, many: str) -> str:
    """ "1 story", "1,200 stories"."""
    return f"{number:,} {one if number == 1 else many}"


@lru_cache(maxsize=512)
def language_name(code: str) -> str:
    """The English name of a language ("it" is Italian); the code itself where none is known."""
    from babel import Locale

    names = Locale("en").languages
    return str(names.get(code) or names.get(code.replace("-", "_")) or names.get(code[:2]) or code)
