r"""Where a regular expression asks for ``\b``, ``\w`` or the like right beside a letter such as é.

RE2 knows these for a to z only, so that beside é or я they say the wrong thing: to ``\b`` the é of
"école" is no letter, and no word begins there. What may stand side by side is worked out as in
McNaughton and Yamada's construction: from the first and last pieces of every part. The pattern is
one that RE2 has read; whatever this reader does not know it takes for a plain character.
"""

from __future__ import annotations

import re
import unicodedata

from monitor.records import dataclass

_MOST_GROUPS = 150  # a program's doing, and deeper than Python goes
_ANY = re.compile(r"\\[bBwW]")
_GROUP = re.compile(r"\(\?(?:P?<\w+>|[a-zA-Z-]*:)")
_FLAGS = re.compile(r"\(\?[a-zA-Z-]+\)")
_COUNT = re.compile(r"\{(\d*)(,?)\d*\}")
_ESCAPED = re.compile(r"\\(?:[pP](?:\{[^}]*\}|.)|x\{[0-9a-fA-F]+\}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_QUOTED = re.compile(r"\\Q(.*?)(?:\\E|$)", re.DOTALL)
_CLASS = re.compile(r"\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]", re.DOTALL)
_OTHER, _FOREIGN = -1, -2

Pieces = frozenset[int]
"""Places of ``\\b``, ``\\w`` and the like in a pattern; -2 for a letter outside ASCII, else -1."""


@dataclass(frozen=True, slots=True)
class _Part:
    first: Pieces
    last: Pieces
    may_be_empty: bool


_EMPTY = _Part(frozenset(), frozenset(), may_be_empty=True)


def ascii_class_beside_letter(pattern: str) -> int | None:
    """The place of the first such class in ``pattern``, or None."""
    if not _ANY.search(pattern) or pattern.count("(") > _MOST_GROUPS:
        return None
    reader = _Reader(pattern)
    reader.either()
    return min(reader.found, default=None)


class _Reader:
    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self.found: set[int] = set()

    def either(self) -> _Part:
        """Parts with ``|`` between them, up to a closing bracket or the end."""
        parts = [self._sequence()]
        while self._at < len(self._pattern) and self._pattern[self._at] == "|":
            self._at += 1
            parts.append(self._sequence())
        first = frozenset[int]().union(*(part.first for part in parts))
        last = frozenset[int]().union(*(part.last for part in parts))
        return _Part(first, last, any(part.may_be_empty for part in parts))

    def _sequence(self) -> _Part:
        whole = _EMPTY
        while self._at < len(self._pattern) and self._pattern[self._at] not in "|)":
            whole = self._joined(whole, self._repeated(self._one()))
        return whole

    def _joined(self, left: _Part, right: _Part) -> _Part:
        self._meet(left.last, right.first)
        return _Part(
            left.first | right.first if left.may_be_empty else left.first,
            right.last | left.last if right.may_be_empty else right.last,
            left.may_be_empty and right.may_be_empty,
        )

    def _meet(self, left: Pieces, right: Pieces) -> None:
        """Note the classes of one side where the other has a letter that they do not know."""
        if _FOREIGN in right:
            self.found |= {place for place in left if place >= 0}
        if _FOREIGN in left:
            self.found |= {place for place in right if place >= 0}

    def _repeated(self, part: _Part) -> _Part:
        """``part`` with the signs behind it that say how often."""
        while self._at < len(self._pattern):
            sign, count = self._pattern[self._at], _COUNT.match(self._pattern, self._at)
            if sign not in "*+?" and count is None:
                break
            self._at = count.end() if count else self._at + 1
            if sign in "*+" or count:
                self._meet(part.last, part.first)
            if sign in "*?" or (count and not count.group(1).strip("0")):
                part = _Part(part.first, part.last, may_be_empty=True)
        return part

    def _one(self) -> _Part:
        pattern, at = self._pattern, self._at
        if flags := _FLAGS.match(pattern, at):
            self._at = flags.end()
            return _EMPTY
        if pattern[at] == "(":
            return self._group()
        if pattern[at] in "^$":
            self._at += 1
            return _EMPTY
        if quoted := _QUOTED.match(pattern, at):
            self._at = quoted.end()
            return _literal(quoted.group(1))
        found = _ESCAPED.match(pattern, at) or _CLASS.match(pattern, at)
        self._at = found.end() if found else at + 1
        kind = _kind(found.group() if found else pattern[at], at)
        return _Part(frozenset({kind}), frozenset({kind}), may_be_empty=False)

    def _group(self) -> _Part:
        opening = _GROUP.match(self._pattern, self._at)
        self._at = opening.end() if opening else self._at + 1
        inside = self.either()
        self._at += 1
        return inside


def _literal(text: str) -> _Part:
    if not text:
        return _EMPTY
    first, last = (frozenset({_FOREIGN if _is_foreign(c) else _OTHER}) for c in (text[0], text[-1]))
    return _Part(first, last, may_be_empty=False)


def _kind(piece: str, at: int) -> int:
    if piece in (r"\b", r"\B", r"\w", r"\W"):
        return at
    if piece.startswith(r"\x"):
        return _FOREIGN if _is_foreign(chr(int(piece[2:].strip("{}"), 16))) else _OTHER
    if piece.startswith("[") and len(piece) > 1:
        deliberate = piece.startswith("[^") or r"\w" in piece or r"\p" in piece
        return _FOREIGN if not deliberate and any(map(_is_foreign, piece)) else _OTHER
    return _FOREIGN if len(piece) == 1 and _is_foreign(piece) else _OTHER


def _is_foreign(char: str) -> bool:
    return not char.isascii() and unicodedata.category(char)[0] in "LM"
