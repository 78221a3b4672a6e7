"""From [vocabulary.NAME] to vocabularies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from monitor.errors import QueryFault
from monitor.matching.rule import Vocabulary
from monitor.matching.rule_reading import RuleReading
from monitor.matching.rule_shape import VocabularyTable
from monitor.matching.terms import parse_term
from monitor.text.language_codes import parse_language
from monitor.toml_source import Path, nearest

_NAME = re.compile(r"[^\W_][\w-]*")


def vocabularies(reading: RuleReading) -> Iterator[Vocabulary]:
    """Every vocabulary of the file that has no fault; faults go to ``reading``."""
    found = reading.source.data.get("vocabulary", {})
    if not isinstance(found, dict):
        reading.fault(("vocabulary",), "must be tables with a name", "write [vocabulary.troops]")
        return
    for name, data in found.items():
        path: Path = ("vocabulary", name)
        if not isinstance(data, dict):
            hint = "put it under a line such as [vocabulary.troops]"
            reading.fault(path, "a list outside of a vocabulary", hint)
        elif vocabulary := _vocabulary(reading, path, data):
            yield vocabulary


def _vocabulary(reading: RuleReading, path: Path, data: dict[str, Any]) -> Vocabulary | None:
    before = len(reading.faults)
    name = str(path[-1])
    if not _NAME.fullmatch(name):
        hint = 'use letters, digits, "-" and "_", and begin with a letter or digit'
        reading.fault(path, f'"{name}" cannot be the name of a vocabulary', hint)
    known = {key: value for key, value in data.items() if _is_known(reading, path, key)}
    table = reading.table(VocabularyTable, path, known)
    if table is None:
        return None
    lists = table.__pydantic_extra__ or {}
    for code, terms in lists.items():
        _check_terms(reading, (*path, code), terms)
    if set(data) <= {"example"}:
        reading.fault(path, "a vocabulary without words", 'add for example en = ["troops"]')
    examples = reading.examples(path, table.example)
    if len(reading.faults) > before:
        return None
    made = tuple((code, tuple(terms)) for code, terms in lists.items())
    return Vocabulary(name, made, examples, reading.file, reading.source.line_of(path))


def _is_known(reading: RuleReading, path: Path, key: str) -> bool:
    """Whether ``key`` is "example" or a language code as it is written; else a fault."""
    if key == "example":
        return True
    try:
        code = parse_language(key)
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        near = nearest(key, ["example"])
        reading.fault((*path, key), message, 'did you mean "example"?' if near else hint)
        return False
    if code != key:
        reading.fault((*path, key), "a language code in capitals", f'write "{code}"')
    return code == key


def _check_terms(reading: RuleReading, path: Path, terms: list[str]) -> None:
    for number, term in enumerate(terms):
        try:
            parse_term(term)
        except QueryFault as error:
            reading.query_fault((*path, number), term, error)
