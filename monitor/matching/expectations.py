"""Rules that are quieter than their ``expect`` says: a problem that readers are told.

A rule was last heard when it last matched; one that never did, when it was first seen in force. It
is quiet once that is longer ago than ``expect``, and no more as soon as it matches.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from monitor.matching.rule import Rule
from monitor.model import ProblemKind
from monitor.store import Store, matches, problems
from monitor.text.durations import describe_duration


def overdue(
    rules: Iterable[Rule], last_heard: Mapping[str, datetime], now: datetime
) -> dict[str, datetime]:
    """The rules that have been quiet for longer than they expect, and since when that is so.

    ``last_heard`` maps names of rules to the moment each was last heard; one that is not in it is
    not quiet yet.
    """
    due = {
        rule.name: last_heard[rule.name] + timedelta(seconds=rule.expect)
        for rule in rules
        if rule.expect is not None and rule.name in last_heard
    }
    return {name: moment for name, moment in due.items() if moment < now}


def note_quiet_rules(store: Store, rules: Iterable[Rule], now: datetime) -> None:
    """Begin and end the problems of rules that are quiet; ``rules`` are those that watch today."""
    expecting = {rule.name: rule for rule in rules if rule.expect is not None}
    with store.read() as connection:
        heard = matches.last_heard(connection, list(expecting))
        told = problems.names(connection, ProblemKind.RULE)
    new = [rule for name, rule in expecting.items() if name not in heard]
    quiet = overdue(expecting.values(), heard, now)
    begun, over = quiet.keys() - told, told - quiet.keys()
    if not (new or begun or over):
        return
    with store.write() as tx:
        matches.keep_rule_texts(tx, [(r.fingerprint, r.name, r.text) for r in new], now)
        for name in sorted(begun):
            problems.begin(tx, ProblemKind.RULE, name, quiet_message(expecting[name]), quiet[name])
        for name in sorted(over):
            problems.end(tx, ProblemKind.RULE, name)


def quiet_message(rule: Rule) -> str:
    """What is told of a rule that is quiet."""
    return f"nothing has matched for longer than {describe_duration(rule.expect or 0)}"
