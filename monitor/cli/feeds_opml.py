"""``wirewatch feeds import`` and ``export``: lists of feeds in and out (OPML)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import show
from monitor.cli.session import NOT_RIGHT, Session, command, end, refuse, tell_faults

if TYPE_CHECKING:
    from monitor.config import Settings
    from monitor.config.feed_tables import NewFeed
    from monitor.feeds.opml import FeedList, Outline

KNOWN_SHOWN = 10
"""Feeds named that are in the config already; -v names all."""


def add_to(group: typer.Typer) -> None:
    """Add the commands to ``wirewatch feeds``."""
    command(group, "import")(import_)
    command(group, "export")(export)


def import_(
    session: Session,
    file: Annotated[str, typer.Argument(help="An OPML file; - reads standard input.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be added; change nothing.")
    ] = False,
) -> None:
    """Add the feeds of an OPML file to the configuration; folders become tags."""
    from monitor.cli.files import replace_file
    from monitor.config.feed_tables import as_toml, with_feeds
    from monitor.config.here import find_here, read_here
    from monitor.feeds.opml import read_opml
    from monitor.toml_source import shown_path

    path = find_here(session.config)
    settings = session.settings()
    before = path.read_bytes()
    name, body = _body(file)
    listed = read_opml(body, name)
    with show.progress(len(listed.feeds), "Importing feeds") as advance:
        sorted_out = _sorted_out(settings, listed.feeds, advance)
    if sorted_out.new and dry_run:
        show.result("\n".join(as_toml(feed) for feed in sorted_out.new))
    elif sorted_out.new:
        count = show.counted(len(sorted_out.new), "feed")
        title = f"{count} imported from {name if name.isprintable() else 'a list'}"
        after = with_feeds(before, sorted_out.new, title, shown_path(path))
        read_here(after.decode("utf-8-sig"), path)  # raises where it could not be used
        replace_file(path, before, after)
    _tell(session, shown_path(path), name, listed, sorted_out, dry_run=dry_run)


def _body(file: str) -> tuple[str, bytes]:
    """The name of a list, and its bytes."""
    if file == "-":
        return "standard input", sys.stdin.buffer.read()
    try:
        return file, Path(file).read_bytes()
    except OSError as error:
        refuse(f"{file} cannot be read: {(error.strerror or 'no reason given').lower()}")
        raise


@dataclass(slots=True)
class _Sorted:
    """Feeds of a list that are new, and those that the config has, with its names for them."""

    new: list[NewFeed] = field(default_factory=list)
    known: list[tuple[Outline, str]] = field(default_factory=list)


def _sorted_out(
    settings: Settings, outlines: Sequence[Outline], advance: Callable[[int], None]
) -> _Sorted:
    """What is to be added, each feed under a name of its own."""
    from monitor.config.feed_tables import NewFeed
    from monitor.feeds.links import canonical_feed_link, site_of

    feeds = [each.feed for each in settings.subscriptions]
    known = {canonical_feed_link(feed.url): feed.name for feed in feeds}
    taken = {feed.name.casefold() for feed in feeds}
    found = _Sorted()
    for outline in outlines:
        advance(1)
        local = outline.url.startswith("file:")
        key = _local(outline.url) if local else canonical_feed_link(outline.url)
        if key in known:
            found.known.append((outline, known[key]))
            continue
        name = _free(outline.name or site_of(outline.url) or "feed", taken)
        remarks = tuple(f"{key}: {value}" for key, value in outline.others)
        found.new.append(NewFeed(outline.url, name, outline.tags, remarks))
    return found


def _local(url: str) -> str:
    from monitor.feeds.addresses import local_path

    return str(local_path(url))


def _free(name: str, taken: set[str]) -> str:
    """``name``, with a number where another feed has it; it is taken from then on."""
    free, count = name, 1
    while free.casefold() in taken:
        count += 1
        free = f"{name} {count}"
    taken.add(free.casefold())
    return free


def _tell(
    session: Session, config: str, file: str, listed: FeedList, found: _Sorted, *, dry_run: bool
) -> None:
    tell_faults(tuple(sorted(listed.faults)), show.aside)
    shown = found.known if session.verbose else found.known[:KNOWN_SHOWN]
    for outline, name in shown:
        show.aside(f'{file}:{outline.line}: "{outline.name}" is there already, as "{name}"')
    if len(found.known) > len(shown):
        show.aside(f"and {len(found.known) - len(shown)} more that are there already (-v: all)")
    tell = show.aside if dry_run else show.result
    added = show.counted(len(found.new), "feed")
    parts = [f"{added} {'would be ' if dry_run else ''}added"]
    parts += [f"{len(found.known)} there already"] if found.known else []
    parts += [f"{listed.repeated} more than once in the list"] if listed.repeated else []
    parts += [f"{len(listed.faults)} not right"] if listed.faults else []
    tell(f"{config}: {', '.join(parts)}" + ("; nothing was changed" if dry_run else ""))
    if listed.faults:
        end(NOT_RIGHT)


def export(
    session: Session,
    file: Annotated[
        Path | None, typer.Argument(help="Where to write it; else standard output.")
    ] = None,
) -> None:
    """Write the feeds as OPML 2.0; tags become folders and categories. Holds no secret."""
    from monitor.cli.files import write_file
    from monitor.config.feed_tables import hidden_addresses
    from monitor.feeds.addresses import is_local, without_secrets
    from monitor.feeds.opml_writing import write_opml
    from monitor.model import utc_now

    settings = session.settings()
    text = settings.path.read_text(encoding="utf-8-sig")
    hidden = hidden_addresses(text, settings.path.name)
    written = []
    for number, each in enumerate(settings.subscriptions):
        name, url = each.feed.name, each.feed.url
        if number in hidden:
            show.aside(f"{name}: left out, its address stands in the environment or in a file")
            continue
        if not is_local(url) and without_secrets(url) != url:
            show.aside(f"{name}: its address is written without the secret in it")
        if each.options.headers:
            show.aside(f"{name}: its headers are not written")
        written.append(each.feed)
    opml = write_opml(written, "Feeds of Wirewatch", utc_now())
    if file is None:
        show.result(opml if _shows_all(opml) else opml.encode("ascii", _REFERENCES).decode())
        return
    write_file(file, opml.encode("utf-8"))
    show.result(f"{file}: {show.counted(len(written), 'feed')}")


_REFERENCES = "xmlcharrefreplace"


def _shows_all(text: str) -> bool:
    """Whether standard output can take every letter as UTF-8, as the document says."""
    return text.isascii() or (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
