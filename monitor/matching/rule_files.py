"""The rules folder: every file of it, and which version of each is in force.

Any ``*.toml`` under the folder, in the order of their paths. Symbolic links are followed (no
folder is entered twice); whatever begins with a dot is left alone, as are the copies that editors
make (they end otherwise). A file with a fault is replaced by its last good version, if there is
one; the other files work.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from monitor.errors import Fault
from monitor.matching.agreement import Files, disagreements, unknown_digests
from monitor.matching.bulk import without_collector
from monitor.matching.kept_vocabularies import KeptVocabularies
from monitor.matching.plain_expressions import Expressions
from monitor.matching.query import Attribute, VocabularyTerm
from monitor.matching.rule import Example, Rule, Vocabulary
from monitor.matching.rule_file import RuleFileContent, read_rule_file
from monitor.matching.rule_prints import FileInForce, file_in_force, vocabulary_print
from monitor.matching.rule_shape import RuleFile
from monitor.records import dataclass
from monitor.toml_source import file_schema, shown_path

_NO_TEXTS: Mapping[str, str] = {}
_SHOWN_LENGTH = 70


@dataclass(frozen=True, slots=True)
class _Memory:
    """What a reading was made from and what it read, for the next one.

    ``found`` is each file's text, or why there is none; ``unread`` are files beside them that were
    likely meant as such; ``contents`` what texts hold, by file and text; ``in_force`` the files in
    force.
    """

    found: Mapping[str, str | Fault] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    last_good: Mapping[str, str] = field(default_factory=dict)
    digests: frozenset[str] | None = None
    contents: Mapping[tuple[str, str], RuleFileContent] = field(default_factory=dict)
    in_force: Mapping[str, FileInForce] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules in force, and what is wrong with the files.

    ``texts`` holds the text in force of each file by its path relative to the folder (the last
    good version of a faulty one): hand it to the next reading as ``last_good``. ``faulty`` names
    the files with faults; one that is in ``texts`` as well is in force in its last good version,
    and "" is the folder itself. ``folder`` is how the rules folder is called in messages.
    ``asked`` is what each rule asks of the article itself, its feed and its language.
    """

    rules: tuple[Rule, ...] = ()
    vocabularies: Mapping[str, Vocabulary] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    faulty: Mapping[str, tuple[Fault, ...]] = field(default_factory=dict)
    warnings: tuple[Fault, ...] = ()
    folder: str = ""
    asked: tuple[tuple[Rule, Attribute], ...] = ()
    _memory: _Memory = field(default_factory=_Memory, repr=False, compare=False)

    def shown(self, file: str) -> str:
        """The name of a file (path relative to the folder) in messages."""
        return str(Path(self.folder) / file)

    def asked_of(self, *keys: str) -> Iterator[tuple[Rule, str]]:
        """Every rule that asks for fields such as lang, feed or tag, with each value asked for."""
        return ((rule, field.value) for rule, field in self.asked if field.key in keys)

    def contents(self) -> Iterator[RuleFileContent]:
        """What each file in force holds."""
        return (file.content for file in self._memory.in_force.values())

    def memory_for(self, folder: str) -> _Memory:
        """What a reading of ``folder`` may take over."""
        return self._memory if folder == self.folder else _Memory()

    def still_holds(self, now: _Memory) -> bool:
        """Whether a reading from what ``now`` was found would come out the same."""
        then = self._memory
        same_files = then.found == now.found and then.unread == now.unread
        return (
            same_files
            and then.digests == now.digests
            and (not self.faulty or then.last_good == now.last_good)
        )


def read_rules(
    folder: Path,
    last_good: Mapping[str, str] = _NO_TEXTS,
    digests: frozenset[str] | None = None,
    before: RuleSet | None = None,
    kept: KeptVocabularies | None = None,
) -> RuleSet:
    """Read every rule file under ``folder``.

    ``last_good`` are the texts that were in force before, by path relative to the folder.
    ``digests`` are the names of the digests there are (None: not checked). ``before`` is an
    earlier reading: what has not changed since is not read again, its rules stay the same objects,
    and where nothing has changed it is the answer itself. ``kept`` is what processes before this
    one read of the folder's vocabularies; it is brought up to date. Never raises: what is wrong is
    in the result.
    """
    with without_collector():
        found = _read(_FolderReading(folder, last_good, digests, before, kept), before)
        if kept is not None and found is not before:
            kept.keep(found.contents())
        return found


def _read(reading: _FolderReading, before: RuleSet | None) -> RuleSet:
    if before and reading.is_as(before):
        return before
    for file, found in reading.found.items():
        if isinstance(found, Fault):
            reading.give_way(file, [found])
            continue
        content = reading.read(file, found)
        reading.in_force[file] = content
        if faults := [*content.faults, *unknown_digests(content, reading.digests)]:
            reading.give_way(file, faults)
    while between := disagreements(reading.files()):
        for file in dict(between):
            reading.give_way(file, [fault for other, fault in between if other == file])
    return reading.result()


class _FolderReading:
    """Settles which version of each file is in force.

    Begins with every file as it is; a fault moves its file to the last good version or, where
    that is at fault as well, out.
    """

    def __init__(
        self,
        folder: Path,
        last_good: Mapping[str, str],
        digests: frozenset[str] | None,
        before: RuleSet | None,
        kept: KeptVocabularies | None,
    ) -> None:
        self.folder = folder
        self.kept = kept
        self.name = shown_path(folder)
        self.last_good = last_good
        self.digests = digests
        self.before = before.memory_for(self.name) if before else _Memory()
        self.expressions = Expressions()
        self.contents: dict[tuple[str, str], RuleFileContent] = {}
        self.faulty: dict[str, list[Fault]] = {}
        self.in_force: dict[str, RuleFileContent] = {}
        self.old: set[str] = set()
        self.unread: tuple[str, ...] = ()
        self.found = dict(self._find())

    def shown(self, file: str) -> str:
        return str(Path(self.name) / file)

    def files(self) -> Files:
        return Files(
            dict(self.in_force), self.last_good, frozenset(self.old), self.shown, self.read
        )

    def is_as(self, before: RuleSet) -> bool:
        """Whether the outcome would be that of an earlier reading."""
        if "" in self.faulty or before.folder != self.name:
            return False
        now = _Memory(self.found, self.unread, self.last_good, self.digests)
        return before.still_holds(now)

    def _find(self) -> Iterator[tuple[str, str | Fault]]:
        """Each file's text, or why there is none; where the folder is gone, the old files."""
        try:
            paths = sorted(_paths(self.folder))
        except OSError as error:
            reason = (error.strerror or "no reason given").lower()
            message = f"the folder of rules cannot be read: {reason}"
            self.faulty[""] = [Fault(self.name, 0, "", message, "make it, or change rules = …")]
            for file in self.last_good:
                self._fall_back(file)
            return
        self.unread = tuple(path for path in paths if _is_passed_over(path))
        for file in filter(_is_rule_file, paths):
            now, then = _text_of(self.folder / file, self.shown(file)), self.before.found.get(file)
            yield file, then if then is not None and then == now else now

    def read(self, file: str, text: str) -> RuleFileContent:
        """What a version of a file holds; no text is read twice."""
        known = self.contents.get((file, text)) or self.before.contents.get((file, text))
        shown = self.shown(file)
        known = known or (self.kept.read(text, file, shown) if self.kept else None)
        content = known or read_rule_file(text, file, shown, self.expressions)
        return self.contents.setdefault((file, content.text), content)

    def give_way(self, file: str, faults: list[Fault]) -> None:
        """Put the last good version in place of a file with ``faults``, else nothing."""
        self.in_force.pop(file, None)
        if file in self.old:
            self.faulty.setdefault(file, faults)
            return
        self.faulty.setdefault(file, []).extend(faults)
        self._fall_back(file)

    def _fall_back(self, file: str) -> None:
        self.old.add(file)
        if file in self.last_good:
            content = self.read(file, self.last_good[file])
            if not content.faults:
                self.in_force[file] = content

    def result(self) -> RuleSet:
        contents = [self.in_force[file] for file in sorted(self.in_force)]
        vocabularies = {v.name: v for content in contents for v in content.vocabularies}
        used = {name for each in contents for of in each.vocabularies_of.values() for name in of}
        prints = {name: vocabulary_print(vocabularies[name]) for name in used & vocabularies.keys()}
        files = [file_in_force(c, prints, self.before.in_force.get(c.file)) for c in contents]
        faulty = {file: tuple(faults) for file, faults in sorted(self.faulty.items())}
        return RuleSet(
            rules=tuple(rule for file in files for rule in file.rules),
            vocabularies=vocabularies,
            faults=tuple(fault for faults in faulty.values() for fault in faults),
            texts={content.file: content.text for content in contents},
            faulty=faulty,
            warnings=(
                *(warning for content in contents for warning in content.warnings),
                *(_not_read(file, self.shown(file)) for file in self.unread),
            ),
            folder=self.name,
            asked=tuple(asked for file in files for asked in file.asked()),
            _memory=_Memory(
                self.found,
                self.unread,
                self.last_good,
                self.digests,
                self.contents,
                {file.content.file: file for file in files},
            ),
        )


_OTHER_ENDING = re.compile(
    r"(?:\A|/)(?!readme|licen[cs]e)[^/]+\.(?:toml|txt|text|rtf|docx?|odt|pages|ya?ml)\Z",
    re.IGNORECASE,
)
"""Names as editors and word processors give them to a file that was meant to hold rules.

Copies that are put aside (``.bak``, ``.toml~``) are none of these.
"""


def rule_file_paths(folder: Path) -> Iterator[str]:
    """Paths of rule files relative to ``folder``; raises OSError where it cannot be read."""
    return filter(_is_rule_file, _paths(folder))


def _is_rule_file(path: str) -> bool:
    return path.endswith(".toml")


def _is_passed_over(path: str) -> bool:
    return not _is_rule_file(path) and _OTHER_ENDING.search(path) is not None


def _not_read(file: str, shown: str) -> Fault:
    """A file that was likely meant to hold rules."""
    name = re.sub(r"(?i:\.toml)?\.\w+\Z", "", Path(file).name)
    plain = file.lower().endswith((".toml", ".txt", ".text", ".yml", ".yaml"))
    hint = f"rename it to {name}.toml" if plain else f"save it as plain text, as {name}.toml"
    return Fault(shown, 0, "", "is not read: names of rule files end in .toml", hint)


def _paths(folder: Path) -> Iterator[str]:
    """Paths of all files but hidden ones, relative to ``folder``.

    Raises OSError where the folder cannot be read.
    """
    seen: set[str] = set()
    with os.scandir(folder):
        pass  # os.walk would pass over a folder that is not there
    for place, folders, names in os.walk(folder, followlinks=True):
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".") and os.path.realpath(Path(place, name)) not in seen
        ]
        seen.update(os.path.realpath(Path(place, name)) for name in folders)
        for name in names:
            if not name.startswith("."):
                yield Path(place, name).relative_to(folder).as_posix()


def _text_of(path: Path, shown: str) -> str | Fault:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return Fault(shown, 0, "", "is not a file", "put a plain file in its place")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        if error.object.startswith(b"PK"):
            told = "is a document of a word processor, or another packed file"
            return Fault(shown, 0, "", told, "save it as plain text")
        line = error.object.count(b"\n", 0, error.start) + 1
        return Fault(shown, line, "", "is not text in UTF-8", "save it as UTF-8")
    except OSError as error:
        reason = (error.strerror or "no reason given").lower()
        return Fault(shown, 0, "", f"cannot be read: {reason}", "check who may read it")


def run_examples(ruleset: RuleSet, judge: Callable[[Rule, Example], bool]) -> tuple[Fault, ...]:
    """A fault for every example of a rule or vocabulary that does not come out as it says.

    ``judge`` says whether a rule matches an example; a vocabulary is asked as a rule ``@name``.
    """
    asked = [*ruleset.rules, *(_as_rule(v) for v in ruleset.vocabularies.values())]
    return tuple(
        _failed(ruleset.shown(rule.source), rule, example)
        for rule in asked
        for example in rule.examples
        if judge(rule, example) != example.match
    )


def _as_rule(vocabulary: Vocabulary) -> Rule:
    name = f"@{vocabulary.name}"
    return Rule(
        name,
        VocabularyTerm(vocabulary.name),
        examples=vocabulary.examples,
        source=vocabulary.source,
        line=vocabulary.line,
    )


def _failed(file: str, rule: Rule, example: Example) -> Fault:
    said = " ".join(f"{example.title} {example.text}".split())
    short = said if len(said) <= _SHOWN_LENGTH else said[: _SHOWN_LENGTH - 1].rstrip() + "…"
    expected = "expected a match, got none" if example.match else "expected no match, got one"
    return Fault(file, example.line, f"example of {rule.name}", expected, detail=short)


def schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of rule files, for editors."""
    return file_schema(RuleFile, "Wirewatch rules")
