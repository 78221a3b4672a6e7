"""Lists of feeds that other readers write: OPML 1.0, 1.1 and 2.0 (opml.org/spec2.opml). Pure.

    bytes ─► text (decode) ─► mended ─► expat; where it is no XML, whatever looks like one ─► feeds

Folders become tags, nested ones several, and so do categories. What is damaged costs as little as
it can: bare "&" and names of HTML entities are mended, a list that breaks off or is no well-formed
XML is read outline by outline, and an entry that is no feed is told with its line. Declared
entities, with which a small file grows without end, are refused.
"""

from __future__ import annotations

import html
import re
from dataclasses import field
from xml.parsers import expat

from monitor.errors import Fault, FaultyInput
from monitor.feeds.addresses import shown
from monitor.feeds.decode import decode
from monitor.feeds.links import canonical_feed_link
from monitor.feeds.parse import web_address
from monitor.feeds.tags import tags, without
from monitor.records import dataclass

MOST_BYTES = 50_000_000
_MOST_DEEP = 200
_LONGEST_NAME, _LONGEST_OTHER = 200, 500
_KNOWN = frozenset(("text", "title", "type", "xmlurl", "category", "version", "url"))
_FEED_TYPES = ("rss", "rss1", "rss2", "atom", "rdf", "feed", "jsonfeed", "json")
_REFERENCE = re.compile(r"&(?:(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)?")
_OF_XML = frozenset(("amp", "lt", "gt", "quot", "apos"))
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_DECLARATION = re.compile(r"<\?xml\b[^>]{0,500}\?>")
_ENTITY = re.compile(r"<!ENTITY\b", re.IGNORECASE)
_ROOT = re.compile(r"<opml\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Outline:
    """A feed in a list. ``line`` counts from 1; ``others`` are attributes we have no use for."""

    line: int
    url: str
    name: str
    tags: tuple[str, ...] = ()
    others: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class FeedList:
    """What a list holds: each feed once, with all its tags, and what could not be read of it.

    ``repeated`` counts entries of feeds that stand in it before.
    """

    feeds: list[Outline] = field(default_factory=list)
    repeated: int = 0
    faults: list[Fault] = field(default_factory=list)


def read_opml(body: bytes, name: str) -> FeedList:
    """Read a list; ``name`` is the file as faults call it.

    Raises FaultyInput where nothing of it can be used.
    """
    if len(body) > MOST_BYTES:
        raise _unusable(name, f"is larger than {MOST_BYTES // 1_000_000} MB")
    text = decode(body, charset=None).removeprefix("\ufeff")
    if (entity := _ENTITY.search(text)) is not None:
        line = text.count("\n", 0, entity.start()) + 1
        raise _unusable(name, "declares entities, which no list of feeds needs", line)
    if not _ROOT.search(text):
        raise _unusable(name, "is no list of feeds (OPML)")
    builder = _Builder(name)
    mended = _mended(text)
    try:
        _by_expat(mended, builder)
    except expat.ExpatError as error:
        builder = _Builder(name)
        reason = expat.errors.messages[error.code]
        message = f"is no well-formed XML ({reason}); read as far as it can be"
        builder.found.faults.append(Fault(name, error.lineno, "", message))
        _leniently(without(mended, "<!--", "-->"), builder)
    found, once = builder.found, _each_once(builder.found.feeds)
    found.feeds, found.repeated = once, len(found.feeds) - len(once)
    return found


def _unusable(name: str, message: str, line: int = 0) -> FaultyInput:
    return FaultyInput((Fault(name, line, "", message),))


def _mended(text: str) -> str:
    """The text as expat takes it, with every line where it was."""
    plain = _FORBIDDEN.sub("", _DECLARATION.sub("", text, count=1))
    return _REFERENCE.sub(_reference, plain)


def _reference(found: re.Match[str]) -> str:
    name = found[1]
    if name is None:
        return "&amp;"
    if name in _OF_XML:
        return found[0]
    character = html.unescape(found[0])
    if character == found[0]:
        return f"&amp;{name};"
    return html.escape(_FORBIDDEN.sub("", character))


def _by_expat(text: str, builder: _Builder) -> None:
    parser = expat.ParserCreate(encoding="utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: builder.start(
        name, attributes, parser.CurrentLineNumber
    )
    parser.EndElementHandler = builder.end
    stripped = text.lstrip()
    # Blank lines before the document are no XML; the line numbers shall count them.
    parser.Parse(b"", False)
    builder.line_offset = text[: len(text) - len(stripped)].count("\n")
    parser.Parse(stripped.encode("utf-8"), True)


def _leniently(text: str, builder: _Builder) -> None:
    """Whatever looks like an outline: no damage stops it."""
    line, at = 1, 0
    for tag in tags(text, frozenset(("outline",))):
        line, at = line + text.count("\n", at, tag.begin), tag.begin
        if not tag.closing:
            builder.start(tag.name, tag.attributes, line)
        if tag.closing or tag.empty:
            builder.end(tag.name)
    builder.finish()


@dataclass(slots=True)
class _Open:
    """An outline that has begun. ``held`` says whether it turned out to hold others."""

    line: int
    name: str
    url: str
    kind: str
    page: str
    held: bool = False


class _Builder:
    """Makes feeds and faults of outlines as they begin and end."""

    def __init__(self, name: str) -> None:
        self.found = FeedList()
        self.line_offset = 0
        self._file = name
        self._open: list[_Open] = []

    def start(self, element: str, attributes: dict[str, str], line: int) -> None:
        """An element begins on a line."""
        if element.lower() != "outline":
            return
        given = {name.lower(): value.strip() for name, value in attributes.items()}
        name = _line(given.get("text") or given.get("title") or "", _LONGEST_NAME)
        kind = given.get("type", "").lower()
        url = given.get("xmlurl") or (given.get("url", "") if kind in _FEED_TYPES else "")
        page = given.get("htmlurl") or given.get("url", "")
        for each in self._open[-1:]:
            each.held = True
        opened = _Open(line + self.line_offset, name, url, kind, page)
        if url:
            tags = [each.name for each in self._open if not each.url]
            self._feed(opened, tags, given.get("category", ""), attributes)
        if len(self._open) < _MOST_DEEP:
            self._open.append(opened)

    def end(self, element: str) -> None:
        """An element ends."""
        if element.lower() != "outline" or not self._open:
            return
        ended = self._open.pop()
        if ended.url or ended.held or not (ended.page or ended.kind in _FEED_TYPES):
            return
        if ended.kind == "include":
            hint = f"fetch {ended.page} and import it by itself"
            self._fault(ended, "is a link to another list, which is not followed", hint)
        else:
            find = f"find it with: wirewatch feeds discover {ended.page}" if ended.page else ""
            self._fault(ended, "has no address of a feed (xmlUrl)", find)

    def finish(self) -> None:
        """End what was left open."""
        while self._open:
            self.end("outline")

    def _feed(
        self, opened: _Open, folders: list[str], category: str, attributes: dict[str, str]
    ) -> None:
        url = _address(opened.url)
        if url is None:
            hint = 'an address begins with "https://" or "http://"'
            self._fault(opened, f'has no usable address ("{_line(shown(opened.url), 100)}")', hint)
            return
        others = tuple(
            (_line(name, 50), _line(value, _LONGEST_OTHER))
            for name, value in attributes.items()
            if name.lower() not in _KNOWN and value.strip()
        )
        tags = _tags([*folders, *re.split("[,/]", category)])
        self.found.feeds.append(Outline(opened.line, url, opened.name, tags, others))

    def _fault(self, opened: _Open, message: str, hint: str) -> None:
        named = f'"{opened.name}"' if opened.name else "an entry without a name"
        self.found.faults.append(Fault(self._file, opened.line, "", f"{named} {message}", hint))


def _address(written: str) -> str | None:
    """A feed's address; "feed:" before or instead of "http:" is how some programs write it."""
    url = written
    if url.lower().startswith("feed:"):
        rest = url[5:].lstrip("/")
        url = rest if "://" in rest else f"http://{rest}"
    if url.lower().startswith("file:///"):
        return _line(url, 2000)
    return web_address(url, "")


def _line(text: str, most: int) -> str:
    """One line without control characters, cut to ``most`` characters."""
    line = " ".join(_FORBIDDEN.sub(" ", text).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def _tags(names: list[str]) -> tuple[str, ...]:
    """Each tag once, whatever its case."""
    kept: dict[str, str] = {}
    for name in names:
        tag = _line(name, 100)
        if tag:
            kept.setdefault(tag.casefold(), tag)
    return tuple(kept.values())


def _each_once(feeds: list[Outline]) -> list[Outline]:
    """Feeds that stand in several folders once, with the tags of all."""
    kept: dict[str, Outline] = {}
    for each in feeds:
        key = canonical_feed_link(each.url)
        before = kept.get(key)
        if before is None:
            kept[key] = each
        else:
            tags = _tags([*before.tags, *each.tags])
            kept[key] = Outline(before.line, before.url, before.name, tags, before.others)
    return list(kept.values())
