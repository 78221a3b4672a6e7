"""The tags of some elements in markup of any damage, in time that grows with its length. Pure.

The standard library's html.parser takes minutes over a megabyte of tags that never end; here a tag
ends at the next "<" or ">" outside its quotes, and what is none is text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from monitor.records import dataclass

_LONGEST = 20_000  # characters of a tag
# What is looked ahead at is never tried another way: many quotes would take for ever.
_TAG = re.compile(
    r"""<(/?)([A-Za-z][\w:.-]{0,40})(?=((?:[^<>"']++|"[^"<]*+"|'[^'<]*+'|["'])*))\3>"""
)
_ATTRIBUTE = re.compile(
    r"""(?<![^\s"'/])([^\s=<>"'/]++)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'>][^\s>]*+))?"""
)
_ANY_TAG = re.compile(r"<[^<>]*+>")


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag: ``name`` and the names of ``attributes`` as written, values without references.

    ``begin`` and ``end`` are where it stands in the text.
    """

    name: str
    closing: bool
    empty: bool
    attributes: dict[str, str]
    begin: int
    end: int


def tags(text: str, names: frozenset[str]) -> Iterator[Tag]:
    """The tags of elements with these names (lower case), in their order."""
    for found in _TAG.finditer(text):
        closing, name, inside = found.groups()
        if name.lower() not in names or len(inside) > _LONGEST:
            continue
        empty = inside.endswith("/")
        given = {} if closing else _attributes(inside.removesuffix("/") if empty else inside)
        yield Tag(name, bool(closing), empty, given, *found.span())


def words(markup: str) -> str:
    """The text between tags, on one line."""
    return " ".join(html.unescape(_ANY_TAG.sub(" ", markup)).split())


def without(text: str, begin: str, end: str) -> str:
    """``text`` without what stands from ``begin`` to ``end``, to its end where that is missing.

    Line ends stay, so that lines keep their numbers.
    """
    kept, at = [], 0
    lower = text.lower()
    while (start := lower.find(begin, at)) >= 0:
        kept.append(text[at:start])
        stop = lower.find(end, start + len(begin))
        if stop < 0:
            return "".join(kept)
        at = stop + len(end)
        kept.append("\n" * text.count("\n", start, at))
    kept.append(text[at:])
    return "".join(kept)


def _attributes(inside: str) -> dict[str, str]:
    """Of attributes with one name the first counts, as in browsers."""
    given: dict[str, str] = {}
    for name, value in _ATTRIBUTE.findall(inside):
        plain = value[1:-1] if value[:1] in ('"', "'") else value
        given.setdefault(name, html.unescape(plain))
    return given
