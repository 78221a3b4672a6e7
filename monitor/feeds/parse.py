"""A document to entries: bytes in, what the feed says out. Pure.

    bytes ─► text (decode) ─► what is it? (prolog) ─► feedparser, or JSON ─► cleaned entries

Feeds as nearly everybody writes them, in UTF-8, go a shorter way, as bytes (pieces, plain_xml).

Damage costs as little as it can: entries before a break are kept, a bad date is unknown, a link
that is no web address is none.
"""

from __future__ import annotations

import html
import re
from collections.abc import Container
from datetime import datetime
from urllib.parse import quote, urljoin, urlsplit

from monitor.errors import NotAFeed
from monitor.feeds import dates
from monitor.feeds.decode import decode, says_utf8
from monitor.feeds.json_feed import read_json_feed
from monitor.feeds.links import site_of
from monitor.feeds.pauses import with_pauses
from monitor.feeds.prolog import page_title, root_of
from monitor.feeds.raw import RawEntry, RawFeed
from monitor.feeds.wrapped_links import unwrapped
from monitor.feeds.xml_feed import read_xml_feed
from monitor.model import Entry
from monitor.records import dataclass
from monitor.text.clean import clean_name, clean_text, clean_title

_KNOWN_OTHERS = {
    "opml": "a list of feeds (OPML)",
    "urlset": "a sitemap",
    "sitemapindex": "a sitemap",
    "html": "a web page",
    "svg": "a picture (SVG)",
}
_UNSAFE = re.compile(r"[\x00-\x20<>\"\\^`{|}\x7f\ud800-\udfff]")
_PARAGRAPHS = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_CUT_MARKS = " []().…→»"
_CUT_WORDS = ("continue reading", "read more", "more")
_LONGEST_CUT = max(map(len, _CUT_WORDS))
_PLAIN_ADDRESS = re.compile(
    r"https?://[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[0-9]{1,4})?"
    r"(?:/[\w/.~%!$&'()*+,=:@-]*+)?(?:\?[\w/.~%!$&'()*+,=:@?-]++)?(?:\#[\w/.~%!$&'()*+,=:@?-]++)?",
    re.ASCII,
)
"""An address that is absolute, and written so that nothing is to be mended."""
_COMPARED = 200  # characters by which a summary is looked for in the content


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed's document. ``language`` is an ISO 639 code, ``ttl`` in seconds; None: not said.

    ``skip_hours`` (0 to 23) and ``skip_days`` (0: Monday) are in UTC. ``breaks_off``: it ends in
    the middle; ``entries`` are those before the break.
    """

    title: str
    language: str | None
    link: str | None
    entries: tuple[Entry, ...]
    ttl: float | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    breaks_off: bool = False


def parse(
    body: bytes,
    *,
    url: str,
    charset: str | None,
    content_type: str | None = None,
    encoding: str | None = None,
) -> ParsedFeed:
    """Read a feed's document.

    ``url`` is where it came from, ``charset`` and ``content_type`` what HTTP said of it,
    ``encoding`` what the configuration says. Raises NotAFeed, which says what came instead.
    """
    raw = read(body, charset=charset, content_type=content_type, encoding=encoding)
    return cleaned(raw, url)


def read(
    body: bytes,
    *,
    charset: str | None,
    content_type: str | None = None,
    encoding: str | None = None,
    seen: Container[bytes] = (),
) -> RawFeed:
    """The same, as it stands in the document: nothing is cleaned yet. Raises NotAFeed.

    Entries whose marks are ``seen`` may be left out, see ``RawFeed``.
    """
    document = body.lstrip(b"\x00 \t\r\n")
    # Decoding is spared where it would change nothing: the plain reader takes valid UTF-8 only.
    usual = document[:1] == b"<" and says_utf8(document, charset=charset, encoding=encoding)
    plain = _plain(document, seen) if usual else None
    if plain is not None:
        return plain
    text = decode(body, charset=charset, encoding=encoding).lstrip("\ufeff\x00 \t\r\n")
    if not text:
        raise NotAFeed("answered with an empty body, not with a feed")
    if text[0] not in "{[":
        return _xml(text, content_type, seen, tried=document if usual else b"")
    raw = read_json_feed(text)
    if raw is None:
        raise NotAFeed("answered with JSON that is no JSON Feed")
    return raw


def _plain(document: bytes, seen: Container[bytes]) -> RawFeed | None:
    from monitor.feeds.pieces import read_in_pieces

    return read_in_pieces(document, seen)


def _xml(text: str, content_type: str | None, seen: Container[bytes], *, tried: bytes) -> RawFeed:
    """Read XML; ``tried`` is what could not be read plainly."""
    document = text.encode("utf-8", "surrogatepass")
    plain = None if document == tried else _plain(document, seen)
    del document  # what follows takes many times its length
    if plain is not None:
        return plain
    title = page_title(text)
    if title is not None:
        named = f' titled "{clean_title(html.escape(title))}"' if title else ""
        raise NotAFeed(f"answered with a web page{named}, not with a feed")
    raw = read_xml_feed(text)
    if raw is None:
        raise NotAFeed(f"answered with {_other(text, content_type)}, not with a feed")
    return with_pauses(raw, text)


def _other(text: str, content_type: str | None) -> str:
    """What a document is that is no feed."""
    root = root_of(text)
    if root is None:
        return f"something that is no XML ({content_type})" if content_type else "plain text"
    return _KNOWN_OTHERS.get(root.lower(), f"an XML document of another kind (<{root}>)")


def cleaned(raw: RawFeed, url: str) -> ParsedFeed:
    """What a document says, fit to be shown and compared; ``url`` is where it came from."""
    language = language_code(raw.language)
    link = web_address(raw.link, url)
    return ParsedFeed(
        title=clean_title(raw.title),
        language=language,
        link=link,
        entries=tuple(_entry(entry, link or url, language) for entry in raw.entries),
        ttl=raw.ttl,
        skip_hours=raw.skip_hours,
        skip_days=raw.skip_days,
        breaks_off=raw.breaks_off,
    )


def _entry(raw: RawEntry, base: str, language: str | None) -> Entry:
    link = web_address(raw.origin, base) or web_address(raw.link, base)
    return Entry(
        guid=" ".join(raw.guid.split()) or None,
        link=unwrapped(link) if link else None,
        title=clean_title(_as_html(raw.title, plain=raw.title_is_plain)),
        text=_text(raw),
        author=clean_name(raw.author) or None,
        language=language_code(raw.language) or language,
        published_at=_date(raw.published),
        updated_at=_date(raw.updated),
        outlet=site_of(raw.source) or None if raw.source else None,
    )


def _text(raw: RawEntry) -> str:
    """The whole text: the content, with the summary before it where it says something else."""
    summary = clean_text(_as_html(raw.summary, plain=raw.summary_is_plain))
    if not raw.content:
        return summary
    if raw.content == raw.summary:
        return summary
    content = clean_text(_as_html(raw.content, plain=raw.content_is_plain))
    if not summary or _contains(content, summary):
        return content
    return f"{summary}\n\n{content}" if content else summary


def _contains(content: str, summary: str) -> bool:
    """Whether the summary is a piece of the content, apart from "[…]" at its end. Both cleaned."""
    wanted = _uncut(_on_one_line(summary)[:_COMPARED])
    return _small(wanted) in _small(_on_one_line(content))


def _small(text: str) -> bytes:
    """In small letters as far as they are ASCII's, which costs next to nothing."""
    return text.encode().lower()


def _uncut(summary: str) -> str:
    """A summary without the marks and words that say that it goes on."""
    text = summary.rstrip(_CUT_MARKS)
    if not text[-_LONGEST_CUT:].lower().endswith(_CUT_WORDS):
        return text
    for word in _CUT_WORDS:
        before = text[: -len(word)]
        if text[-len(word) :].lower() == word and not before[-1:].isalnum():
            return before.rstrip(_CUT_MARKS)
    return text


def _on_one_line(text: str) -> str:
    return " ".join(filter(None, text.split("\n"))) if "\n" in text else text


def _as_html(value: str, *, plain: bool) -> str:
    """The value as HTML, which is what the cleaning takes."""
    if not plain:
        return value
    escaped = html.escape(value, quote=False)
    if "\n" not in escaped:
        return escaped
    return _PARAGRAPHS.sub("<p>", escaped.replace("\r\n", "\n"))


def _date(value: str | datetime | None) -> datetime | None:
    return dates.from_text(value) if isinstance(value, str) else value


def web_address(link: str, base: str) -> str | None:
    """``link`` as an absolute http(s) address; None for what is no address, or of another kind.

    Relative links are resolved against ``base`` (RFC 3986, 5). Blanks and the like are escaped.
    """
    link = link.strip()
    if not link or _PLAIN_ADDRESS.fullmatch(link):
        return link or None
    try:
        written = urlsplit(link)
        found = urljoin(base, link)
        parts = urlsplit(found)
        hollow = bool(written.scheme and not written.netloc)
        usable = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and not hollow
        _ = parts.port  # reading it is what finds a port that is no number
    except ValueError:
        return None
    if not usable:
        return None
    return _UNSAFE.sub(lambda bad: quote(bad[0], errors="surrogatepass"), found)


def language_code(stated: str) -> str | None:
    """The ISO 639 code in what a feed says of its language ("en-us" is en); None for no code."""
    if not stated:
        return None
    code = re.split(r"[-_]", stated.strip().lower(), maxsplit=1)[0]
    return code if code.isascii() and code.isalpha() and len(code) in (2, 3) else None
