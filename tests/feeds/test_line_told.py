"""What is known of the line is written down even where the store cannot take it at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from monitor.errors import FetchError, StoreError
from monitor.feeds.options import PollOptions, Subscription
from monitor.feeds.poll import Polling, PollReport, poll
from monitor.model import Feed, ProblemKind
from monitor.store import Store, feeds, problems
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
