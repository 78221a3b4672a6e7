"""A site was made anew, and all its old articles look new: which of them are old. Pure.

Ids and links all change when a site moves to another program, another domain, other paths; then
no key is known. Two things still tell what is old:

- the headline, where this feed showed one article with it (or one much like it): it is that
  article, under another link
- the date, where it is before all that this feed had shown; in a feed of which nothing is known
  any more, or of which five are known by their headlines, where it is before the newest of that

Neither is believed of a single entry, and no date of the last day: what arrives late is older than
what came before it, and formulas ("Morning briefing") come back every day. Only where a poll is
mostly new and nearly all of that is old by such signs, the feed was republished, and the old
entries are taken in without an alert. What is newer than all that was known is news, in such a
document too. So is what comes under known headlines where all of it is dated after all that was
known, each by about as much: warnings given once more. A site that dates everything anew moves its
older articles by more than its newer ones, or all to one moment, or nearly.

Beside much real news that does not show. But an entry may be known by itself, whatever stands
around it: what has the second of publication and the words of an article that the document no
longer shows is that article, under other keys. Over a long text the headline may have gained or
lost its ends ("… | The Daily Example"); where five or more come back so, each in its second, the
text may be short or another. Weekly warnings and "All systems operational" repeat their words at
other times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from monitor.feeds.headlines import SHORTEST_PART, Headline, letters
from monitor.feeds.identity import content_hash, print_of
from monitor.model import Entry
from monitor.records import dataclass

FEWEST = 5
"""Old entries that make a flood."""

_MOSTLY_NEW = 0.5  # of the document's entries
_NEARLY_ALL = 0.8  # of the new ones
_TELLING_LETTERS = 8  # of a headline; east Asian ones are short
_FEWEST_BESIDE = 2  # entries that look new; of a single one nothing is asked
_LATE = timedelta(days=1)  # what is younger may come late, and is no less news for that
_SOONEST = timedelta(hours=1)  # between two issues of a warning; dates by the clock move less
_APART = 2  # times that one warning may have waited as long as another to be given once more
_MOST_AT_ONCE = 30  # articles of one second (feeds that only tell the day) that are compared
_MOST_COMPARED = 300  # entries and articles whose headlines are compared pair by pair of letters


@dataclass(frozen=True, slots=True)
class ShownBefore:
    """An article that this feed has shown."""

    id: str
    title: str
    published_at: datetime | None
    first_seen_at: datetime
    content_hash: bytes

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


def may_hold_old(new: Collection[Entry], shown: int, gone: Collection[int]) -> bool:
    """Whether entries of ``shown`` that look new are worth a closer look.

    That is: so many of them, or one of a second in which an entry was published that is ``gone``.
    """
    if len(new) < _FEWEST_BESIDE:
        return False
    of_then = bool(gone) and any(_second(dated(entry)) in gone for entry in new)
    return of_then or may_be_republished(len(new), shown)


def dated(entry: Entry) -> datetime | None:
    """When it was published; many Atom feeds and RSS 1.0 only say when it was last changed."""
    return entry.published_at or entry.updated_at


def _second(moment: datetime | None) -> int | None:
    """A moment in seconds since 1970, without the fraction, which other programs leave away."""
    return int(moment.timestamp() // 1) if moment else None


def old_among(
    new: Mapping[int, Entry],
    shown: int,
    before: Sequence[ShownBefore],
    held: Collection[str],
    gone: Collection[int] | None,
    now: datetime,
) -> Republication | None:
    """What is old among entries whose keys are all unknown, one by one and as a whole.

    As ``republished``. An article is none of them that the document shows under a key that is
    known: those in ``held``, and all but those of the seconds in ``gone``, unless it is None.
    """
    left = [each for each in before if each.id not in held]
    if gone is not None:
        left = [each for each in left if _second(each.published_at) in gone]
    same = shown_again(new, left)
    whole = republished(new, shown, before, now)
    if whole:
        return Republication({**whole.same, **same}, whole.old - same.keys())
    return Republication(same, frozenset()) if same else None


def shown_again(new: Mapping[int, Entry], left: Sequence[ShownBefore]) -> dict[int, str]:
    """The article that each entry is by its second of publication and its words.

    ``left`` are the articles that it may be; each is one entry at most. An undated entry is known
    by a long text; by a short one where five or more come back.
    """
    then: dict[int | bytes, list[ShownBefore]] = {}
    for each in left:
        then.setdefault(_second(each.published_at) or each.content_hash, []).append(each)
    same: dict[int, str] = {}
    likely: dict[int, str] = {}
    for number, entry in new.items():
        when = _second(dated(entry))
        listed = then.get(when or content_hash(entry), [])[:_MOST_AT_ONCE]
        alike = [each for each in listed if _is_headed(entry, each)]
        said = [each.id for each in alike if _says(entry, each) and each.id not in same.values()]
        if said and (when or print_of(entry, "")):
            same[number] = said[0]
        elif len(alike) == 1 and len(letters(entry.title)) >= _TELLING_LETTERS:
            likely[number] = alike[0].id
    times = Counter((*same.values(), *likely.values()))
    likely = {number: id_ for number, id_ in likely.items() if times[id_] == 1}
    return same | likely if len(same) + len(likely) >= FEWEST else same


def _is_headed(entry: Entry, known: ShownBefore) -> bool:
    """Whether the headlines are one, but for what one of them has before or after it."""
    short, long = sorted((letters(entry.title), letters(known.title)), key=len)
    return short == long or (len(short) >= SHORTEST_PART and short in long)


def _says(entry: Entry, known: ShownBefore) -> bool:
    """Whether the words are an article's; over a long text, its headline may have other ends."""
    if print_of(entry, ""):
        entry = replace(entry, title=known.title)
    return bool(entry.title or entry.text) and content_hash(entry) == known.content_hash


def republished(
    new: Mapping[int, Entry], shown: int, before: Sequence[ShownBefore], now: datetime
) -> Republication | None:
    """What is old among entries whose keys are all unknown; None: it was not republished.

    ``new`` are these entries by their places in the document, which has ``shown`` in all;
    ``before`` is what the feed has shown, the newest first.
    """
    if not before or not may_be_republished(len(new), shown):
        return None
    same = _same(new, before)
    if _is_given_again(new, same, before):
        return None
    made_anew = len(new) == shown or len(same) >= FEWEST
    since = _news_begin(before, now, made_anew=made_anew)
    old = {
        number
        for number, entry in new.items()
        if number not in same and since and entry.published_at and entry.published_at < since
    }
    if len(same) + len(old) < FEWEST:
        return None
    old |= _carried_along(new, same, old)
    if len(same) + len(old) < len(new) * _NEARLY_ALL:
        return None
    return Republication(same, frozenset(old))


def _is_given_again(
    new: Mapping[int, Entry], same: Mapping[int, str], before: Sequence[ShownBefore]
) -> bool:
    """Whether what has the headlines of articles is news in the same words; ``same`` as found."""
    dates = {each.id: each.dated for each in before}
    newest = max((at for at in dates.values() if at), default=None)
    moved: list[tuple[datetime, datetime]] = []
    for number, id_ in same.items():
        now, then = dated(new[number]), dates[id_]
        if not (now and then and newest) or now <= newest:
            return False
        moved.append((then, now))
    if len(moved) < max(FEWEST, len(new) * _NEARLY_ALL):
        return False
    later = [now - then for then, now in moved]
    span_before, span = (max(each) - min(each) for each in zip(*moved, strict=True))
    return (
        span * 2 >= span_before  # a site that is built anew dates all to one moment, or nearly
        and min(later) >= _SOONEST
        and max(later) <= min(later) * _APART
    )


def _news_begin(
    before: Sequence[ShownBefore], now: datetime, *, made_anew: bool
) -> datetime | None:
    """The date before which entries are old by it alone; None: no date tells."""
    dates = [each.dated for each in before if each.dated]
    if not dates:
        return None
    return min(max(dates) if made_anew else min(dates), now - _LATE)


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
