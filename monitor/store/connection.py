"""Opens the database; holds every difference between SQLite and PostgreSQL.

SQLite: write-ahead log, a busy timeout, and write transactions that take the write lock at once
(``BEGIN IMMEDIATE``), so that nobody reads first and fails when upgrading the lock. Inside one
process writers queue at a lock of our own, which is fair where SQLite's polling is not.

PostgreSQL: psycopg 3 (extra ``postgres``). Reading transactions see one moment (REPEATABLE READ),
writing ones what others have committed since; where that is not enough a transaction waits for its
``Turn``.

No network call belongs inside a transaction.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from enum import IntEnum
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    ProgrammingError,
)

from monitor.errors import StoreError
from monitor.store import migrations
from monitor.store.advice import with_advice

_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "foreign_keys = ON",
    # Keys are hashes and land all over their table: with the usual log of 4 MB, its
    # pages are written and read again with every few feeds.
    "wal_autocheckpoint = 4000",  # pages of 4 kB
    "cache_size = -1000",  # kB, of each connection; the system keeps the rest
)
BUSY_SECONDS = 30
ANSWER_SECONDS = 5
PORTION = 5_000
_MARKS = 512  # values that a statement for SQLite looks for at once
_WIRE = 0x77697265  # "wire": keeps our turns apart from the advisory locks of other programs


Value = TypeVar("Value")


class Turn(IntEnum):
    """What only one transaction in the whole database may be at."""

    SCHEMA = 1
    ARTICLES = 2
    FEEDS = 3
    SILENCES = 5
    JUDGING = 6
    PROCESSES = 7


class Store:
    """A database that is open and at the newest schema. Threads may share it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue = threading.Lock() if engine.dialect.name == "sqlite" else nullcontext()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction for reading: one consistent view, closed at the end. Raises StoreError."""
        with self._plainly(), self._engine.connect() as connection:
            if self.engine_name == "postgresql":  # SQLite has no other way
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction for writing: all of it happens, or nothing. Raises StoreError."""
        with (
            self._queue,
            self._plainly(),
            self._engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def _plainly(self) -> Iterator[None]:
        """What the database refuses, in plain words: a full disk, a lock, a server gone away."""
        try:
            yield
        except DatabaseError as error:
            if isinstance(error, IntegrityError | ProgrammingError | DataError):
                raise  # ours, not the database's
            reason = next(iter(str(error.orig or "").splitlines()), "no answer")
            name = shown(self._engine.url)
            told = with_advice(reason)
            raise StoreError(f"the database {name} cannot be used now: {told}") from error

    @property
    def engine_name(self) -> str:
        """ "sqlite" or "postgresql"."""
        return self._engine.dialect.name

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def open_store(address: str) -> Store:
    """Open a database and bring its schema up to date.

    ``address`` is an SQLAlchemy URL or ``postgresql://…``. Raises StoreError where it cannot be
    reached or written, StoreTooNew where a newer program wrote it. No message holds the address's
    password.
    """
    url = make_url(address)
    engine = _engine(url)
    try:
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            alone(connection, Turn.SCHEMA)
            migrations.run(connection)
    except DBAPIError as error:
        engine.dispose()
        reason = next(iter(str(error.orig or "").splitlines()), "no answer")
        told = with_advice(reason)
        raise StoreError(f"the database {shown(url)} cannot be used: {told}") from None
    except StoreError:
        engine.dispose()
        raise
    return Store(engine)


def open_existing(address: str) -> Store | None:
    """Open a database that is there; None where it would be a new file. Raises as ``open_store``.

    A server has five seconds to answer, unless the address says otherwise.
    """
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        there = bool(url.database) and Path(str(url.database)).exists()
        return open_store(address) if there else None
    query = {"connect_timeout": str(ANSWER_SECONDS), **url.query}
    return open_store(url.set(query=query).render_as_string(hide_password=False))


def shown(url: URL) -> str:
    """How an address may be shown: a file's path, or a server's host and database name."""
    if url.get_backend_name() == "sqlite":
        return url.database or "in memory"
    return f"{url.database} on {url.host or 'this machine'}"


def database_now(connection: Connection) -> int:
    """The database's own time in milliseconds since 1970: leases are measured by it."""
    if connection.dialect.name == "sqlite":
        clock = "SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
    else:
        clock = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"
    return int(connection.execute(sa.text(clock)).scalar_one())


def portions(values: Sequence[Value], size: int = PORTION) -> Iterator[Sequence[Value]]:
    """``values`` in portions that fit one statement (SQLite takes 32 766, PostgreSQL 65 535)."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def alone(tx: Connection, turn: Turn) -> None:
    """Wait until no other transaction holds ``turn``, and hold it until this one ends.

    SQLite's write transactions are alone as it is.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(sa.select(sa.func.pg_advisory_xact_lock(_WIRE, int(turn))))


Row = dict[str, Any]
Insertion = tuple[sa.Table, tuple[str, ...], tuple[str, ...] | None]
"""How rows are inserted: their table, the names of their columns, and what may be there already."""

GATHERED = "gathered"  # where a connection keeps rows that are to be inserted together


def insert(connection: Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Insert ``rows``, which all have the same columns."""
    _many(connection, table, rows, None)


def insert_new(connection: Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Insert ``rows``; those whose key is there already are left as they are."""
    _many(connection, table, rows, ())


def upsert(
    connection: Connection, table: sa.Table, key: tuple[str, ...], rows: Sequence[Row]
) -> None:
    """Insert ``rows``; where ``key`` is there already, set the other columns instead."""
    _many(connection, table, rows, key)


def _many(
    connection: Connection, table: sa.Table, rows: Sequence[Row], key: tuple[str, ...] | None
) -> None:
    """Insert rows, or leave them to whoever gathers them (``store/gathering``)."""
    if not rows:
        return
    how = table, tuple(rows[0]), key
    waiting: dict[Insertion, list[Row]] | None = connection.info.get(GATHERED)
    if waiting is not None:
        waiting.setdefault(how, []).extend(rows)
    else:
        insert_as(connection, how, rows)


def insert_as(connection: Connection, how: Insertion, rows: Sequence[Row]) -> None:
    """Insert rows column by column: SQLAlchemy's own way, row by row, takes as long as SQLite."""
    table, names, key = how
    compiled, processors = _inserting(connection.dialect, table, names, key)
    columns = [
        [process(row[name]) for row in rows] if process else [row[name] for row in rows]
        for name, process in zip(names, processors, strict=True)
    ]
    values = zip(*columns, strict=True)
    if connection.dialect.positional:
        connection.exec_driver_sql(compiled, list(values))
    else:
        given = [dict(zip(names, each, strict=True)) for each in values]
        connection.exec_driver_sql(compiled, given)


@lru_cache(maxsize=64)  # a statement made anew takes as long as it
def _inserting(
    dialect: sa.Dialect, table: sa.Table, names: tuple[str, ...], key: tuple[str, ...] | None
) -> tuple[str, list[Callable[[Any], Any] | None]]:
    """The statement in the words of the database, and what makes values fit for its columns."""
    # Each dialect is a large package: a file's database is opened without PostgreSQL's.
    dialects = import_module(f"sqlalchemy.dialects.{dialect.name}")
    statement = dialects.insert(table).values({name: sa.bindparam(name) for name in names})
    if key:
        changes = {name: statement.excluded[name] for name in names if name not in key}
        statement = statement.on_conflict_do_update(index_elements=key, set_=changes)
    elif key is not None:
        statement = statement.on_conflict_do_nothing()
    compiled = statement.compile(dialect=dialect, column_keys=names)
    order = compiled.positiontup or names
    if tuple(order) != names:  # pragma: no cover
        raise RuntimeError(f"columns of {table.name} in another order than given: {order}")
    return str(compiled), [_fitting(table.c[name].type, dialect) for name in names]


def _fitting(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Callable[[Any], Any] | None:
    """What makes a value fit for a column of this kind; None where it is fit as it is."""
    if isinstance(kind, sa.LargeBinary):
        return None  # all our drivers take bytes; SQLAlchemy would wrap each
    return kind.bind_processor(dialect)


def rows_with(
    connection: Connection, key: sa.Column[Any], values: Sequence[Any], *columns: sa.Column[Any]
) -> Iterator[tuple[Any, ...]]:
    """``columns`` of the rows whose ``key`` is among ``values``, as the database has them.

    For keys by the hundred and nearly no rows: nothing is converted on the way.
    """
    names = ", ".join(column.name for column in columns)
    select = f"SELECT {names} FROM {key.table.name} WHERE {key.name}"  # noqa: S608  # our own names
    if connection.dialect.name == "postgresql":
        for portion in portions(values):
            found = connection.exec_driver_sql(f"{select} = ANY(%s)", (list(portion),))
            yield from map(tuple, found)
        return
    for portion in portions(values, _MARKS):
        filled = _filled(portion)
        marks = ", ".join("?" * len(filled))
        found = connection.exec_driver_sql(f"{select} IN ({marks})", filled)
        yield from map(tuple, found)


def _filled(values: Sequence[Any]) -> tuple[Any, ...]:
    """``values``, the last one repeated until they are a power of two.

    Python's driver keeps every statement that it has prepared: one for each length would take
    megabytes.
    """
    missing = (1 << (len(values) - 1).bit_length()) - len(values)
    return (*values, *[values[-1]] * missing)


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    if url.get_backend_name() != "postgresql":
        raise StoreError(
            f'a database of the kind "{url.get_backend_name()}" is not supported; '
            'write a file path, or "postgresql://user@host/name"'
        )
    try:
        return sa.create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=20,
            max_overflow=20,
            pool_pre_ping=True,
            hide_parameters=True,
        )
    except (ImportError, NoSuchModuleError):
        raise StoreError("PostgreSQL needs the extra: pip install 'wirewatch[postgres]'") from None


def _sqlite(url: URL) -> Engine:
    if url.database:
        try:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"the database {shown(url)} cannot be made: {error}") from None
    engine = sa.create_engine(
        url,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        pool_size=20,
        max_overflow=20,
        pool_use_lifo=True,  # few are in use at once, and each has memory of its own
        hide_parameters=True,
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, see _begin_sqlite
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
