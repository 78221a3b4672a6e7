"""``wirewatch silence``: nothing from a rule for a while."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from monitor.cli import show
from monitor.cli.session import NOT_RIGHT, Session, command, end, refuse, refuse_name
from monitor.model import Silence, utc_now

if TYPE_CHECKING:
    from monitor.config import Settings
    from monitor.store import Store

LONGEST = timedelta(days=3660)
"""Ten years: whoever asks for more means a rule that is not enabled."""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "silence")(silence)


def silence(
    session: Session,
    rule: Annotated[str | None, typer.Argument(help="The rule, by its name.")] = None,
    for_: Annotated[str | None, typer.Option("--for", help="For so long, such as 3d.")] = None,
    until: Annotated[
        str | None,
        typer.Option(help="Until a moment, such as 2027-05-23T18:00, or through a day."),
    ] = None,
    end_: Annotated[
        str | None, typer.Option("--end", metavar="RULE", help="End the silence of a rule now.")
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="Rules that are silenced.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """No alerts from a rule for a while; what it matches is counted, and not sent."""
    if sum((rule is not None, end_ is not None, list_)) != 1:
        refuse(
            "which rule, and for how long?",
            "write: wirewatch silence RULE --for 3d, or silence --list, or silence --end RULE",
        )
    settings = session.settings()
    with session.store(settings) as store:
        if rule is not None:
            silenced = _begin(settings, store, rule, _until(for_, until, settings.timezone))
            _tell_begun(settings, silenced, as_json=json)
        elif for_ is not None or until is not None:
            refuse("--for and --until belong to a rule that is to be silenced")
        elif end_ is not None:
            _end(settings, store, end_, as_json=json)
        else:
            _list(settings, store, as_json=json)


def _until(for_: str | None, until: str | None, zone: ZoneInfo) -> datetime:
    """The moment at which the silence shall end, in UTC, or the command ends."""
    now = utc_now()
    if (for_ is None) == (until is None):
        refuse("for how long?", "write --for 3d, or --until 2027-05-23T18:00: one of the two")
    moment = now + _length(for_) if for_ is not None else _moment(until or "", zone)
    if moment <= now:
        refuse(f"{show.local(moment, zone)} is over", "write a later moment")
    if moment - now > LONGEST:
        refuse("that is longer than ten years", "write enabled = false in the rule instead")
    return moment.astimezone(UTC)


def _length(text: str) -> timedelta:
    from monitor.text.durations import parse_duration

    try:
        return min(timedelta(seconds=parse_duration(text)), 2 * LONGEST)
    except OverflowError:
        return 2 * LONGEST
    except ValueError as wrong:
        refuse(f"--for: {wrong}")
        raise


def _moment(text: str, zone: ZoneInfo) -> datetime:
    """A moment as it is written, in the zone of the config; a day alone is silent to its end."""
    try:
        moment = (
            datetime.combine(date.fromisoformat(text) + timedelta(days=1), time.min)
            if len(text) == len("2027-05-23")
            else datetime.fromisoformat(text)
        )
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        refuse(f'--until: "{text}" is no moment', "write 2027-05-23T18:00, or 2027-05-23 for a day")
        raise


def _rule_names(settings: Settings, store: Store) -> list[str]:
    """The rules in force by their names: of a faulty file those of its last good version."""
    from monitor.matching.rule_files import read_rules
    from monitor.store import rules

    with store.read() as connection:
        last_good = rules.last_good(connection)
    names = frozenset(digest.name for digest in settings.digests)
    return [rule.name for rule in read_rules(settings.rules, last_good, names).rules]


def _begin(settings: Settings, store: Store, rule: str, until: datetime) -> Silence:
    from monitor.store import silences

    known = _rule_names(settings, store)
    if rule not in known:
        refuse_name("rule", rule, known)
    with store.write() as tx:
        return silences.begin(tx, rule, until, utc_now())


def _tell_begun(settings: Settings, silence: Silence, *, as_json: bool) -> None:
    if as_json:
        show.as_json(_described(silence, 0))
        return
    zone = settings.timezone
    show.result(f"{silence.rule} is silenced until {show.local(silence.until, zone)} ({zone.key}).")
    show.aside(f"To end it sooner: wirewatch silence --end {shlex.quote(silence.rule)}")


def _end(settings: Settings, store: Store, rule: str, *, as_json: bool) -> None:
    from monitor.store import silences

    now = utc_now()
    with store.write() as tx:
        running = silences.running(tx, now)
        ended = silences.end(tx, rule, now)
        count = silences.held_by(tx, [ended.id]).get(ended.id, 0) if ended else 0
    if ended is None:
        known = _rule_names(settings, store)
        if rule not in known:
            refuse_name("rule", rule, [*running, *known])
        show.aside(f"{rule} is not silenced")
        end(NOT_RIGHT)
    elif as_json:
        show.as_json(_described(ended, count))
    else:
        were = "was" if count == 1 else "were"
        told = show.counted(count, "match", "matches")
        show.result(f"{rule} is silenced no more; {told} {were} not sent.")


def _list(settings: Settings, store: Store, *, as_json: bool) -> None:
    from monitor.store import silences

    with store.read() as connection:
        running = sorted(silences.running(connection, utc_now()).values(), key=lambda s: s.until)
        counts = silences.held_by(connection, [each.id for each in running])
    if as_json:
        show.as_json([_described(each, counts.get(each.id, 0)) for each in running])
        return
    if not running:
        show.result("No rule is silenced.")
        return
    _tell_list(settings, running, counts, set(_rule_names(settings, store)))


def _tell_list(
    settings: Settings, running: Sequence[Silence], counts: dict[str, int], known: set[str]
) -> None:
    zone = settings.timezone
    for each in running:
        gone = "" if each.rule in known else " (no rule has this name any more)"
        show.result(f"{each.rule}{gone}")
        held = show.counted(counts.get(each.id, 0), "match", "matches")
        begun, until = show.local(each.begun_at, zone), show.local(each.until, zone)
        show.result(f"    from {begun} until {until}, {held} not sent so far")


def _described(silence: Silence, matches: int) -> dict[str, Any]:
    return {
        "rule": silence.rule,
        "begun_at": show.iso(silence.begun_at),
        "until": show.iso(silence.until),
        "matches": matches,
    }
