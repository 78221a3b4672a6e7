"""A site was made anew, and all its old articles look new: which of them are old. Pure.

Ids and links all change when a site moves to another program, another domain, other paths; then
no key is known. Two things still tell what is old:

- the headline, where this feed showed one article with it (or one much like it): it is that
  article, under another link
- the date, where it is before the newest date that this feed had shown

Neither is believed of a single entry: what arrives late is older than what came before it, and
formulas ("Morning briefing") come back every day. Only where a poll is mostly new and nearly all
of that is old by such signs, the feed was republished, and the old entries are taken in without an
alert. What is newer than all that was known is news, in such a document too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from monitor.feeds.headlines import Headline
from monitor.model import Entry

FEWEST = 5
"""Old entries that make a flood."""

_MOSTLY_NEW = 0.5  # of the document's entries
_NEARLY_ALL = 0.8  # of the new ones
_TELLING_LETTERS = 8  # of a headline; east Asian ones are short
_MOST_COMPARED = 300  # entries and articles whose headlines are compared pair by pair of letters


@dataclass(frozen=True, slots=True)
class ShownBefore:
    """An article that this feed has shown."""

    id: str
    title: str
    published_at: datetime | None
    first_seen_at: datetime

    @property
    def dated(self) -> datetime | None:
        """When it was published; a date in its future is no date."""
        if self.published_at is None:
            return None
        return min(self.published_at, self.first_seen_at)


@dataclass(frozen=True, slots=True)
class Republication:
    """What is old in a document.

    ``same`` maps entries, by their numbers, to the articles that they are; ``old`` are entries
    that are old, of which no article is known.
    """

    same: Mapping[int, str]
    old: frozenset[int]


def may_be_republished(new: int, shown: int) -> bool:
    """Whether so many entries of ``shown`` that look new are worth a closer look."""
    return new >= FEWEST and new >= shown * _MOSTLY_NEW


def republished(
    new: Mapping[int, Entry], shown: int, before: Sequence[ShownBefore]
) -> Republication | None:
    """What is old among entries whose keys are all unknown; None: it was not republished.

    ``new`` are these entries by their places in the document, which has ``shown`` in all;
    ``before`` is what the feed has shown, the newest first.
    """
    if not before or not may_be_republished(len(new), shown):
        return None
    same = _same(new, before)
    dates = [each.dated for each in before if each.dated]
    newest = max(dates, default=None)
    old = {
        number
        for number, entry in new.items()
        if number not in same and newest and entry.published_at and entry.published_at < newest
    }
    if len(same) + len(old) < FEWEST:
        return None
    old |= _carried_along(new, same, old)
    if len(same) + len(old) < len(new) * _NEARLY_ALL:
        return None
    return Republication(same, frozenset(old))


def _carried_along(new: Mapping[int, Entry], same: Mapping[int, str], old: set[int]) -> set[int]:
    """Undated entries below one that is surely old: documents begin with what is newest.

    Those above it may be today's: rather one old story than an event missed.
    """
    first_old = min((*same, *old))
    return {
        number
        for number, entry in new.items()
        if number > first_old and number not in same and entry.published_at is None
    }


def _same(new: Mapping[int, Entry], before: Sequence[ShownBefore]) -> dict[int, str]:
    """The article that each entry is by its headline, where both have it for themselves."""
    headlines = {number: Headline(entry.title) for number, entry in new.items()}
    known = {each.id: Headline(each.title) for each in before}
    ours = Counter(each.letters for each in headlines.values())
    theirs = Counter(each.letters for each in known.values())
    by_letters = {each.letters: id_ for id_, each in known.items()}
    same = {
        number: by_letters[each.letters]
        for number, each in headlines.items()
        if len(each.letters) >= _TELLING_LETTERS and ours[each.letters] == theirs[each.letters] == 1
    }
    taken = set(same.values())
    rest = (each.id for each in before if each.id not in taken)
    left = {id_: known[id_] for id_ in islice(rest, _MOST_COMPARED)}
    unmatched = [n for n, each in headlines.items() if n not in same and ours[each.letters] == 1]
    for number in unmatched[:_MOST_COMPARED]:
        alike = [id_ for id_, each in left.items() if _alike(headlines[number], each, theirs)]
        if len(alike) == 1:
            same[number] = alike[0]
            del left[alike[0]]
    return same


def _alike(one: Headline, known: Headline, theirs: Counter[str]) -> bool:
    enough = min(len(one.letters), len(known.letters)) >= _TELLING_LETTERS
    return enough and theirs[known.letters] == 1 and one.resembles(known)
