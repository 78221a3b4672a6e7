"""The station of the stories room: puts every article that matched into a story.

One process groups at a time, so that two never begin two stories for one event: a process that
finds another at it leaves what waits to that one, or to its own next pass. What it knows of the
stories that may still grow it keeps in memory, and learns before each pass what others added.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from monitor import progress
from monitor.errors import StoreError
from monitor.leasing import LEASE_SECONDS
from monitor.model import Article, Clock, new_id
from monitor.store import Store, articles, matches, stories
from monitor.store.stories import Member, Turn

log = structlog.get_logger("group")

BATCH = 500
QUIET = timedelta(days=7)
"""A story takes no more articles after so long without a new one."""


@dataclass(slots=True)
class GroupReport:
    """What a pass did."""

    grouped: int = 0


class Grouping:
    """What a process remembers of stories between two passes; a new one asks the store for all."""

    def __init__(self) -> None:
        self._known: list[Member] | None = None
        self._turn = 0

    def catch_up(self, store: Store, turn: int, now: datetime) -> None:
        """Learn what was put into stories since the last pass, by whomever."""
        with store.read() as connection:
            if self._known is None:
                self._known = list(stories.open_since(connection, now - QUIET))
            elif self._turn < turn:
                self._known += stories.added_since(connection, self._turn)
        self._turn = turn

    def place(self, batch: Sequence[Article], now: datetime) -> list[Member]:
        """Which story each article goes into."""
        return [Member(each.id, new_id(now), now, outlet=each.site) for each in batch]

    def kept(self, turn: int) -> None:
        """What was placed is in the store, as grouping number ``turn``."""
        self._turn = turn

    def forget(self) -> None:
        """What was placed is not in the store: ask that again for all."""
        self._known = None


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
        if not matches.ungrouped(connection, 1):
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
    placed = known.place([found[id_] for id_ in waiting if id_ in found], now)
    forgotten = [id_ for id_ in waiting if id_ not in there and id_ not in found]
    placed += [Member(id_, new_id(now), now) for id_ in forgotten]
    with store.write() as tx:
        next_turn = stories.renew(tx, turn, LEASE_SECONDS)
        if next_turn is not None:
            stories.add(tx, placed, next_turn.last)
            in_stories = there | {member.article_id: member.story_id for member in placed}
            matches.put_in_story(tx, in_stories)
    if next_turn is None:
        known.forget()
        log.info("another process groups now, this one begins anew")
        return None
    known.kept(next_turn.last)
    return next_turn
