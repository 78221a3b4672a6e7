"""RSS, RDF and Atom as nearly everybody writes them, at a fourteenth of feedparser's cost. Pure.

feedparser stays the judge of what a feed means: this reader says what feedparser would say, or
nothing (None), and the document goes to feedparser. It gives up at the slightest doubt: anything
not well-formed, a document type, a base address, an element that feedparser treats in its own way
and that is not known here, one that stands where it should not, or stands twice. Which elements
and namespaces feedparser treats in its own way is asked of feedparser itself, and so are addresses
of authors that are not written in the usual way. A test holds the two together.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from monitor.feeds.plain_elements import Elements, Said
from monitor.feeds.plain_names import (
    AUTHORS,
    FRAMES,
    IDLE_IN_FEED,
    SAID_OF_FEED,
    SAYS,
    DoubtError,
    Names,
    plain,
    without_links,
)
from monitor.feeds.raw import MOST_ENTRIES, RawEntry, RawFeed, seconds_to_live

_ATOM, _RSS1 = "http://www.w3.org/2005/atom", "http://purl.org/rss/1.0/"
_VERSIONED = frozenset((_ATOM, _RSS1, "http://my.netscape.com/rdf/simple/0.9/"))
"""Namespaces that tell feedparser what a document is; the first one counts."""
_FORMS = frozenset((("feed", _ATOM), ("rdf_rdf", _RSS1)))
_XML = "http://www.w3.org/XML/1998/namespace"
_AT_ONCE = 1 << 19  # bytes of a document that become a tree before what is whole is taken
_MOST_ELEMENTS = 50_000  # of a tree that waits for its end
_MOST_NAMES = 5_000  # of elements, attributes and namespaces


# References that XML forbids are taken out before feedparser reads; here they are doubtful, with
# some others near them.
_ODD_REFERENCE = re.compile(
    rb"&#(?!(?:9|1[03]|[3-9]\d|[1-9]\d\d|[1-9]\d{3}|[1-4]\d{4}|6[0-4]\d{3}|1[0-2]\d{4}"
    rb"|[xX](?:[9aAdD]|[2-9a-fA-F][0-9a-fA-F]|[1-9a-fA-F][0-9a-fA-F]{2}|[1-9a-cA-CeE][0-9a-fA-F]{3}"
    rb"|1[0-9a-fA-F]{4}));)"
)
_BEGINNING = re.compile(rb"<(?:\?xml|rss|feed|rdf:RDF)\b")


def read_plainly(document: bytes, *, at_once: int = _AT_ONCE) -> RawFeed | None:
    """What an XML feed in UTF-8 says, exactly as feedparser has it; None where in doubt.

    Of ``at_once`` bytes a tree is made, and of an entry that is longer: this bounds the memory.
    """
    if _ODD_REFERENCE.search(document) or not _BEGINNING.match(document):
        return None
    reader = _Reader()
    try:
        return reader.read(document, at_once)
    except (DoubtError, expat.ExpatError, RecursionError):
        return None
    finally:
        # Reader and parser hold each other: so the document is let go at once, and not some day.
        vars(reader).clear()


class _Reader:
    """One document: expat makes it a tree, whose entries are taken as soon as they are whole."""

    def __init__(self) -> None:
        self._names = Names()
        self._elements = Elements(self._names, atom=False)
        self._builder = TreeBuilder()
        self._written: dict[str, Any] = {}  # the names that stand in the document
        self._parser = parser = expat.ParserCreate("utf-8", " ", self._written)
        parser.buffer_text = True
        parser.buffer_size = 65_536
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._builder.end
        parser.CharacterDataHandler = self._builder.data
        parser.StartNamespaceDeclHandler = self._names.declare
        parser.StartDoctypeDeclHandler = _doubtful
        self._root: Element | None = None
        self._form = ""
        self._language = ""
        self._feed: Said | None = None
        self._entries: list[RawEntry] = []

    def read(self, document: bytes, at_once: int) -> RawFeed:
        """What the document says."""
        for start in range(0, len(document), at_once):
            last = start + at_once >= len(document)
            self._parser.Parse(document[start : start + at_once], last)
            self._take(last=last)
        if self._feed is None:
            raise DoubtError
        said = self._feed
        link: str = said["link"] if "link" in said else said.get("permalink", "")
        return RawFeed(
            title=said.get("title", ""),
            link=link.strip(),
            language=said.get("language", ""),
            ttl=seconds_to_live(said),
            entries=tuple(self._entries),
        )

    # --- the frame

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        """The first element; those in it go into the tree without being looked at."""
        self._root = self._builder.start(name, attributes)
        self._parser.StartElementHandler = self._builder.start
        self._form = self._names[name]
        version = next((uri for uri in self._names.declared if uri in _VERSIONED), None)
        if self._form != "rss" and (self._form, version) not in _FORMS:
            raise DoubtError
        stated = dict(attributes)
        self._language = stated.pop(f"{_XML} lang", "")
        plain(stated.items())
        if self._form == "feed":
            self._elements = Elements(self._names, atom=True)
            self._begin_feed(self._language)

    def _take(self, *, last: bool) -> None:
        """Read the elements that are whole, and take them out of the tree."""
        self._look_for_bases()
        top = self._top()
        if top is None:
            return
        take = self._in_rdf if self._form == "rdf_rdf" else self._in_feed
        whole = top[:] if last else top[:-1]
        for element in whole:
            take(element)
        del top[: len(whole)]
        if not last and sum(1 for _ in top.iter()) > _MOST_ELEMENTS:
            raise DoubtError

    def _top(self) -> Element | None:
        """The element that holds the entries; None where it has not come yet."""
        root = self._root
        if root is None or self._form != "rss":
            return root
        if len(root) > 1 or any(self._names[child.tag] != "channel" for child in root):
            raise DoubtError
        for channel in root:
            if self._feed is None:
                without_links(channel.items())
                self._begin_feed(self._language)
            return channel
        return None

    def _look_for_bases(self) -> None:
        """Raise DoubtError where an attribute is a base address: feedparser never forgets it."""
        if len(self._written) > _MOST_NAMES:
            raise DoubtError
        if self._root is not None and any(map(_is_base, filter(None, self._written))):
            for element in self._root.iter():
                if any(map(_is_base, element.keys())):
                    raise DoubtError

    def _begin_feed(self, language: str) -> None:
        self._feed = {"language": language} if language else {}

    def _in_rdf(self, element: Element) -> None:
        kind = self._names[element.tag]
        if self._feed is not None:
            if kind != "item" and kind not in FRAMES:
                raise DoubtError
            self._in_feed(element)
        elif kind == "channel":
            without_links(element.items())
            self._begin_feed("")  # the language is said of no feed here, but of its entries
            for child in element:
                self._in_feed(child)
        else:
            raise DoubtError

    def _in_feed(self, element: Element) -> None:
        kind, said = self._names[element.tag], self._feed
        if said is None:
            raise DoubtError
        if kind in ("item", "entry"):
            if len(self._entries) >= MOST_ENTRIES:
                raise DoubtError
            self._entries.append(self._elements.entry(element, self._language))
        elif kind in FRAMES:
            self._elements.frame(element, kind)
        elif kind == "link":
            self._elements.link(said, element, of_entry=False)
        elif kind in SAID_OF_FEED:
            self._elements.say(said, SAYS.get(kind, kind), kind, element)
        elif kind in AUTHORS or kind == "managingeditor":
            self._elements.idle(element, "contributor")
        else:
            self._elements.idle(element, "" if kind in IDLE_IN_FEED else kind)


def _is_base(name: str) -> bool:
    return name[-4:].lower() == "base"


def _doubtful(*_found: object) -> Any:
    raise DoubtError
