"""What must hold between rule files: defined once, and defined where it is used.

Where two files disagree, the one that changed gives way, so that a new file never silences an old
one: files that stand as they were accepted come first. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from monitor.errors import Fault, QueryFault
from monitor.matching.rule import Rule, Vocabulary
from monitor.matching.rule_file import RuleFileContent
from monitor.matching.rule_reading import query_fault
from monitor.matching.rule_tables import Reference, references
from monitor.records import dataclass
from monitor.text.fold import fold
from monitor.toml_source import TomlSource, did_you_mean, fault_at, nearest

_NAMED = 2
"""Vocabularies with a term that are named."""

FileFault = tuple[str, Fault]
"""The file that is to give way (relative to the folder), and why."""


@dataclass(frozen=True, slots=True)
class Files:
    """The files as they stand: ``contents`` in force, and ``last_good`` texts, by path.

    ``old`` are the files that fell back to their last good version already. ``shown`` gives the
    name of a file in messages, ``read`` what a text holds as a version of a file.
    """

    contents: Mapping[str, RuleFileContent]
    last_good: Mapping[str, str]
    old: frozenset[str]
    shown: Callable[[str], str]
    read: Callable[[str, str], RuleFileContent]

    def stands(self, file: str) -> bool:
        """Whether the file is in force as it was accepted before."""
        content = self.contents.get(file)
        return content is not None and content.text == self.last_good.get(file)

    def in_order(self) -> tuple[RuleFileContent, ...]:
        """The contents, those that stand as they were first."""
        order = sorted(self.contents, key=lambda file: (not self.stands(file), file))
        return tuple(self.contents[file] for file in order)


def disagreements(files: Files) -> tuple[FileFault, ...]:
    """Every fault between the files; uses are looked at once nothing is defined twice."""
    twice = (*_rules_named_twice(files), *_vocabularies_defined_twice(files))
    return twice or tuple(_undefined(files))


def _rules_named_twice(files: Files) -> Iterator[FileFault]:
    first: dict[str, Rule] = {}
    for content in files.in_order():
        document = _Document(content)
        for number, rule in zip(content.numbers, content.rules, strict=True):
            other = first.setdefault(rule.name.casefold(), rule)
            if other is not rule:
                where = f"{files.shown(other.source)}:{other.line}"
                message = f'a rule is named "{rule.name}" already in {where}'
                path = ("rule", number, "name")
                yield content.file, fault_at(document(), path, message, "give it another name")


def _vocabularies_defined_twice(files: Files) -> Iterator[FileFault]:
    first: dict[str, Vocabulary] = {}
    for content in files.in_order():
        document = _Document(content)
        for vocabulary in content.vocabularies:
            other = first.setdefault(vocabulary.name, vocabulary)
            if other is not vocabulary:
                where = f"{files.shown(other.source)}:{other.line}"
                message = f"@{vocabulary.name} is defined already in {where}"
                hint = "put both together, or give it another name"
                path = ("vocabulary", vocabulary.name)
                yield content.file, fault_at(document(), path, message, hint)


class _Document:
    """The document of a file, read anew when a fault first asks for its lines."""

    def __init__(self, content: RuleFileContent) -> None:
        self._content = content
        self._document: TomlSource | None = None

    def __call__(self) -> TomlSource:
        if self._document is None:
            self._document = self._content.document()
        return self._document


def _undefined(files: Files) -> Iterator[FileFault]:
    """Vocabularies that are used and not there.

    Where a file that stands as it was misses one, the file that took it away gives way.
    """
    defined = {v.name: v for content in files.contents.values() for v in content.vocabularies}
    for content in files.in_order():
        document = _Document(content)
        for number, names in content.vocabularies_of.items():
            if not defined.keys() >= set(names):
                yield from _missed(files, content, number, defined, document)


def _missed(
    files: Files,
    content: RuleFileContent,
    index: int,
    defined: Mapping[str, Vocabulary],
    document: _Document,
) -> Iterator[FileFault]:
    """The faults of one rule that uses what nothing defines."""
    for reference in references(document(), content.numbers[index]):
        if reference.name in defined:
            continue
        taker = _taker(files, reference.name) if files.stands(content.file) else None
        if taker is None:
            yield content.file, _not_defined(document(), reference, defined)
        else:
            yield taker, _taken_away(files, taker, reference, content.rules[index])


def unknown_digests(content: RuleFileContent, digests: frozenset[str] | None) -> Iterator[Fault]:
    """Digests that a rule names and nothing defines; none where ``digests`` are not known."""
    if digests is None:
        return
    document = _Document(content)
    for number, rule in zip(content.numbers, content.rules, strict=True):
        for place, name in enumerate(rule.digests or ()):
            if name not in digests:
                hint = did_you_mean(name, sorted(digests), "there are")
                path = ("rule", number, "digests", place)
                yield fault_at(document(), path, f'no digest is named "{name}"', hint)


def _meant(name: str, defined: Mapping[str, Vocabulary]) -> str:
    """What to write instead of a vocabulary that is not there.

    The one of nearly that name, those that have it as a term, else how many there are.
    """
    near = nearest(name, defined)
    if near and _bare(near) == _bare(name):
        return f"did you mean @{near}?"
    having = [each for each, vocabulary in sorted(defined.items()) if _has(vocabulary, name)]
    if having:
        some = " and ".join(f"@{each}" for each in having[:_NAMED])
        return f"{some} {'has' if len(having) == 1 else 'have'} that word"
    if near:
        return f"did you mean @{near}?"
    hint = f"define it: [vocabulary.{name}]"
    return f"{hint}, or use one of those there are ({len(defined)})" if defined else hint


def _has(vocabulary: Vocabulary, name: str) -> bool:
    """Whether ``name`` is one of the terms in any language, in the singular or plural."""
    wanted = _bare(name)
    return any(_bare(term) == wanted for _, terms in vocabulary.terms for term in terms)


def _bare(word: str) -> str:
    """A name or term made comparable: without marks, and without the plural's s."""
    plain = fold(word.strip("=* ")).replace("_", " ").replace("-", " ")
    return plain.removesuffix("s")


def _taker(files: Files, name: str) -> str | None:
    """The file whose last good version defines the vocabulary and is not in force."""
    for file, text in files.last_good.items():
        if file in files.old or files.stands(file) or name not in text:
            continue
        if any(vocabulary.name == name for vocabulary in files.read(file, text).vocabularies):
            return file
    return None


def _taken_away(files: Files, file: str, reference: Reference, rule: Rule) -> Fault:
    where = f"{files.shown(rule.source)}:{rule.line}"
    return Fault(
        files.shown(file),
        0,
        f"vocabulary.{reference.name}",
        f"@{reference.name} is gone, and {where} uses it",
        "put it back, or change that rule first",
    )


def _not_defined(
    document: TomlSource, reference: Reference, defined: Mapping[str, Vocabulary]
) -> Fault:
    message = f"no vocabulary is named @{reference.name}"
    error = QueryFault(message, reference.position, _meant(reference.name, defined))
    return query_fault(document, reference.path, reference.expression, error)
