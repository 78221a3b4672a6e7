"""From [[rule]] to rules: the lists and the expression of each folded into one tree."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from monitor.errors import QueryFault
from monitor.matching.query import And, Attribute, Not, Or, Query, Threshold
from monitor.matching.query_parser import only_excludes, parse_query, vocabularies_in
from monitor.matching.rule import Rule
from monitor.matching.rule_reading import RuleReading
from monitor.matching.rule_shape import RuleTable
from monitor.model import Priority
from monitor.toml_source import Path

_EXPRESSIONS = ("match", "all", "any", "none")
_NO_EFFECT_YET = ("cooldown", "min_sources", "within")
"""Keys that are read, and not acted upon in this version."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A place that uses a vocabulary: character ``position`` of the expression at ``path``."""

    name: str
    path: Path
    expression: str
    position: int


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule that is whole by itself, before other files are looked at.

    ``canonical`` is its table in one fixed form, without its tests (they change nothing it does).
    """

    rule: Rule
    path: Path
    canonical: str
    references: tuple[Reference, ...]


def rule_drafts(reading: RuleReading) -> Iterator[RuleDraft]:
    """Every rule of the file that has no fault; faults go to ``reading``."""
    found = reading.source.data.get("rule", [])
    if not isinstance(found, list):
        reading.fault(("rule",), "must be a list of tables", "write [[rule]] with two brackets")
        return
    for number, data in enumerate(found):
        path: Path = ("rule", number)
        table = reading.table(RuleTable, path, data)
        parsed = dict(_parsed(reading, path, data))
        if table is not None and (draft := _draft(reading, path, table, parsed)):
            yield RuleDraft(draft, path, _canonical(data), tuple(_references(table, parsed, path)))


def _draft(
    reading: RuleReading, path: Path, table: RuleTable, parsed: dict[Path, Query | None]
) -> Rule | None:
    """The rule; None where anything in it is wrong. ``parsed`` holds None for what is faulty."""
    before = len(reading.faults)
    query = _condition(reading, path, table, parsed)
    examples = reading.examples(path, table.example)
    _check_numbers(reading, path, table)
    if query is None or len(reading.faults) > before:
        return None
    return Rule(
        name=table.name,
        query=query,
        digests=tuple(table.digests) if table.digests is not None else None,
        tags=tuple(table.tags),
        priority=Priority(table.priority),
        note=table.note,
        enabled=table.enabled,
        until=table.until,
        expect=table.expect,
        examples=examples,
        source=reading.file,
        line=reading.source.line_of(path),
        text=reading.source.table_text(path),
    )


def _texts(data: Any) -> Iterator[tuple[Path, str]]:
    """Every expression of a rule's table with its path in it, whatever else the table holds."""
    for key in _EXPRESSIONS:
        value = data.get(key) if isinstance(data, dict) else None
        if isinstance(value, str):
            yield (key,), value
        elif isinstance(value, list):
            yield from (((key, n), text) for n, text in enumerate(value) if isinstance(text, str))


def _parsed(reading: RuleReading, path: Path, data: Any) -> Iterator[tuple[Path, Query | None]]:
    """Every expression's tree by its path in the rule; None where it has a fault."""
    texts = [(place, text) for place, text in _texts(data) if text]
    alone = not any(place[0] in ("all", "any") for place, _ in texts)
    for place, text in texts:
        try:
            yield place, parse_query(text, part=place != ("match",) or not alone)
        except QueryFault as error:
            reading.query_fault((*path, *place), text, error)
            yield place, None


def _condition(
    reading: RuleReading, path: Path, table: RuleTable, parsed: dict[Path, Query | None]
) -> Query | None:
    """``match``, ``all``, ``any``, ``none``, ``languages`` and ``feeds`` as one tree.

    None where one of its expressions has a fault, or where it looks for nothing.
    """
    whole = [query for query in parsed.values() if query is not None]
    if len(whole) < len(parsed):
        return None
    wanted = [query for place, query in parsed.items() if place[0] in ("match", "all") and query]
    options = [query for place, query in parsed.items() if place[0] == "any" and query]
    if options:
        some = table.at_least and table.at_least > 1
        wanted.append(Threshold(tuple(options), table.at_least or 1) if some else _either(options))
    if not _looks_for_something(reading, path, table, wanted):
        return None
    barred = [Not(query) for place, query in parsed.items() if place[0] == "none" and query]
    parts = [*wanted, *barred, *_origins(table)]
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _looks_for_something(
    reading: RuleReading, path: Path, table: RuleTable, wanted: list[Query]
) -> bool:
    """Whether something must be found; a fault where a rule would match what merely lacks it."""
    if not wanted and table.none:
        reading.fault(path, "a rule that only excludes", "say with match what to look for")
    elif not wanted:
        reading.fault(path, "a rule without an expression", "add match = '…'")
    elif all(only_excludes(query) for query in wanted):
        key = next(key for key in _EXPRESSIONS if getattr(table, key))
        hint = "say as well what must be there: troops AND NOT football"
        reading.fault((*path, key), "a rule that only excludes", hint)
    else:
        return True
    return False


def _origins(table: RuleTable) -> Iterator[Query]:
    """``languages`` and ``feeds`` (names or tags) as conditions."""
    if table.languages:
        yield _either([Attribute("lang", code) for code in table.languages])
    if table.feeds:
        named = [Attribute(key, name) for name in table.feeds for key in ("feed", "tag")]
        yield _either(named)


def _either(parts: list[Any]) -> Query:
    either: Query = parts[0] if len(parts) == 1 else Or(tuple(parts))
    return either


def _check_numbers(reading: RuleReading, path: Path, table: RuleTable) -> None:
    """Keys that only make sense beside others, and those without effect as yet."""
    if table.at_least and not table.any:
        reading.fault((*path, "at_least"), "counts nothing", "it belongs to a list any = […]")
    elif table.at_least and table.any and table.at_least > len(table.any):
        message = f"asks for more than the {len(table.any)} of any"
        reading.fault((*path, "at_least"), message, f"write at most {len(table.any)}")
    if table.within and not table.min_sources:
        reading.fault((*path, "within"), "counts nothing", "it belongs to min_sources = 3")
    if table.min_sources and not table.within:
        reading.fault((*path, "within"), "is missing beside min_sources", 'add within = "6h"')
    for key in _NO_EFFECT_YET:
        if getattr(table, key):
            reading.warn((*path, key), "is read but has no effect in this version")


def _references(
    table: RuleTable, parsed: dict[Path, Query | None], path: Path
) -> Iterator[Reference]:
    """Every vocabulary that the rule uses, with the place of its first use in each expression."""
    texts = dict(_texts(table.model_dump(include=set(_EXPRESSIONS))))
    for place, query in parsed.items():
        text = texts.get(place) or texts.get((place[0], 0), "")
        for name in vocabularies_in(query) if query is not None else ():
            found = re.search(rf"@{re.escape(name)}(?![\w-])", text)
            yield Reference(name, (*path, *place), text, found.start() if found else 0)


def _canonical(table: dict[str, Any]) -> str:
    kept = {key: value for key, value in table.items() if key != "example"}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True, default=str)
