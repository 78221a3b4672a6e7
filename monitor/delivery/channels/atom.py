"""A message as entries of an Atom feed, and such a feed as bytes and back (RFC 4287). Pure.

An entry is one telling of one story. A story that grows is told by an entry of its own, with an id
of its own and only what is new: most feed readers show an entry that they know already, and that
was changed, to nobody. All that a headline may hold is escaped, and only http(s) addresses are
linked.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape as xml_escape
from xml.sax.saxutils import quoteattr

from monitor.model import Message
from monitor.records import dataclass

MOST_ENTRIES = 200
OLDEST = timedelta(days=90)
"""What a feed is kept within: readers fetch it whole, again and again."""

GENERATOR = "Wirewatch"
_ATOM = "{http://www.w3.org/2005/Atom}"
_IDS = uuid.UUID("6f4f4c35-2f0c-5d8e-9a3b-6d0f9b1c7a52")
_NOT_XML = re.compile("[^\\t\\n\\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_IRI = re.compile(r'[\s<>"{}|\\^`\x00-\x20\x7f]')


class NotOurs(ValueError):
    """A document that is no feed which we wrote, or one that was damaged."""


@dataclass(frozen=True, slots=True)
class Link:
    """An article's address, http(s) only; ``title`` is its headline."""

    href: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; ``content`` is HTML, the first of ``links`` is the one that readers open."""

    id: str
    updated: datetime
    title: str
    links: tuple[Link, ...] = ()
    categories: tuple[str, ...] = ()
    content: str = ""


@dataclass(frozen=True, slots=True)
class AtomFeed:
    """A feed; ``id`` stays the same for as long as its file is there."""

    id: str
    title: str
    entries: tuple[Entry, ...] = ()


# --- from a message to entries --------------------------------------------------------------------


def entries_of(message: Message) -> tuple[Entry, ...]:
    """An entry for each story, and one for what ``max_stories`` left over.

    Problems stand at the end of the first. A message that has nothing else to tell is one entry.
    The same message gives the same entries; none is so odd that it gives none.
    """
    told = _told(message)
    entries = [_story(message, story, n) for n, story in enumerate(_tables(told, "stories"))]
    entries += _more(message, _tables(told, "more"))
    problems = _problems(_tables(told, "problems"))
    if entries:
        entries[0] = replace(entries[0], content=entries[0].content + problems)
        return tuple(entries)
    paragraphs = "".join(f"<p>{_html(each)}</p>" for each in message.text.split("\n\n"))
    title = _line(message.subject) or _line(message.digest) or GENERATOR
    return (_entry(message, "", title=title, content=problems or paragraphs),)


def _told(message: Message) -> dict[str, Any]:
    """The webhook's document; empty where it is none."""
    try:
        told = json.loads(message.json)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _story(message: Message, story: dict[str, Any], number: int) -> Entry:
    update = story.get("update") is True
    told_of = _text(story, "id") or f"{message.id}/{number}"
    # Told for the first time, a story has one id however often its digest is sent.
    key = f"{told_of}/{message.id}" if update else told_of
    articles = _tables(story, "articles")
    links: dict[str, Link] = {}
    for article in articles:
        href = web_link(_text(article, "url"))
        if href:
            links.setdefault(href, Link(href, _line(_text(article, "title"))))
    title = _line(_text(story, "title")) or "(no title)"
    return _entry(
        message,
        key,
        title=f"Update: {title}" if update else title,
        links=tuple(links.values()),
        categories=tuple(dict.fromkeys((*_lines(story, "rules"), *_lines(story, "tags")))),
        content=_first(message, story) + _notes(story) + "".join(map(_article, articles)),
    )


def _entry(message: Message, key: str, **fields: Any) -> Entry:
    name = f"{message.digest}\n{key or message.id}".encode("utf-8", "replace").decode()
    moment = message.composed_at.astimezone(UTC).replace(microsecond=0)
    return Entry(id=uuid.uuid5(_IDS, name).urn, updated=moment, **fields)


def _more(message: Message, left: Sequence[dict[str, Any]]) -> Iterator[Entry]:
    """What ``max_stories`` left over, as one entry: these are titles, to be looked over."""
    if not left:
        return
    items = "".join(f"<li>{_linked(each)}</li>" for each in left)
    title = "1 more story" if len(left) == 1 else f"{len(left)} more stories"
    title = f"{title}: {_line(message.subject)}"
    yield _entry(message, f"{message.id}/more", title=title, content=f"<ul>{items}</ul>")


def _first(message: Message, story: dict[str, Any]) -> str:
    """When an update was first told."""
    at = dict(message.first_told).get(_text(story, "id"))
    return f"<p>First told {_moment(_stamp(at))}</p>" if at else ""


def _notes(story: dict[str, Any]) -> str:
    urgent = "<p><strong>High priority</strong></p>" if story.get("priority") == "high" else ""
    notes = (f"<p><em>Note: {_html(note)}</em></p>" for note in _lines(story, "notes"))
    return urgent + "".join(notes)


def _article(article: dict[str, Any]) -> str:
    said = [_line(_text(article, key)) for key in ("feed", "author", "language")]
    about = " · ".join(filter(None, (*said, _moment(_text(article, "published_at")))))
    parts = [f"<p>{_linked(article)}<br>{_html(about)}</p>"]
    for match in _tables(article, "matches"):
        words = "".join(map(_fragment, _tables(match, "excerpt")))
        parts.append(f"<blockquote>{words}<br>[{_html(_text(match, 'rule'))}]</blockquote>")
    if summary := _text(article, "summary"):
        parts.append(f"<p>{_html(summary)}</p>")
    return "".join(parts)


def _fragment(fragment: dict[str, Any]) -> str:
    # The blanks at its ends part it from the words beside it.
    words = escape(re.sub(r"\s+", " ", _NOT_XML.sub(" ", _text(fragment, "text"))))
    return f"<strong>{words}</strong>" if fragment.get("hit") is True else words


def _linked(item: dict[str, Any]) -> str:
    title = _html(_text(item, "title") or "(no title)")
    href = web_link(_text(item, "url"))
    return f'<a href="{escape(href)}">{title}</a>' if href else title


def _problems(problems: Sequence[dict[str, Any]]) -> str:
    if not problems:
        return ""
    items = "".join(
        f"<li>{_html(_text(each, 'name'))}, since {_html(_moment(_text(each, 'since')))}: "
        f"{_html(_text(each, 'message'))}</li>"
        for each in problems
    )
    return f"<h4>What to know</h4><ul>{items}</ul>"


def web_link(url: str) -> str:
    """``url`` fit to stand in a link; empty where it is no http(s) address."""
    url = url.strip()
    try:
        parts = urlsplit(url)
        usable = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return ""
    if not usable or _NOT_XML.search(url):
        return ""
    return _NOT_IRI.sub(lambda found: quote(found.group()), url)


# --- reading what may be anything -----------------------------------------------------------------


def _tables(told: dict[str, Any], key: str) -> list[dict[str, Any]]:
    value = told.get(key)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text(told: dict[str, Any], key: str) -> str:
    value = told.get(key)
    return value if isinstance(value, str) else ""


def _lines(told: dict[str, Any], key: str) -> list[str]:
    value = told.get(key)
    found = [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
    return [line for line in map(_line, found) if line]


def _moment(text: str) -> str:
    """``2024-05-20T04:00:00Z`` as people read it."""
    return f"{text[:10]} {text[11:16]} UTC" if text.endswith("Z") else text


def _html(text: str) -> str:
    return escape(_line(text))


def _line(text: str) -> str:
    """``text`` on one line, with nothing in it that XML cannot hold."""
    return " ".join(_NOT_XML.sub(" ", text).split())


# --- a feed as bytes ------------------------------------------------------------------------------


def merged(
    known: Iterable[Entry], fresh: Sequence[Entry], now: datetime
) -> tuple[tuple[Entry, ...], int]:
    """Entries newest first, within the bounds, and how many of ``fresh`` were not known.

    What is fresh stays, however much it is: it counts as sent.
    """
    known = tuple(known)
    ids = {entry.id for entry in known}
    added = [entry for entry in fresh if entry.id not in ids]
    young = [entry for entry in known if entry.updated > now - OLDEST]
    young.sort(key=lambda entry: entry.updated, reverse=True)
    kept = [*added, *young[: max(MOST_ENTRIES - len(added), 0)]]
    kept.sort(key=lambda entry: entry.updated, reverse=True)
    return tuple(kept), len(added)


def written(feed: AtomFeed) -> bytes:
    """``feed`` as a document: the same feed gives the same bytes."""
    newest = max(
        (entry.updated for entry in feed.entries), default=datetime(1970, 1, 1, tzinfo=UTC)
    )
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n',
        f"  <id>{xml_escape(feed.id)}</id>\n",
        f"  <title>{xml_escape(_line(feed.title))}</title>\n",
        f"  <updated>{_stamp(newest)}</updated>\n",
        f"  <author><name>{GENERATOR}</name></author>\n",
        f"  <generator>{GENERATOR}</generator>\n",
        *map(_written_entry, feed.entries),
        "</feed>\n",
    ]
    return "".join(parts).encode("utf-8")


def _written_entry(entry: Entry) -> str:
    lines = [
        "  <entry>\n",
        f"    <id>{xml_escape(entry.id)}</id>\n",
        f"    <title>{xml_escape(entry.title)}</title>\n",
        f"    <updated>{_stamp(entry.updated)}</updated>\n",
    ]
    for number, link in enumerate(entry.links):
        rel = "related" if number else "alternate"  # RFC 4287 allows one alternate of a kind
        title = f" title={quoteattr(link.title)}" if link.title else ""
        lines.append(f'    <link rel="{rel}" href={quoteattr(link.href)}{title}/>\n')
    lines += [f"    <category term={quoteattr(each)}/>\n" for each in entry.categories]
    lines.append(f'    <content type="html">{xml_escape(entry.content)}</content>\n  </entry>\n')
    return "".join(lines)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def read(document: bytes) -> AtomFeed:
    """The feed that ``written`` gave these bytes for. Raises NotOurs for anything else.

    A document type is refused unread: ours have none, and in it entities could be defined.
    """
    try:
        text = document.decode("utf-8")
        if "<!DOCTYPE" in text:
            raise NotOurs("it has a document type")
        root = ElementTree.fromstring(text)  # noqa: S314 (nothing in it can grow without one)
        if root.tag != f"{_ATOM}feed" or root.findtext(f"{_ATOM}generator") != GENERATOR:
            raise NotOurs("it names another program, or none")
        entries = tuple(map(_read_entry, root.findall(f"{_ATOM}entry")))
        return AtomFeed(_of(root, "id"), root.findtext(f"{_ATOM}title", ""), entries)
    except (UnicodeDecodeError, ElementTree.ParseError) as error:
        raise NotOurs(str(error)) from error


def _read_entry(element: ElementTree.Element) -> Entry:
    try:
        updated = datetime.fromisoformat(_of(element, "updated"))
    except ValueError as error:
        raise NotOurs("an entry has no date") from error
    return Entry(
        id=_of(element, "id"),
        updated=updated if updated.tzinfo else updated.replace(tzinfo=UTC),
        title=element.findtext(f"{_ATOM}title", ""),
        links=tuple(
            Link(link.get("href", ""), link.get("title", ""))
            for link in element.findall(f"{_ATOM}link")
        ),
        categories=tuple(each.get("term", "") for each in element.findall(f"{_ATOM}category")),
        content=element.findtext(f"{_ATOM}content", ""),
    )


def _of(element: ElementTree.Element, name: str) -> str:
    text = (element.findtext(_ATOM + name) or "").strip()
    if not text:
        raise NotOurs(f"an element {name} is missing")
    return text
