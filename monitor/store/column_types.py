"""How moments, lists and long texts are kept in columns, the same on both engines.

A moment is an integer: milliseconds since 1970, UTC.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

from monitor.store.packing import packed, unpacked

_LONG = 300  # characters from which compressing is worth it


def to_milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return round(moment.timestamp() * 1000)


def from_milliseconds(value: int) -> datetime:
    """The moment, in UTC."""
    return datetime.fromtimestamp(value / 1000, UTC)


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept as milliseconds since 1970."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: object) -> int | None:
        """To the database."""
        return None if value is None else to_milliseconds(value)

    def process_result_value(self, value: int | None, _dialect: object) -> datetime | None:
        """From the database."""
        return None if value is None else from_milliseconds(value)


class Json(TypeDecorator[Any]):
    """Lists and strings, kept as JSON text."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: object) -> str:
        """To the database."""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def process_result_value(self, value: str | None, _dialect: object) -> Any:
        """From the database."""
        if value == "[]":
            return []
        return None if value is None else json.loads(value)


class Several(TypeDecorator[tuple[Any, ...]]):
    """A tuple of strings or numbers, kept as JSON text; an empty one as NULL."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: tuple[Any, ...] | None, _dialect: object) -> str | None:
        """To the database."""
        return json.dumps(list(value), ensure_ascii=False) if value else None

    def process_result_value(self, value: str | None, _dialect: object) -> tuple[Any, ...]:
        """From the database."""
        return tuple(json.loads(value)) if value else ()


class Packed(TypeDecorator[str]):
    """Text of which there is much: in SQLite a long one is kept compressed (zlib, RFC 1950).

    News shrinks to a third. PostgreSQL compresses long values by itself.
    """

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | bytes | None:
        """To the database."""
        if value is None or len(value) < _LONG or dialect.name != "sqlite":
            return value
        return packed(value)

    def process_result_value(self, value: str | bytes | None, _dialect: object) -> str | None:
        """From the database."""
        if isinstance(value, bytes):
            return unpacked(value)
        return value
