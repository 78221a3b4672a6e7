"""The station of the stories room: puts every article that matched into a story.

For now a story holds one article; the shape is the final one, so that deciding which articles tell
of one event changes nothing outside this room.
"""

from __future__ import annotations

from dataclasses import dataclass

from monitor import progress
from monitor.model import Clock, new_id
from monitor.store import Store, matches, stories

BATCH = 500


@dataclass(slots=True)
class GroupReport:
    """What a pass did."""

    grouped: int = 0


def group(store: Store, clock: Clock) -> GroupReport:
    """Give every matched article a story; one that is in a story already stays in it."""
    report = GroupReport()
    while True:
        with store.read() as connection:
            waiting = matches.ungrouped(connection, BATCH)
        if not waiting:
            return report
        with store.write() as tx:
            held = stories.of_articles(tx, waiting)
            for article_id in waiting:
                story = held.get(article_id) or stories.begin(
                    tx, new_id(clock()), article_id, clock()
                )
                matches.put_in_story(tx, article_id, story)
        report.grouped += len(waiting)
        progress.made()
