"""What the elements of feeds say, by feedparser's names for them. Pure.

feedparser names an element by the prefix by which it knows the name space, whatever the document
calls it: "dc_creator". Elements that stand in none of these lists are of no concern where
feedparser does not treat them in its own way either, and doubtful where it does.
"""

from __future__ import annotations

from collections.abc import Collection

from monitor.feeds.as_feedparser import NAMESPACES, TREATED


def words(text: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(text.split())


# What an element of an entry says, by feedparser's name for the element.
SAYS = {
    kind: slot
    for slot, kinds in {
        "title": "title",
        "id": "guid id",
        "summary": "description summary",
        "content": "content content_encoded",
        "published": "pubdate published issued dcterms_issued",
        "updated": "updated modified dc_date dcterms_modified",
        "created": "created dcterms_created",
        "language": "language dc_language",
        "origin": "feedburner_origlink",
    }.items()
    for kind in kinds.split()
}
TYPED = words("title summary content")
AUTHORS = words("author dc_creator dc_author itunes_author")
OF_AUTHOR = words("name email url uri homepage")
PERSON = words("name url uri homepage email itunes_name itunes_email")
MARKUP = words("description content_encoded")
"""Texts that are HTML unless they say otherwise; others are plain."""
TYPES = {
    **dict.fromkeys(("text", "plain", "text/plain"), "text/plain"),
    **dict.fromkeys(("html", "text/html"), "text/html"),
    **dict.fromkeys(("xhtml", "application/xhtml+xml"), "application/xhtml+xml"),
}
OF_FEED = words("ttl sy_updateperiod sy_updatefrequency")
SAID_OF_FEED = words("title language dc_language guid id") | OF_FEED
IDLE_IN_FEED = words(
    "description summary published pubdate updated lastbuilddate dc_date modified itunes_summary"
)
"""What says something of an entry, and of a feed nothing that we ask for."""
# Elements that feedparser treats in its own way, and that say nothing we ask for; with those that
# may stand within them.
IDLE = {
    "": words(""),
    **dict.fromkeys(
        words(
            "category keywords dc_subject enclosure rights dc_rights generator copyright cloud "
            "webmaster dc_publisher dc_contributor subtitle tagline expirationdate itunes_block "
            "itunes_category itunes_explicit itunes_image itunes_keywords itunes_subtitle "
            "media_category media_content media_credit media_group media_keywords media_license "
            "media_player media_rating media_restriction media_thumbnail georss_point georss_box "
            "georss_line georss_polygon cc_license creativecommons_license dcterms_valid "
            "feedburner_browserfriendly"
        ),
        words(""),
    ),
    **dict.fromkeys(("contributor", "itunes_owner"), PERSON),
}
IN_SOURCE = words("title id link updated author name email subtitle")
FRAMES = {
    "image": words("title link description url width height"),
    "textinput": words("title link description name"),
}
_UNTREATED = words("rdf_rdf feedburner_origlink")
_ASKED = AUTHORS | words("authors link links image tags") | frozenset(SAYS.values())
_PREFIXES = frozenset(NAMESPACES.values())
_TELLING = words("rel type href url uri ispermalink mode src lastmod")
_MOST_ATTRIBUTES = 50
_LONGEST_VALUE = 10_000  # characters of an attribute
HTML = words("text/html application/xhtml+xml")


class DoubtError(Exception):
    """feedparser is to be asked."""


class Names(dict[str, str]):
    """The names of one document's elements (address, blank, local name), as feedparser has them.

    The name is "" for elements that are of no concern. Raises DoubtError for unclear ones.
    """

    def __init__(self) -> None:
        super().__init__()
        self.declared: list[str] = []  # addresses of name spaces, in small letters
        self._prefixes: dict[str, str] = {}
        self._bare: set[str] = set()  # addresses that were declared when they had no prefix yet

    def declare(self, prefix: str | None, uri: str | None) -> None:
        """Note a name space. feedparser knows some by prefixes of its own."""
        uri = uri or ""
        self.declared.append(uri.lower())
        if prefix is None:
            if uri not in self._prefixes.values():
                self._bare.add(uri)
            return
        known = NAMESPACES.get(uri.lower())
        mistaken = known is not None and prefix in _PREFIXES and prefix != known
        if known is None and uri in self._bare:  # feedparser names by what it knows so far
            raise DoubtError
        if mistaken or self._prefixes.setdefault(prefix, uri) != uri:
            raise DoubtError
        if len(self._prefixes) > _MOST_ATTRIBUTES:
            raise DoubtError

    def __missing__(self, name: str) -> str:
        uri, _, local = name.rpartition(" ")
        prefix = NAMESPACES.get(uri.lower())
        if prefix is None:
            prefix = next((known for known, its in self._prefixes.items() if its == uri), "")
            if not prefix or prefix.lower() in _PREFIXES:
                raise DoubtError
        kind = f"{prefix}_{local}".lower() if prefix else local.lower()
        if kind not in TREATED and kind not in OF_FEED and kind not in _UNTREATED:
            if kind in _ASKED:
                raise DoubtError
            kind = ""
        self[name] = kind
        return kind


def plain(attributes: Collection[tuple[str, str]]) -> dict[str, str]:
    """Attributes by their plain names, which feedparser goes by in whatever namespace they are."""
    if len(attributes) > _MOST_ATTRIBUTES:
        raise DoubtError
    found: dict[str, str] = {}
    for name, value in attributes:
        local = name.lower()
        if " " in local:
            local = local.rpartition(" ")[2]
            if local in _TELLING:
                raise DoubtError
        if local == "lang" or len(value) > _LONGEST_VALUE:
            raise DoubtError
        found[local] = value
    return found


def without_links(attributes: Collection[tuple[str, str]]) -> None:
    """Raise DoubtError where attributes say what elements should (as CDF had it)."""
    if attributes and plain(attributes).keys() & {"href", "lastmod"}:
        raise DoubtError
