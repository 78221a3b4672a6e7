"""Lines as text with markup: Markdown in its dialects, and Slack's mrkdwn.

A ``Markup`` says how one service writes bold and links, and how foreign words are kept from being
read as markup there. Markdown is that of CommonMark (https://spec.commonmark.org/0.31.2/), in
which a backslash before a punctuation character takes its meaning away.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from urllib.parse import quote, urlsplit

from monitor.delivery.chat.telling import Span
from monitor.records import dataclass

BREAK = "\u200b"
"""A zero-width space: unseen, it parts what would be read together (@ and everyone)."""

LONGEST_LINK = 2000
"""Characters that a link may take in all; a headline with a longer one is not linked."""

_BARRED = "<>\"'`|\\^{}()[]*~ "
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
_NUMBERED = re.compile(r"\d{1,9}[.)]")


@dataclass(frozen=True, slots=True)
class Markup:
    """How a service writes: ``words`` escapes, ``bold`` takes escaped words, ``link`` escaped
    words and an address as ``destination`` gives it."""

    words: Callable[[str], str]
    bold: Callable[[str], str]
    link: Callable[[str, str], str]
    also_encoded: str = ""
    starts: Callable[[str], str] = lambda text: text

    def line(self, spans: Sequence[Span]) -> str:
        """The spans as one line of text."""
        return self.starts("".join(self._span(span) for span in spans))

    def _span(self, span: Span) -> str:
        words = self.words(span.text)
        if span.link:
            address = destination(span.link, self.also_encoded)
            linked = self.link(words, address) if address else words
            return linked if len(linked) <= len(words) + LONGEST_LINK else words
        return self.bold(words) if span.bold else words


def markdown(characters: str) -> Callable[[str], str]:
    """An escape for Markdown: a backslash before each of ``characters``."""
    table = str.maketrans({each: f"\\{each}" for each in characters})
    return lambda text: text.translate(table)


def block_start(line: str) -> str:
    """``line`` so that its beginning makes no list, heading or quotation of it."""
    if line.startswith(("-", "+", "=", ">", "#")):
        return f"\\{line}"
    numbered = _NUMBERED.match(line)
    if numbered:
        return f"{line[: numbered.end() - 1]}\\{line[numbered.end() - 1 :]}"
    return line


def destination(link: str, also_encoded: str = "") -> str | None:
    """``link`` in ASCII, with everything percent-encoded that could end it within markup.

    The characters mean the same encoded (RFC 3986, section 2.4, and what servers make of it). None
    where the host itself holds such a character, or where it gets longer than ``LONGEST_LINK``.
    """
    host = urlsplit(link).netloc
    before, after = link[: link.find(host) + len(host)], link[link.find(host) + len(host) :]
    if any(each in _BARRED for each in host.replace("[", "").replace("]", "")):
        return None
    safe = "".join(each for each in _PRINTABLE if each not in _BARRED + also_encoded)
    encoded = before + quote(after, safe=safe)
    return encoded if len(encoded) <= LONGEST_LINK else None
