"""RSS, RDF and Atom as nearly everybody writes them, read at an eighth of feedparser's cost. Pure.

feedparser stays the judge of what a feed means: this reader says what feedparser would say, or
nothing (None), and the document goes to feedparser. It gives up at the slightest doubt: anything
not well-formed, a document type, a base address, an element that feedparser treats in its own way
and that is not known here, one that stands where it should not, or stands twice. Which elements
and namespaces feedparser treats in its own way is asked of feedparser itself, and so are dates and
addresses of authors that are not written in the usual way. A test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

from monitor.feeds.as_feedparser import mended, mended_link, name_in, read_date, resolved
from monitor.feeds.plain_names import (
    AUTHORS,
    FRAMES,
    HTML,
    IDLE,
    IDLE_IN_FEED,
    IN_SOURCE,
    MARKUP,
    OF_FEED,
    SAID_OF_FEED,
    SAYS,
    TYPED,
    TYPES,
    DoubtError,
    Names,
    plain,
    without_links,
)
from monitor.feeds.raw import MOST_ENTRIES, RawEntry, RawFeed, seconds_to_live

_ATOM, _RSS1 = "http://www.w3.org/2005/atom", "http://purl.org/rss/1.0/"
_VERSIONED = frozenset((_ATOM, _RSS1, "http://my.netscape.com/rdf/simple/0.9/"))
"""Namespaces that tell feedparser what a document is; the first one counts."""
_XML = "http://www.w3.org/XML/1998/namespace"
_XHTML = "http://www.w3.org/1999/xhtml"
_ABOUT = "http://www.w3.org/1999/02/22-rdf-syntax-ns# about"


# References that XML forbids are taken out before feedparser reads; here they are doubtful, with
# some others near them.
_ODD_REFERENCE = re.compile(
    r"&#(?!(?:9|1[03]|[3-9]\d|[1-9]\d\d|[1-9]\d{3}|[1-4]\d{4}|6[0-4]\d{3}|1[0-2]\d{4}"
    r"|[xX](?:[9aAdD]|[2-9a-fA-F][0-9a-fA-F]|[1-9a-fA-F][0-9a-fA-F]{2}|[1-9a-cA-CeE][0-9a-fA-F]{3}"
    r"|1[0-9a-fA-F]{4}));)"
)
_BEGINNING = re.compile(r"<(?:\?xml|rss|feed|rdf:RDF)\b")


def read_plainly(text: str) -> RawFeed | None:
    """What an XML feed says, exactly as feedparser has it; None where that is in doubt."""
    if _ODD_REFERENCE.search(text) or not _BEGINNING.match(text):
        return None
    reader = _Reader()
    try:
        reader.parser.Parse(text, True)
        return reader.feed()
    except (DoubtError, expat.ExpatError, UnicodeError):
        return None
    finally:
        # Reader and parser hold each other: so the document is let go at once, and not some day.
        vars(reader).clear()


Said = dict[str, Any]
Context = tuple[Callable[[str, dict[str, str], str], Any], Callable[[str], None] | None]
"""What an element's children are met with, and what is done at its end."""


class _Reader:
    """One document: takes what expat finds, element by element, and keeps what is asked for."""

    def __init__(self) -> None:
        self._names = Names()
        self.parser = parser = expat.ParserCreate("utf-8", " ")
        parser.buffer_text = True
        parser.buffer_size = 65_536
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartNamespaceDeclHandler = self._names.declare
        parser.StartDoctypeDeclHandler = _doubtful
        self._kinds: dict[str, str] = {}
        self._feed: Said | None = None
        self._said: Said = {}
        self._entries: list[RawEntry] = []
        self._atom = False
        self._language = ""
        self._slot = ""
        self._pieces: list[str] = []
        self._person: Said = {}
        self._nothing: Context = (partial(self._in_idle, frozenset()), None)
        self._text: Context = (_doubtful, self._end_text)
        self._stack: list[Context] = [(self._in_document, None)]

    def feed(self) -> RawFeed:
        """What was read."""
        if self._feed is None:
            raise DoubtError
        return RawFeed(
            title=self._feed.get("title", ""),
            link=self._feed.get("link", "").strip(),
            language=self._feed.get("language", ""),
            ttl=seconds_to_live(self._feed),
            entries=tuple(self._entries),
        )

    # --- elements

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        for attribute in attributes:
            if attribute[-4:].lower() == "base":  # feedparser never forgets it again
                raise DoubtError
        kind = self._kinds.get(name)
        if kind is None:
            kind = self._kinds[name] = self._names.kind(name)
        self._stack.append(self._stack[-1][0](kind, attributes, name))

    def _end(self, name: str) -> None:
        close = self._stack.pop()[1]
        if close is not None:
            close(name)

    def _in_document(self, kind: str, attributes: dict[str, str], _name: str) -> Context:
        self._language = attributes.pop(f"{_XML} lang", "")
        plain(attributes)
        version = next((uri for uri in self._names.declared if uri in _VERSIONED), None)
        if kind == "feed" and version == _ATOM:
            self._atom = True
            return self._begin_feed()
        if kind == "rss":
            return self._in_root, None
        if kind == "rdf_rdf" and version == _RSS1:
            return self._in_rdf, None
        raise DoubtError

    def _in_root(self, kind: str, attributes: dict[str, str], _name: str) -> Context:
        if kind != "channel" or self._feed is not None:
            raise DoubtError
        without_links(attributes)
        return self._begin_feed()

    def _in_rdf(self, kind: str, attributes: dict[str, str], name: str) -> Context:
        if kind == "item" and self._feed is not None:
            return self._begin_entry(attributes)
        if kind in FRAMES and self._feed is not None:
            return partial(self._in_frame, FRAMES[kind]), None
        language, self._language = self._language, ""  # said of no feed here, but of its entries
        context = self._in_root(kind, attributes, name)
        self._language = language
        return context

    def _begin_feed(self) -> Context:
        self._feed = self._said = {"language": self._language} if self._language else {}
        return self._in_feed, None

    def _in_feed(self, kind: str, attributes: dict[str, str], _name: str) -> Context:
        if kind in ("item", "entry"):
            return self._begin_entry(attributes)
        if kind in FRAMES:
            return partial(self._in_frame, FRAMES[kind]), None
        if kind == "link":
            return self._link(attributes)
        if kind in SAID_OF_FEED:
            return self._begin_text(SAYS.get(kind, kind), kind, attributes)
        if kind in AUTHORS or kind == "managingeditor":
            return self._idle("contributor") or self._nothing
        return self._idle(kind) or self._nothing_more(kind, IDLE_IN_FEED)

    def _begin_entry(self, attributes: dict[str, str]) -> Context:
        if len(self._entries) >= MOST_ENTRIES:
            raise DoubtError
        about = attributes.pop(_ABOUT, "")
        without_links(attributes)
        self._said = {"about": about, "authors": []}
        return self._in_entry, self._end_entry

    def _in_entry(self, kind: str, attributes: dict[str, str], _name: str) -> Context:
        slot = SAYS.get(kind)
        if slot is not None:
            return self._begin_text(slot, kind, attributes)
        if kind == "link":
            return self._link(attributes)
        if kind in AUTHORS:
            plain(attributes)
            self._person = {}
            self._collect("author")
            return self._in_author, self._end_author
        if kind == "source":
            self._said["source"] = plain(attributes).get("url", "").strip()
            return self._in_source, None
        return self._idle(kind) or self._nothing_more(kind, frozenset())

    def _idle(self, kind: str) -> Context | None:
        """What the children of an element are met with that says nothing to us."""
        inside = IDLE.get(kind)
        return None if inside is None else (partial(self._in_idle, inside), None)

    def _nothing_more(self, kind: str, idle: frozenset[str]) -> Context:
        if kind and kind not in idle:
            raise DoubtError
        return self._nothing

    def _in_idle(
        self, inside: frozenset[str], kind: str, _attributes: dict[str, str], _name: str
    ) -> Context:
        if not kind or kind in inside:
            return self._stack[-1][0], None
        idle = self._idle(kind)
        if idle is None:
            raise DoubtError
        return idle

    def _in_source(self, kind: str, _attributes: dict[str, str], _name: str) -> Context:
        if kind not in IN_SOURCE:
            raise DoubtError
        return self._in_source, None

    def _in_frame(
        self, inside: frozenset[str], kind: str, _attributes: dict[str, str], _name: str
    ) -> Context:
        """In a picture or a form: anything unknown ends it, for feedparser."""
        if kind not in inside:
            raise DoubtError
        return _doubtful, None

    # --- texts

    def _collect(self, slot: str) -> None:
        self._slot, self._pieces = slot, []
        self.parser.CharacterDataHandler = self._pieces.append

    def _begin_text(self, slot: str, kind: str, attributes: dict[str, str]) -> Context:
        if slot in self._said and slot != "language":
            raise DoubtError
        stated = plain(attributes) if attributes else {}
        self._collect(slot)
        if slot == "id":
            self._said["is_link"] = stated.get("ispermalink", "true") == "true"
        elif slot in OF_FEED and attributes:
            raise DoubtError
        elif slot in TYPED:
            return self._begin_typed(
                slot, stated.get("type", "html" if kind in MARKUP else "text"), stated
            )
        return self._text

    def _begin_typed(self, slot: str, stated: str, attributes: dict[str, str]) -> Context:
        found = TYPES.get(stated.lower())
        if found is None or "mode" in attributes or "src" in attributes:
            raise DoubtError
        self._said[f"{slot}_is_plain"] = self._atom and found == "text/plain"
        if found != "application/xhtml+xml":
            return self._text
        pieces = self._pieces
        self.parser.CharacterDataHandler = lambda text: pieces.append(escape(text))
        return self._in_xhtml, self._end_markup

    def _in_xhtml(self, _kind: str, _attributes: dict[str, str], name: str) -> Context:
        uri, _, tag = name.rpartition(" ")
        tag = tag.lower()
        if uri != _XHTML or tag in ("body", "svg", "math") or not self._atom:
            raise DoubtError
        self._pieces.append(f"<{tag}>")  # attributes are of no use to what comes after
        return self._in_xhtml, self._end_tag

    def _end_tag(self, name: str) -> None:
        self._pieces.append(f"</{name.rpartition(' ')[2].lower()}>")

    def _end_markup(self, name: str) -> None:
        if "\x85" in "".join(self._pieces):  # a blank at the edge for feedparser, a sign elsewhere
            raise DoubtError
        self._end_text(name)

    def _end_text(self, _name: str) -> None:
        self.parser.CharacterDataHandler = None
        text = mended("".join(self._pieces).strip())
        self._said[self._slot] = text
        if self._slot == "id" and self._said["is_link"]:
            self._said.setdefault("link", text)

    def _link(self, attributes: dict[str, str]) -> Context:
        stated = plain(attributes) if attributes else {}
        href = next((stated[key] for key in ("url", "uri", "href") if stated.get(key)), None)
        if href is None and "href" not in stated:
            self._collect("link")
            return _doubtful, self._end_link
        relation = stated.get("rel", "alternate").lower()
        if relation == "alternate" and TYPES.get(stated.get("type", "html").lower()) in HTML:
            self._said["link"] = resolved(href or "")
        return self._nothing

    def _end_link(self, _name: str) -> None:
        self.parser.CharacterDataHandler = None
        link = "".join(self._pieces).strip()
        self._said["link"] = mended_link(link, of_entry=self._said is not self._feed)

    # --- people

    def _in_author(self, kind: str, attributes: dict[str, str], _name: str) -> Context:
        if kind in ("name", "email", "url", "uri", "homepage"):
            own: list[str] = []
            self.parser.CharacterDataHandler = own.append
            return _doubtful, partial(self._end_of_person, kind, own)
        if kind:
            raise DoubtError
        if not attributes:  # else feedparser takes its text for the author's
            self.parser.CharacterDataHandler = None
        return self._nothing[0], partial(self._end_of_person, "", [])

    def _end_of_person(self, kind: str, own: list[str], _name: str) -> None:
        self._person[kind] = "".join(own).strip()
        self.parser.CharacterDataHandler = self._pieces.append

    def _end_author(self, _name: str) -> None:
        self.parser.CharacterDataHandler = None
        text = mended("".join(self._pieces).strip())
        person, said = self._person, self._said
        if not person.keys() - {""}:
            name = name_in(text)
            if name is None:
                raise DoubtError
            said["authors"].append(name)
            said["in_text"] = True
        elif text or "in_text" in said or (said["authors"] and not person.get("name")):
            raise DoubtError  # feedparser would mix it up with the one before
        else:
            said["authors"].append(person.get("name") or person.get("email") or "")

    # --- entries

    def _end_entry(self, _name: str) -> None:
        said, self._said = self._said, {} if self._feed is None else self._feed
        content, summary = said.get("content", ""), said.get("summary")
        speaks = self._language if TYPED & said.keys() else ""
        self._entries.append(
            RawEntry(
                guid=said.get("id", said["about"].strip()),
                link=said.get("link", "").strip(),
                title=said.get("title", ""),
                title_is_plain=said.get("title_is_plain", False),
                summary=content if summary is None else summary,
                summary_is_plain=said.get("summary_is_plain", False),
                content=content,
                content_is_plain=said.get("content_is_plain", False),
                author=", ".join(dict.fromkeys(name for name in said["authors"] if name)),
                language=said.get("language") or speaks,
                published=read_date(said.get("published", ""))
                or read_date(said.get("created", "")),
                updated=read_date(said.get("updated", "")),
                source=said.get("source", ""),
                origin=said.get("origin", ""),
            )
        )


def _doubtful(*_found: object) -> Any:
    raise DoubtError
