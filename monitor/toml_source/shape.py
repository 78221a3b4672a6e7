"""Holds a document's values against a pydantic model, and says in our own words what is wrong."""

from __future__ import annotations

import json
import types
from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from monitor.errors import Fault, FaultyInput
from monitor.toml_source.scanner import Path
from monitor.toml_source.source import TomlSource, place_of
from monitor.toml_source.values import WrongValueError

M = TypeVar("M", bound=BaseModel)

_TYPES = {
    "string": "must be a text in quotes",
    "int": "must be a whole number",
    "float": "must be a number",
    "bool": "must be true or false, without quotes",
    "list": "must be a list in square brackets",
    "dict": "must be a table",
    "model": "must be a table",
    "date": "must be a date without quotes",
}
"""What pydantic's type faults mean, by the first word of their name."""

_BOUNDS = {
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "greater_than": "must be more than {gt}",
    "less_than": "must be less than {lt}",
    "too_short": "must not be empty",
    "string_too_short": "must not be empty",
}


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The one of ``known`` that ``word`` most likely stands for, or None."""
    by_folded = {name.casefold(): name for name in known}
    found = get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str], what: str = "known here") -> str:
    """A hint that names the nearest of ``known``, else lists them (none at all: empty)."""
    names = list(known)
    near = nearest(word, names)
    if near:
        return f'did you mean "{near}"?'
    listed = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
    return f"{what}: {listed}" if names else ""


def validate(model: type[M], source: TomlSource, path: Path = (), data: object | None = None) -> M:
    """``data`` (else the whole of ``source``) as a ``model``; ``path`` is where data stands.

    Raises FaultyInput with every fault in it.
    """
    try:
        return model.model_validate(source.data if data is None else data)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise FaultyInput(tuple(_fault(model, source, path, one) for one in details)) from None


def fault_at(
    source: TomlSource, path: Path, message: str, hint: str = "", detail: str = ""
) -> Fault:
    """A fault of the value at ``path``, with its line and place; each of its texts is one line."""
    line, place = source.line_of(path), _on_one_line(place_of(path))
    return Fault(source.name, line, place, _on_one_line(message), _on_one_line(hint), detail)


def _on_one_line(text: str) -> str:
    """Without line breaks and control characters: what a person wrote may hold either."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _fault(model: type[BaseModel], source: TomlSource, path: Path, error: Any) -> Fault:
    """One of pydantic's errors in our words."""
    loc: Path = tuple(error["loc"])
    owner = _owner_of(model, loc)
    context = error.get("ctx", {})
    kind = str(error["type"])
    known = _keys_of(owner)
    field = known.get(str(loc[-1])) if loc else None
    if kind == "extra_forbidden":
        message, hint = "unknown key", did_you_mean(str(loc[-1]), known)
    elif kind == "missing":
        message, hint = "is missing", _example(str(loc[-1]), field, "add")
    elif kind == "literal_error":
        message, hint = _choice(error["input"], context["expected"])
    elif kind == "value_error":
        message, hint = _told(context["error"])
    elif kind in _BOUNDS:
        message, hint = _BOUNDS[kind].format(**context), _example(str(loc[-1]), field, "write")
    else:
        name = str(loc[-1]) if loc else ""
        message = _TYPES.get(kind.split("_", maxsplit=1)[0], "has a value of the wrong kind")
        hint = _example(name, field, "write")
    return fault_at(source, path + loc, message, hint)


def _told(error: Exception) -> tuple[str, str]:
    """Message and hint of a ValueError that was written for people: "what; what instead"."""
    if isinstance(error, WrongValueError):
        return error.message, error.hint
    message, _, hint = str(error).partition("; ")
    return message, hint


def _choice(value: object, expected: str) -> tuple[str, str]:
    """``expected`` is pydantic's list: 'a', 'b' or 'c'."""
    choices = [part.strip("' ") for part in expected.replace(" or ", ", ").split(", ")]
    if not isinstance(value, str):
        return "must be a text in quotes", f"write one of {_quoted(choices)}"
    near = nearest(value, choices)
    hint = f'did you mean "{near}"?' if near else f"write one of {_quoted(choices)}"
    return f'"{value}" is not known here', hint


def _quoted(words: list[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)


def _example(name: str, field: FieldInfo | None, verb: str) -> str:
    """``write port = 587``, where the model gives an example."""
    if field is None or not field.examples:
        return ""
    return f"{verb} {name} = {toml_value(field.examples[0])}"


def toml_value(value: object) -> str:
    """A value as TOML writes it on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml_value(v)}" for key, v in value.items()) + " }"
    return str(value)


def _owner_of(model: type[BaseModel], loc: Path) -> type[BaseModel] | None:
    """The model that holds the last key of ``loc``; None where that is a list or plain table."""
    current: Any = model
    for part in loc[:-1]:
        current = _inner(current, part)
    current = _bare(current)
    return current if isinstance(current, type) and issubclass(current, BaseModel) else None


def _keys_of(model: type[BaseModel] | None) -> dict[str, FieldInfo]:
    """The fields of a model by the key under which they stand in a file."""
    fields = model.model_fields if model else {}
    return {field.alias or name: field for name, field in fields.items()}


def _inner(annotation: Any, part: str | int) -> Any:
    """The type of what ``part`` leads to from a value of type ``annotation``."""
    bare = _bare(annotation)
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        field = _keys_of(bare).get(str(part))
        return field.annotation if field else None
    arguments = get_args(bare)
    if get_origin(bare) in (list, tuple, dict) and arguments:
        return arguments[-1] if get_origin(bare) is dict else arguments[0]
    return None


def _bare(annotation: Any) -> Any:
    """Without Annotated, and without None beside it."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, types.UnionType):
        others = [one for one in get_args(annotation) if one is not type(None)]
        return _bare(others[0]) if len(others) == 1 else None
    return None if get_origin(annotation) is Literal else annotation
