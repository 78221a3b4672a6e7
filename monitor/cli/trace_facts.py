"""What there is to tell of one article, gathered from every shelf."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from monitor.cli.stored import look_up
from monitor.model import Article, FeedState, Held, Patience, ProblemKind, Silence
from monitor.records import dataclass

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from monitor.cli.trace_judge import Again
    from monitor.config import Settings
    from monitor.digests.patience import Wait
    from monitor.store.digests import Due
    from monitor.store.lives import Found, InStory, Life, Neighbour, Told
    from monitor.store.outbox import Rest
    from monitor.store.rule_history import Judging

NEIGHBOURS = 3
"""Known addresses that are told where the one asked for is not known."""

_ID_LENGTH = 24
_ALIKE = 0.6


@dataclass(frozen=True, slots=True)
class Trace:
    """What is known of an address.

    ``article_id`` is None where it was never seen; ``article`` and ``life`` are None where it is
    forgotten. ``by`` is what the address is: "address", "guid" or "id". ``running``: a daemon is
    at work on this database, as far as is known. ``waits`` tells of matches (by id) what they wait
    for beside their digest; None where they waited in vain. ``counted`` are, by match, the outlets
    that count for its rule's ``min_sources``, and how many it asks for. ``trouble`` is why the
    rules could not judge it, ``lacking`` the languages whose dictionaries it waits for. Of what was
    never seen it is told how many articles are ``on_host`` (of its ``host``, None where it has
    none), the ``neighbours`` with addresses like it, and the ``feeds`` that are on that host or
    showed articles of it, or the one at that address; ``troubles`` are what is wrong with feeds.
    """

    asked: str
    now: datetime
    article_id: str | None = None
    article: Article | None = None
    by: str = ""
    life: Life | None = None
    judgings: tuple[Judging, ...] = ()
    matches: tuple[Found, ...] = ()
    stories: tuple[InStory, ...] = ()
    told: tuple[Told, ...] = ()
    dues: Mapping[str, Due] = field(default_factory=dict)
    rests: Mapping[str, Rest] = field(default_factory=dict)
    silences: Mapping[str, Silence] = field(default_factory=dict)
    waits: Mapping[str, Wait | None] = field(default_factory=dict)
    counted: Mapping[str, tuple[tuple[str, ...], int]] = field(default_factory=dict)
    running: bool = False
    trouble: str | None = None
    lacking: tuple[str, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    host: str | None = None
    on_host: int = 0
    feeds: tuple[FeedState, ...] = ()
    troubles: Mapping[str, str] = field(default_factory=dict)
    again: Again | None = None

    @property
    def first_seen_at(self) -> datetime | None:
        """When it was first seen; an id tells it too."""
        if self.article is not None:
            return self.article.first_seen_at
        return _moment_of(self.article_id) if self.article_id else None

    @property
    def known_as(self) -> str:
        """What was asked for: "id", "guid", "spelling" (of its address), or another "address"."""
        from monitor.feeds.links import canonical_link
        from monitor.feeds.wrapped_links import unwrapped

        url = self.article.url if self.article else None
        if self.by != "address" or not url:
            return self.by
        same = canonical_link(unwrapped(self.asked)) == canonical_link(url)
        bare = canonical_link(f"https://{self.asked}") == canonical_link(url)
        return "spelling" if same or bare else "address"

    @property
    def is_old(self) -> bool:
        """Whether it came too old to alert on."""
        return self.life is not None and not self.life.alert

    @property
    def was_judged(self) -> bool:
        """Whether the rules have judged it once: what is changed, or shown again, was judged."""
        if not self.waits_to_be_judged:
            return self.life is not None and self.life.alert
        shown = len(self.life.sightings) if self.life else 0
        changed = self.article is not None and self.article.revision > 1
        return changed or shown > 1 or bool(self.judgings or self.matches)

    @property
    def changed_at(self) -> tuple[datetime, ...]:
        """When it was judged as its publisher had changed it, the first time first."""
        return tuple(judging.at for judging in self.judgings if judging.revision > 1)

    @property
    def waits_to_be_judged(self) -> bool:
        """Whether the rules have yet to judge it, or to judge it again."""
        return self.life is not None and self.life.pending


def gather(connection: Connection, asked: str, now: datetime) -> Trace:
    """All that the shelves hold of an address."""
    from monitor.store import lives, rule_history

    found = look_up(connection, asked)
    if found is None and _is_bare_address(asked):
        found = look_up(connection, f"https://{asked}")
    if found is None and lives.matches_of(connection, asked):
        return _with_matches(connection, Trace(asked, now, article_id=asked, by="id"))
    if found is None:
        return _never_seen(connection, Trace(asked, now))
    trace = Trace(
        asked,
        now,
        article_id=found.id,
        article=found.article,
        by=found.by,
        life=lives.of_article(connection, found.id),
        judgings=rule_history.judgings_of(connection, found.id),
    )
    return _with_matches(connection, trace)


def _is_bare_address(asked: str) -> bool:
    """Whether it is an address without its beginning: example.org/1."""
    host, slash, _ = asked.partition("/")
    name, colon, port = host.partition(":")
    return bool(slash) and ("." in name or bool(colon)) and (port.isdecimal() if colon else True)


def _with_matches(connection: Connection, trace: Trace) -> Trace:
    from monitor.store import digests, lives, outbox, processes, silences

    article_id = trace.article_id or ""
    matches = lives.matches_of(connection, article_id)
    fates = [match.fate for match in matches]
    story_ids = dict.fromkeys(fate.story_id for fate in fates if fate.story_id)
    found = (lives.story_of(connection, id_) for id_ in story_ids)
    trace = replace(trace, stories=tuple(story for story in found if story))
    sendings = dict.fromkeys(fate.sending_id for fate in fates if fate.sending_id)
    told = lives.told_in(connection, list(sendings))
    return replace(
        trace,
        matches=matches,
        told=tuple(part for sending in sendings for part in _telling(told, sending, trace)),
        dues=digests.due(connection),
        rests={rest.name: rest for rest in outbox.resting(connection)},
        silences=silences.running(connection, trace.now),
        running=bool(processes.alive(connection)),
        trouble=_trouble(connection, trace.article),
    )


def _telling(told: Sequence[Told], sending_id: str, trace: Trace) -> Sequence[Told]:
    """The messages of a sending that tell the article; a large digest is several messages."""
    parts = [each for each in told if each.sending_id == sending_id]
    whole = [each for each in parts if (trace.article_id or "").encode() in each.json]
    return whole or [each for each in parts if in_short(each, trace)] or parts


def with_waits(
    connection: Connection, trace: Trace, settings: Settings, patience: Mapping[str, Patience]
) -> Trace:
    """The trace with what its matches wait for, by the patience of today's rules."""
    from monitor.digests.gathering import look

    fates = [match.fate for match in trace.matches]
    asked = {fate.digest for fate in fates if not fate.sending_id and not fate.held}
    waits: dict[str, Wait | None] = {}
    for options in settings.digests:
        if options.name in asked:
            parted = look(connection, options, patience, trace.now, everything=True).parted
            waits |= parted.waits | dict.fromkeys(parted.late)
    told = replace(trace, waits={fate.id: waits[fate.id] for fate in fates if fate.id in waits})
    return replace(told, counted=_counted(connection, told, patience))


def _counted(
    connection: Connection, trace: Trace, patience: Mapping[str, Patience]
) -> dict[str, tuple[tuple[str, ...], int]]:
    """By match: the outlets that count for ``min_sources``, by what came until it was decided.

    Nothing of updates, for which none are counted, or of what a silence held back.
    """
    from monitor.digests.gathering import arrivals_at
    from monitor.digests.patience import outlets_counted

    sent_at = {each.sending_id: each.composed_at for each in trace.told}
    updates = {each.sending_id for each in trace.told if told_as_update(each, trace)}
    fates = [match.fate for match in trace.matches if match.fate.rule in patience]
    there = arrivals_at(connection, [fate.story_id for fate in fates if fate.story_id])
    found: dict[str, tuple[tuple[str, ...], int]] = {}
    for fate in fates:
        asked = patience[fate.rule]
        by_then = sent_at.get(fate.sending_id or "", fate.held_at or trace.now)
        came = [each for each in there.get(fate.story_id or "", ()) if each.at <= by_then]
        told = fate.sending_id not in updates and fate.held in (None, Held.MIN_SOURCES)
        wait = trace.waits.get(fate.id)
        if wait and wait.wanted:
            found[fate.id] = wait.outlets, wait.wanted
        elif asked.min_sources > 1 and came and told:
            found[fate.id] = outlets_counted(came, asked), asked.min_sources
    return found


def told_as_update(message: Told, trace: Trace) -> bool:
    """Whether a message tells the article as something new in a story told before."""
    told = json.loads(message.json).get("stories", ())
    return any(
        story["update"] and any(each["id"] == trace.article_id for each in story["articles"])
        for story in told
    )


def in_short(message: Told, trace: Trace) -> bool:
    """Whether a message tells the article's story as title and link, below the stories."""
    more = json.loads(message.json).get("more", ())
    urls = {fellow.url for story in trace.stories for fellow in story.articles}
    urls |= {trace.article.url if trace.article else None}
    whole = (trace.article_id or "").encode() in message.json
    return not whole and any(each["url"] in urls - {None, ""} for each in more)


def title_told(message: Told, trace: Trace) -> str | None:
    """The headline under which a message tells the article; None where it tells none of it."""
    told = json.loads(message.json)
    whole = (each for story in told.get("stories", ()) for each in story["articles"])
    found = (each["title"] for each in whole if each["id"] == trace.article_id)
    return next(found, None)


def _trouble(connection: Connection, article: Article | None) -> str | None:
    from monitor.store import problems

    if article is None:
        return None
    name = article.url or article.title
    of_it = (p for p in problems.present(connection, None) if p.kind is ProblemKind.RULES)
    return next((problem.message for problem in of_it if problem.name == name), None)


def _never_seen(connection: Connection, trace: Trace) -> Trace:
    """What is nearest to an address that no feed showed."""
    from monitor.feeds.links import site_of
    from monitor.store import feeds, lives, problems

    whole = "://" in trace.asked
    address = trace.asked if whole else f"https://{trace.asked}"
    site = site_of(address)
    if not site or not (whole or "." in site or _is_bare_address(trace.asked)):
        return trace
    near = [each for each in lives.on_host(connection, site) if site_of(each.url) == site]
    showed = {each.feed_id for each in near}
    states = [s for s in feeds.states(connection) if s.id in showed or site_of(s.url) == site]
    itself = [each for each in states if trace.asked in (each.url, each.address)]
    return replace(
        trace,
        host=site,
        neighbours=_nearest(near, address),
        on_host=len(near),
        feeds=tuple(itself or states),
        troubles={
            problem.name: problem.message
            for problem in problems.present(connection, None)
            if problem.kind is ProblemKind.FEED
        },
    )


def _nearest(near: Sequence[Neighbour], asked: str) -> tuple[Neighbour, ...]:
    """Of addresses on one host those that are most like the one asked for."""
    from difflib import get_close_matches

    by_path = {_path_of(each.url): each for each in reversed(near)}
    alike = get_close_matches(_path_of(asked), by_path, NEIGHBOURS, _ALIKE)
    return tuple(by_path[path] for path in alike)


def _path_of(url: str) -> str:
    from monitor.feeds.links import canonical_link

    return canonical_link(url).partition("://")[2].partition("/")[2]


def _moment_of(article_id: str) -> datetime | None:
    """When an id was made (``model.new_id``)."""
    try:
        milliseconds = int(article_id[:12], 16) if len(article_id) == _ID_LENGTH else 0
        return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds else None
    except (ValueError, OverflowError):
        return None
