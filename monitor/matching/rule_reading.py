"""A rule file while it is being read: its document, and what was found wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from monitor.errors import Fault, FaultyInput, QueryFault
from monitor.matching.plain_expressions import Expressions
from monitor.matching.rule import Example
from monitor.matching.rule_shape import ExampleTable, RuleTable
from monitor.toml_source import Path, Shape, TomlSource, caret, fault_at, validate

M = TypeVar("M", bound=Shape)
V = TypeVar("V")


@dataclass(slots=True)
class RuleReading:
    """Collects every fault instead of stopping at the first.

    ``file`` is the path relative to the rules folder; ``source`` carries the name that is shown.
    ``expressions`` may have served for other files: what they read before is not read again.
    """

    source: TomlSource
    file: str
    expressions: Expressions = field(default_factory=Expressions)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    settings: dict[str, RuleTable] = field(default_factory=dict)
    """Tables of rules met before, by what they hold beside name and expression."""
    _tuples: dict[tuple[Any, ...], tuple[Any, ...]] = field(default_factory=dict)

    def shared(self, values: tuple[V, ...]) -> tuple[V, ...]:
        """``values``, the same tuple wherever they are equal: many rules have the same tags."""
        return self._tuples.setdefault(values, values)

    def fault(self, path: Path, message: str, hint: str = "") -> None:
        """Something is wrong at ``path``."""
        self.faults.append(fault_at(self.source, path, message, hint))

    def warn(self, path: Path, message: str, hint: str = "") -> None:
        """Something at ``path`` that does no harm."""
        self.warnings.append(fault_at(self.source, path, message, hint))

    def query_fault(self, path: Path, text: str, error: QueryFault) -> None:
        """The expression or term ``text`` at ``path`` cannot be read."""
        self.faults.append(query_fault(self.source, path, text, error))

    def table(self, model: type[M], path: Path, data: Any) -> M | None:
        """``data``, which stands at ``path``, as a ``model``; None where it has faults."""
        try:
            return validate(model, self.source, path, data)
        except FaultyInput as error:
            self.faults.extend(error.faults)
            return None

    def examples(self, path: Path, tables: Sequence[ExampleTable]) -> tuple[Example, ...]:
        """The tests of the rule or vocabulary at ``path``."""
        return tuple(
            self._example((*path, "example", number), table) for number, table in enumerate(tables)
        )

    def _example(self, path: Path, table: ExampleTable) -> Example:
        if not table.title.strip() and not table.text.strip():
            self.fault(path, "an example without words", 'add text = "…"')
        return Example(
            match=table.match,
            title=table.title,
            text=table.text,
            language=table.language,
            feed=table.feed,
            tags=tuple(table.tags),
            url=table.url,
            line=self.source.line_of(path),
        )


def query_fault(source: TomlSource, path: Path, text: str, error: QueryFault) -> Fault:
    """A fault with the line of the place within the expression, and a caret under it."""
    fault = fault_at(source, path, error.message, error.hint, caret(text, error.position))
    return replace(fault, line=source.line_within(path, error.position))
