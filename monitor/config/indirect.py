"""Texts that stand elsewhere: ``{ env = "NAME" }`` and ``{ file = "path" }``.

Any text of a configuration may be given so, to keep passwords out of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from monitor.toml_source import Path as Place
from monitor.toml_source import WrongValueError, nearest

FORMS: dict[str, Any] = {
    "description": "A text that stands elsewhere: in the environment, or in a file.",
    "oneOf": [
        {
            "type": "object",
            "properties": {key: {"type": "string", "minLength": 1, "description": meaning}},
            "required": [key],
            "additionalProperties": False,
        }
        for key, meaning in (
            ("env", "The name of an environment variable."),
            ("file", "The path of a file, relative to this one; a last line feed is dropped."),
        )
    ],
}
"""JSON Schema of both forms."""


@dataclass(slots=True)
class Resolved:
    """A document's values with every indirect text in place.

    ``missing`` are the places whose text could not be had, with the reason; their value is empty.
    ``texts`` are the texts that came from elsewhere: never to be shown.
    """

    data: Any = None
    missing: list[tuple[Place, WrongValueError]] = field(default_factory=list)
    texts: set[str] = field(default_factory=set)


def resolve(data: Any, folder: Path, environment: Mapping[str, str]) -> Resolved:
    """Replace every indirect text in ``data``; paths are relative to ``folder``."""
    resolved = Resolved()

    def walk(value: Any, place: Place) -> Any:
        if isinstance(value, list):
            return [walk(item, (*place, number)) for number, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        if _is_indirect(value, place):
            return fetch(value, place)
        return {key: walk(item, (*place, key)) for key, item in value.items()}

    def fetch(value: dict[str, str], place: Place) -> str:
        try:
            text = _fetch(value, folder, environment)
        except WrongValueError as error:
            resolved.missing.append((place, error))
            return ""
        resolved.texts.add(text)
        return text

    resolved.data = walk(data, ())
    return resolved


def _is_indirect(value: dict[str, Any], place: Place) -> bool:
    """One key, env or file, with a text; a table of headers may have a header of that name."""
    return (
        len(value) == 1
        and place[-1:] != ("headers",)
        and all(key in ("env", "file") and isinstance(v, str) for key, v in value.items())
    )


def _fetch(value: dict[str, str], folder: Path, environment: Mapping[str, str]) -> str:
    if "env" in value:
        return _from_environment(value["env"], environment)
    return _from_file(value["file"], folder)


def _from_environment(name: str, environment: Mapping[str, str]) -> str:
    text = environment.get(name)
    if text:
        return text
    if text is not None:
        raise WrongValueError(f"the environment variable {name} is empty", "give it a value")
    near = nearest(name, environment)
    hint = f'did you mean "{near}"?' if near else f"set it before the start: export {name}=…"
    raise WrongValueError(f"the environment variable {name} is not set", hint)


def _from_file(name: str, folder: Path) -> str:
    try:
        text = (folder / name).read_text(encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
        raise WrongValueError(
            f"the file {name} cannot be read: {reason}",
            "paths are relative to the configuration file",
        ) from None
    except ValueError:
        raise WrongValueError(f"the file {name} is not text in UTF-8") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise WrongValueError(f"the file {name} is empty")
    return text
