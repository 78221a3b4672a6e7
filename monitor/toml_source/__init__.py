"""Reads TOML that people write: knows the line of every value, and tells faults in plain words.

``TomlSource.read`` gives a document with its lines, ``validate`` holds it against a pydantic
model. Every fault found is a ``monitor.errors.Fault``; ``FaultyInput`` carries them.
"""

from monitor.toml_source.json_schema import file_schema
from monitor.toml_source.marked import caret
from monitor.toml_source.naming import shown_path
from monitor.toml_source.scanner import Path
from monitor.toml_source.shape import (
    did_you_mean,
    fault_at,
    nearest,
    toml_value,
    validate,
)
from monitor.toml_source.source import TomlSource, place_of
from monitor.toml_source.values import (
    SINGLE_OR_LIST_SCHEMA,
    Lines,
    OneLine,
    Shape,
    SingleOrList,
    SomeLines,
    Text,
    Written,
    WrongValueError,
    one_line,
)

__all__ = [
    "SINGLE_OR_LIST_SCHEMA",
    "Lines",
    "OneLine",
    "Path",
    "Shape",
    "SingleOrList",
    "SomeLines",
    "Text",
    "TomlSource",
    "Written",
    "WrongValueError",
    "caret",
    "did_you_mean",
    "fault_at",
    "file_schema",
    "nearest",
    "one_line",
    "place_of",
    "shown_path",
    "toml_value",
    "validate",
]
