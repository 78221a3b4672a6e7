"""Is it the same article? Keys by which an entry is known again, whatever its date says. Pure.

An entry has up to three keys, the strongest first: its guid within its feed, its canonical link,
and the print of headline and text on its site. Any one that is known makes it the same, so that
new ids after a redesign, or links that moved to https, bring nothing up a second time.

A key is only as good as the feed makes it: one that stands on several differing entries of a
document says nothing there, and only finds what it was the key of before, under the same headline.
A guid that comes back with another link and another headline says nothing either. A kind of keys
that proved so stays demoted in that feed: then it counts only together with the headline.

A key is where it counts (4 bytes) and a hash of what it is made of (12 bytes). A database keeps
keys in their order, in pages of sixty or so. Hashes alone lie anywhere in it, and the keys of
one document would touch, and have written, as many pages as there are keys. So those of one site
come one after the other, and within it those of one feed, of one folder of addresses, and the
prints: a poll touches a handful of pages, however many articles are known.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from zlib import crc32

from monitor.feeds.headlines import letters
from monitor.feeds.links import canonical_link, is_front_page, site_of
from monitor.feeds.wrapped_links import is_aggregator
from monitor.model import Entry
from monitor.records import dataclass
from monitor.text.characters import unjoined

__all__ = [
    "Candidates",
    "KeyedEntry",
    "candidates",
    "canonical_link",
    "content_hash",
    "is_another",
    "keys_of",
    "kinds_shared",
    "outlet_of",
    "print_of",
    "print_place",
    "site_of",
    "sort_out",
    "told_apart",
]

_PLACE_SIZE = 4  # bytes of a key, before its hash: two for a site and two for what is within it
_HASHES = {
    "content": blake2b(digest_size=16, person=b"content"),
    **{
        kind: blake2b(digest_size=12, person=kind.encode("ascii"))
        for kind in ("guid", "link", "print", "headed", "all")
    },
}
_SHARERS = 3  # entries with one key, from which on it is no accident
_TELLING_LENGTH = 120
"""Letters of text from which headline and text together are an article and not a formula
("Morning briefing", "Watch the latest bulletin here"), which returns every day."""
_WEIGHT_OF_A_WORD = 4  # of a Chinese, Japanese or Korean character, in letters


@dataclass(frozen=True, slots=True)
class KeyedEntry:
    """An entry and what it is known by: 16 bytes each, the strongest first, never none.

    ``guid`` and ``link`` are those among its keys. ``doubtful`` are keys of a demoted kind: they
    count where the headlines resemble each other too. ``shared`` are keys that other entries of
    the document have as well: one may have been this entry's when it stood alone, and is not noted.
    """

    entry: Entry
    keys: tuple[bytes, ...]
    guid: bytes | None = None
    link: bytes | None = None
    doubtful: tuple[bytes, ...] = ()
    shared: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidates:
    """What an entry might be known by, before its neighbours are looked at: 16 bytes or None."""

    entry: Entry
    guid: bytes | None
    link: bytes | None
    print: bytes | None


def sort_out(
    entries: Sequence[Entry], feed_url: str, demoted: Collection[str] = ()
) -> tuple[KeyedEntry, ...]:
    """The articles of one document in its order, each once, with the keys that hold.

    ``feed_url`` is the address by which the configuration knows the feed: guids count within it.
    ``demoted`` are the kinds of keys that this feed lost. An entry without headline, text and link
    says nothing, and is left out.
    """
    return told_apart([candidates(entry, feed_url) for entry in entries], feed_url, demoted)


def told_apart(
    found: Sequence[Candidates], feed_url: str, demoted: Collection[str] = ()
) -> tuple[KeyedEntry, ...]:
    """The same of entries whose candidates are known already."""
    telling = [each for each in found if each.entry.title or each.entry.text or each.entry.link]
    single = _without_repeats(telling)
    shared = _repeated([each.guid for each in single]) | _repeated([each.link for each in single])
    unsure = bool(demoted or shared)
    headed = Counter(_headed(each) for each in single) if unsure else Counter()
    prints: dict[bytes, int] = {}
    keyed: list[KeyedEntry] = []
    for each in single:
        one = _keyed(each, shared, demoted)
        if unsure and not one.guid and not one.link:
            one = _headed_too(one, each, headed, shared)
        if each.print and each.print in prints:  # one text under two ids: one article
            _add_keys(keyed, prints[each.print], one.keys)
            continue
        if each.print:
            prints[each.print] = len(keyed)
        keyed.append(one if one.keys else replace(one, keys=(_last_resort(each.entry, feed_url),)))
    return tuple(keyed)


def kinds_shared(found: Sequence[Candidates]) -> frozenset[str]:
    """The kinds of keys, "guid" and "link", that tell nothing in this feed.

    Three or more differing entries of the document share one value, and with it half of all that
    have any. Two entries with one link are an accident, or two versions of one article.
    """
    single = _without_repeats(found)
    columns = {"guid": [each.guid for each in single], "link": [each.link for each in single]}
    return frozenset(kind for kind, keys in columns.items() if _is_shared(keys))


def _repeated(keys: Sequence[bytes | None]) -> frozenset[bytes]:
    """The keys that stand there more than once."""
    if len(set(keys)) == len(keys):
        return frozenset()
    return frozenset(key for key, count in Counter(keys).items() if key and count > 1)


def _is_shared(keys: Sequence[bytes | None]) -> bool:
    if not _repeated(keys):
        return False
    counted = Counter(key for key in keys if key)
    most = max(counted.values(), default=0)
    return most >= _SHARERS and most * 2 >= counted.total()


def _keyed(each: Candidates, shared: Collection[bytes], demoted: Collection[str]) -> KeyedEntry:
    """An entry with those of its keys that no other entry of the document has."""
    guid = None if each.guid in shared else each.guid
    link = None if each.link in shared else each.link
    if not demoted:
        return KeyedEntry(each.entry, tuple(filter(None, (guid, link, each.print))), guid, link)
    sound_guid = None if "guid" in demoted else guid
    sound_link = None if "link" in demoted else link
    return KeyedEntry(
        entry=each.entry,
        keys=tuple(key for key in (sound_guid, sound_link, each.print) if key),
        guid=sound_guid,
        link=sound_link,
        doubtful=tuple(
            key for key, sound in ((guid, sound_guid), (link, sound_link)) if key and not sound
        ),
    )


def _headed_too(
    one: KeyedEntry, each: Candidates, headed: Counter[bytes | None], shared: Collection[bytes]
) -> KeyedEntry:
    """With what the entry is known by together with its headline, if it alone has that."""
    under_it = _headed(each)
    if under_it and headed[under_it] > 1:
        return one
    keys = (under_it, *one.keys) if under_it else one.keys
    theirs = tuple(key for key in (each.guid, each.link) if key and key in shared)
    return replace(one, keys=keys, shared=theirs)


def _headed(each: Candidates) -> bytes | None:
    """A key of guid or link with the headline, for feeds where these alone are none."""
    shared, title = each.guid or each.link, letters(each.entry.title)
    if not shared or not title:
        return None
    return _key("headed", shared[:_PLACE_SIZE], shared.hex(), title)


def outlet_of(entry: Entry, feed_url: str) -> str:
    """The site that published an entry: its link's, or the one an aggregator took it from.

    What a feed says of its source counts where the link only leads to the aggregator itself.
    """
    site = site_of(entry.link or feed_url)
    if entry.outlet and (is_aggregator(site) or site == site_of(feed_url)):
        return entry.outlet
    return site


def content_hash(entry: Entry) -> bytes:
    """16 bytes over headline and text but for joiners: where they differ, it was changed."""
    return _hash("content", unjoined(entry.title), unjoined(entry.text))


def is_another(entry: Entry, url: str | None, title: str) -> bool:
    """Whether an entry with an article's guid is another: both link and headline are others.

    A feed that shows one entry at a time may give them all one guid, and no document of it tells.
    ``url`` and ``title`` are the article's; without two links the guid is believed.
    """
    if not entry.link or not url or canonical_link(entry.link) == canonical_link(url):
        return False
    return letters(entry.title) != letters(title)


def keys_of(address: str, feed_urls: Iterable[str]) -> tuple[bytes, ...]:
    """The keys under which an article with this link is known, or with this guid in these feeds."""
    homes = dict.fromkeys(canonical_link(url) for url in feed_urls)
    guids = (_guid_key(home, address) for home in homes)
    return (_link_key(canonical_link(address)), *guids)


def print_of(entry: Entry, site: str) -> bytes | None:
    """16 bytes over headline and text on a site, without regard to case and punctuation.

    None where the text is too short to tell one article from another.
    """
    text = letters(entry.text)
    if len(text) < _TELLING_LENGTH:
        east_asian = sum(unicodedata.east_asian_width(letter) == "W" for letter in text)
        if len(text) + east_asian * (_WEIGHT_OF_A_WORD - 1) < _TELLING_LENGTH:
            return None
    return _key("print", print_place(site), site, letters(entry.title), text)


def print_place(site: str) -> bytes:
    """With which every print of texts on ``site`` begins, and hardly any other key."""
    return _place(site, "")


def candidates(entry: Entry, feed_url: str) -> Candidates:
    """What an entry of this feed might be known by."""
    link = canonical_link(entry.link) if entry.link else ""
    home = canonical_link(feed_url)
    usable = bool(link) and not is_front_page(link) and link != home
    return Candidates(
        entry=entry,
        guid=_guid_key(home, entry.guid) if entry.guid else None,
        link=_link_key(link) if usable else None,
        print=print_of(entry, site_of(entry.link or feed_url) or home),
    )


def _guid_key(home: str, guid: str) -> bytes:
    """``home`` is the canonical address of the feed."""
    return _key("guid", _place_at(home), home, _steady(guid))


def _link_key(link: str) -> bytes:
    """Of a canonical link alone: any feed may show it."""
    page = link.partition("?")[0]
    folder = page.rpartition("/")[0]
    return _key("link", _place_at(page if folder == "https:/" else folder), link)


def _steady(guid: str) -> str:
    """A guid, with what may change in those that are web addresses left out.

    The fragment stays: where a guid has one, it is what tells the entries apart.
    """
    address, mark, fragment = guid.partition("#")
    return canonical_link(address) + mark + fragment


def _without_repeats(found: Sequence[Candidates]) -> list[Candidates]:
    """Each entry once: exact repeats, and versions of one entry, of which the newest stays."""
    if len({each.link for each in found}) == len(found):
        return list(found)
    kept: dict[object, Candidates] = {}
    for candidate in found:
        entry = candidate.entry
        name: tuple[object, ...] = (candidate.guid, candidate.link, entry.title)
        if candidate.guid is None or candidate.link is None:
            name = (*name, entry.text)
        if name not in kept or _is_newer(entry, kept[name].entry):
            kept[name] = candidate
    return list(kept.values())


def _is_newer(entry: Entry, other: Entry) -> bool:
    """Whether it is a later version; the first one in the document, where no date tells."""
    mine, others = entry.updated_at or entry.published_at, other.updated_at or other.published_at
    return mine is not None and others is not None and mine > others


def _add_keys(keyed: list[KeyedEntry], at: int, keys: Sequence[bytes]) -> None:
    together = dict.fromkeys((*keyed[at].keys, *keys))
    keyed[at] = replace(keyed[at], keys=tuple(together))


def _last_resort(entry: Entry, feed_url: str) -> bytes:
    """A key for an entry that has no other: all that it says, within its feed.

    Without one it would be new at every poll.
    """
    said = (entry.guid or "", entry.link or "", letters(entry.title), letters(entry.text))
    home = canonical_link(feed_url)
    return _key("all", _place_at(home), home, *said)


def _key(kind: str, place: bytes, *parts: str) -> bytes:
    return place + _hash(kind, *parts)


@lru_cache(maxsize=1024)  # what one poll brings counts in a few places
def _place_at(address: str) -> bytes:
    return _place(site_of(address), address)


def _place(site: str, within: str) -> bytes:
    """Where a key lies among all keys; that two sites may share a place does no harm."""
    return b"".join(
        crc32(name.encode("utf-8", "surrogatepass")).to_bytes(4, "big")[2:]
        for name in (site, within)
    )


def _hash(kind: str, *parts: str) -> bytes:
    hashed = _HASHES[kind].copy()
    for part in parts:
        said = part.encode("utf-8", "surrogatepass")
        hashed.update(len(said).to_bytes(8, "big"))  # so that "ab", "c" is not "a", "bc"
        hashed.update(said)
    return hashed.digest()
