from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from monitor import leasing
from monitor.errors import StoreError
from monitor.leasing import to_the_end, work_off


class Work:
    """Units to be leased, and what was asked in which order."""

    def __init__(self, *units: str) -> None:
        self.due = list(units)
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self.done: list[str] = []
        self.cancelled: list[str] = []
        self.stopping = asyncio.Event()
        self.go_on = asyncio.Event()

    def lease(self, free: int, under_way: Sequence[str]) -> list[str]:
        self.asked.append(("lease", tuple(under_way)))
        taken, self.due = self.due[:free], self.due[free:]
        return taken

    def renew(self, held: Sequence[str]) -> None:
        self.asked.append(("renew", tuple(held)))

    async def work(self, unit: str) -> None:
        if unit.startswith("slow"):
            try:
                await self.go_on.wait()
            except asyncio.CancelledError:
                self.cancelled.append(unit)
                raise
        if unit.startswith("late"):
            for _ in range(10 * int(unit.split()[1])):
                await asyncio.sleep(0)
        self.done.append(unit)

    async def off(self, slots: int = 2) -> None:
        await work_off(self.lease, self.work, self.renew, slots=slots, stopping=self.stopping)


async def test_everything_due_is_worked_off_whatever_hangs_meanwhile() -> None:
    work = Work("slow", "a", "b", "c")
    passing = asyncio.create_task(work.off())
    while len(work.done) < 3:
        await asyncio.sleep(0.01)
    assert work.done == ["a", "b", "c"]
    work.go_on.set()
    await passing
    assert work.done == ["a", "b", "c", "slow"]


async def test_what_is_under_way_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leasing, "RENEW_SECONDS", 0.0)
    work = Work("slow", "a")
    passing = asyncio.create_task(work.off())
    while ("renew", ("slow",)) not in work.asked:
        await asyncio.sleep(0.01)
    work.go_on.set()
    await passing
    assert ("lease", ("slow",)) in work.asked  # and told to whoever leases


async def test_once_stopping_nothing_new_is_leased() -> None:
    work = Work("slow", "a", "b")
    passing = asyncio.create_task(work.off(slots=1))
    while not work.asked:
        await asyncio.sleep(0.01)
    work.stopping.set()
    work.go_on.set()
    await passing
    assert work.done == ["slow"]
    assert work.due == ["a", "b"]


async def test_what_is_under_way_is_cancelled_with_the_pass() -> None:
    work = Work("slow")
    passing = asyncio.create_task(work.off())
    while not work.asked:
        await asyncio.sleep(0.01)
    passing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await passing
    assert (work.done, work.cancelled) == ([], ["slow"])


async def test_what_has_happened_is_written_down_even_when_cancelled_meanwhile() -> None:
    begun, may_end = threading.Event(), threading.Event()
    written = []

    def record(what: str) -> None:
        begun.set()
        may_end.wait(30)
        written.append(what)

    recording = asyncio.create_task(to_the_end(record, "sent"))
    await asyncio.to_thread(begun.wait, 30)
    recording.cancel()
    ended, _ = await asyncio.wait({recording}, timeout=0.1)
    assert not ended
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await recording
    assert written == ["sent"]


class Locked:
    """A store that cannot be used for the first so many times."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.written: list[str] = []

    def __call__(self, what: str) -> None:
        if self.times:
            self.times -= 1
            raise StoreError("the database is locked")
        self.written.append(what)


@pytest.mark.parametrize(("times", "written"), [(0, ["sent"]), (3, ["sent"]), (4, [])])
async def test_an_outcome_is_written_down_once_the_store_can_be_used_again(
    times: int, written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leasing, "PAUSES", (0.0, 0.0, 0.0))
    store = Locked(times)
    await to_the_end(store, "sent")  # and does not raise: other units are under way
    assert store.written == written


async def test_a_locked_store_does_not_break_off_what_is_under_way() -> None:
    work = Work("slow")
    leasing_, locked = work.lease, Locked(1)

    def lease(free: int, under_way: Sequence[str]) -> list[str]:
        if under_way:
            locked("leased")
            work.go_on.set()
        return leasing_(free, under_way)

    work.lease = lease  # type: ignore[method-assign, assignment]
    await work.off()
    assert work.done == ["slow"]


async def test_a_locked_store_ends_a_pass_that_has_nothing_in_hand() -> None:
    work = Work()
    work.lease = lambda *_: Locked(1)("leased")  # type: ignore[method-assign, assignment, return-value, func-returns-value]
    with pytest.raises(StoreError):
        await work.off()


async def test_new_units_are_asked_for_by_the_handful() -> None:
    work = Work(*(f"unit {number}" for number in range(64)))
    await work.off(slots=16)
    assert len(work.done) == 64
    assert len(work.asked) <= 64 // (16 // leasing.FEW) + 2


async def test_where_nothing_was_due_it_is_not_asked_again_at_once() -> None:
    work = Work("slow", *(f"late {number}" for number in range(30)))
    passing = asyncio.create_task(work.off(slots=64))
    while len(work.done) < 30:
        await asyncio.sleep(0)
    assert len(work.asked) < 10  # and not once for each that is done
    work.go_on.set()
    await passing
