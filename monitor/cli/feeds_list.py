"""``wirewatch feeds list`` and ``revive``: how every feed fares, and a fresh start for some."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import show
from monitor.cli.session import Session, command, refuse, refuse_name
from monitor.model import FeedState, Problem, ProblemKind, utc_now

if TYPE_CHECKING:
    from monitor.config import Settings
    from monitor.store import Store
    from monitor.store.habits import Silent

_HEADS = ("feed", "state", "last success", "every", "next poll", "articles")
_LEAST_NAME = 12  # columns
_WISHES = {
    "Retry-After": "its server asks for that (Retry-After)",
    "Cache-Control": "its server has nothing new any sooner (Cache-Control or Expires)",
    "ttl": "the feed asks for that (ttl or updatePeriod)",
    "skipHours": "the feed names hours at which not to ask (skipHours)",
    "skipDays": "the feed names days on which not to ask (skipDays)",
}
"""What ``FeedState.held_by`` may say, in words."""


def add_to(group: typer.Typer) -> None:
    """Add the commands to ``wirewatch feeds``."""
    command(group, "list")(list_)
    command(group, "revive")(revive)


def list_(
    session: Session,
    failing: Annotated[
        bool, typer.Option("--failing", help="Only those that fail or are retired.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Every feed: state, last success, interval, next poll, articles, trouble."""
    from monitor.store import feeds, habits, problems

    settings, now = session.settings(), utc_now()
    with session.store(settings) as store:
        states = _states(settings, store)
        with store.read() as connection:
            counts = feeds.article_counts(connection)
            noted = feeds.noted_counts(connection)
            silent = {each.feed_id: each for each in habits.silent(connection)}
            present = problems.present(connection, None, now)
    happened = {each.name: each for each in present if _has_happened(each)}
    shown = [state for state in states if not failing or _is_in_trouble(state)]
    if json:
        show.as_json(
            [
                _described(
                    s,
                    counts.get(s.id, 0),
                    noted.get(s.id, 0),
                    silent.get(s.id),
                    happened.get(s.name),
                )
                for s in shown
            ]
        )
        return
    rows = [_row(state, counts.get(state.id, 0), now, silent=state.id in silent) for state in shown]
    below = [
        _below(session, settings, state, noted.get(state.id, 0), counts.get(state.id, 0))
        + _silence(settings, silent.get(state.id))
        + _told_once(settings, happened.get(state.name))
        for state in shown
    ]
    if shown:
        _table(rows, below)
    show.result(_summary(states, silent))
    for each in present:
        if each.kind is ProblemKind.LINE:
            since = show.local(each.since, settings.timezone)
            show.result(show.wrapped(f"{each.kind} {each.name}, since {since}: {each.message}"))


def _states(settings: Settings, store: Store) -> tuple[FeedState, ...]:
    from monitor.store import feeds

    with store.write() as tx:
        feeds.subscribe(tx, [each.feed for each in settings.subscriptions])
    with store.read() as connection:
        return tuple(sorted(feeds.states(connection), key=lambda state: _in_order(state.name)))


def _in_order(name: str) -> tuple[tuple[str, int], ...]:
    """What a name is sorted by: "Good 2" stands before "Good 10", and case counts for nothing."""
    pieces = re.findall(r"(\D*)(\d{0,18})", name.casefold())
    return (*((word, int(number or 0)) for word, number in pieces), (name, 0))


def _is_in_trouble(state: FeedState) -> bool:
    return bool(state.failures or state.retired_at)


def state_of(state: FeedState, *, silent: bool = False) -> str:
    """The state in one word: retired, failing, silent, good or new (never read so far)."""
    if state.retired_at:
        return "retired"
    if state.failures:
        return "failing"
    if silent:
        return "silent"
    return "good" if state.last_success_at else "new"


def _row(
    state: FeedState, articles: int, now: datetime, *, silent: bool = False
) -> tuple[str, ...]:
    times = f" {state.failures}×" if state.failures and not state.retired_at else ""
    last, next_ = state.last_success_at, state.next_poll_at
    if state.retired_at:
        due = "never"
    elif next_ is None or next_ <= now:
        due = "now"
    else:
        due = f"in {length((next_ - now).total_seconds())}"
    return (
        state.name,
        state_of(state, silent=silent) + times,
        f"{length((now - last).total_seconds())} ago" if last else "–",
        length(state.interval) if state.interval else "–",
        due,
        str(articles),
    )


def length(seconds: float) -> str:
    """A length of time in one unit, as a person says it."""
    if seconds < 60:
        return f"{max(seconds, 0):.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.0f} d"


def _below(
    session: Session, settings: Settings, state: FeedState, noted: int, articles: int
) -> list[str]:
    """What else there is to say of a feed."""
    from monitor.feeds.addresses import shown

    zone, told = settings.timezone, []
    if session.verbose:
        told += [shown(state.url), *_held_back(state)]
    if state.retired_at:
        since = show.local(state.retired_at, zone)
        told.append(f"gone for good since {since}; wirewatch feeds revive asks it again")
    elif state.trouble:
        since = f", since {show.local(state.failing_since, zone)}" if state.failing_since else ""
        told.append(f"{state.trouble}{since}")
    if state.address and state.address != state.url:
        told.append(f"moved to {shown(state.address)}: write that in the config")
    if noted:
        told.append(f"the full text of {noted} of {articles} articles could not be had")
    return told


def _held_back(state: FeedState) -> list[str]:
    """Why a feed waits longer than its interval, or than after other failures, where it does."""
    last, due = state.last_polled_at, state.next_poll_at
    if state.retired_at or not (state.held_by and last and due):
        return []
    wait = length((due - last).total_seconds())
    return [f"put off to {wait} after its last poll: {_WISHES.get(state.held_by, state.held_by)}"]


def _silence(settings: Settings, silent: Silent | None) -> list[str]:
    """What there is to say of a feed that has fallen silent."""
    if silent is None:
        return []
    return [f"{silent.message}, since {show.local(silent.since, settings.timezone)}"]


def _has_happened(problem: Problem) -> bool:
    """Whether it is about a feed, and over: a document that was cut off, entries that were lost."""
    return problem.kind is ProblemKind.FEED and not problem.lasts


def _told_once(settings: Settings, happened: Problem | None) -> list[str]:
    """What happened to a feed in the last two days, good as it may be by now."""
    if happened is None:
        return []
    return [f"{happened.message} (at {show.local(happened.since, settings.timezone)})"]


def _table(rows: list[tuple[str, ...]], below: list[list[str]]) -> None:
    """Rows in columns that fit the terminal, each with its remarks below it.

    Written by hand: a library takes seconds for thousands of feeds.
    """
    import shutil

    from rich.cells import cell_len, set_cell_size

    widths = [max(len(row[n]) for row in (_HEADS, *rows)) for n in range(1, len(_HEADS))]
    columns = shutil.get_terminal_size((80, 24)).columns
    room = max(columns - sum(widths) - 2 * len(widths), _LEAST_NAME)
    name_width = min(room, max(cell_len(row[0]) for row in (_HEADS, *rows)))
    lines = []
    for row, remarks in zip((_HEADS, *rows), ([], *below), strict=True):
        name = row[0]
        if cell_len(name) > name_width:
            name = set_cell_size(name, name_width - 1).rstrip() + "…"
        cells = [cell.ljust(width) for cell, width in zip(row[1:-1], widths, strict=False)]
        lines.append(
            "  ".join([set_cell_size(name, name_width), *cells, row[-1].rjust(widths[-1])])
        )
        lines += [show.wrapped(remark, "  ", "  ") for remark in remarks]
    show.result("\n".join(lines))


def _summary(states: tuple[FeedState, ...], silent: Collection[int]) -> str:
    kinds = [state_of(state, silent=state.id in silent) for state in states]
    shown = ("good", "failing", "silent", "retired", "new")
    counted = {kind: kinds.count(kind) for kind in shown}
    words = {"new": "not read yet"}
    parts = [f"{count} {words.get(kind, kind)}" for kind, count in counted.items() if count]
    return f"{show.counted(len(states), 'feed')}: {', '.join(parts)}" if states else "No feeds."


def _described(
    state: FeedState,
    articles: int,
    noted: int,
    silent: Silent | None,
    happened: Problem | None,
) -> dict[str, Any]:
    return {
        "name": state.name,
        "url": state.url,
        "moved_to": state.address,
        "state": state_of(state, silent=silent is not None),
        "failures": state.failures,
        "failing_since": show.iso(state.failing_since),
        "retired_at": show.iso(state.retired_at),
        "trouble": state.trouble or (happened.message if happened else None),
        "last_polled_at": show.iso(state.last_polled_at),
        "last_success_at": show.iso(state.last_success_at),
        "last_new_at": show.iso(state.last_new_at),
        "silent_since": show.iso(silent.since) if silent else None,
        "interval_seconds": None if state.interval is None else round(state.interval, 1),
        "next_poll_at": None if state.retired_at else show.iso(state.next_poll_at),
        "held_by": None if state.retired_at else state.held_by,
        "articles": articles,
        "articles_without_full_text": noted,
    }


def revive(
    session: Session,
    feed: Annotated[str | None, typer.Argument(help="Its name or its address.")] = None,
    all_failing: Annotated[
        bool, typer.Option("--all-failing", help="Every feed that fails or is retired.")
    ] = False,
) -> None:
    """Ask a failing or retired feed again at once, as if it had never failed."""
    from monitor.store import feeds

    if (feed is None) != all_failing:
        refuse("name one feed, or give --all-failing")
    settings = session.settings()
    with session.store(settings) as store:
        states = _states(settings, store)
        if feed is None:
            chosen = [state for state in states if _is_in_trouble(state)]
        else:
            chosen = [_meant(feed, states)]
        with store.write() as tx:
            feeds.revive(tx, [state.id for state in chosen])
    if not chosen:
        show.result("No feed fails and none is retired; nothing was changed.")
    for state in chosen:
        before = _row(state, 0, utc_now())[1]
        show.result(f"{state.name}: was {before}, is due now")


def _meant(feed: str, states: tuple[FeedState, ...]) -> FeedState:
    """The feed of that name or address, in any spelling."""
    from pathlib import Path

    from monitor.feeds.links import canonical_feed_link

    for state in states:
        if feed in (state.name, state.url):
            return state
    address = canonical_feed_link(feed) if "://" in feed else str(Path(feed).absolute())
    for state in states:
        known = {canonical_feed_link(url) for url in (state.url, state.address) if url}
        if state.name.casefold() == feed.casefold() or address in known:
            return state
    known_names = [state.name for state in states]
    refuse_name(
        "feed", feed, known_names + ([state.url for state in states] if "/" in feed else [])
    )
    raise AssertionError
