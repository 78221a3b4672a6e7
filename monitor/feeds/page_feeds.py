"""The feeds that a web page names, and the usual places of feeds on a site. Pure.

A page says it by ``<link rel="alternate" type="application/rss+xml">`` (the convention of
rssboard.org/rss-autodiscovery, taken up by the HTML standard, 4.6.7.1) or by an ordinary link that
looks like one to a feed.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from monitor.feeds.links import canonical_feed_link
from monitor.feeds.parse import web_address
from monitor.feeds.tags import tags, without, words
from monitor.records import dataclass

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
_LONGEST_LINK = 1000  # characters of what stands in a link
_MOST_LOOKED_AT = 200
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
    page = without(without(html[:LONGEST], "<!--", "-->"), "<script", "</script")
    base, named = _read(page)
    found: dict[str, Named] = {}
    for each in sorted(named, key=lambda named: named.found != ANNOUNCED):
        address = web_address(each.url, urljoin(url, base) if base else url)
        if address is not None and address.partition("#")[0] != url.partition("#")[0]:
            found.setdefault(address, Named(address, each.found, " ".join(each.title.split())))
    return tuple(found.values())[:MOST_NAMED]


def _read(page: str) -> tuple[str, list[Named]]:
    """What a page's addresses are relative to (empty: itself), and what may be feeds."""
    base, named = "", list[Named]()
    for tag in tags(page, frozenset(("base", "link", "a"))):
        given = {name.lower(): value for name, value in tag.attributes.items()}
        href, name = given.get("href", "").strip(), tag.name.lower()
        if not href:
            continue
        if name == "base":
            base = base or href
        elif name == "link" and _announces(given):
            named.append(Named(href, ANNOUNCED, given.get("title", "")))
        elif name == "a" and len(named) < _MOST_LOOKED_AT:
            text = words(page[tag.end : tag.end + _LONGEST_LINK].partition("</a")[0])
            said = f"{given.get('title', '')} {given.get('aria-label', '')} {text}"
            if _TYPES.match(given.get("type", "")) or _looks_like_one(href, said):
                named.append(Named(href, LINKED, " ".join(said.split())[:80]))
    return base, named


def _looks_like_one(href: str, said: str) -> bool:
    place = href.partition("#")[0]
    if not place or _OTHER_FILES.search(place.partition("?")[0]):
        return False
    address = place.partition("://")[2] or place
    return bool(_LIKE_A_FEED.search(address) or _WORDS.search(" ".join(said.split())[:80]))


def usual_places(url: str) -> tuple[Named, ...]:
    """Where feeds often are on the site of ``url``: at its root, and below its path."""
    parts = urlsplit(url)
    root = f"{parts.scheme}://{parts.netloc}"
    places = [f"{root}{place}" for place in USUAL_PLACES]
    path = parts.path.rstrip("/")
    if path and "." not in path.rsplit("/", 1)[-1]:
        places[:0] = [f"{root}{path}/feed", f"{root}{path}/rss.xml"]
    kept = {canonical_feed_link(place): place for place in reversed(places)}
    return tuple(Named(place, USUAL) for place in places if place in kept.values())


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
