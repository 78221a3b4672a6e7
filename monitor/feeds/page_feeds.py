"""The feeds that a web page names, and the usual places of feeds on a site. Pure.

A page says it by ``<link rel="alternate" type="application/rss+xml">`` (the convention of
rssboard.org/rss-autodiscovery, taken up by the HTML standard, 4.6.7.1) or by an ordinary link that
looks like one to a feed. Pages are read by html.parser, which no damage stops.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from monitor.feeds.links import canonical_link
from monitor.feeds.parse import web_address

MOST_NAMED = 20
"""So many feeds of a page are looked at: those that it announces first."""

LONGEST = 3_000_000
"""Characters of a page that are looked at."""

USUAL_PLACES = (
    "/feed",
    "/rss",
    "/rss.xml",
    "/feed.xml",
    "/atom.xml",
    "/index.xml",
    "/feed.json",
    "/feeds/posts/default",
    "/?feed=rss2",
)

_TYPES = re.compile(r"\s*(?:application|text)/(?:rss|atom|rdf|feed)\+(?:xml|json)\b", re.IGNORECASE)
_LOOSE_TYPES = re.compile(r"\s*(?:(?:application|text)/xml|application/json)\b", re.IGNORECASE)
_LIKE_A_FEED = re.compile(
    r"(?:^|[/._=?&-])(?:rss|atom|feed|feeds|rdf|rss2)(?:$|[/._=?&-])|\.(?:rss|atom|rdf)$",
    re.IGNORECASE,
)
_OTHER_FILES = re.compile(
    r"\.(?:png|jpe?g|gif|svg|webp|css|js|pdf|mp3|mp4|zip|html?)$", re.IGNORECASE
)
_WORDS = re.compile(r"\b(?:rss|atom|feed|web\s?feed|json\s?feed)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Named:
    """An address that may be a feed. ``found`` says how we know of it; ``title`` may be empty."""

    url: str
    found: str
    title: str = ""


ANNOUNCED, LINKED, USUAL = "announced", "linked", "usual place"


def feeds_named_in(html: str, url: str) -> tuple[Named, ...]:
    """What the page at ``url`` names, each once, what it announces first; none is asked yet."""
    reader = _Reader()
    reader.feed(html[:LONGEST])
    reader.close()
    base = urljoin(url, reader.base) if reader.base else url
    found: dict[str, Named] = {}
    for each in sorted(reader.named, key=lambda named: named.found != ANNOUNCED):
        address = web_address(each.url, base)
        if address is not None and address.partition("#")[0] != url.partition("#")[0]:
            found.setdefault(address, Named(address, each.found, " ".join(each.title.split())))
    return tuple(found.values())[:MOST_NAMED]


def usual_places(url: str) -> tuple[Named, ...]:
    """Where feeds often are on the site of ``url``: at its root, and below its path."""
    parts = urlsplit(url)
    root = f"{parts.scheme}://{parts.netloc}"
    places = [f"{root}{place}" for place in USUAL_PLACES]
    path = parts.path.rstrip("/")
    if path and "." not in path.rsplit("/", 1)[-1]:
        places[:0] = [f"{root}{path}/feed", f"{root}{path}/rss.xml"]
    kept = {canonical_link(place): place for place in reversed(places)}
    return tuple(Named(place, USUAL) for place in places if place in kept.values())


class _Reader(HTMLParser):
    """Collects what may be feeds; links of ``<a>`` are judged when their text is known."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.base = ""
        self.named: list[Named] = []
        self._link = ""
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        given = {name: value or "" for name, value in attrs}
        href = given.get("href", "").strip()
        if tag == "base" and not self.base:
            self.base = href
        elif tag == "link" and href and _announces(given):
            self.named.append(Named(href, ANNOUNCED, given.get("title", "")))
        elif tag == "a":
            self._finish_link()
            self._link = href
            self._text = [given.get("title", ""), given.get("aria-label", "")]
            if _TYPES.match(given.get("type", "")):
                self._text.append("feed")

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        if tag == "a":
            self._finish_link()

    def handle_data(self, data: str) -> None:
        """Text between elements."""
        if self._link and len(self._text) < 20:
            self._text.append(data[:200])

    def close(self) -> None:
        """The page ends."""
        super().close()
        self._finish_link()

    def _finish_link(self) -> None:
        href, text = self._link, " ".join(" ".join(self._text).split())
        self._link, self._text = "", []
        place = href.partition("#")[0]
        if not place or _OTHER_FILES.search(place.partition("?")[0]):
            return
        if _LIKE_A_FEED.search(place.partition("://")[2] or place) or _WORDS.search(text[:80]):
            self.named.append(Named(href, LINKED, text[:80]))


def _announces(given: dict[str, str]) -> bool:
    relations = given.get("rel", "").lower().split()
    kind = given.get("type", "")
    if "feed" in relations:
        return True
    if "alternate" not in relations or "stylesheet" in relations:
        return False
    # Of the looser types oEmbed and translations make use as well: there the address has to tell.
    return bool(_TYPES.match(kind)) or (
        bool(_LOOSE_TYPES.match(kind))
        and "oembed" not in kind + given["href"]
        and _LIKE_A_FEED.search(given["href"]) is not None
    )
