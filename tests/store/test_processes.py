"""The processes that share a database, and what they decide by."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from monitor.model import Problem, ProblemKind
from monitor.store import Store, problems, processes, tables
from tests.conftest import FakeClock

ALIKE = {"rule file desk.toml": "1", "rule file world.toml": "2", "the feeds": "3:x"}
OTHER = {"rule file desk.toml": "9", "rule file new.toml": "4", "the feeds": "3:x"}


def process(name: str, parts: dict[str, str], clock: FakeClock) -> processes.Process:
    clock.pass_time(seconds=1)
    return processes.Process(name, f"host-{name}", 7, clock(), str(parts), parts)


def beat(store: Store, *those: processes.Process) -> None:
    for _ in range(2):  # the first to beat knows of the last only then
        for each in those:
            with store.write() as tx:
                processes.beat(tx, each)


def later(store: Store, column: str, *ids: str, **time: float) -> None:
    """As if so long had passed since ``column`` of these processes was written."""
    with store.write() as tx:
        earlier = sa.type_coerce(tables.processes.c[column], sa.BigInteger) - int(
            timedelta(**time).total_seconds() * 1000
        )
        of_these = tables.processes.c.id.in_(ids)
        tx.execute(sa.update(tables.processes).where(of_these).values({column: earlier}))


def told(store: Store) -> tuple[Problem, ...]:
    with store.read() as connection:
        found = problems.present(connection, None)
    return tuple(each for each in found if each.kind is ProblemKind.PROCESSES)


def names(store: Store) -> list[str]:
    with store.read() as connection:
        return [each.id for each in processes.alive(connection)]


def test_processes_that_run_are_counted_and_one_that_is_gone_is_not(
    store: Store, clock: FakeClock
) -> None:
    one, two = process("one", ALIKE, clock), process("two", ALIKE, clock)
    beat(store, one, two)
    assert names(store) == ["one", "two"]
    later(store, "seen_at", "two", seconds=26)
    assert names(store) == ["one"]
    beat(store, one)
    with store.read() as connection:
        assert connection.execute(sa.select(tables.processes.c.id)).scalars().all() == ["one"]


def test_a_process_that_ends_is_gone_at_once(store: Store, clock: FakeClock) -> None:
    beat(store, process("one", ALIKE, clock))
    with store.write() as tx:
        processes.leave(tx, "one")
    assert names(store) == []
    with store.read() as connection:
        assert processes.last(connection) is None


def test_of_processes_that_went_silent_the_last_is_known(store: Store, clock: FakeClock) -> None:
    beat(store, process("one", ALIKE, clock), process("two", ALIKE, clock))
    later(store, "seen_at", "one", seconds=90)
    later(store, "seen_at", "two", seconds=60)
    assert names(store) == []
    with store.read() as connection:
        known = processes.last(connection)
    assert known is not None
    assert known.id == "two"


def test_a_moment_of_difference_is_not_told(store: Store, clock: FakeClock) -> None:
    one, two = process("one", ALIKE, clock), process("two", OTHER, clock)
    beat(store, one, two)
    later(store, "differs_since", "one", "two", seconds=55)
    beat(store, one, two)
    assert told(store) == ()


def test_a_difference_that_lasts_is_told_with_files_and_host_and_ends_by_itself(
    store: Store, clock: FakeClock
) -> None:
    one, two = process("one", ALIKE, clock), process("two", OTHER, clock)
    beat(store, one, two)
    later(store, "differs_since", "one", "two", seconds=61)
    beat(store, one, two)
    (problem,) = told(store)
    assert problem.name == "host-two"
    assert problem.message.startswith(
        "differs in rule file desk.toml; lacks rule file world.toml; "
        "has besides rule file new.toml; compared with host-one (pid 7)."
    )
    with store.read() as connection:
        since = {each.differs_since for each in processes.alive(connection)}
    assert problem.since in since
    mended = processes.Process("two", "host-two", 7, two.started_at, one.print, ALIKE)
    beat(store, one, mended)
    assert told(store) == ()
    beat(store, one, two)  # and again: it begins anew
    assert told(store) == ()


def test_a_difference_ends_when_the_process_is_gone(store: Store, clock: FakeClock) -> None:
    one, two = process("one", ALIKE, clock), process("two", OTHER, clock)
    beat(store, one, two)
    later(store, "differs_since", "one", "two", minutes=5)
    assert len(told(store)) == 1
    later(store, "seen_at", "two", seconds=26)
    assert told(store) == ()


def test_of_three_the_one_that_is_not_as_the_others_is_told(store: Store, clock: FakeClock) -> None:
    odd = process("odd", OTHER, clock)
    two, three = process("two", ALIKE, clock), process("three", ALIKE, clock)
    beat(store, odd, two, three)
    later(store, "differs_since", "odd", "two", "three", minutes=2)
    assert [problem.name for problem in told(store)] == ["host-odd"]


def test_edits_in_quick_succession_do_not_hide_a_difference(store: Store, clock: FakeClock) -> None:
    one, two = process("one", ALIKE, clock), process("two", OTHER, clock)
    beat(store, one, two)
    later(store, "differs_since", "one", "two", seconds=61)
    edited = processes.Process("two", "host-two", 7, two.started_at, "z", {**OTHER, "x": "1"})
    beat(store, one, edited)
    assert [problem.name for problem in told(store)] == ["host-two"]


def test_many_files_that_differ_are_counted(store: Store, clock: FakeClock) -> None:
    many = {f"rule file {number:02}.toml": "1" for number in range(20)}
    one, two = process("one", {**ALIKE, **many}, clock), process("two", ALIKE, clock)
    beat(store, one, two)
    later(store, "differs_since", "one", "two", minutes=2)
    (problem,) = told(store)
    assert "lacks" not in problem.message.split(";")[1]
    assert "04.toml, 15 more; compared" in problem.message
