"""Rules as they once stood, read from texts that were kept rather than from the folder. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from monitor.matching.plain_expressions import Expressions
from monitor.matching.rule_file import read_rule_file
from monitor.matching.rule_files import RuleSet
from monitor.matching.rule_prints import file_in_force, vocabulary_print


def rules_in_texts(texts: Mapping[str, str], folder: str) -> RuleSet:
    """The rules and vocabularies of rule files, given by their paths below ``folder``.

    The texts were in force together, so that nothing need agree once more. One that this version
    of the program finds at fault is left out and named in ``faulty``.
    """
    expressions = Expressions()
    read = [
        read_rule_file(text, file, str(Path(folder) / file), expressions)
        for file, text in sorted(texts.items())
    ]
    sound = [content for content in read if not content.faults]
    vocabularies = {each.name: each for content in sound for each in content.vocabularies}
    prints = {name: vocabulary_print(each) for name, each in vocabularies.items()}
    files = [file_in_force(content, prints, None) for content in sound]
    return RuleSet(
        rules=tuple(rule for file in files for rule in file.rules),
        vocabularies=vocabularies,
        faults=tuple(fault for content in read for fault in content.faults),
        texts=dict(texts),
        faulty={content.file: content.faults for content in read if content.faults},
        folder=folder,
        asked=tuple(asked for file in files for asked in file.asked()),
    )
