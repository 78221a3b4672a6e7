"""A feed with ``full_text`` of which no page can be read: readers are told once it goes on.

A page now and then that cannot be had is said beside its article. Where all of them fail poll after
poll, rules judge excerpts for as long as that lasts, and much of what they look for is missed.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from monitor.feeds.full_text import Pages
from monitor.model import FeedState, ProblemKind
from monitor.store import Store, articles, problems

POLLS = 3
"""So many polls in a row that read pages and had none of them are told."""

_LOOKED_BACK = timedelta(days=30)
_NEWEST = 200  # articles of the feed that are looked at


def note_pages(store: Store, state: FeedState, pages: Pages, now: datetime) -> None:
    """Begin or end the problem of a feed, after a poll that read pages and before it is kept.

    Raises StoreError.
    """
    if not pages.told:
        return
    reasons = Counter(told.reason for told in pages.told.values())
    if None in reasons:
        _end(store, state.name)
        return
    with store.read() as connection:
        polls = articles.notes_by_poll(connection, state.id, now - _LOOKED_BACK, _NEWEST)
    without = []
    for moment, had_page in polls:
        if had_page:
            break
        without.append(moment)
    if len(without) + 1 >= POLLS:
        why = f"none of the pages behind its entries can be read ({reasons.most_common(1)[0][0]})"
        _begin(store, state.name, f"{why}; what the feed itself says is judged", without[-1])


def _begin(store: Store, name: str, message: str, since: datetime) -> None:
    with store.write() as tx:
        problems.begin(tx, ProblemKind.FULL_TEXT, name, message, since)


def _end(store: Store, name: str) -> None:
    with store.read() as connection:
        known = name in problems.names(connection, ProblemKind.FULL_TEXT)
    if known:
        with store.write() as tx:
            problems.end(tx, ProblemKind.FULL_TEXT, name)
