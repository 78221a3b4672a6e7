"""``wirewatch feeds``: the state of every feed; try one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import show
from monitor.cli.session import NOT_RIGHT, Session, command, end
from monitor.errors import FaultyInput, FetchError

if TYPE_CHECKING:
    from monitor.feeds.fetch import Fetched
    from monitor.feeds.options import Subscription
    from monitor.feeds.parse import ParsedFeed
    from monitor.model import FeedState


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="The state of every feed; try one.", no_args_is_help=True)
    command(group, "list")(list_)
    command(group, "test")(try_out)
    app.add_typer(group, name="feeds")


def list_(
    session: Session,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Every feed: last success, interval, next poll, articles, trouble."""
    from monitor.store import feeds

    settings = session.settings()
    with session.store(settings) as store:
        with store.write() as tx:
            feeds.subscribe(tx, [each.feed for each in settings.subscriptions])
        with store.read() as connection:
            states = feeds.states(connection)
            counts = feeds.article_counts(connection)
    if json:
        show.as_json([_described(state, counts.get(state.id, 0)) for state in states])
        return
    zone = settings.timezone
    show.table(
        ("feed", "state", "last success", "every", "next poll", "articles"),
        [
            (
                state.name,
                _state(state),
                show.local(state.last_success_at, zone),
                _every(state.interval),
                show.local(state.next_poll_at, zone),
                str(counts.get(state.id, 0)),
            )
            for state in states
        ],
    )
    for state in states:
        if state.trouble:
            show.result(f"{state.name}: {state.trouble}")


def _every(seconds: float | None) -> str:
    """An interval as a person says it; those that adapted are no round numbers."""
    if not seconds:
        return "–"
    return f"{seconds / 60:.0f} min" if seconds >= 60 else f"{seconds:.0f} s"


def _state(state: FeedState) -> str:
    if state.failures:
        return f"failing {state.failures}×"
    return "good" if state.last_success_at else "new"


def _described(state: FeedState, articles: int) -> dict[str, Any]:
    return {
        "name": state.name,
        "url": state.url,
        "state": "failing" if state.failures else "good" if state.last_success_at else "new",
        "failures": state.failures,
        "failing_since": show.iso(state.failing_since),
        "trouble": state.trouble,
        "last_polled_at": show.iso(state.last_polled_at),
        "last_success_at": show.iso(state.last_success_at),
        "last_new_at": show.iso(state.last_new_at),
        "interval_seconds": state.interval,
        "next_poll_at": show.iso(state.next_poll_at),
        "articles": articles,
    }


def try_out(
    session: Session,
    url: Annotated[str, typer.Argument(help="An address or a file; need not be in the config.")],
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Fetch and read one feed now, and show what is in it; keeps nothing."""
    try:
        fetched, parsed = asyncio.run(_read(_subscription(session, url)))
    except FetchError as error:
        show.result(f"{url}: {error}")
        end(NOT_RIGHT)
        return
    if json:
        show.as_json(_feed(fetched, parsed))
        return
    dated = sum(1 for entry in parsed.entries if entry.published_at)
    show.result(f"{parsed.title or url}: {show.counted(len(parsed.entries), 'entry', 'entries')}")
    show.result(f"  language {parsed.language or 'not said'}, {dated} with a date")
    for entry in parsed.entries[:5]:
        show.result(f"  · {entry.title or '(no headline)'}")
        show.result(f"    {entry.link or '(no link)'}")
    if len(parsed.entries) > 5:
        show.result(f"  … and {len(parsed.entries) - 5} more")


def _subscription(session: Session, url: str) -> Subscription:
    """As the config polls this address, where it names it; else with the defaults."""
    from pathlib import Path

    from monitor.feeds.options import PollOptions, Subscription
    from monitor.model import Feed

    try:
        configured = session.settings().subscriptions
    except FaultyInput:
        if session.config is not None:
            raise
        configured = ()
    address = url if "://" in url else str(Path(url).absolute())
    named = (each for each in configured if each.feed.name == url or each.feed.url == address)
    return next(named, None) or Subscription(Feed(url=address, name=url), PollOptions())


async def _read(subscription: Subscription) -> tuple[Fetched, ParsedFeed]:
    from monitor.feeds.fetch import Fetcher
    from monitor.feeds.parse import parse

    async with Fetcher(concurrency=1) as fetcher:
        fetched = await fetcher.fetch(subscription, etag=None, last_modified=None)
    parsed = parse(
        fetched.body,
        url=fetched.url,
        charset=fetched.charset,
        content_type=fetched.content_type,
        encoding=subscription.options.encoding,
    )
    return fetched, parsed


def _feed(fetched: Fetched, parsed: ParsedFeed) -> dict[str, Any]:
    return {
        "url": fetched.url,
        "title": parsed.title,
        "language": parsed.language,
        "entries": [
            {
                "guid": entry.guid,
                "title": entry.title,
                "link": entry.link,
                "author": entry.author,
                "published_at": show.iso(entry.published_at),
                "text": entry.text,
            }
            for entry in parsed.entries
        ],
    }
