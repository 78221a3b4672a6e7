"""Reads TOML that people write: knows the line of every value, and tells faults in plain words.

``TomlSource.read`` gives a document with its lines, ``validate`` holds it against a pydantic
model. Every fault found is a ``monitor.errors.Fault``; ``FaultyInput`` carries them.
"""

from monitor.toml_source.json_schema import file_schema
from monitor.toml_source.scanner import Path
from monitor.toml_source.shape import (
    Shape,
    WrongValueError,
    did_you_mean,
    fault_at,
    nearest,
    toml_value,
    validate,
    written,
)
from monitor.toml_source.source import TomlSource, place_of

__all__ = [
    "Path",
    "Shape",
    "TomlSource",
    "WrongValueError",
    "did_you_mean",
    "fault_at",
    "file_schema",
    "nearest",
    "place_of",
    "toml_value",
    "validate",
    "written",
]
