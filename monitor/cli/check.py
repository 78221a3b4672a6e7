"""``wirewatch check``: is everything that was written right?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import show
from monitor.cli.session import NOT_RIGHT, UNUSABLE, Session, command, end, tell_faults
from monitor.errors import Fault, FaultyInput, StoreError
from monitor.model import utc_now

if TYPE_CHECKING:
    from monitor.config import Settings
    from monitor.matching.rule import Example, Rule
    from monitor.wiring import LoadedRules


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "check")(check)


def check(
    session: Session,
    doctor: Annotated[
        bool,
        typer.Option("--doctor", help="Look for what is odd in rules, by the stored articles."),
    ] = False,
) -> None:
    """Read config and rules and run the rules' own examples; every fault on one line."""
    from monitor.wiring import read_rule_files

    try:
        settings = session.settings(warn=True)
    except FaultyInput as faulty:
        tell_faults(faulty.faults, show.result)
        end(UNUSABLE)
        return
    rules = read_rule_files(settings, {})
    for warning in rules.warnings:
        show.aside(f"note: {warning}")
    for rule in over_by_now(rules).values():
        where = f"{rules.files.shown(rule.source)}:{rule.line}"
        show.aside(f"note: {where}: the rule {rule.name} is over, its until is {rule.until}")
    failed = _failed_examples(rules)
    tell_faults((*rules.files.faults, *failed), show.result)
    if rules.files.faults:
        end(UNUSABLE)
    if not failed:
        _tell_good(settings, rules)
    _tell_by_articles(session, settings, rules, doctor=doctor)
    if failed:
        end(NOT_RIGHT)


def over_by_now(rules: LoadedRules) -> dict[str, Rule]:
    """The enabled rules that are past their ``until``, by their names."""
    watching = {rule.name for rule in rules.in_force.watching(utc_now())}
    return {r.name: r for r in rules.files.rules if r.enabled and r.name not in watching}


def _failed_examples(rules: LoadedRules) -> list[Fault]:
    """A fault for every example that does not come out as it says, and why it does not."""
    from monitor.matching.examples import ExampleJudge
    from monitor.matching.rule_files import run_examples

    judge = ExampleJudge(rules.files.vocabularies, rules.languages)
    reasons: dict[tuple[str, int], tuple[str, ...]] = {}
    with show.progress(_count_examples(rules), "Running examples") as advance:

        def watched(rule: Rule, example: Example) -> bool:
            advance(1)
            matched = judge(rule, example)
            if matched != example.match:
                file = rules.files.shown(rule.source)
                reasons[file, example.line] = judge.why(rule, example)
            return matched

        failed = run_examples(rules.files, watched)
    return [_with_reasons(fault, reasons[fault.file, fault.line]) for fault in failed]


def _with_reasons(fault: Fault, reasons: tuple[str, ...]) -> Fault:
    told = [show.wrapped(why, hanging="  ", margin=4) for why in reasons]
    return replace(fault, detail="\n".join([fault.detail, *told]))


def _count_examples(rules: LoadedRules) -> int:
    examples = sum(len(rule.examples) for rule in rules.files.rules)
    return examples + sum(len(word.examples) for word in rules.files.vocabularies.values())


def _tell_good(settings: Settings, rules: LoadedRules) -> None:
    files = rules.files
    show.result(
        f"{settings.path.name}: {show.counted(len(settings.subscriptions), 'feed')}, "
        f"{show.counted(len(settings.channels), 'channel')}, "
        f"{show.counted(len(settings.digests), 'digest')}: good"
    )
    words = show.counted(len(files.vocabularies), "vocabulary", "vocabularies")
    show.result(
        f"{files.folder}: {show.counted(len(files.rules), 'rule')}, {words}: good; "
        f"{show.counted(_count_examples(rules), 'example')} hold"
    )


def _tell_by_articles(
    session: Session, settings: Settings, rules: LoadedRules, *, doctor: bool
) -> None:
    """What only stored articles tell; where there are none, only the doctor says so."""
    from monitor.cli.doctor import tell_blind_spots, tell_checkup

    try:
        with session.store_if_any(settings) as store:
            if store is None and doctor:
                show.result(
                    "The doctor looks at stored articles, and there are none yet: "
                    "begin with wirewatch run."
                )
            elif store is not None and doctor:
                tell_checkup(settings, rules, store, verbose=session.verbose)
            elif store is not None:
                tell_blind_spots(rules, store, show.aside)
    except StoreError as error:
        if doctor:
            raise
        show.aside(f"note: which languages arrive cannot be told: {error}")
