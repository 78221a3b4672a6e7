"""The fingerprints of rules in force: over a rule's own table and the vocabularies it uses.

Rules that are what they were stay the same objects from one reading to the next, so that whoever
compiled them sees what changed. Pure.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

from monitor.matching.query import Attribute
from monitor.matching.rule import Rule, Vocabulary
from monitor.matching.rule_file import RuleFileContent
from monitor.records import dataclass


@dataclass(frozen=True, slots=True)
class FileInForce:
    """A file's rules with their final fingerprints; ``used`` are prints of vocabularies by name."""

    content: RuleFileContent
    used: Mapping[str, str]
    rules: tuple[Rule, ...]

    def asked(self) -> Iterator[tuple[Rule, Attribute]]:
        """What each rule asks of the article itself, its feed and its language."""
        for index, fields in self.content.fields_of.items():
            yield from ((self.rules[index], each) for each in fields)


def vocabulary_print(vocabulary: Vocabulary) -> str:
    """A SHA-256 over the terms of a vocabulary."""
    terms = json.dumps(dict(vocabulary.terms), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(terms.encode()).hexdigest()


def file_in_force(
    content: RuleFileContent, prints: Mapping[str, str], before: FileInForce | None
) -> FileInForce:
    """The rules of ``content``, finished; as they were ``before`` where they are still the same.

    ``prints`` are those of all vocabularies by name.
    """
    names = {name for names in content.vocabularies_of.values() for name in names}
    used = {name: prints[name] for name in names & prints.keys()}
    same = before if before and before.content is content else None
    if same and same.used == used:
        return same
    rules = list(content.rules)
    for index, asked in content.vocabularies_of.items():
        own = rules[index]
        whole = own.fingerprint + "".join(f" {used.get(name)}" for name in sorted(asked))
        print_ = hashlib.sha256(whole.encode()).hexdigest()
        old = same.rules[index] if same else None
        rules[index] = (
            old if old and old.fingerprint == print_ else replace(own, fingerprint=print_)
        )
    return FileInForce(content, used, tuple(rules))
