from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from monitor.errors import StoreError, StoreTooNew
from monitor.model import ProblemKind
from monitor.store import Store, articles, migrations, open_store, problems, tables
from tests.conftest import FakeClock


def test_the_migrated_schema_is_the_one_on_the_page(store: Store) -> None:
    with store.read() as connection:
        inspector = sa.inspect(connection)
        built = {
            name: {column["name"] for column in inspector.get_columns(name)}
            for name in inspector.get_table_names()
        }
    page = {table.name: set(table.columns.keys()) for table in tables.metadata.sorted_tables}
    assert built == page


def test_opening_twice_changes_nothing(store: Store, address: str, clock: FakeClock) -> None:
    with store.write() as tx:
        problems.begin(tx, ProblemKind.CONFIG, "config.toml", "it is faulty", clock())
    again = open_store(address)
    with again.read() as connection:
        assert [p.name for p in problems.present(connection, None)] == ["config.toml"]
    again.close()


def test_a_database_of_a_newer_program_is_refused(store: Store, address: str) -> None:
    newest = migrations.steps()[-1][0]
    with store.write() as tx:
        tx.execute(sa.insert(tables.schema_version).values(version=newest + 1))
    with pytest.raises(StoreTooNew, match="newer Wirewatch"):
        open_store(address)


def test_a_failed_write_leaves_nothing_behind(store: Store, clock: FakeClock) -> None:
    def fail() -> None:
        with store.write() as tx:
            problems.begin(tx, ProblemKind.CONFIG, "config.toml", "it is faulty", clock())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.read() as connection:
        assert problems.present(connection, None) == ()


def test_a_file_that_is_no_database_is_answered_plainly(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.db"
    wrong.write_text("this is a shopping list, and a long one at that: " * 50)
    with pytest.raises(StoreError, match=r"wrong\.db cannot be used: file is not a database"):
        open_store(f"sqlite:///{wrong}")


def test_an_unreachable_server_is_named_without_its_password() -> None:
    with pytest.raises(StoreError) as caught:
        open_store("postgresql://desk:hush@127.0.0.1:1/wire?connect_timeout=2")
    assert "wire on 127.0.0.1" in str(caught.value)
    assert "hush" not in str(caught.value)


def test_other_databases_are_refused_with_what_to_write() -> None:
    with pytest.raises(StoreError, match="postgresql://user@host/name"):
        open_store("mysql://somewhere/name")


def test_many_threads_may_write_at_once(store: Store, clock: FakeClock) -> None:
    def write(number: int) -> None:
        for turn in range(10):
            with store.write() as tx:
                problems.begin(tx, ProblemKind.CONFIG, f"{number}-{turn}", "…", clock())

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as connection:
        assert len(problems.present(connection, None)) == 80


def test_a_database_that_cannot_be_written_is_told_plainly(
    tmp_path: Path, clock: FakeClock
) -> None:
    opened = open_store(f"sqlite:///{tmp_path / 'w.db'}")
    with opened.read() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")

    def write() -> None:
        with opened.write() as tx:
            problems.begin(tx, ProblemKind.CONFIG, "config.toml", "it is faulty", clock())

    with pytest.raises(StoreError, match=r"w\.db cannot be used now: attempt to write a readonly"):
        write()
    opened.close()


def test_keys_of_any_number_are_looked_for_in_few_statements(
    store: Store, clock: FakeClock
) -> None:
    keys = [number.to_bytes(16, "big") for number in range(1500)]
    with store.write() as tx:
        articles.remember(tx, dict.fromkeys(keys[::3], "an article"), clock())
    prepared = set()

    def note(*told: Any) -> None:
        prepared.add(told[2])

    with store.read() as connection:
        sa.event.listen(connection, "before_cursor_execute", note)
        for some in (*range(0, 1500, 83), 1499, 1500):
            found = articles.holders(connection, keys[:some])
            assert sorted(found) == keys[:some:3]
    assert 1 <= len(prepared) <= 10


def test_a_fault_of_our_own_is_not_blamed_on_the_database(store: Store) -> None:
    def enter_twice() -> None:
        with store.write() as tx:
            tx.execute(sa.insert(tables.stories), [{"id": "one", "begun_at": None}] * 2)

    with pytest.raises(sa.exc.IntegrityError):
        enter_twice()
