"""Kinds of values that more than one sort of file holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, core_schema

from monitor.records import dataclass

_CONTROL = re.compile(r"[\x00-\x1f]")


class Shape(BaseModel):
    """What every table of a file is made of: no unknown key, no silent change of type."""

    # What validates a table is made when the first is held against it: no file has all kinds.
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)


class WrongValueError(ValueError):
    """A value that cannot be used: what is wrong, and what to write instead."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Written:
    """Marks a type whose values stand in the file as text and are read by ``parse``.

    ``Annotated[float, Written(parse_duration, "15m")]``: ``parse`` raises ValueError with a
    message for the person who wrote it. In the JSON Schema the value is a string. ``of_number``
    tells what to write instead of a number without quotes (None: nothing can be told).
    """

    parse: Callable[[str], Any]
    example: str
    of_number: Callable[[float], str | None] | None = None

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._read)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "examples": [self.example]}

    def _read(self, value: object) -> Any:
        if not isinstance(value, str):
            better = None
            if self.of_number and isinstance(value, int | float) and not isinstance(value, bool):
                better = self.of_number(value)
            raise WrongValueError(
                "must be a text in quotes", f'write it as "{better or self.example}"'
            )
        return self.parse(value)


def one_line(text: str) -> str:
    """A name: not blank, on one line."""
    if not text.strip() or _CONTROL.search(text):
        raise WrongValueError("must be one line and not blank")
    return text.strip()


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


SingleOrList = BeforeValidator(_as_list)
"""Lets one text stand for a list of one."""

SINGLE_OR_LIST_SCHEMA = WithJsonSchema(
    {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
)
Text = Annotated[str, Field(min_length=1)]
OneLine = Annotated[str, AfterValidator(one_line)]
Lines = Annotated[list[OneLine], SingleOrList, SINGLE_OR_LIST_SCHEMA]
SomeLines = Annotated[list[OneLine], Field(min_length=1), SingleOrList, SINGLE_OR_LIST_SCHEMA]
