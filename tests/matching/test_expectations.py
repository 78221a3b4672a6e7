from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.matching.match import match
from monitor.matching.rule_files import read_rules
from monitor.matching.rules_in_force import RulesInForce
from monitor.model import Problem, ProblemKind
from monitor.store import Store, articles, feeds, problems
from tests import make
from tests.conftest import FakeClock

RULE = '[[rule]]\nname = "Niger"\nmatch = "Niger"\nexpect = "7d"\n'


def rules_in(folder: Path, text: str = RULE) -> RulesInForce:
    (folder / "a.toml").write_text(text, encoding="utf-8")
    found = read_rules(folder)
    assert not found.faults
    assert not found.warnings
    zone = ZoneInfo("Europe/Rome")
    return RulesInForce(found.rules, {}, languages=("en",), digests=("morning",), zone=zone)


def told(store: Store) -> list[Problem]:
    with store.read() as connection:
        found = problems.present(connection, None)
    return [problem for problem in found if problem.kind is ProblemKind.RULE]


def read(store: Store, clock: FakeClock, title: str) -> None:
    with store.write() as tx:
        feeds.subscribe(tx, [make.feed()])
        article = make.article(title, text="", first_seen_at=clock())
        new = [articles.NewArticle(article, b"hash", alert=True)]
        articles.add(tx, new, feeds.states(tx)[0].id)


def test_a_rule_that_never_matched_is_quiet_once_its_time_is_over(
    store: Store, clock: FakeClock, tmp_path: Path
) -> None:
    rules = rules_in(tmp_path)
    begun = clock()
    match(store, rules, clock)
    clock.pass_time(days=6)
    match(store, rules, clock)
    assert told(store) == []
    clock.pass_time(days=2)
    match(store, rules, clock)
    (problem,) = told(store)
    assert problem.name == "Niger"
    assert problem.message == "nothing has matched for longer than 1w"
    assert problem.since == begun + timedelta(days=7)


def test_a_match_ends_the_quiet_and_it_is_reckoned_from_there(
    store: Store, clock: FakeClock, tmp_path: Path
) -> None:
    rules = rules_in(tmp_path)
    match(store, rules, clock)
    clock.pass_time(days=8)
    match(store, rules, clock)
    assert told(store)
    clock.pass_time(minutes=5)
    read(store, clock, "Troops leave Niger")
    match(store, rules, clock)
    assert told(store) == []
    clock.pass_time(days=6)
    match(store, rules, clock)
    assert told(store) == []
    clock.pass_time(days=2)
    match(store, rules, clock)
    assert len(told(store)) == 1


def test_a_rule_that_expects_no_more_or_rests_is_not_quiet(
    store: Store, clock: FakeClock, tmp_path: Path
) -> None:
    match(store, rules_in(tmp_path), clock)
    clock.pass_time(days=8)
    match(store, rules_in(tmp_path), clock)
    assert told(store)
    match(store, rules_in(tmp_path, RULE + "enabled = false\n"), clock)
    assert told(store) == []
    match(store, rules_in(tmp_path), clock)
    assert told(store)
    match(store, rules_in(tmp_path, RULE.replace('expect = "7d"\n', "")), clock)
    assert told(store) == []


def test_the_store_is_not_asked_again_every_second(
    store: Store, clock: FakeClock, tmp_path: Path
) -> None:
    rules = rules_in(tmp_path)
    assert rules.to_be_heard(clock()) is not None
    clock.pass_time(seconds=59)
    assert rules.to_be_heard(clock()) is None
    clock.pass_time(seconds=1)
    assert rules.to_be_heard(clock()) is not None
