"""One rule file: its text to rules and vocabularies, with every fault in it."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.errors import Fault, FaultyInput
from monitor.matching.rule import Vocabulary
from monitor.matching.rule_reading import RuleReading
from monitor.matching.rule_shape import RuleFile, RuleTable
from monitor.matching.rule_tables import RuleDraft, rule_drafts
from monitor.matching.vocabulary_tables import vocabularies
from monitor.toml_source import TomlSource, did_you_mean


@dataclass(frozen=True, slots=True)
class RuleFileContent:
    """What one file holds; of its rules and vocabularies those that have no fault.

    ``file`` is its path relative to the folder, ``text`` the whole of it, ``source`` its document
    (None where it is not even TOML).
    """

    file: str
    text: str
    source: TomlSource | None = None
    drafts: tuple[RuleDraft, ...] = ()
    vocabularies: tuple[Vocabulary, ...] = ()
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()


def read_rule_file(text: str, file: str, shown: str) -> RuleFileContent:
    """Everything in ``text``, with every fault found in it, in the order of its lines.

    ``file`` is the path relative to the rules folder, ``shown`` the name that faults carry.
    What other files define is not looked up here.
    """
    try:
        reading = RuleReading(TomlSource.read(text, shown), file)
    except FaultyInput as error:
        return RuleFileContent(file, text, faults=error.faults)
    _check_top(reading)
    drafts = tuple(rule_drafts(reading))
    found = tuple(vocabularies(reading))
    faults = tuple(sorted(set(reading.faults)))
    return RuleFileContent(
        file, text, reading.source, drafts, found, faults, tuple(reading.warnings)
    )


def _check_top(reading: RuleReading) -> None:
    """No key but rule and vocabulary."""
    for key in reading.source.data.keys() - RuleFile.model_fields.keys():
        hint = did_you_mean(key, RuleFile.model_fields, "known here")
        if key in RuleTable.model_fields:
            hint = "put it under a line [[rule]]"
        reading.fault((key,), "unknown key", hint)
