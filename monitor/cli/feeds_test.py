"""``wirewatch feeds test``: fetch and read one feed now, and say what came."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import show
from monitor.cli.session import NOT_RIGHT, Session, command, end, refuse
from monitor.errors import FaultyInput, FetchError
from monitor.records import dataclass

if TYPE_CHECKING:
    from monitor.feeds.fetch import Fetched
    from monitor.feeds.options import Subscription
    from monitor.feeds.page_feeds import Named
    from monitor.feeds.parse import ParsedFeed

ENTRIES_SHOWN = 5


def add_to(group: typer.Typer) -> None:
    """Add the command to ``wirewatch feeds``."""
    command(group, "test")(try_out)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came: a feed, or a fault and perhaps what the page that came names as feeds."""

    fetched: Fetched | None = None
    parsed: ParsedFeed | None = None
    fault: FetchError | None = None
    named: tuple[Named, ...] = ()


def try_out(
    session: Session,
    url: Annotated[
        str, typer.Argument(help="An address, a file, or a feed's name; need not be in the config.")
    ],
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Fetch and read one feed now, and show what is in it; keeps nothing."""
    subscription = _subscription(session, url)
    outcome = asyncio.run(_read(subscription))
    if json:
        show.as_json(_described(subscription, outcome))
    elif outcome.fetched is not None and outcome.parsed is not None:
        _tell(url, subscription, outcome.fetched, outcome.parsed)
    else:
        _tell_fault(url, outcome)
    if outcome.fault is not None:
        end(NOT_RIGHT)


def _subscription(session: Session, url: str) -> Subscription:
    """As the config polls this address, where it names it; else as [poll] says."""
    from pathlib import Path

    from monitor.config.feeds import looks_like_a_host
    from monitor.config.reading import is_file
    from monitor.feeds.options import PollOptions, Subscription
    from monitor.model import Feed

    try:
        settings = session.settings()
        configured, options = settings.subscriptions, settings.poll
    except FaultyInput:
        if session.config is not None:
            raise
        configured, options = (), PollOptions()
    address = url if "://" in url else str(Path(url).absolute())
    named = (each for each in configured if url == each.feed.name or address == each.feed.url)
    found = next(named, None)
    if found is None and "://" not in url and looks_like_a_host(url) and not is_file(Path(url)):
        refuse(f'"{url}" is neither a web address nor a file', f'write "https://{url}"')
    return found or Subscription(Feed(url=address, name=url), options)


async def _read(subscription: Subscription) -> _Outcome:
    from monitor.feeds.fetch import Fetcher
    from monitor.feeds.page_feeds import feeds_named_in
    from monitor.feeds.page_text import page_html
    from monitor.feeds.parse import parse

    fetched = None
    try:
        async with Fetcher(concurrency=1) as fetcher:
            fetched = await fetcher.fetch(subscription, etag=None, last_modified=None)
        parsed = parse(
            fetched.body,
            url=fetched.url,
            charset=fetched.charset,
            content_type=fetched.content_type,
            encoding=subscription.options.encoding,
        )
    except FetchError as fault:
        if fetched is None:
            return _Outcome(fault=fault)
        named = feeds_named_in(page_html(fetched.body, fetched.charset), fetched.url)
        return _Outcome(fetched, fault=fault, named=named)
    return _Outcome(fetched, parsed)


def _tell(url: str, subscription: Subscription, fetched: Fetched, parsed: ParsedFeed) -> None:
    dated = [entry.published_at for entry in parsed.entries if entry.published_at]
    from monitor.feeds.addresses import shown

    show.result(
        f"{parsed.title or shown(url)}: {show.counted(len(parsed.entries), 'entry', 'entries')}"
    )
    newest = f", newest {show.iso(max(dated))}" if dated else ""
    show.result(f"  language {parsed.language or 'not said'}, {len(dated)} with a date{newest}")
    if parsed.breaks_off:
        show.result("  the document ends in the middle: these are the entries before the break")
    for line in _remarks(subscription, fetched):
        show.result(show.wrapped(line, "  ", "  "))
    for entry in parsed.entries[:ENTRIES_SHOWN]:
        show.result(show.wrapped(entry.title or "(no headline)", "  · ", "    "))
        show.result(f"    {entry.link or '(no link)'}")
    if len(parsed.entries) > ENTRIES_SHOWN:
        show.result(f"  … and {len(parsed.entries) - ENTRIES_SHOWN} more")


def _remarks(subscription: Subscription, fetched: Fetched) -> list[str]:
    """How the answer came about: redirects, a proxy."""
    from monitor.feeds.addresses import shown

    told = []
    if fetched.moved_to:
        told.append(f"moved for good to {shown(fetched.moved_to)}: write that in the config")
    elif fetched.url != subscription.feed.url and "://" in fetched.url:
        told.append(f"redirects for now to {shown(fetched.url)}")
    if subscription.options.proxy is not None and "://" in subscription.feed.url:
        told.append("read through a proxy")
    return told


def _tell_fault(url: str, outcome: _Outcome) -> None:
    from monitor.feeds.addresses import shown

    show.result(f"{shown(url)}: {outcome.fault}")
    if outcome.fault and outcome.fault.retry_after:
        from monitor.cli.feeds_list import length

        wait = length(outcome.fault.retry_after)
        show.result(f"  it asks not to be asked again for {wait} (Retry-After)")
    fetched = outcome.fetched
    if fetched is not None and fetched.url != url and "://" in fetched.url:
        show.result(f"  it came from {shown(fetched.url)}")
    if outcome.named:
        show.result("  it names these feeds (wirewatch feeds discover tries them):")
    for each in outcome.named:
        show.result(f"    {each.url}" + (f"  {show.short(each.title)}" if each.title else ""))


def _described(subscription: Subscription, outcome: _Outcome) -> dict[str, Any]:
    fetched, parsed = outcome.fetched, outcome.parsed
    return {
        "url": fetched.url if fetched else subscription.feed.url,
        "moved_to": fetched.moved_to if fetched else None,
        "fault": str(outcome.fault) if outcome.fault else None,
        "retry_after": outcome.fault.retry_after if outcome.fault else None,
        "named": [{"url": each.url, "title": each.title} for each in outcome.named],
        "title": parsed.title if parsed else None,
        "language": parsed.language if parsed else None,
        "entries": [
            {
                "guid": entry.guid,
                "title": entry.title,
                "link": entry.link,
                "author": entry.author,
                "published_at": show.iso(entry.published_at),
                "text": entry.text,
            }
            for entry in (parsed.entries if parsed else ())
        ],
    }
