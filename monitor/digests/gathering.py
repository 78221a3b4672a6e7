"""What a digest would tell now: asked of the shelves, nothing changed.

First quiet hours say what may be looked at, then patience (``cooldown``, ``min_sources``) what may
go out; of that, silences take the matches of their rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime

from sqlalchemy.engine import Connection

from monitor.digests import selection, silenced
from monitor.digests.options import NOBODY_WAITS, DigestOptions, Patiences
from monitor.digests.patience import Arrival, Known, Parted, Tellings, Wait, counts_sources, parted
from monitor.digests.periods import Immediately
from monitor.model import Digest, Match, Problem, Silence, new_id
from monitor.records import dataclass
from monitor.store import articles, feeds, matches, problems, silences, stories
from monitor.store import digests as shelf


@dataclass(frozen=True, slots=True)
class Gathered:
    """A digest, the matches in it, and those that silences hold back, each with its silence's id.

    ``over`` are the silences whose end it tells. ``late`` are the matches held back because too few
    sources told their stories in time, ``waits`` says what others wait for. Matches go by their
    ids, but for the ``chosen``.
    """

    digest: Digest
    chosen: tuple[Match, ...]
    held: Mapping[str, str]
    over: tuple[silences.Over, ...]
    late: tuple[str, ...] = ()
    waits: Mapping[str, Wait] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Look:
    """What waits for a digest and is not held up by quiet hours, in short, and sorted out."""

    candidates: tuple[Match, ...]
    parted: Parted
    told: Tellings


def look(
    connection: Connection,
    options: DigestOptions,
    patience: Patiences,
    now: datetime,
    *,
    everything: bool = False,
) -> Look:
    """See what waits for a digest (``everything``: also what quiet hours hold up)."""
    candidates = matches.waiting_in_short(connection, options.name)
    if not everything:
        candidates = selection.outside_quiet_hours(options, candidates, now)
    in_stories = [match.story_id for match in candidates if match.story_id]
    told = matches.tellings(connection, options.name, in_stories)
    counted = [m.story_id for m in candidates if m.story_id and counts_sources(patience, m)]
    known = Known(patience, told, arrivals_at(connection, counted))
    return Look(candidates, parted(options, candidates, known, now), told)


def arrivals_at(connection: Connection, story_ids: Sequence[str]) -> dict[str, list[Arrival]]:
    """The articles that came to these stories, as sources are counted."""
    return {
        story_id: [
            Arrival(each.article_id, each.joined_at, each.outlet or "", each.print or "")
            for each in members
        ]
        for story_id, members in stories.members(connection, story_ids).items()
    }


def gather(
    connection: Connection,
    options: DigestOptions,
    now: datetime,
    patience: Patiences = NOBODY_WAITS,
    *,
    everything: bool = False,
) -> Gathered:
    """What a digest would tell now, and what it would hold back. Changes nothing."""
    due = shelf.due(connection).get(options.name)
    seen = look(connection, options, patience, now, everything=everything)
    free = [match for match in seen.candidates if match.id in seen.parted.free]
    running = silences.running(connection, now)
    open_, held = silenced.parted(free, running)
    chosen = matches.whole(connection, [match.id for match in open_])
    of_articles = articles.get(connection, list({match.article_id for match in chosen}))
    again = {match.story_id for match in chosen if match.story_id} & seen.told.keys()
    first = shelf.first_told(connection, options.name, sorted(again))
    listed = selection.stories_of(chosen, of_articles, seen.told, first)
    last = due.last_composed_at if due else None
    over = silences.to_be_told(connection, options.name, now)
    present = (
        *problems.present(connection, last),
        *(_ended(each, running.get(each.silence.rule), options) for each in over),
    )
    read, polled = feeds.read_and_polled(connection)
    digest = Digest(
        id=new_id(now),
        name=options.name,
        composed_at=now,
        stories=listed[: options.max_stories],
        more=listed[options.max_stories :],
        problems=present,
        new_problems=due.lacks(present) if due else bool(present),
        feeds_read=read,
        feeds_total=polled,
        articles_seen=articles.count_since(connection, last, until=now),
    )
    return Gathered(digest, chosen, held, over, tuple(seen.parted.late), seen.parted.waits)


def _ended(over: silences.Over, again: Silence | None, options: DigestOptions) -> Problem:
    """That a silence is over; ``again`` is the one that its rule is under now."""
    until = again.until.astimezone(options.timezone) if again else None
    return silenced.ended(over.silence, over.matches, until)


def worth_sending(digest: Digest, options: DigestOptions) -> bool:
    """Whether a digest goes out: it has stories, or may be empty, or must tell a new problem.

    Only a scheduled digest goes out for a problem alone, and never in quiet hours.
    """
    if digest.stories:
        return True
    if selection.is_quiet(options, digest.composed_at):
        return False
    alone = digest.new_problems and not isinstance(options.schedule, Immediately)
    return alone or options.send_empty
