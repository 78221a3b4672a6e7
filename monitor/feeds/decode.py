"""Bytes of a feed to text, by what they are rather than by what they are said to be. Pure.

Feeds lie about their encoding in every way: servers add a default charset, programs convert the
text and leave the declaration, one article is pasted in from elsewhere. In this order:

1. a byte order mark, or the pattern of a "<" in UTF-16 or UTF-32
2. what the configuration says of this feed
3. UTF-8, where the bytes really are UTF-8: other encodings hardly ever look so by chance
4. what HTTP or the XML declaration names, the more specific one first
5. UTF-8 with a few bad bytes
6. where nothing but a server's default is named, what the text looks like; at last windows-1252

A bad byte costs its own character and nothing else.
"""

from __future__ import annotations

import codecs
import re

from monitor.feeds.charsets import MULTIBYTE, STATEFUL, known_charset
from monitor.feeds.unnamed_encoding import guess

_MARKS = (
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
)
# The XML declaration without a mark (XML 1.0, appendix F), and JSON or a bare root the same way.
_PATTERNS = (
    (re.compile(rb"\x00\x00\x00[<{]"), "utf-32-be"),
    (re.compile(rb"[<{]\x00\x00\x00"), "utf-32-le"),
    (re.compile(rb"\x00[<{]\x00[^\x00]"), "utf-16-be"),
    (re.compile(rb"[<{]\x00[^\x00]\x00"), "utf-16-le"),
    (re.compile(rb"\x4c\x6f\xa7\x94"), "cp037"),
)
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_DEFAULTS = frozenset({"utf-8", "cp1252"})  # what servers add without looking
_TELLTALE = 4  # so many characters that look like UTF-8 are no accident
_TOLERATED = 0.01  # of bad characters, in a text of several bytes a character
_MEND = "monitor-mend-utf-8"


def decode(body: bytes, *, charset: str | None, encoding: str | None = None) -> str:
    """The text of a feed.

    ``charset`` is what HTTP says, ``encoding`` what the configuration says; both are names of
    codecs or None. Never fails: what cannot be read becomes U+FFFD.
    """
    for mark, codec in _MARKS:
        if body.startswith(mark):
            return _forgiving(body[len(mark) :], codec)
    for pattern, codec in _PATTERNS:
        if pattern.match(body):
            return _forgiving(body, codec)
    chosen = known_charset(encoding)
    if chosen:
        return _forgiving(body, chosen)
    return _told_by_bytes(body, _candidates(body, charset))


def says_utf8(body: bytes, *, charset: str | None, encoding: str | None = None) -> bool:
    """Whether nothing but UTF-8 is named for a text that begins with an ASCII character.

    If it then is UTF-8, that is what ``decode`` takes it for.
    """
    named = [known_charset(encoding), *_candidates(body, charset)]
    return all(name in (None, "utf-8") for name in named)


def _candidates(body: bytes, charset: str | None) -> list[str]:
    """The encodings that HTTP and the XML declaration name, the more specific one first."""
    declared = _DECLARED.search(body[:1000])
    in_xml = known_charset(declared[1].decode("ascii")) if declared else None
    by_http = known_charset(charset)
    order = [by_http, in_xml]
    if by_http in _DEFAULTS and in_xml not in _DEFAULTS:
        order.reverse()
    # A text cannot be UTF-16 and hold a readable declaration that says so.
    return [name for name in order if name and not name.startswith(("utf-16", "utf-32"))]


def _told_by_bytes(body: bytes, candidates: list[str]) -> str:
    if body.isascii():
        stateful = [name for name in candidates if name in STATEFUL]
        return body.decode(stateful[0], "replace") if stateful else body.decode("ascii")
    text = _strict(body, "utf-8")
    if text is not None and not _accidental(text, body, candidates):
        return text
    named = [name for name in candidates if name not in _DEFAULTS]
    guessed = None if named or _mostly_utf8(body) else guess(body)
    if guessed:
        return _forgiving(body, guessed)
    for name in candidates:
        if name != "utf-8" and (found := _nearly(body, name)) is not None:
            return found
    if _mostly_utf8(body):
        return _forgiving(body, "utf-8")
    return _forgiving(body, "cp1252")


def _strict(body: bytes, codec: str) -> str | None:
    try:
        return body.decode(codec)
    except UnicodeError:
        return None


def _accidental(text: str, body: bytes, candidates: list[str]) -> bool:
    """Whether bytes that read as UTF-8 may do so by chance.

    Two bytes of an East Asian encoding do, now and then; four pairs and nothing else never.
    """
    if not candidates or candidates[0] not in MULTIBYTE:
        return False
    beyond = len(body) - len(text)  # one for each character of two bytes
    return beyond < _TELLTALE and max(text) < "\u0800" and _strict(body, candidates[0]) is not None


def _nearly(body: bytes, codec: str) -> str | None:
    """The text where ``codec`` fits, with a few bad bytes where an encoding shows them."""
    text = _strict(body, codec)
    if text is not None or codec not in MULTIBYTE:
        # Of the 256 bytes of a one-byte encoding a few mean nothing: no sign against it,
        # unless the text is rather UTF-8.
        return text if text is not None or _mostly_utf8(body) else _forgiving(body, codec)
    text = body.decode(codec, "replace")
    high = sum(byte >= 0x80 for byte in body) / 2
    return text if text.count("\ufffd") <= max(2, high * _TOLERATED) else None


def _mostly_utf8(body: bytes) -> bool:
    """Whether at least half of what is not ASCII reads as UTF-8."""
    text = body.decode("utf-8", "surrogateescape")
    bad = sum("\udc80" <= character <= "\udcff" for character in text)
    good = sum(character > "\x7f" for character in text) - bad
    return good >= bad


def _forgiving(body: bytes, codec: str) -> str:
    return body.decode(codec, _MEND if codec == "utf-8" else "replace")


def _mend(fault: UnicodeError) -> tuple[str, int]:
    """What to read for bytes that are no UTF-8.

    A single byte after an ASCII letter is most often one of windows-1252 (an article pasted into
    a page); a broken sequence is lost.
    """
    if not isinstance(fault, UnicodeDecodeError):
        raise fault
    bad = fault.object[fault.start : fault.end]
    before = fault.object[fault.start - 1 : fault.start]
    if len(bad) == 1 and before.isascii():
        return bad.decode("cp1252", "replace"), fault.end
    return "\ufffd", fault.end


codecs.register_error(_MEND, _mend)
