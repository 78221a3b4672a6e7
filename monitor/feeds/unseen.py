"""What in a document has not been seen: a poll costs only that. Pure.

Most documents that changed bring one new entry among thirty old ones. Of each entry of the last
document a mark is remembered (a hash of all that it said) with what it might be known by. Entries
with a remembered mark need neither cleaning nor looking up, and mostly no reading (``pieces``):
they are known, and unchanged.

They are not out of the world, though. What makes an entry's key good is that no other entry of the
document has it, so every entry is looked at again where an unseen one shares a key with a seen
one; a document with such entries is not remembered at all. And once a week all are looked at, so
that what they are known by is noted as still in use.
"""

from __future__ import annotations

import struct
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import chain
from operator import attrgetter
from typing import Protocol

from monitor.feeds.identity import Candidates, candidates
from monitor.feeds.parse import ParsedFeed, cleaned
from monitor.feeds.raw import MARK_SIZE, RawEntry, RawFeed
from monitor.feeds.republished import dated
from monitor.records import dataclass

MOST_REMEMBERED = 2_000
"""Entries of a document; larger ones are read whole every time."""

_NO_KEY = bytes(MARK_SIZE)
_SEEN = struct.Struct(">8s8s8sq")  # guid, link, print; its date, or none
_ROW = MARK_SIZE + _SEEN.size
_DATES = 24  # of the newest entries that were seen before: enough to tell a habit by
_HEAD = struct.Struct(">Bq")  # version of this form; when all entries were last looked at, in ms
_VERSION = 4
_NO_DATE = -1
_ALL_SAID = attrgetter(*RawEntry.__dataclass_fields__)

Seen = bytes
"""An entry of the last document as it is stored: the ends of guid, link and print (zeros where
there is none; their beginnings are alike), and its date, or -1: twice the milliseconds since 1970,
and one more where it is that of publication and not of a change. Most are carried over unread."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of a feed's last document: its entries by their marks.

    ``since`` is when all of them were last looked at.
    """

    since: datetime
    entries: dict[bytes, Seen]

    def packed(self) -> bytes:
        """As it is stored."""
        head = _HEAD.pack(_VERSION, round(self.since.timestamp() * 1000))
        return head + b"".join(chain.from_iterable(self.entries.items()))


def unpacked(stored: bytes | None) -> Memory | None:
    """What was stored; None for nothing, and for what another version stored."""
    if not stored or stored[0] != _VERSION:
        return None
    since = datetime.fromtimestamp(_HEAD.unpack_from(stored)[1] / 1000, UTC)
    starts = range(_HEAD.size, len(stored), _ROW)
    return Memory(
        since, {stored[at : at + MARK_SIZE]: stored[at + MARK_SIZE : at + _ROW] for at in starts}
    )


@dataclass(frozen=True, slots=True)
class Document:
    """A document whose unseen entries are cleaned. ``parsed`` and ``found`` hold these alone.

    ``published`` are the dates of its entries, of those seen before the newest; ``entries`` is how
    many there are. ``memory`` is what to remember of it, None where every entry is to be looked at
    the next time as well. ``gone`` is when, in seconds since 1970, entries were published (or else
    changed) that were in the last document and are not in this one; told where it has two unseen
    entries or more.
    """

    parsed: ParsedFeed
    found: Sequence[Candidates]
    published: Sequence[datetime]
    entries: int
    memory: Memory | None
    gone: frozenset[int] = frozenset()

    @property
    def is_cut(self) -> bool:
        """Whether entries that are known have been left out: the others are mostly news."""
        return len(self.found) < self.entries


class Reads(Protocol):
    """Reads a document; may leave out the entries whose marks are ``seen``."""

    def __call__(self, *, seen: Container[bytes]) -> RawFeed:
        """What the document says."""


def look_at(
    reads: Reads, *, url: str, feed_url: str, memory: Memory | None, now: datetime, week: timedelta
) -> Document:
    """What is unseen in a document, by what is remembered of the one before.

    ``url`` is where the document came from, ``feed_url`` how the configuration knows the feed.
    Every entry counts as unseen where ``memory`` is None or older than ``week``. Raises what
    ``reads`` raises.
    """
    last = memory.entries if memory else {}
    if memory is not None and now - memory.since <= week:
        document = _document(reads, last, url, feed_url, memory.since, last)
        if document.memory is not None:
            return replace(document, published=(*document.published, *_dates(memory, now)))
    return _document(reads, {}, url, feed_url, now, last)


def _document(
    reads: Reads,
    before: Mapping[bytes, Seen],
    url: str,
    feed_url: str,
    since: datetime,
    last: Mapping[bytes, Seen],
) -> Document:
    raw = reads(seen=before)
    marks = raw.marks or tuple(_mark(entry, raw, url) for entry in raw.entries)
    seen = {mark: before[mark] for mark in marks if mark in before}
    unseen = [number for number, mark in enumerate(marks) if mark not in seen]
    if not raw.marks:
        raw = replace(raw, entries=tuple(raw.entries[number] for number in unseen))
    parsed = cleaned(raw, url)
    found = [candidates(entry, feed_url) for entry in parsed.entries]
    now_seen = {
        **seen,
        **{marks[at]: _as_seen(each) for at, each in zip(unseen, found, strict=True)},
    }
    simple = len(marks) <= MOST_REMEMBERED and _all_differ(now_seen, marks)
    return Document(
        parsed=parsed,
        found=found,
        published=[each.entry.published_at for each in found if each.entry.published_at],
        entries=len(marks),
        memory=Memory(since, now_seen) if simple else None,
        gone=_gone(last, frozenset(marks)) if len(unseen) > 1 else frozenset(),
    )


def _gone(last: Mapping[bytes, Seen], marks: Container[bytes]) -> frozenset[int]:
    """The seconds in which entries of the last document were published, but none that stayed."""
    left: set[int] = set()
    stayed = {_NO_DATE}
    for mark, seen in last.items():
        (stayed if mark in marks else left).add(_SEEN.unpack(seen)[3] // 2000)
    return frozenset(left - stayed)


def _dates(memory: Memory, now: datetime) -> list[datetime]:
    """When the newest of the entries that are remembered were published; none after ``now``."""
    latest = round(now.timestamp() * 1000)
    dates = {_SEEN.unpack(seen)[3] for seen in memory.entries.values()} - {_NO_DATE}
    published = (date // 2 for date in dates if date % 2)
    past = sorted((at for at in published if at <= latest), reverse=True)
    return [datetime.fromtimestamp(at / 1000, UTC) for at in past[:_DATES]]


def _as_seen(found: Candidates) -> Seen:
    at, published = dated(found.entry), found.entry.published_at is not None
    date = round(at.timestamp() * 1000) * 2 + published if at else _NO_DATE
    keys = (found.guid, found.link, found.print)
    return _SEEN.pack(*((key or _NO_KEY)[-MARK_SIZE:] for key in keys), date)


def _all_differ(entries: dict[bytes, Seen], marks: Sequence[bytes]) -> bool:
    """Whether no two entries of a document say the same, or share a key."""
    if len(entries) != len(marks):
        return False
    for start in (0, MARK_SIZE, 2 * MARK_SIZE):
        kind = [seen[start : start + MARK_SIZE] for seen in entries.values()]
        none = kind.count(_NO_KEY)
        if len(set(kind)) != len(kind) - none + bool(none):
            return False
    return True


def _mark(entry: RawEntry, feed: RawFeed, url: str) -> bytes:
    """A hash of all that an entry says; with the base address, where its link needs one."""
    base = "" if entry.link.startswith(("https://", "http://")) else f"{feed.link} {url}"
    said = "\x00".join([base, *map(str, _ALL_SAID(entry))])
    return sha256(said.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()[:MARK_SIZE]
