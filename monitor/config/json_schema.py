"""The JSON Schema of a configuration file, for editors."""

from __future__ import annotations

from typing import Any

from monitor.config.indirect import FORMS
from monitor.config.shape import ConfigFile
from monitor.toml_source import file_schema

_REFERENCE = {"$ref": "#/$defs/FromElsewhere"}


def schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of config.toml; every text may stand elsewhere."""
    made = file_schema(ConfigFile, "Wirewatch configuration")
    opened: dict[str, Any] = _open(made)
    opened["$defs"]["FromElsewhere"] = FORMS
    return opened


def _open(schema: Any) -> Any:
    """Let ``{ env = … }`` and ``{ file = … }`` stand wherever a text may."""
    if isinstance(schema, list):
        return [_open(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "string" and "const" not in schema:
        told = {key: schema[key] for key in ("title", "description", "default") if key in schema}
        text = {key: value for key, value in schema.items() if key not in told}
        return {**told, "anyOf": [text, _REFERENCE]}
    return {key: _open(value) for key, value in schema.items()}
