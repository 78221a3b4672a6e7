"""One rule file: its text to rules and vocabularies, with every fault in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from monitor.errors import Fault, FaultyInput
from monitor.matching.plain_expressions import Expressions
from monitor.matching.query import Attribute
from monitor.matching.rule import Rule, Vocabulary
from monitor.matching.rule_reading import RuleReading
from monitor.matching.rule_shape import RuleFile, RuleTable
from monitor.matching.rule_tables import rules_alone
from monitor.matching.vocabulary_tables import vocabularies
from monitor.records import dataclass
from monitor.toml_source import TomlSource, did_you_mean


@dataclass(frozen=True, slots=True)
class RuleFileContent:
    """What one file holds; of its rules and vocabularies those that have no fault.

    ``file`` is its path relative to the folder, ``shown`` its name in messages, ``text`` the whole
    of it. ``rules`` are whole by themselves: their fingerprints are of their own tables alone.
    ``numbers`` gives for each its place among the file's rules, from 0; ``vocabularies_of`` (by the
    index in ``rules``) what each uses, ``fields_of`` what each asks of feeds and languages.
    """

    file: str
    shown: str
    text: str
    rules: tuple[Rule, ...] = ()
    numbers: Sequence[int] = ()
    vocabularies_of: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    fields_of: Mapping[int, tuple[Attribute, ...]] = field(default_factory=dict)
    vocabularies: tuple[Vocabulary, ...] = ()
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()

    def document(self) -> TomlSource:
        """The document with its lines, read anew; only a file without syntax faults has one."""
        return TomlSource.read(self.text, self.shown)


def read_rule_file(
    text: str, file: str, shown: str, expressions: Expressions | None = None
) -> RuleFileContent:
    """Everything in ``text``, with every fault found in it, in the order of its lines.

    ``file`` is the path relative to the rules folder, ``shown`` the name that faults carry;
    ``expressions`` may have served for other files. What other files define is not looked up here.
    """
    try:
        source = TomlSource.read(text, shown, quoting=True)
    except FaultyInput as error:
        return RuleFileContent(file, shown, text, faults=error.faults)
    reading = RuleReading(source, file, expressions or Expressions())
    _check_top(reading)
    alone = list(rules_alone(reading))
    found = tuple(vocabularies(reading))
    numbers = [each.number for each in alone]
    return RuleFileContent(
        file,
        shown,
        text,
        rules=tuple(each.rule for each in alone),
        numbers=range(len(numbers)) if numbers == list(range(len(numbers))) else tuple(numbers),
        vocabularies_of={n: each.vocabularies for n, each in enumerate(alone) if each.vocabularies},
        fields_of={n: each.fields for n, each in enumerate(alone) if each.fields},
        vocabularies=found,
        faults=tuple(sorted(set(reading.faults))),
        warnings=tuple(reading.warnings),
    )


def _check_top(reading: RuleReading) -> None:
    """No key but rule and vocabulary."""
    for key in reading.source.data.keys() - RuleFile.model_fields.keys():
        hint = did_you_mean(key, RuleFile.model_fields, "known here")
        if key in RuleTable.model_fields:
            hint = "put it under a line [[rule]]"
        if key == "example":
            hint = "write [[rule.example]], below the rule that it tests"
        reading.fault((key,), "unknown key", hint)
