"""``wirewatch status``: everything on one screen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import not_sent, show
from monitor.cli.session import Session, command
from monitor.cli.status_lines import (
    deliveries_line,
    digest_line,
    feeds_line,
    problem_lines,
    processes_line,
)
from monitor.errors import FaultyInput
from monitor.model import DeliveryState, FeedState, Problem, utc_now
from monitor.records import dataclass

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from monitor.cli.doctor import Opinion
    from monitor.config import Settings
    from monitor.matching.rule import Rule
    from monitor.store import Store
    from monitor.store.digests import Due, Sending
    from monitor.store.health import Beat
    from monitor.store.processes import Seen
    from monitor.wiring import LoadedRules

RULES_SHOWN = 30
"""Rules that are listed; -v lists all."""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "status")(status)


@dataclass(frozen=True, slots=True)
class Status:
    """What there is to tell. ``by_rule`` maps rule names to (articles matched, last match).

    ``feeds`` says how many are in each state; ``each_feed`` is read where each is told of.
    ``told`` is how many stories the ``last`` sending of each digest told, and how many in full.
    """

    feeds: dict[str, int]
    articles: int
    by_rule: dict[str, tuple[int, datetime]]
    due: dict[str, Due]
    waiting: dict[str, int]
    last: dict[str, Sending]
    told: dict[str, tuple[int, int]]
    deliveries: dict[DeliveryState, int]
    problems: tuple[Problem, ...]
    opinion: Opinion
    not_sent: not_sent.NotSent
    each_feed: tuple[FeedState, ...] = ()
    silent: int = 0
    heartbeat: Beat | None = None
    processes: tuple[Seen, ...] = ()
    last_process: Seen | None = None


def gather(settings: Settings, store: Store, rules: LoadedRules, *, each_feed: bool) -> Status:
    """Read it all in one transaction; ``each_feed``: what is known of every feed as well."""
    from monitor.cli.doctor import opinion
    from monitor.store import articles, digests, feeds, habits, matches, outbox, problems, processes

    with store.write() as tx:
        feeds.subscribe(tx, [each.feed for each in settings.subscriptions])
    with store.read() as connection:
        last, told = {}, {}
        for digest in settings.digests:
            for sending in digests.sendings(connection, 1, digest.name):
                last[digest.name] = sending
                told[digest.name] = digests.told_by(connection, sending.sending_id)
        kept = not_sent.gather(connection, settings, rules.in_force.patience, utc_now())
        return Status(
            feeds=feeds.counts_by_state(connection),
            each_feed=feeds.states(connection) if each_feed else (),
            articles=articles.count_since(connection, None),
            by_rule=matches.last_by_rule(connection),
            due=digests.due(connection),
            waiting=matches.waiting_counts(connection),
            last=last,
            told=told,
            deliveries=outbox.counts(connection),
            problems=(*problems.present(connection, None, utc_now()), *kept.problems),
            opinion=opinion(connection, rules, utc_now()),
            not_sent=kept,
            silent=len(habits.silent(connection)),
            heartbeat=_beat(connection, settings),
            processes=processes.alive(connection),
            last_process=processes.last(connection),
        )


def _beat(connection: Connection, settings: Settings) -> Beat | None:
    from monitor.store import health

    return health.beat(connection, settings.heartbeat.host) if settings.heartbeat else None


def status(
    session: Session,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Feeds, rules, last and next digests, waiting deliveries, faults: one screen."""
    from monitor.wiring import load_rules

    try:
        settings = session.settings()
    except FaultyInput:
        from monitor.cli.status_without_config import tell_what_is_stored

        show.aside("The configuration is faulty; a daemon that runs goes on by the last good one.")
        if not json:
            tell_what_is_stored(session)
        raise
    with session.store(settings) as store:
        rules = load_rules(settings, store, utc_now)
        found = gather(settings, store, rules, each_feed=json)
    if json:
        show.as_json(_described(settings, rules, found))
    else:
        _tell(settings, rules, found, verbose=session.verbose)


def _tell(settings: Settings, rules: LoadedRules, found: Status, *, verbose: bool) -> None:
    zone = settings.timezone
    show.result(feeds_line(found.feeds, found.silent, found.articles))
    words = show.counted(len(rules.files.vocabularies), "vocabulary", "vocabularies")
    in_force = {rule.name for rule in rules.in_force.watching(utc_now())}
    idle = len(rules.files.rules) - len(in_force)
    others = f", {idle} not" if idle else ""
    show.result(f"rules       {len(in_force)} in force{others}, {words} ({rules.files.folder})")
    shown = rules.files.rules if verbose else rules.files.rules[:RULES_SHOWN]
    for rule in shown:
        count, last = found.by_rule.get(rule.name, (0, None))
        ending = f", last {show.local(last, zone)}" if last else ""
        rests = "" if rule.name in in_force else f" ({_why_idle(rule)})"
        matched = show.counted(count, "article")
        show.result(show.wrapped(f"{rule.name}{rests}: {matched} matched{ending}", "  ", "  "))
    if len(rules.files.rules) > len(shown):
        show.result(f"  and {len(rules.files.rules) - len(shown)} more (-v shows all)")
    for odd in _oddities(found.opinion, verbose=verbose):
        show.result(odd)
    show.result("digests")
    for digest in settings.digests:
        for line in _digest_lines(settings, found, digest.name, str(digest.schedule)):
            show.result(f"  {line}")
    for line in not_sent.lines(found.not_sent, settings):
        show.result(line)
    show.result(deliveries_line(found.deliveries))
    show.result(processes_line(found.processes, found.last_process, zone))
    if settings.heartbeat:
        show.result(f"heartbeat   {_heartbeat_line(settings, found.heartbeat)}")
    for line in problem_lines(found.problems, zone, verbose=verbose):
        show.result(line)


def _why_idle(rule: Rule) -> str:
    return f"until {rule.until}" if rule.enabled else "not enabled"


def _heartbeat_line(settings: Settings, beat: Beat | None) -> str:
    host, zone = settings.heartbeat.host if settings.heartbeat else "", settings.timezone
    if beat is None:
        return f"{host}: none yet"
    last = f"last taken {show.local(beat.good_at, zone)}" if beat.good_at else "never taken"
    if beat.trouble is None or beat.trouble_since is None:
        return f"{host}: {last}"
    return f"{host}: {beat.trouble}, since {show.local(beat.trouble_since, zone)}; {last}"


def _oddities(found: Opinion, *, verbose: bool) -> Iterator[str]:
    """What the rule doctor can tell at once."""
    from monitor.cli.doctor import SHOWN, blind_spots

    told = [f"{advice.rule}: {advice.message}" for advice in found.advice]
    told += blind_spots(found.lacks)
    if told:
        yield "worth a look (wirewatch check --doctor looks closer)"
    yield from (show.wrapped(each, "  ", "  ") for each in (told if verbose else told[:SHOWN]))
    if len(told) > SHOWN and not verbose:
        yield f"  and {len(told) - SHOWN} more (-v shows all)"


def _digest_lines(settings: Settings, found: Status, name: str, schedule: str) -> list[str]:
    zone = settings.timezone
    waiting = found.waiting.get(name, 0)
    due = found.due.get(name)
    next_at = due.next_at if due else None
    why = found.not_sent.reasons.get(name, "")
    lines = digest_line(name, schedule, next_at, waiting, why, zone).splitlines()
    last = found.last.get(name)
    if last is None:
        return [*lines, "  nothing sent yet"]
    lines.append(f"  last {show.local(last.composed_at, zone)}: {last.subject}")
    stories, in_full = found.told[name]
    return [*lines, f"    {show.stories_told(stories, in_full)}"] if in_full < stories else lines


def _described(settings: Settings, rules: LoadedRules, found: Status) -> dict[str, Any]:
    in_force = {rule.name for rule in rules.in_force.watching(utc_now())}
    return {
        "feeds": [
            {
                "name": feed.name,
                "failures": feed.failures,
                "trouble": feed.trouble,
                "last_success_at": show.iso(feed.last_success_at),
                "next_poll_at": None if feed.retired_at else show.iso(feed.next_poll_at),
            }
            for feed in found.each_feed
        ],
        "articles": found.articles,
        "rules": [
            {
                "name": rule.name,
                "enabled": rule.enabled,
                "in_force": rule.name in in_force,
                "source": rule.source,
                "articles_matched": found.by_rule.get(rule.name, (0, None))[0],
                "last_match_at": show.iso(found.by_rule.get(rule.name, (0, None))[1]),
            }
            for rule in rules.files.rules
        ],
        "advice": [
            {"rule": advice.rule, "kind": advice.kind, "message": advice.message}
            for advice in found.opinion.advice
        ],
        "languages_lacking": [
            {
                "language": lack.language,
                "articles": lack.articles,
                "vocabularies": list(lack.vocabularies),
                "countries": lack.countries,
                "rules": list(lack.rules),
                "blind": list(lack.blind),
            }
            for lack in found.opinion.lacks
        ],
        "rule_faults": [
            {"file": f.file, "line": f.line, "place": f.place, "message": f.message, "hint": f.hint}
            for f in rules.files.faults
        ],
        "digests": [
            _digest(found, digest.name, str(digest.schedule)) for digest in settings.digests
        ],
        **not_sent.described(found.not_sent),
        "deliveries": {str(state): found.deliveries.get(state, 0) for state in DeliveryState},
        "processes": [
            {
                "host": each.host,
                "pid": each.pid,
                "started_at": show.iso(each.started_at),
                "seen_at": show.iso(each.seen_at),
            }
            for each in found.processes
        ],
        "heartbeat": _heartbeat(settings, found.heartbeat),
        "problems": [
            {
                "kind": str(problem.kind),
                "name": problem.name,
                "since": show.iso(problem.since),
                "message": problem.message,
            }
            for problem in found.problems
        ],
    }


def _heartbeat(settings: Settings, beat: Beat | None) -> dict[str, Any] | None:
    if not settings.heartbeat:
        return None
    return {
        "host": settings.heartbeat.host,
        "last_tried_at": show.iso(beat.tried_at) if beat else None,
        "last_good_at": show.iso(beat.good_at) if beat else None,
        "trouble": beat.trouble if beat else None,
    }


def _digest(found: Status, name: str, schedule: str) -> dict[str, Any]:
    due, last = found.due.get(name), found.last.get(name)
    stories, in_full = found.told.get(name, (0, 0))
    return {
        "name": name,
        "schedule": schedule,
        "next_at": show.iso(due.next_at) if due else None,
        "waiting": found.waiting.get(name, 0),
        "waits_for": found.not_sent.reasons.get(name),
        "last": {
            "id": last.id,
            "at": show.iso(last.composed_at),
            "subject": last.subject,
            "stories": stories,
            "in_full": in_full,
        }
        if last
        else None,
    }
