"""The station of the stories room: puts every article that matched into a story.

One process groups at a time, so that two never begin two stories for one event: a process that
finds another at it leaves what waits to that one, or to its own next pass. What it knows of the
stories that may still grow it keeps in memory, and learns before each pass what others added.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from monitor import progress
from monitor.errors import StoreError
from monitor.leasing import LEASE_SECONDS
from monitor.log import Log
from monitor.model import Article, Clock, new_id
from monitor.store import Store, articles, matches, stories
from monitor.store.stories import Member, Turn

if TYPE_CHECKING:
    from monitor.stories.clustering import Clustering, Placing
    from monitor.stories.telling import Telling

log = Log("group")

BATCH = 500
QUIET = timedelta(days=7)
"""A story takes no more articles after so long without a new one."""

REFRESHED = timedelta(hours=6)
"""How long stories stay in mind that have become quiet meanwhile: asking anew takes a second."""

_ODD = "article {id} cannot be compared, it is a story of its own"

Value = TypeVar("Value")


@dataclass(slots=True)
class GroupReport:
    """What a pass did."""

    grouped: int = 0


class Grouping:
    """What a process remembers of stories between two passes; a new one asks the store for all."""

    def __init__(self) -> None:
        self._clustering: Clustering | None = None
        self._known: dict[str, tuple[str, Telling]] = {}
        self._fresh: dict[str, Telling] = {}
        self._moved: dict[str, datetime] = {}
        self._turn = 0
        self._asked_at: datetime | None = None
        self._sure = False

    def catch_up(self, store: Store, turn: int, now: datetime) -> None:
        """Learn what was put into stories since the last pass, by whomever.

        Everything is asked for anew where what was placed last may not have been kept, and now and
        then, so that stories that are quiet by now do not stay in mind.
        """
        if not self._sure or self._asked_at is None or abs(now - self._asked_at) > REFRESHED:
            self._ask_for_all(store, now)
        elif self._turn < turn:
            with store.read() as connection:
                added = stories.added_since(connection, self._turn)
            self._learn(store, added)
        self._turn = turn

    def place(self, store: Store, batch: Sequence[Article], now: datetime) -> list[Member]:
        """Which story each article goes into, and why; to be ``kept`` before it is asked again."""
        self._sure = False
        tellings = _tellings(batch)
        self._fresh = {telling.article_id: telling for telling in tellings}
        placed = self._placed(tellings, now)
        if any(self._moved.get(each.story_id, now) < now - QUIET for each in placed):
            self._ask_for_all(store, now)
            placed = self._placed(tellings, now)
        by_id = {member.article_id: member for member in placed}
        members = [by_id.get(each.id) or alone(each.id, now, each.site) for each in batch]
        return [
            member if member.print else replace(member, print=_print(article))
            for member, article in zip(members, batch, strict=True)
        ]

    def kept(self, turn: int, members: Sequence[Member]) -> None:
        """What was placed is in the store, as grouping number ``turn``."""
        for member in members:
            self._note(member, self._fresh.get(member.article_id))
        self._turn, self._sure, self._fresh = turn, True, {}

    def _ask_for_all(self, store: Store, now: datetime) -> None:
        with store.read() as connection:
            members = stories.open_since(connection, now - QUIET)
        self._known, self._moved, self._clustering = {}, {}, None
        self._learn(store, members)
        self._asked_at = now

    def _learn(self, store: Store, members: Sequence[Member]) -> None:
        """Take in articles that are in stories; those whose telling is not kept are read again."""
        for member in members:
            self._note(member)
        story_of = {member.article_id: member.story_id for member in members}
        unknown = [id_ for id_ in story_of if id_ not in self._known]
        for start in range(0, len(unknown), BATCH):
            with store.read() as connection:
                found = articles.get(connection, unknown[start : start + BATCH])
            for telling in _tellings(tuple(found.values())):
                self._known[telling.article_id] = story_of[telling.article_id], telling
        if self._clustering is not None:
            self._clustering.learn(self._known[id_] for id_ in story_of if id_ in self._known)

    def _note(self, member: Member, telling: Telling | None = None) -> None:
        from monitor.stories.telling import Telling

        moved = self._moved.get(member.story_id, member.joined_at)
        self._moved[member.story_id] = max(moved, member.joined_at)
        if telling is None and member.telling:
            telling = Telling.from_json(member.telling)
        if telling is not None:
            self._known[member.article_id] = member.story_id, telling

    def _placed(self, tellings: Sequence[Telling], now: datetime) -> list[Member]:
        """A story for each; where they cannot be compared, none."""
        from monitor.stories.clustering import Clustering

        clustering = self._clustering or Clustering(self._known.values())
        placings = _or_none(
            "articles could not be compared, each is a story of its own",
            lambda: clustering.place(tellings, lambda: new_id(now)),
        )
        self._clustering = clustering if placings is not None else None
        by_id = {telling.article_id: telling for telling in tellings}
        return [_member(placing, by_id[placing.article_id], now) for placing in placings or ()]


def _tellings(batch: Sequence[Article]) -> list[Telling]:
    """What each article tells with; those of which that cannot be worked out are left out."""
    from monitor.stories.telling import telling_of

    told = (_or_none(_ODD.format(id=each.id), partial(telling_of, each)) for each in batch)
    return [telling for telling in told if telling is not None]


def _or_none(fault: str, decide: Callable[[], Value]) -> Value | None:
    """What ``decide`` gives; None where it fails, with ``fault`` in the log."""
    try:
        return decide()
    except Exception:  # the one broad except: no error of ours keeps an article from being told
        log.exception(fault)
        return None


def _print(article: Article) -> str:
    """The same for articles whose headline and text are the same, however short that is.

    A text of a line or two does not show that two articles tell of one event; of two that do, it
    shows that one agency wrote both.
    """
    letters = "".join(filter(str.isalnum, f"{article.title} {article.text}".casefold()))
    return hashlib.sha256(letters.encode()).hexdigest()[:24]


def _member(placing: Placing, telling: Telling, now: datetime) -> Member:
    return Member(
        article_id=placing.article_id,
        story_id=placing.story_id,
        joined_at=now,
        outlet=telling.outlet,
        print=telling.text_print,
        because=placing.because,
        telling=telling.to_json(),
    )


def alone(article_id: str, now: datetime, outlet: str = "") -> Member:
    """An article that begins a story, held against no other."""
    return Member(article_id, new_id(now), now, outlet=outlet)


def group(
    store: Store, clock: Clock, grouping: Grouping | None = None, *, everything: bool = False
) -> GroupReport:
    """Give every matched article a story; one that is in a story already stays in it.

    ``grouping`` is what was remembered of the last pass. ``everything``: also while another
    process is at it, which has then to begin anew.
    """
    report = GroupReport()
    known = grouping or Grouping()
    with store.read() as connection:
        if not matches.any_ungrouped(connection):
            return report
    with _turn(store, whoever=everything) as taken:
        turn = taken
        while turn is not None:
            with store.read() as connection:
                waiting = matches.ungrouped(connection, BATCH)
            if not waiting:
                return report
            turn = _group_batch(store, clock(), known, waiting, turn)
            report.grouped += len(waiting)
            progress.made()
    return report


@contextmanager
def _turn(store: Store, *, whoever: bool) -> Iterator[Turn | None]:
    """The right to group; None where another process has it. Given back at the end."""
    with store.write() as tx:
        turn = stories.take(tx, LEASE_SECONDS, whoever=whoever)
    try:
        yield turn
    finally:
        if turn is not None:
            with suppress(StoreError), store.write() as tx:  # else the lease runs out by itself
                stories.give_back(tx, turn)


def _group_batch(
    store: Store, now: datetime, known: Grouping, waiting: Sequence[str], turn: Turn
) -> Turn | None:
    """Put these articles into stories; None where another process has taken over meanwhile."""
    known.catch_up(store, turn.last, now)
    with store.read() as connection:
        there = stories.of_articles(connection, waiting)
        found = articles.get(connection, [id_ for id_ in waiting if id_ not in there])
    placed = known.place(store, [found[id_] for id_ in waiting if id_ in found], now)
    forgotten = [id_ for id_ in waiting if id_ not in there and id_ not in found]
    placed += [alone(id_, now) for id_ in forgotten]
    with store.write() as tx:
        next_turn = stories.renew(tx, turn, LEASE_SECONDS)
        if next_turn is not None:
            stories.add(tx, placed, next_turn.last)
            in_stories = {member.article_id: member.story_id for member in placed}
            matches.put_in_story(tx, there | in_stories)
    if next_turn is None:
        log.info("another process groups now, this one begins anew")
        return None
    known.kept(next_turn.last, placed)
    return next_turn
