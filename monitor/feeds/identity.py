"""Is it the same article? Keys by which an entry is known again, whatever its date says. Pure.

An entry has up to three keys, the strongest first: its guid within its feed, its canonical link,
and the print of headline and text on its site. Any one that is known makes it the same, so that
new ids after a redesign, or links that moved to https, bring nothing up a second time.

A key is only as good as the feed makes it: one that stands on several differing entries of a
document says nothing there, and is left out. A guid that comes back with another link and another
headline says nothing either.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from monitor.feeds.links import canonical_link, is_front_page, site_of
from monitor.model import Entry

__all__ = [
    "Candidates",
    "KeyedEntry",
    "candidates",
    "canonical_link",
    "content_hash",
    "is_another",
    "keys_of",
    "print_of",
    "site_of",
    "sort_out",
    "told_apart",
]

_KEY_SIZE = 16
_TELLING_LENGTH = 120
"""Letters of text from which headline and text together are an article and not a formula
("Morning briefing", "Watch the latest bulletin here"), which returns every day."""
_WEIGHT_OF_A_WORD = 4  # of a Chinese, Japanese or Korean character, in letters
_NOT_LETTERS = re.compile(r"[\W_]+")
_NO_ASCII_LETTERS = {code: None for code in range(128) if not chr(code).isalnum()}


@dataclass(frozen=True, slots=True)
class KeyedEntry:
    """An entry and what it is known by: 16 bytes each, the strongest first, never none."""

    entry: Entry
    keys: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Candidates:
    """What an entry might be known by, before its neighbours are looked at: 16 bytes or None."""

    entry: Entry
    guid: bytes | None
    link: bytes | None
    print: bytes | None


def sort_out(entries: Sequence[Entry], feed_url: str) -> tuple[KeyedEntry, ...]:
    """The articles of one document in its order, each once, with the keys that hold.

    ``feed_url`` is the address by which the configuration knows the feed: guids count within it.
    An entry without headline, text and link says nothing, and is left out.
    """
    return told_apart([candidates(entry, feed_url) for entry in entries], feed_url)


def told_apart(found: Sequence[Candidates], feed_url: str) -> tuple[KeyedEntry, ...]:
    """The same of entries whose candidates are known already."""
    telling = [each for each in found if each.entry.title or each.entry.text or each.entry.link]
    single = _without_repeats(telling)
    guids = Counter(each.guid for each in single)
    links = Counter(each.link for each in single)
    prints: dict[bytes, int] = {}
    keyed: list[KeyedEntry] = []
    for each in single:
        keys = [
            *([each.guid] if each.guid and guids[each.guid] == 1 else []),
            *([each.link] if each.link and links[each.link] == 1 else []),
            *([each.print] if each.print else []),
        ]
        if each.print and each.print in prints:  # one text under two ids: one article
            _add_keys(keyed, prints[each.print], keys)
            continue
        if each.print:
            prints[each.print] = len(keyed)
        keyed.append(KeyedEntry(each.entry, tuple(keys or [_last_resort(each.entry, feed_url)])))
    return tuple(keyed)


def content_hash(entry: Entry) -> bytes:
    """16 bytes over headline and text: where they differ, the article was changed."""
    return _digest("content", entry.title, entry.text)


def is_another(entry: Entry, url: str | None, title: str) -> bool:
    """Whether an entry with an article's guid is another: both link and headline are others.

    A feed that shows one entry at a time may give them all one guid, and no document of it tells.
    ``url`` and ``title`` are the article's; without two links the guid is believed.
    """
    if not entry.link or not url or canonical_link(entry.link) == canonical_link(url):
        return False
    return _letters(entry.title) != _letters(title)


def keys_of(address: str, feed_urls: Iterable[str]) -> tuple[bytes, ...]:
    """The keys under which an article with this link is known, or with this guid in these feeds."""
    guid = _steady(address)
    homes = dict.fromkeys(canonical_link(url) for url in feed_urls)
    guids = (_digest("guid", home, guid) for home in homes)
    return (_digest("link", canonical_link(address)), *guids)


def print_of(entry: Entry, site: str) -> bytes | None:
    """16 bytes over headline and text on a site, without regard to case and punctuation.

    None where the text is too short to tell one article from another.
    """
    text = _letters(entry.text)
    if len(text) < _TELLING_LENGTH:
        east_asian = sum(unicodedata.east_asian_width(letter) == "W" for letter in text)
        if len(text) + east_asian * (_WEIGHT_OF_A_WORD - 1) < _TELLING_LENGTH:
            return None
    return _digest("print", site, _letters(entry.title), text)


def candidates(entry: Entry, feed_url: str) -> Candidates:
    """What an entry of this feed might be known by."""
    link = canonical_link(entry.link) if entry.link else ""
    home = canonical_link(feed_url)
    usable = bool(link) and not is_front_page(link) and link != home
    return Candidates(
        entry=entry,
        guid=_digest("guid", home, _steady(entry.guid)) if entry.guid else None,
        link=_digest("link", link) if usable else None,
        print=print_of(entry, site_of(entry.link or feed_url) or home),
    )


def _steady(guid: str) -> str:
    """A guid, with what may change in those that are web addresses left out.

    The fragment stays: where a guid has one, it is what tells the entries apart.
    """
    address, mark, fragment = guid.partition("#")
    return canonical_link(address) + mark + fragment


def _without_repeats(found: Sequence[Candidates]) -> list[Candidates]:
    """Each entry once: exact repeats, and versions of one entry, of which the newest stays."""
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
    keyed[at] = KeyedEntry(keyed[at].entry, tuple(together))


def _last_resort(entry: Entry, feed_url: str) -> bytes:
    """A key for an entry that has no other: all that it says, within its feed.

    Without one it would be new at every poll.
    """
    said = (entry.guid or "", entry.link or "", _letters(entry.title), _letters(entry.text))
    return _digest("all", canonical_link(feed_url), *said)


def _letters(text: str) -> str:
    if text.isascii():
        return text.lower().translate(_NO_ASCII_LETTERS)
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _NOT_LETTERS.sub("", "".join(folded.split()))


def _digest(kind: str, *parts: str) -> bytes:
    digest = blake2b(digest_size=_KEY_SIZE, person=kind.encode("ascii"))
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.digest()
