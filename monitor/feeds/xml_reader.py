"""feedparser's two readers, the strict one and the forgiving one, with bounds.

feedparser decides what every element means; nothing of that is changed here. What is added is
what it does without: an end to documents made to be slow. Its tags, its guess at addresses within
author names, and its search through attributes and name spaces take time in proportion to the
square of what they are given; a few hundred kilobytes would hold a processor for hours.

Imported where the first XML feed is read: feedparser is slow to load.
"""

from __future__ import annotations

import contextlib
from typing import Any
from xml.sax import SAXException
from xml.sax.expatreader import create_parser
from xml.sax.handler import feature_external_ges, feature_external_pes, feature_namespaces
from xml.sax.xmlreader import AttributesNSImpl

from feedparser.api import LooseFeedParser, StrictFeedParser
from feedparser.sanitizer import replace_doctype

from monitor.feeds.prolog import lacks_its_end
from monitor.feeds.raw import MOST_ENTRIES
from monitor.records import dataclass

_MOST_EVENTS = 600_000  # elements, pieces of text, references: ten times those of a large feed
_DEEPEST = 10_000  # elements within one another; what never closes one counts as well
_MOST_ATTRIBUTES = 100  # of one element
_MOST_NAMESPACES = 100
_MORE_TEXT = 1_000_000  # characters that references may add to those of the document
_LONGEST_NAME = 500  # characters of an author's name in which an address is looked for
_BUGS = (ValueError, LookupError, AttributeError, TypeError, AssertionError, RecursionError)
"""What feedparser raises on documents it was never tried with."""


class _EnoughError(Exception):
    """The document has more in it than any feed; what was read so far stands."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What feedparser says: its own dictionaries, and the version it recognised (or "").

    ``breaks_off``: the strict reader did not take it, and it ends in the middle.
    """

    version: str
    feed: Any
    entries: list[Any]
    breaks_off: bool


class _Bounded:
    """The bounds. Stands before one of feedparser's readers, whose methods it narrows."""

    # An id is a name: made absolute, it would change whenever the base does.
    can_be_relative_uri = StrictFeedParser.can_be_relative_uri - {"id"}
    resolve_relative_uris = False
    sanitize_html = False
    _events = 0
    _room = 0  # characters of text that may still come

    def _count(self: Any, text: str = "") -> None:
        self._events += 1
        self._room -= len(text)
        if self._events > _MOST_EVENTS or len(self.entries) > MOST_ENTRIES or self._room < 0:
            raise _EnoughError

    def unknown_starttag(self: Any, tag: str, attrs: list[tuple[str, str]]) -> None:
        self._count()
        if len(self.langstack) > _DEEPEST:
            raise _EnoughError
        super().unknown_starttag(tag, attrs[:_MOST_ATTRIBUTES])  # type: ignore[misc]

    def unknown_endtag(self: Any, tag: str) -> None:
        self._count()
        super().unknown_endtag(tag)  # type: ignore[misc]

    def handle_data(self: Any, text: str, escape: int = 1) -> None:
        self._count(text)
        super().handle_data(text, escape)  # type: ignore[misc]

    def handle_entityref(self: Any, ref: str) -> None:
        self._count(self.entities.get(ref, ""))
        super().handle_entityref(ref)  # type: ignore[misc]

    def handle_charref(self: Any, ref: str) -> None:
        self._count()
        with contextlib.suppress(ValueError, OverflowError):  # no such character
            super().handle_charref(ref)  # type: ignore[misc]

    def track_namespace(self: Any, prefix: str | None, uri: str) -> None:
        if len(self.namespaces_in_use) < _MOST_NAMESPACES:
            super().track_namespace(prefix, uri)  # type: ignore[misc]

    def _sync_author_detail(self: Any, key: str = "author") -> None:
        context = self._get_context()
        name = context.get(key)
        if isinstance(name, str) and len(name) > _LONGEST_NAME:
            context[key] = name[:_LONGEST_NAME]
        super()._sync_author_detail(key)  # type: ignore[misc]

    def _end_dc_title(self: Any) -> None:
        """A title of Dublin Core takes the place of none that the format has said before."""
        context = self._get_context()
        own = {key: context[key] for key in ("title", "title_detail") if dict.get(context, key)}
        super()._end_dc_title()  # type: ignore[misc]
        context.update(own)

    def _add_tag(self: Any, _term: object, _scheme: object, _label: object) -> None:
        self._get_context().setdefault("tags", [])  # nobody asks for the tags themselves


class _Strict(_Bounded, StrictFeedParser):  # type: ignore[misc]
    _nested = 0

    def startElementNS(self, name: Any, qname: Any, attrs: Any) -> None:  # noqa: N802
        if len(attrs) > _MOST_ATTRIBUTES:
            attrs = AttributesNSImpl({}, {})
        super().startElementNS(name, qname, attrs)

    def _start_item(self, attrs_d: Any) -> None:
        if self.inentry:  # quoted within an entry: not one of this feed
            self._nested += 1
        else:
            super()._start_item(attrs_d)

    def _end_item(self) -> None:
        if self._nested:
            self._nested -= 1
        else:
            super()._end_item()

    _start_entry, _end_entry = _start_item, _end_item


class _Loose(_Bounded, LooseFeedParser):  # type: ignore[misc]
    def __init__(self, entities: dict[str, str]) -> None:
        super().__init__("", None, "utf-8", entities)
        self.namespacemap["rss"] = ""  # some write rss:item and never say what rss is


def read(document: bytes) -> Verdict:
    """What feedparser says of an XML document in UTF-8.

    Declarations of entities are taken off but for harmless ones (the document type may define
    what explodes, or names files of this machine); nothing outside the document is ever read.
    """
    lacks_end = lacks_its_end(document)
    version, data, entities = replace_doctype(document)
    del document  # reading takes many times its length: one copy is enough meanwhile
    strict = _read_strictly(data)
    reader = strict or _read_loosely(data, entities)
    found = version or reader.version or ""
    return Verdict(found, reader.feeddata, reader.entries, breaks_off=strict is None and lacks_end)


def _read_strictly(data: bytes) -> Any:
    """The reader after a well-formed document; None where it is not well-formed."""
    reader = _Strict("", None, "utf-8")
    reader._room = len(data) + _MORE_TEXT
    parser = create_parser()  # noqa: S315  # what entities may do is taken off before
    parser.setFeature(feature_namespaces, True)
    parser.setFeature(feature_external_ges, False)
    parser.setFeature(feature_external_pes, False)
    parser.setContentHandler(reader)
    parser.setErrorHandler(reader)
    try:
        parser.feed(data)
        parser.close()
    except _EnoughError:
        return reader
    except (SAXException, *_BUGS):
        return None
    return None if reader.bozo else reader


def _read_loosely(data: bytes, entities: dict[str, str]) -> Any:
    """The reader after any document: what it understood before it gave up."""
    reader = _Loose(entities)
    reader._room = len(data) + _MORE_TEXT
    with contextlib.suppress(_EnoughError, *_BUGS):
        reader.feed(data.decode("utf-8", "replace"))
    return reader
