"""``wirewatch feeds discover``: which feeds does a site have?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from monitor.cli import show
from monitor.cli.session import NOT_RIGHT, Session, command, end, refuse
from monitor.errors import FaultyInput, FetchError

if TYPE_CHECKING:
    from monitor.feeds.discover import Discovery, FoundFeed
    from monitor.feeds.options import PollOptions


def add_to(group: typer.Typer) -> None:
    """Add the command to ``wirewatch feeds``."""
    command(group, "discover")(discover)


def discover(
    session: Session,
    site: Annotated[str, typer.Argument(help="The address of a site, or of any page of it.")],
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Find the feeds of a site, try each, and write lines for the config; keeps nothing."""
    options, zone = _manner(session)
    try:
        found = asyncio.run(_searched(site.strip(), options))
    except FetchError as error:
        show.aside(f"{site}: {error}")
        end(NOT_RIGHT)
        return
    if json:
        show.as_json(_described(found))
    else:
        _tell(session, found, zone)
    if not found.feeds:
        end(NOT_RIGHT)


def _manner(session: Session) -> tuple[PollOptions, ZoneInfo]:
    """How the config asks feeds, and its time zone; the defaults where there is no config."""
    from monitor.feeds.options import PollOptions

    try:
        settings = session.settings()
    except FaultyInput:
        if session.config is not None:
            raise
        return PollOptions(), ZoneInfo("UTC")
    return settings.poll, settings.timezone


async def _searched(site: str, options: PollOptions) -> Discovery:
    """The search; an address without its scheme is tried with https, then with http."""
    from monitor.feeds.discover import discover as search

    if "://" in site:
        return await search(site, options)
    if not site or "/" in site.partition(".")[0]:
        refuse(f'"{site}" is no web address', 'write one as "https://example.org"')
    try:
        return await search(f"https://{site}", options)
    except FetchError as first:
        try:
            return await search(f"http://{site}", options)
        except FetchError:
            raise first from None


def _tell(session: Session, found: Discovery, zone: ZoneInfo) -> None:
    for each in found.feeds:
        show.result(show.wrapped(each.title or "(no title)"))
        show.result(f"  {each.url}")
        newest = f", newest {show.local(each.newest_at, zone)}" if each.newest_at else ""
        entries = show.counted(each.entries, "entry", "entries")
        show.result(f"  {each.kind}, {entries}{newest}; {each.found}")
    _tell_tried(session, found)
    if not found.feeds:
        show.aside(f"No feed was found at {found.url}.")
        return
    show.result("\nFor the config:")
    for each in found.feeds:
        show.result("\n" + _as_toml(each))


def _tell_tried(session: Session, found: Discovery) -> None:
    """What is no feed: one by one what the page named, the usual places together."""
    from monitor.feeds.page_feeds import USUAL

    guessed = [each for each in found.tried if each.found == USUAL]
    for each in found.tried:
        if session.verbose or each.found != USUAL:
            show.aside(f"{each.url} ({each.found}): {each.reason}")
    if guessed and not session.verbose:
        show.aside(f"Nothing at {show.counted(len(guessed), 'usual place')} (-v lists them).")
    if found.cut_short:
        show.aside("The search took too long and was ended; there may be more.")


def _as_toml(feed: FoundFeed) -> str:
    from monitor.config.feed_tables import NewFeed, as_toml

    return as_toml(NewFeed(feed.url, show.short(feed.title, 100) or None))


def _described(found: Discovery) -> dict[str, Any]:
    return {
        "url": found.url,
        "feeds": [
            {
                "url": each.url,
                "title": each.title,
                "format": each.kind,
                "entries": each.entries,
                "newest_at": show.iso(each.newest_at),
                "found": each.found,
            }
            for each in found.feeds
        ],
        "tried": [
            {"url": each.url, "found": each.found, "reason": each.reason} for each in found.tried
        ],
        "cut_short": found.cut_short,
    }
