"""Looking for feeds that are due reads no more of them than it takes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from monitor.model import Feed
from monitor.store import Store, due_feeds, feeds
from tests.conftest import FakeClock


def plans(store: Store, now: datetime, *, everything: bool) -> list[str]:
    """How the database goes about each look for feeds when some are leased."""
    asked: list[tuple[str, Any]] = []

    def note(*given: Any) -> None:
        if "feeds.host" in str(given[2]).split("FROM")[0] and "feeds.etag" not in str(given[2]):
            asked.append((str(given[2]), given[3]))

    sa.event.listen(store._engine, "before_cursor_execute", note)
    with store.write() as tx:
        due_feeds.lease(tx, now, 2, 25, everything_before=everything)
    sa.event.remove(store._engine, "before_cursor_execute", note)
    with store.write() as tx:
        if store.engine_name == "postgresql":
            tx.exec_driver_sql("SET LOCAL enable_seqscan = off")  # as if there were very many
        how = "EXPLAIN" if store.engine_name == "postgresql" else "EXPLAIN QUERY PLAN"
        found = [tx.exec_driver_sql(f"{how} {text}", given).all() for text, given in asked]
    return ["\n".join(str(row[-1]) for row in rows) for rows in found]


@pytest.mark.parametrize("everything", [False, True])
def test_feeds_that_are_due_are_found_in_an_index_in_their_order(
    store: Store, clock: FakeClock, everything: bool
) -> None:
    with store.write() as tx:
        feeds.subscribe(tx, [Feed(f"https://{n}.example/f", f"Feed {n}") for n in range(5)])
    found = plans(store, clock(), everything=everything)
    index = "feeds_polled" if everything else "feeds_next"
    assert len(found) == 2  # those polled by a clock that was put back, and those that are due
    assert "feeds_polled" in found[0]
    assert index in found[1]
    for plan in found:
        assert "(<expr>" in plan or "Index Cond: (COALESCE(" in plan, plan
        assert "B-TREE" not in plan, plan
        assert "Sort" not in plan, plan


def test_the_feed_that_has_been_due_longest_is_leased_first(store: Store, clock: FakeClock) -> None:
    names = ["never polled", "long due", "just due", "not due"]
    with store.write() as tx:
        feeds.subscribe(tx, [Feed(f"https://{name[:4]}.example/f", name) for name in names])
        for minutes, state in enumerate(due_feeds.lease(tx, clock(), 4, 25)):
            again = {"long due": -9, "just due": -1, "not due": 1}.get(state.name)
            if again is None:
                due_feeds.let_go(tx, [state])
                continue
            at = clock() - timedelta(hours=1, minutes=minutes)
            due = clock() + timedelta(minutes=again)
            feeds.record_success(tx, state, feeds.Success(at, due, 300, None, None, None))
        leased = [due_feeds.lease(tx, clock(), 1, 25) for _ in names]
    assert [state.name for one in leased for state in one] == names[:3]
