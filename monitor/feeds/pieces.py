"""An XML feed cut into its entries before it is read: those seen before are left out. Pure.

A document that brings one new entry is thirty entries of XML to read. Here its bytes are cut: what
stands before the entries, each entry, what stands behind. An entry is known by a hash of its own
text and of the tags that it stands in, which say what its names mean; where that is known, the
entry is cut out, and what remains is read. All this is for documents that ``plain_xml`` reads, and
for entries whose meaning is theirs alone: with links that need no base address, and without names
declared for themselves. Where the cut is in any doubt, the document is read whole.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import replace
from hashlib import sha256

from monitor.feeds.pauses import with_pauses
from monitor.feeds.plain_xml import read_plainly
from monitor.feeds.raw import MARK_SIZE, RawFeed
from monitor.records import dataclass

_TAG = rb"""<(?:%s)(?:\s++[\w:.-]++\s*+=\s*+(?:"[^"<]*+"|'[^'<]*+'))*\s*+>"""
_OPENING = re.compile(
    rb"(?:<\?xml[^>]{0,200}\?>)?\s*+(?:<\?[^>]{0,500}\?>\s*+|<!--(?:(?!-->|<!).){0,2000}-->\s*+)*"
    rb"(?:%b\s*+%b|%b)" % (_TAG % b"rss", _TAG % b"channel", _TAG % b"feed|rdf:RDF"),
    re.DOTALL,
)
_FIRST = re.compile(rb"<(item|entry)[\s>]")
_BLANKS = b"\n\r \t"
_DECLARES = re.compile(rb"x(?=mlns:)")  # found by its rarest letter


@dataclass(frozen=True, slots=True)
class Pieces:
    """A document in pieces: joined, they are the document but for the blanks between entries.

    ``marks`` are those of all the ``entries``; ``unseen`` are entries whose marks were not seen.
    """

    head: bytes
    entries: Sequence[bytes]
    tail: bytes
    marks: tuple[bytes, ...]
    unseen: Sequence[bytes]


def read_in_pieces(document: bytes, seen: Container[bytes]) -> RawFeed | None:
    """What a document in UTF-8 says in entries whose marks are not ``seen``; None where in doubt.

    The feed's ``marks`` are then those of all its entries. Where the document cannot be cut, all
    its entries are read, and ``marks`` is empty.
    """
    pieces = cut(document, seen)
    if pieces is None:
        return _paused(read_plainly(document), document)
    whole = len(pieces.unseen) == len(pieces.entries)
    rest = document if whole else b"".join((pieces.head, *pieces.unseen, pieces.tail))
    read = read_plainly(rest)
    marked = _marked(read, pieces)
    if marked is None and not whole:
        read = read_plainly(document)
    return _paused(marked or read, pieces.head + pieces.tail)


def cut(document: bytes, seen: Container[bytes] = ()) -> Pieces | None:
    """The pieces of a document; None where its entries do not simply follow one another.

    Entries that were ``seen`` are not looked through: they were when their marks were made.
    """
    opening, first = _OPENING.match(document), _FIRST.search(document)
    if opening is None or first is None:
        return None
    begin, end = b"<" + first[1], b"</" + first[1] + b">"
    *found, tail = document[first.start() :].split(end)
    entries = [entry.lstrip(_BLANKS) + end for entry in found]
    if begin in tail or not all(entry.startswith(begin) for entry in entries):
        return None
    marks = _marks(opening[0], entries)
    unseen = [entry for entry, mark in zip(entries, marks, strict=True) if mark not in seen]
    if any(entry.find(begin, 1) > 0 or _DECLARES.search(entry) for entry in unseen):
        return None
    return Pieces(document[: first.start()], entries, tail, marks, unseen)


def _marks(opening: bytes, entries: Sequence[bytes]) -> tuple[bytes, ...]:
    opened = sha256(opening, usedforsecurity=False)
    marks = []
    for entry in entries:
        own = opened.copy()
        own.update(entry)
        marks.append(own.digest()[:MARK_SIZE])
    return tuple(marks)


def _marked(read: RawFeed | None, pieces: Pieces) -> RawFeed | None:
    """The feed with the marks; None where these say less than there is to say."""
    marks = pieces.marks
    if read is None or len(read.entries) != len(pieces.unseen) or len(set(marks)) != len(marks):
        return None
    if not all(entry.link.startswith(("https://", "http://")) for entry in read.entries):
        return None  # its meaning depends on where the document is, or what stands above
    return replace(read, marks=marks)


def _paused(feed: RawFeed | None, around: bytes) -> RawFeed | None:
    """The feed with what is said around its entries of when it is to be left alone."""
    if feed is None or b"<skip" not in around:
        return feed
    return with_pauses(feed, around.decode())
