"""``wirewatch status`` where the configuration is faulty: what the database knows is told.

The database is found by the lines at the top of the file, where these can be read. Nothing is
written, and no rule is read: what is in force is the business of the daemon that goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.cli import show
from monitor.cli.session import Session
from monitor.cli.status_lines import (
    deliveries_line,
    digest_line,
    feeds_line,
    problem_lines,
    processes_line,
)
from monitor.errors import FaultyInput, StoreError
from monitor.model import utc_now

if TYPE_CHECKING:
    from monitor.config import Settings
    from monitor.store import Store


def tell_what_is_stored(session: Session) -> None:
    """Feeds, digests, deliveries, processes and problems; nothing where no database is found."""
    settings = _what_can_be_read(session)
    if settings is None:
        return
    try:
        with session.store_if_any(settings) as store:
            if store is not None:
                _tell(settings, store, verbose=session.verbose)
    except StoreError as error:
        show.aside(f"wirewatch: {error}")


def _what_can_be_read(session: Session) -> Settings | None:
    """Where the database is, and the time zone where that is right; None where it is not known."""
    from monitor.config.here import find_here, read_here

    try:
        path = find_here(session.config)
        lines = _plain_lines(path.read_text(encoding="utf-8-sig"))
    except (FaultyInput, OSError, UnicodeDecodeError):
        return None
    for keys in (("database", "timezone"), ("database",)):
        try:
            return read_here("\n".join(line for key, line in lines if key in keys), path)
        except FaultyInput:
            continue
    return None


def _plain_lines(text: str) -> list[tuple[str, str]]:
    """The lines before the first table, each with its key."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        if line.lstrip().startswith("["):
            break
        found.append((line.partition("=")[0].strip(), line))
    return found


def _tell(settings: Settings, store: Store, *, verbose: bool) -> None:
    from monitor.store import articles, digests, feeds, habits, matches, outbox, problems, processes

    zone, now = settings.timezone, utc_now()
    with store.read() as connection:
        silent = len(habits.silent(connection))
        stored = articles.count_since(connection, None)
        show.result(feeds_line(feeds.counts_by_state(connection), silent, stored))
        due, waiting = digests.due(connection), matches.waiting_counts(connection)
        show.result("digests")
        for name in sorted(due.keys() | waiting.keys()):
            next_at = due[name].next_at if name in due else None
            coming = next_at if next_at and next_at > now else None
            if coming or waiting.get(name):
                line = digest_line(name, "", coming, waiting.get(name, 0), "", zone)
                show.result("\n".join(f"  {part}" for part in line.splitlines()))
        show.result(deliveries_line(outbox.counts(connection)))
        running, last = processes.alive(connection), processes.last(connection)
        show.result(processes_line(running, last, zone))
        present = problems.present(connection, None, now)
    for line in problem_lines(present, zone, verbose=verbose):
        show.result(line)
