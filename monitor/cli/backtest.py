"""``wirewatch backtest``: what today's rules would have alerted on, beside what was."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import show
from monitor.cli.backtest_report import Looked, described, newest, tell
from monitor.cli.session import UNUSABLE, Session, command, end, refuse, refuse_name, tell_faults
from monitor.model import utc_now

if TYPE_CHECKING:
    from monitor.matching.backtest import Backtest
    from monitor.matching.rule import Rule
    from monitor.store import Store
    from monitor.wiring import LoadedRules

BATCH = 500
"""Articles read in one transaction, which is over before they are judged."""

SHOWN = 3
"""Articles shown of each list; -v shows as many as are kept."""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "backtest")(backtest)


def backtest(
    session: Session,
    rules: Annotated[
        list[str] | None, typer.Argument(metavar="[RULE]…", help="Only these rules; else all.")
    ] = None,
    since: Annotated[
        str, typer.Option("--since", help="How far back: 12h, 30d, 8w.", metavar="TIME")
    ] = "30d",
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Run today's rule files over stored articles: what they add and drop, and near misses."""
    from monitor.matching.backtest import Backtest
    from monitor.wiring import read_rule_files

    settings = session.settings()
    looked = Looked(utc_now() - _length(since))
    loaded = read_rule_files(settings, {})
    tell_faults(loaded.files.faults, show.aside)
    if loaded.files.faults and not loaded.files.rules:
        end(UNUSABLE)
    asked = _asked(loaded, rules or [])
    run = Backtest(asked, loaded.files.vocabularies, loaded.languages, settings.timezone)
    most = None if json or session.verbose else SHOWN
    with session.store(settings) as store:
        _look_back(store, run, looked, {rule.name for rule in loaded.files.rules})
        _fetch_shown(store, run, looked, most)
    if rules or loaded.files.faults:
        looked.gone.clear()  # others were not asked for, or may stand in a file with a fault
    if json:
        show.as_json(described(run, looked))
        return
    tell(settings, loaded, run, looked, named=bool(rules), most=most)


def _length(since: str) -> timedelta:
    from monitor.text.durations import parse_duration

    try:
        return timedelta(seconds=parse_duration(since))
    except (ValueError, OverflowError) as error:
        refuse(f"--since: {error}")
        raise


def _asked(loaded: LoadedRules, names: list[str]) -> list[Rule]:
    """The rules of these names, else every rule that is enabled."""
    known = {rule.name: rule for rule in loaded.files.rules}
    for name in names:
        if name not in known:
            refuse_name("rule", name, known)
    if names:
        return [known[name] for name in dict.fromkeys(names)]
    return [rule for rule in known.values() if rule.enabled]


def _look_back(store: Store, run: Backtest, looked: Looked, known: set[str]) -> None:
    """Put every article to the rules, batch by batch, the database left alone in between."""
    from monitor.store import articles, matches

    with store.read() as connection:
        may_alert = articles.judged_since(connection, looked.asked)
    ids = iter(may_alert)
    with show.progress(len(may_alert), "Looking back") as advance:
        while batch := list(islice(ids, BATCH)):
            with store.read() as connection:
                stored = articles.get(connection, batch)
                ledger = matches.alerted(connection, batch)
            alerted: dict[str, list[str]] = {}
            for rule, article_id in ledger:
                alerted.setdefault(article_id, []).append(rule)
                looked.gone.update([rule] if rule not in known else [])
            in_order = [stored[article_id] for article_id in batch if article_id in stored]
            if in_order and looked.first is None:
                looked.first = in_order[0].first_seen_at
            run.look(in_order, alerted, may_alert)
            advance(len(batch))


def _fetch_shown(store: Store, run: Backtest, looked: Looked, most: int | None) -> None:
    from monitor.store import articles

    ids = [
        article_id
        for outcome in run.outcomes.values()
        for pile in (outcome.added, outcome.dropped, *outcome.near.values())
        for article_id in newest(pile, most)
    ]
    with store.read() as connection:
        looked.shown = articles.get(connection, list(dict.fromkeys(ids)))
