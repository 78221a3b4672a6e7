"""A configuration file while it is being read: its values, its folder, and what was found wrong."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from monitor.config.indirect import resolve
from monitor.errors import Fault, FaultyInput
from monitor.toml_source import Path as Place
from monitor.toml_source import Shape, TomlSource, fault_at, place_of, validate

M = TypeVar("M", bound=Shape)

_SECRET_KEYS = {"password", "secret", "headers", "heartbeat", "proxy", "database"}
_SHORTEST = 6
"""Texts shorter than this are not blotted out: they would tear holes into ordinary words."""


@dataclass(slots=True)
class Reading:
    """Collects every fault instead of stopping at the first.

    ``folder`` is the one that paths are relative to, absolute; ``environment`` is this process's.
    """

    source: TomlSource
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    _spoiled: set[str] = field(default_factory=set)
    _secrets: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, source: TomlSource, folder: Path, environment: Mapping[str, str]) -> Reading:
        """Begin with every indirect text in its place."""
        resolved = resolve(source.data, folder, environment)
        reading = cls(source.with_data(resolved.data), folder, environment)
        for place, error in resolved.missing:
            reading.fault(place, error.message, error.hint)
            reading._spoiled.add(place_of(place))
        reading._secrets = resolved.texts | set(_secrets_in(resolved.data))
        return reading

    def fault(self, place: Place, message: str, hint: str = "") -> None:
        """Something is wrong at ``place``; only the first word on each place is kept."""
        self._add(fault_at(self.source, place, message, hint))

    def warn(self, place: Place, message: str, hint: str = "") -> None:
        """Something at ``place`` that does no harm."""
        self.warnings.append(fault_at(self.source, place, message, hint))

    def table(self, model: type[M], place: Place, data: Any) -> M | None:
        """``data``, which stands at ``place``, as a ``model``; None where it has faults."""
        try:
            return validate(model, self.source, place, data)
        except FaultyInput as error:
            for fault in error.faults:
                self._add(fault)
            return None

    def tables(self, key: str) -> dict[str, dict[str, Any]]:
        """The tables [key.NAME] by name; whatever else stands there is a fault."""
        found = self.source.data.get(key, {})
        if not isinstance(found, dict):
            self.fault((key,), "must be tables with a name", f"write [{key}.NAME]")
            return {}
        for name, table in found.items():
            if not isinstance(table, dict):
                self.fault((key, name), "a setting without a table", f"put it under [{key}.NAME]")
            elif not name.strip() or not name.isprintable():
                self.fault((key, name), "a name must be one line and not blank", "choose another")
        return {name: table for name, table in found.items() if isinstance(table, dict)}

    def path(self, text: str) -> Path:
        """A path of the file, relative to its folder."""
        return Path(_normal(self.folder / text))

    @property
    def secrets(self) -> tuple[str, ...]:
        """What the file holds, or names the place of, that nobody may read."""
        return tuple(sorted(text for text in self._secrets if len(text) >= _SHORTEST))

    def finish(self) -> tuple[Fault, ...]:
        """The warnings in the order of the file; FaultyInput with every fault, if there is one."""
        if self.faults:
            raise FaultyInput(self._sorted(self.faults))
        return self._sorted(self.warnings)

    def _add(self, fault: Fault) -> None:
        if fault.place in self._spoiled:
            return
        if fault.place:
            self._spoiled.add(fault.place)
        self.faults.append(fault)

    def _sorted(self, faults: list[Fault]) -> tuple[Fault, ...]:
        return tuple(sorted({self._without_secrets(fault) for fault in faults}))

    def _without_secrets(self, fault: Fault) -> Fault:
        """The last line of defence: no message was written with a secret in it."""
        for secret in self._secrets:
            if len(secret) >= _SHORTEST:
                fault = replace(
                    fault,
                    message=fault.message.replace(secret, "…"),
                    hint=fault.hint.replace(secret, "…"),
                    detail=fault.detail.replace(secret, "…"),
                )
        return fault


def _secrets_in(data: Any, *, secret: bool = False, channel: bool = False) -> list[str]:
    """Every text under a key that holds secrets; the address of a channel is one too."""
    if isinstance(data, str):
        return [data] if secret else []
    if isinstance(data, list):
        items = [(item, secret, channel) for item in data]
    elif isinstance(data, dict):
        items = [
            (
                item,
                secret or key in _SECRET_KEYS or (channel and key == "url"),
                channel or key == "channel",
            )
            for key, item in data.items()
        ]
    else:
        return []
    return [text for item, s, c in items for text in _secrets_in(item, secret=s, channel=c)]


def _normal(path: Path) -> str:
    """Without "." and ".." in it; symbolic links stay."""
    return os.path.normpath(path)


def is_file(path: Path) -> bool:
    """Whether there is such a file; one that may not be looked at counts as none."""
    return os.path.isfile(path)  # noqa: PTH113 (Path.is_file raises where it may not look)


def is_folder(path: Path) -> bool:
    """Whether there is such a folder; one that may not be looked at counts as none."""
    return os.path.isdir(path)  # noqa: PTH112 (Path.is_dir raises where it may not look)
