"""What the elements of a feed say that are read without feedparser. Pure.

Every element is given as a tree, with names as ``Names`` has them. What feedparser might see
differently raises DoubtError.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from monitor.feeds.as_feedparser import mended, mended_link, name_in, read_date, resolved
from monitor.feeds.plain_names import (
    AUTHORS,
    FRAMES,
    HTML,
    IDLE,
    IN_SOURCE,
    MARKUP,
    OF_AUTHOR,
    OF_FEED,
    SAYS,
    TYPED,
    TYPES,
    DoubtError,
    Names,
    plain,
    without_links,
)
from monitor.feeds.raw import RawEntry, is_alternate, web_guid

_XHTML = "http://www.w3.org/1999/xhtml"
_XHTML_FORM = "application/xhtml+xml"
_ABOUT = "http://www.w3.org/1999/02/22-rdf-syntax-ns# about"
_NOTHING: Mapping[str, str] = MappingProxyType({})

Said = dict[str, Any]
"""What was said so far of a feed or an entry, by the names in ``SAYS`` and others."""


class Elements:
    """The elements of one document. In Atom, plain text may hold "<" and content XHTML."""

    def __init__(self, names: Names, *, atom: bool) -> None:
        self._names = names
        self._atom = atom

    def frame(self, element: Element, kind: str) -> None:
        """A picture or a form: anything unknown ends it, for feedparser."""
        inside = FRAMES[kind]
        for child in element:
            if self._names[child.tag] not in inside or len(child):
                raise DoubtError

    def idle(self, element: Element, kind: str) -> None:
        """An element that says nothing to us, and in which nothing stands that might."""
        inside = IDLE.get(kind)
        if inside is None:
            raise DoubtError
        if len(element):
            self._idle_below(element, inside)

    def _idle_below(self, element: Element, inside: frozenset[str]) -> None:
        for child in element:
            kind = self._names[child.tag]
            if kind and kind not in inside:
                self.idle(child, kind)
            else:
                self._idle_below(child, inside)

    def _source(self, element: Element) -> None:
        for child in element:
            if self._names[child.tag] not in IN_SOURCE:
                raise DoubtError
            self._source(child)

    def entry(self, element: Element, language: str) -> RawEntry:
        """An entry; ``language`` is that of the document, which holds for texts."""
        without_links([item for item in element.items() if item[0] != _ABOUT])
        said: Said = {"about": element.get(_ABOUT, ""), "authors": []}
        for child in element:
            kind = self._names[child.tag]
            slot = SAYS.get(kind)
            if slot is not None:
                self.say(said, slot, kind, child)
            elif kind == "link":
                self.link(said, child, of_entry=True)
            elif kind in AUTHORS:
                self._author(said, child)
            elif kind == "source":
                said["source"] = plain(child.items()).get("url", "").strip()
                self._source(child)
            else:
                self.idle(child, kind)
        return _raw_entry(said, language)

    def say(self, said: Said, slot: str, kind: str, element: Element) -> None:
        """Note the text of an element as what is said in a ``slot``."""
        if slot in said and slot != "language":
            raise DoubtError
        items = element.items()
        stated = plain(items) if items else _NOTHING
        form = ""
        if slot in TYPED:
            form = _form(kind, stated)
            if self._atom and form == "text/plain":
                said[f"{slot}_is_plain"] = True
        elif items and slot in OF_FEED:
            raise DoubtError
        said[slot] = text = self._markup(element) if form == _XHTML_FORM else mended(_text(element))
        if slot == "id" and stated.get("ispermalink", "true") == "true":
            said["permalink"] = text

    def _markup(self, element: Element) -> str:
        if len(element) and not self._atom:
            raise DoubtError
        pieces: list[str] = []
        _write_out(element, pieces)
        text = "".join(pieces)
        if "\x85" in text:  # a blank at the edge for feedparser, a sign elsewhere
            raise DoubtError
        return mended(text.strip())

    def link(self, said: Said, element: Element, *, of_entry: bool) -> None:
        """Note an address, where it is that of a page."""
        items = element.items()
        stated = plain(items) if items else _NOTHING
        href = stated.get("url") or stated.get("uri") or stated.get("href")
        if not href and "href" not in stated:
            link = mended_link(_text(element), of_entry=of_entry)
            if of_entry and not link and said.get("link"):
                raise DoubtError
            said["link"] = link
            return
        self.idle(element, "")
        relation = stated.get("rel", "alternate").lower()
        if relation == "alternate" and TYPES.get(stated.get("type", "html").lower()) in HTML:
            if of_entry and not href and said.get("link"):
                raise DoubtError
            said["link"] = resolved(href or "")
        elif of_entry and href and is_alternate(relation):
            said.setdefault("alternate", resolved(href))

    def _author(self, said: Said, element: Element) -> None:
        plain(element.items())
        person: Said = {}
        pieces = [element.text or ""]
        for child in element:
            kind = self._names[child.tag]
            if kind in OF_AUTHOR:
                person[kind] = _text(child)
            elif kind:
                raise DoubtError
            else:
                self.idle(child, "")
                if child.keys():  # then feedparser takes its text for the author's
                    if len(child):
                        raise DoubtError
                    pieces.append(child.text or "")
            pieces.append(child.tail or "")
        _add_author(said, person, mended("".join(pieces).strip()))


def _form(kind: str, stated: Mapping[str, str]) -> str:
    """What a text is, by its element's name and attributes: plain, HTML or XHTML."""
    form = TYPES.get(stated.get("type", "html" if kind in MARKUP else "text").lower())
    if form is None or "mode" in stated or "src" in stated:
        raise DoubtError
    return form


def _text(element: Element) -> str:
    """The text of an element; raises DoubtError for one that holds others."""
    if len(element):
        raise DoubtError
    return (element.text or "").strip()


def _write_out(element: Element, pieces: list[str]) -> None:
    """The inside of an element as HTML. Attributes are of no use to what comes after."""
    pieces.append(escape(element.text or ""))
    for child in element:
        uri, _, tag = child.tag.rpartition(" ")
        tag = tag.lower()
        if uri != _XHTML or tag in ("body", "svg", "math"):
            raise DoubtError
        pieces.append(f"<{tag}>")
        _write_out(child, pieces)
        pieces.append(f"</{tag}>{escape(child.tail or '')}")


def _add_author(said: Said, person: Said, text: str) -> None:
    """Note an author, of whom elements speak (``person``) or a text."""
    if not person:
        name = name_in(text)
        if name is None:
            raise DoubtError
        said["authors"].append(name)
        said["in_text"] = True
    elif text or "in_text" in said or (said["authors"] and not person.get("name")):
        raise DoubtError  # feedparser would mix it up with the one before
    else:
        said["authors"].append(person.get("name") or person.get("email") or "")


def _link(said: Said, guid: str) -> str:
    """Where an entry is, or what it offers as the same in another form, or what its id says."""
    link: str = said.get("link", "").strip() or said.get("alternate", "").strip()
    if link:
        return link
    permalink: str = said.get("permalink", "")
    return web_guid(guid) if "link" in said else permalink


def _raw_entry(said: Said, language: str) -> RawEntry:
    content, summary = said.get("content", ""), said.get("summary")
    guid = said.get("id", said["about"].strip())
    speaks = language if language and TYPED & said.keys() else ""
    return RawEntry(
        guid=guid,
        link=_link(said, guid),
        title=said.get("title", ""),
        title_is_plain=said.get("title_is_plain", False),
        summary=content if summary is None else summary,
        summary_is_plain=said.get("summary_is_plain", False),
        content=content,
        content_is_plain=said.get("content_is_plain", False),
        author=", ".join(dict.fromkeys(filter(None, said["authors"]))),
        language=said.get("language") or speaks,
        published=read_date(said.get("published", "")) or read_date(said.get("created", "")),
        updated=read_date(said.get("updated", "")),
        source=said.get("source", ""),
        origin=said.get("origin", ""),
    )
