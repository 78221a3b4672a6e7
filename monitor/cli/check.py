"""``wirewatch check``: is everything that was written right?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from monitor.cli import show
from monitor.cli.session import NOT_RIGHT, UNUSABLE, Session, command, end, tell_faults
from monitor.errors import FaultyInput

if TYPE_CHECKING:
    from monitor.config import Settings
    from monitor.wiring import LoadedRules


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "check")(check)


def check(session: Session) -> None:
    """Read config and rules and run the rules' own examples; every fault on one line."""
    from monitor.matching.examples import ExampleJudge
    from monitor.matching.rule_files import run_examples
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
    judge = ExampleJudge(rules.files.vocabularies, rules.languages)
    failed = run_examples(rules.files, judge)
    tell_faults((*rules.files.faults, *failed), show.result)
    if rules.files.faults:
        end(UNUSABLE)
    if failed:
        end(NOT_RIGHT)
    _tell_good(settings, rules)


def _tell_good(settings: Settings, rules: LoadedRules) -> None:
    files = rules.files
    examples = sum(len(rule.examples) for rule in files.rules)
    examples += sum(len(vocabulary.examples) for vocabulary in files.vocabularies.values())
    show.result(
        f"{settings.path.name}: {show.counted(len(settings.subscriptions), 'feed')}, "
        f"{show.counted(len(settings.channels), 'channel')}, "
        f"{show.counted(len(settings.digests), 'digest')}: good"
    )
    words = show.counted(len(files.vocabularies), "vocabulary", "vocabularies")
    show.result(
        f"{files.folder}: {show.counted(len(files.rules), 'rule')}, {words}: good; "
        f"{show.counted(examples, 'example')} hold"
    )
