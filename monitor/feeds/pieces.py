"""An XML feed cut into its entries before it is read: those seen before are left out. Pure.

A document that brings one new entry is thirty entries of XML to read. Here it is cut as text: what
stands before the entries, each entry, what stands behind. An entry is known by a hash of its own
text and of the tags that it stands in, which say what its names mean; where that is known, the
entry is cut out, and what remains is read. All this is for documents that ``plain_xml`` reads, and
for entries whose meaning is theirs alone: with links that need no base address, and without names
declared for themselves. Where the cut is in any doubt, the document is read whole.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from monitor.feeds.plain_xml import read_plainly
from monitor.feeds.raw import MARK_SIZE, RawFeed

_TAG = r"""<{}(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*+"|'[^'<]*+'))*+\s*+>"""
_OPENING = re.compile(
    r"(?:<\?xml[^>]{0,200}\?>)?\s*+(?:<\?[^>]{0,500}\?>\s*+|<!--(?:(?!-->|<!).){0,2000}-->\s*+)*+"
    rf"(?:{_TAG.format('rss')}\s*+{_TAG.format('channel')}"
    rf"|{_TAG.format('(?:feed|rdf:RDF)')})",
    re.DOTALL,
)
_FIRST = re.compile(r"<(item|entry)[\s>]")


@dataclass(frozen=True, slots=True)
class Pieces:
    """A document in pieces: joined, they are the document but for the blanks between entries."""

    opening: str
    head: str
    entries: Sequence[str]
    tail: str


def read_in_pieces(text: str, seen: Container[bytes]) -> RawFeed | None:
    """What a document says in entries whose marks are not ``seen``; None where in doubt.

    The feed's ``marks`` are then those of all its entries. Where the document cannot be cut, all
    its entries are read, and ``marks`` is empty.
    """
    pieces = cut(text)
    if pieces is None:
        return read_plainly(text)
    marks = _marks(pieces)
    unseen = [entry for entry, mark in zip(pieces.entries, marks, strict=True) if mark not in seen]
    if len(unseen) == len(marks):
        whole = read_plainly(text)
        return _marked(whole, marks, len(unseen)) or whole
    rest = read_plainly(f"{pieces.head}{''.join(unseen)}{pieces.tail}")
    return _marked(rest, marks, len(unseen)) or read_plainly(text)


def cut(text: str) -> Pieces | None:
    """The pieces of a document; None where its entries do not simply follow one another."""
    opening, first = _OPENING.match(text), _FIRST.search(text)
    if opening is None or first is None:
        return None
    begin, end = f"<{first[1]}", f"</{first[1]}>"
    entries: list[str] = []
    start = behind = first.start()
    while text.startswith(begin, start):
        behind = text.find(end, start) + len(end)
        if behind < len(end) or text.find(begin, start + 1, behind) >= 0:
            return None
        entries.append(text[start:behind])
        start = _past_blanks(text, behind)
    if text.find(begin, behind) >= 0 or text.find("xmlns:", first.start(), behind) >= 0:
        return None
    return Pieces(opening[0], text[: first.start()], entries, text[behind:])


def _past_blanks(text: str, start: int) -> int:
    while text[start : start + 1] in ("\n", "\r", " ", "\t"):
        start += 1
    return start


def _marks(pieces: Pieces) -> tuple[bytes, ...]:
    opened = sha256(pieces.opening.encode("utf-8", "surrogatepass"), usedforsecurity=False)
    marks = []
    for entry in pieces.entries:
        own = opened.copy()
        own.update(entry.encode("utf-8", "surrogatepass"))
        marks.append(own.digest()[:MARK_SIZE])
    return tuple(marks)


def _marked(read: RawFeed | None, marks: tuple[bytes, ...], unseen: int) -> RawFeed | None:
    """The feed with its marks; None where these say less than there is to say."""
    if read is None or len(read.entries) != unseen or len(set(marks)) != len(marks):
        return None
    if not all(entry.link.startswith(("https://", "http://")) for entry in read.entries):
        return None  # its meaning depends on where the document is, or what stands above
    return replace(read, marks=marks)
