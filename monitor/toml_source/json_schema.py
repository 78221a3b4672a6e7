"""JSON Schema (draft 2020-12) of a file, out of the model that the file is held against."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


def file_schema(model: type[BaseModel], title: str) -> dict[str, Any]:
    """The schema of files of the shape ``model``: every key, what it takes, what it is for.

    TOML has no null, so an optional key is one that may be left out; defaults that do not stand
    in the file as they are kept in memory (seconds, bytes) are left to the descriptions.
    """
    made = model.model_json_schema(by_alias=True)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
    plain: dict[str, Any] = _without_nulls({key: v for key, v in made.items() if key != "title"})
    return {**head, **plain}


def _without_nulls(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_nulls(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: _without_nulls(value) for key, value in schema.items() if not _empty(key, value)}
    options = kept.get("anyOf")
    if not isinstance(options, list):
        return kept
    options = [option for option in options if option != {"type": "null"}]
    del kept["anyOf"]
    return {**options[0], **kept} if len(options) == 1 else {**kept, "anyOf": options}


def _empty(key: str, value: object) -> bool:
    """What says nothing to whoever edits the file: titles made of keys, defaults out of memory."""
    if key == "title":
        return isinstance(value, str)
    return key == "default" and not isinstance(value, (bool, str, dict))
