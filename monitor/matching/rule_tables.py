"""From [[rule]] to rules: the lists and the expression of each folded into one tree."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Sequence
from typing import Any

from monitor.errors import QueryFault
from monitor.matching.notes import notes
from monitor.matching.query import And, Attribute, Not, Or, Query, Threshold
from monitor.matching.query_facts import attributes, only_excludes, vocabularies_in
from monitor.matching.query_parser import parse_query
from monitor.matching.rule import Rule
from monitor.matching.rule_reading import RuleReading
from monitor.matching.rule_shape import RuleTable
from monitor.matching.shown import as_written
from monitor.model import Patience, Priority
from monitor.records import dataclass
from monitor.toml_source import Path, TomlSource, place_of

_EXPRESSIONS = ("match", "all", "any", "none")
_NO_PATIENCE = Patience()
_PRIORITIES = {str(priority): priority for priority in Priority}
_MOST_SETTINGS = 256
"""Different tables of a file that are remembered, so that one of unique notes does not pile up."""

_VOCABULARY_SIGNS = ("@", "＠")
_FIELD_SIGNS = (":", "：")


@dataclass(frozen=True, slots=True)
class Reference:
    """A place that uses a vocabulary: character ``position`` of the expression at ``path``."""

    name: str
    path: Path
    expression: str
    position: int


@dataclass(frozen=True, slots=True)
class RuleAlone:
    """A rule that is whole by itself, before other files are looked at.

    ``number`` counts the rules of its file from 0. ``rule.fingerprint`` is of its own table alone,
    without its tests (they change nothing it does). ``vocabularies`` are the names of those it
    uses, ``fields`` what it asks of feeds, authors and languages.
    """

    number: int
    rule: Rule
    vocabularies: tuple[str, ...]
    fields: tuple[Attribute, ...]


def rules_alone(reading: RuleReading) -> Iterator[RuleAlone]:
    """Every rule of the file that has no fault; faults go to ``reading``."""
    found = reading.source.data.get("rule", [])
    if not isinstance(found, list):
        reading.fault(("rule",), "must be a list of tables", "write [[rule]] with two brackets")
        return
    for number, (data, written) in enumerate(
        zip(found, reading.source.tables("rule"), strict=True)
    ):
        path: Path = ("rule", number)
        table = _settings(reading, path, data)
        texts = _texts(data)
        parsed = dict(_parsed(reading, path, texts))
        if table is not None and (rule := _rule(reading, path, table, parsed, data, written)):
            uses = _holds(texts, _VOCABULARY_SIGNS) and vocabularies_in(rule.query)
            asks = table.languages or table.feeds or _holds(texts, _FIELD_SIGNS)
            fields = attributes(rule.query) if asks else ()
            yield RuleAlone(number, rule, reading.shared(uses or ()), reading.shared(fields))


def _settings(reading: RuleReading, path: Path, data: Any) -> RuleTable | None:
    """A rule's table, held against its shape; None where it has faults.

    Many rules differ in name and expression alone: the rest is looked at once for all of them. So
    the name in what is given may be another rule's, and its expression too.
    """
    if not _has_plain_name_and_match(data) or "example" in data:
        return reading.table(RuleTable, path, data)
    rest = repr({key: value for key, value in data.items() if key not in ("name", "match")})
    table = reading.settings.get(rest) or reading.table(RuleTable, path, data)
    if table is not None and len(reading.settings) < _MOST_SETTINGS:
        reading.settings[rest] = table
    return table


def _has_plain_name_and_match(data: Any) -> bool:
    """Whether a rule's name and expression are of the right shape, and the name needs no care."""
    if not isinstance(data, dict):
        return False
    name, match = data.get("name"), data.get("match")
    return (
        isinstance(name, str)
        and name.isprintable()
        and name == name.strip() != ""
        and (isinstance(match, str) and match != "")
    )


def _holds(texts: Sequence[tuple[Path, str]], signs: tuple[str, ...]) -> bool:
    """Whether any of ``signs`` is in an expression: without it what it marks need not be sought."""
    for _, text in texts:
        for sign in signs:
            if sign in text:
                return True
    return False


def _rule(
    reading: RuleReading,
    path: Path,
    table: RuleTable,
    parsed: dict[Path, Query | None],
    data: dict[str, Any],
    written: tuple[int, str],
) -> Rule | None:
    """The rule; None where anything in it is wrong. ``parsed`` holds None for what is faulty.

    ``data`` is its table as it stands in the file, ``written`` its line and text there.
    """
    before = len(reading.faults)
    query = _condition(reading, path, table, parsed)
    examples = reading.examples(path, table.example) if table.example else ()
    _check_numbers(reading, path, table)
    if query is None or len(reading.faults) > before:
        return None
    return Rule(
        name=data["name"].strip(),
        query=query,
        digests=reading.shared(tuple(table.digests)) if table.digests is not None else None,
        tags=reading.shared(tuple(table.tags)),
        priority=_PRIORITIES[table.priority],
        note=table.note,
        enabled=table.enabled,
        until=table.until,
        expect=table.expect,
        patience=_patience(table),
        examples=examples,
        source=reading.file,
        line=written[0],
        text=written[1],
        fingerprint=_print_of(data),
    )


def _patience(table: RuleTable) -> Patience:
    if table.cooldown is None and not table.min_sources:
        return _NO_PATIENCE
    return Patience(table.cooldown, table.min_sources or 1, table.within or 0)


def _texts(data: Any) -> list[tuple[Path, str]]:
    """Every expression of a rule's table with its path in it, whatever else the table holds."""
    found: list[tuple[Path, str]] = []
    for key in _EXPRESSIONS if isinstance(data, dict) else ():
        value = data.get(key)
        if isinstance(value, str):
            found.append(((key,), value))
        elif isinstance(value, list):
            found.extend(((key, n), text) for n, text in enumerate(value) if isinstance(text, str))
    return [(place, text) for place, text in found if text]


def _parsed(
    reading: RuleReading, path: Path, texts: Sequence[tuple[Path, str]]
) -> Iterator[tuple[Path, Query | None]]:
    """Every expression's tree by its path in the rule; None where it has a fault."""
    alone = not any(place[0] in ("all", "any") for place, _ in texts)
    for place, text in texts:
        try:
            part = place != ("match",) or not alone
            query = reading.expressions.parse(text, part=part)
        except QueryFault as error:
            reading.query_fault((*path, *place), text, error)
            yield place, None
            continue
        for note in notes(text, query):
            reading.warn((*path, *place), note.message, note.hint)
        yield place, query


def _condition(
    reading: RuleReading, path: Path, table: RuleTable, parsed: dict[Path, Query | None]
) -> Query | None:
    """``match``, ``all``, ``any``, ``none``, ``languages`` and ``feeds`` as one tree.

    None where one of its expressions has a fault, or where it looks for nothing.
    """
    if len(parsed) == 1 and ("match",) in parsed and not (table.languages or table.feeds):
        return parsed["match",]  # as most are; the parser has seen that it does not only exclude
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
    elif (table.all or table.any) and all(only_excludes(query) for query in wanted):
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
    """Keys that only make sense beside others."""
    if table.at_least and not table.any:
        reading.fault((*path, "at_least"), "counts nothing", "it belongs to a list any = […]")
    elif table.at_least and table.any and table.at_least > len(table.any):
        message = f"asks for more than the {len(table.any)} of any"
        reading.fault((*path, "at_least"), message, f"write at most {len(table.any)}")
    if table.within and not table.min_sources:
        reading.fault((*path, "within"), "counts nothing", "it belongs to min_sources = 3")
    if table.min_sources and not table.within:
        reading.fault((*path, "within"), "is missing beside min_sources", 'add within = "6h"')


def named_items(rule: Rule) -> dict[str, str]:
    """The items of a rule's lists by their expressions, as an explanation shows them: ``any[3]``.

    Empty where the rule has no lists, or where its text does not stand by itself.
    """
    try:
        data = tomllib.loads(rule.text)["rule"][0]
    except (ValueError, KeyError, IndexError, TypeError):
        return {}
    named: dict[str, str] = {}
    options: list[Query] = []
    for place, text in _texts(data):
        query = parse_query(text, part=True)
        options += [query] if place[0] == "any" else []
        wanted = Not(query) if place[0] == "none" else query
        named.setdefault(as_written(wanted), place_of(place))
    if len(options) > 1:
        count = int(data.get("at_least", 1))
        some = Threshold(tuple(options), count) if count > 1 else _either(options)
        named.setdefault(as_written(some), "any")
    return {} if set(named.values()) <= {"match"} else named


def references(source: TomlSource, number: int) -> Iterator[Reference]:
    """Every vocabulary that a rule without faults uses: its first use in each expression."""
    path: Path = ("rule", number)
    for place, text in _texts(source.data["rule"][number]):
        for name in vocabularies_in(parse_query(text, part=True)):
            found = re.search(rf"[@＠]{re.escape(name)}(?![\w-])", text)
            yield Reference(name, (*path, *place), text, found.start() if found else 0)


def _print_of(table: dict[str, Any]) -> str:
    """A SHA-256 over a rule's table in one fixed form, its tests left out."""
    if "example" in table:
        table = {key: value for key, value in table.items() if key != "example"}
    return hashlib.sha256(repr(sorted(table.items())).encode()).hexdigest()
