"""What is known of the line is written down even where the store cannot take it at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
import sqlalchemy as sa

from monitor.errors import FetchError, StoreError
from monitor.feeds.fetch import Fetched
from monitor.feeds.options import PollOptions, Subscription
from monitor.feeds.poll import Polling, PollReport, poll
from monitor.model import Feed, ProblemKind
from monitor.store import Store, due_feeds, feeds, problems, tables
from monitor.text.languages import LanguageTeller
from tests.conftest import FakeClock
from tests.fakes import FakeWeb, rss


def polling(store: Store, answers: dict[str, Any]) -> Polling:
    wanted = [Feed(url=url, name=url) for url in answers]
    with store.write() as tx:
        feeds.subscribe(tx, wanted)
    subscriptions = {feed.url: Subscription(feed, PollOptions(backlog=None)) for feed in wanted}
    return Polling(FakeWeb(answers), subscriptions, LanguageTeller(("en",)))  # type: ignore[arg-type]


def locked_once(does: Callable[..., Any]) -> Callable[..., Any]:
    """The same, but that the store is locked for the first time."""
    calls: list[object] = []

    def tried(*arguments: object) -> Any:
        calls.append(arguments)
        if len(calls) == 1:
            raise StoreError("the database is locked")
        return does(*arguments)

    return tried


async def passed(store: Store, tools: Polling, clock: FakeClock) -> PollReport:
    return await poll(store, tools, clock, stopping=asyncio.Event(), everything=True)


async def test_an_outage_is_told_though_the_store_was_locked_for_a_moment(
    store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = FetchError("the name cannot be resolved", line_down=True)
    tools = polling(store, {f"https://site{n}.example/feed": fault for n in range(6)})
    monkeypatch.setattr(problems, "begin", locked_once(problems.begin))
    await passed(store, tools, clock)
    with store.read() as connection:
        assert problems.names(connection, ProblemKind.LINE)
        assert {state.failures for state in feeds.states(connection)} == {0}


async def test_a_pass_over_a_line_that_is_down_says_so_and_names_no_feed(
    store: Store, clock: FakeClock
) -> None:
    fault = FetchError("the name cannot be resolved", line_down=True)
    tools = polling(store, {f"https://site{n}.example/feed": fault for n in range(7)})
    report = await passed(store, tools, clock)
    assert (report.polled, report.in_vain, report.failed) == (7, 7, {})
    assert report.line
    assert report.line.startswith("the line is down: ")


async def test_a_pass_names_the_feeds_that_fail_while_the_line_is_up(
    store: Store, clock: FakeClock
) -> None:
    good = {f"https://good{n}.example/feed": rss(("1", "A bridge falls")) for n in range(2)}
    out = {f"https://site{n}.example/feed": FetchError("?", unreached=True) for n in range(4)}
    report = await passed(store, polling(store, {**good, **out}), clock)
    assert (report.polled, report.in_vain, report.line) == (6, 0, None)
    assert set(report.failed) == set(out)


async def test_feeds_that_wait_to_be_told_as_failed_are_let_go_when_all_is_cancelled(
    store: Store, clock: FakeClock
) -> None:
    tools = polling(
        store, {f"https://site{n}.example/feed": FetchError("?", unreached=True) for n in range(3)}
    )
    with ExitStack() as writing:

        class Late(FakeWeb):
            async def fetch(self, subscription: Subscription, **named: Any) -> Fetched:
                if not self.asked:  # no outcome is written down until the transaction ends
                    tx = writing.enter_context(store.write())
                    tx.execute(sa.update(tables.feeds).values(failures=0))
                return await super().fetch(subscription, **named)

        tools.fetcher = web = Late(tools.fetcher.answers)  # type: ignore[assignment, attr-defined]
        passing = asyncio.create_task(passed(store, tools, clock))
        while len(web.asked) < 3:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.01)
        passing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await passing
    with store.read() as connection:
        assert {state.lease_token for state in feeds.states(connection)} == {None}


async def test_all_feeds_under_way_are_let_go_together_when_all_is_cancelled(
    store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = polling(store, {f"https://site{n}.example/feed": "hang" for n in range(40)})
    together: list[int] = []
    let_go = due_feeds.let_go
    monkeypatch.setattr(
        due_feeds, "let_go", lambda tx, states: (together.append(len(states)), let_go(tx, states))
    )
    passing = asyncio.create_task(passed(store, tools, clock))
    while len(tools.fetcher.asked) < 40:  # type: ignore[attr-defined]
        await asyncio.sleep(0.01)
    passing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await passing
    assert together == [40]
    with store.read() as connection:
        assert {state.lease_token for state in feeds.states(connection)} == {None}


async def test_an_answer_while_the_outage_is_written_down_has_the_last_feed_blamed_for_nothing(
    store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = FetchError("the name cannot be resolved", line_down=True)
    tools = polling(store, {f"https://site{n}.example/feed": fault for n in range(5)})
    begin = problems.begin

    def begun(*arguments: Any) -> bool:
        tools.line.down_since = None  # as an answer to another feed does
        return begin(*arguments)

    monkeypatch.setattr(problems, "begin", begun)
    first = await passed(store, tools, clock)
    assert (first.polled, first.failed) == (5, {})
    with store.read() as connection:
        assert {state.failures for state in feeds.states(connection)} == {0}


@pytest.mark.parametrize("answer", [rss(("1", "A bridge falls")), FetchError("404 Not Found")])
async def test_its_end_is_told_though_the_store_was_locked_for_a_moment(
    store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    tools = polling(store, {"https://site.example/feed": answer})
    with store.write() as tx:
        problems.begin(tx, ProblemKind.LINE, "network", "told by the process before", clock())
    monkeypatch.setattr(problems, "end", locked_once(problems.end))
    await passed(store, tools, clock)
    with store.read() as connection:
        assert not problems.names(connection, ProblemKind.LINE)
