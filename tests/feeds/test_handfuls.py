"""What comes together is done together, what comes alone at once, and each gets its own answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from monitor.feeds.handfuls import Handfuls


class Hands:
    """Notes what it is given; odd numbers are faults. Waits for ``open`` before it begins."""

    def __init__(self) -> None:
        self.seen: list[list[int]] = []
        self.open = threading.Event()
        self.open.set()

    def do(self, numbers: Sequence[int]) -> list[int | Exception]:
        self.open.wait(10)
        self.seen.append(list(numbers))
        return [ValueError(str(each)) if each % 2 else each * 10 for each in numbers]

    def handfuls(
        self, *, hands: int = 1, most: int = 3, heaviest: int = 100, patience: float = 0.01
    ) -> Handfuls[int, int]:
        return Handfuls(
            self.do,
            hands=hands,
            most=most,
            weight=lambda each: each,
            heaviest=heaviest,
            patience=patience,
        )


async def test_one_alone_is_done_at_once() -> None:
    hands = Hands()
    assert await hands.handfuls().done(2) == 20
    assert hands.seen == [[2]]


async def test_what_comes_just_as_a_hand_falls_idle_is_done() -> None:
    handfuls = Hands().handfuls()
    async with asyncio.timeout(5):
        assert [await handfuls.done(each) for each in (2, 4, 6)] == [20, 40, 60]


async def test_what_waits_while_a_hand_is_busy_is_done_together() -> None:
    hands = Hands()
    hands.open.clear()
    handfuls = hands.handfuls()
    waiting = [asyncio.create_task(handfuls.done(each)) for each in (2, 4, 6, 8, 10)]
    while handfuls._waiting and len(handfuls._waiting) != 2:
        await asyncio.sleep(0)
    hands.open.set()
    assert await asyncio.gather(*waiting) == [20, 40, 60, 80, 100]
    assert [len(each) for each in hands.seen] == [3, 2]


async def test_a_fault_reaches_only_whoever_brought_it() -> None:
    handfuls = Hands().handfuls()
    results = await asyncio.gather(*map(handfuls.done, (2, 3, 4)), return_exceptions=True)
    assert [results[0], results[2]] == [20, 40]
    assert isinstance(results[1], ValueError)


async def test_what_is_heavy_goes_alone() -> None:
    hands = Hands()
    handfuls = hands.handfuls(heaviest=10)
    await asyncio.gather(*map(handfuls.done, (2, 200, 4, 6, 8)))
    assert hands.seen == [[2], [200], [4, 6], [8]]


async def test_hands_that_fail_altogether_tell_everybody() -> None:
    def fail(_numbers: Sequence[int]) -> list[int | Exception]:
        raise RuntimeError("no hands")

    handfuls: Handfuls[int, int] = Handfuls(
        fail, hands=1, most=3, weight=lambda _: 1, heaviest=9, patience=0.01
    )
    results = await asyncio.gather(*map(handfuls.done, (1, 2)), return_exceptions=True)
    assert [str(each) for each in results] == ["no hands", "no hands"]
    with pytest.raises(RuntimeError):
        await handfuls.done(3)


async def test_whoever_stops_waiting_spoils_nothing_for_the_others() -> None:
    hands = Hands()
    hands.open.clear()
    handfuls = hands.handfuls()
    first, second = (asyncio.create_task(handfuls.done(each)) for each in (2, 4))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    hands.open.set()
    assert await second == 40
    assert await handfuls.done(6) == 60


async def test_a_second_hand_leaves_what_comes_to_the_one_at_work() -> None:
    hands = Hands()
    hands.open.clear()
    handfuls = hands.handfuls(hands=2, patience=60)
    waiting = [asyncio.create_task(handfuls.done(2))]
    await asyncio.sleep(0)
    waiting += [asyncio.create_task(handfuls.done(each)) for each in (4, 6, 8, 10)]
    await asyncio.sleep(0)
    assert handfuls._busy() == 1
    hands.open.set()
    assert await asyncio.gather(*waiting) == [20, 40, 60, 80, 100]
    assert hands.seen == [[2], [4, 6, 8], [10]]


async def test_what_waits_for_long_behind_a_slow_handful_gets_a_hand_of_its_own() -> None:
    class Stuck(Hands):
        def do(self, numbers: Sequence[int]) -> list[int | Exception]:
            if 2 in numbers:
                self.open.wait(60)
            return super().do(numbers)

    hands = Stuck()
    hands.open.clear()
    handfuls = hands.handfuls(hands=2)
    slow = asyncio.create_task(handfuls.done(2))
    await asyncio.sleep(0)
    async with asyncio.timeout(60):
        quick = asyncio.create_task(handfuls.done(4))
        while handfuls._busy() < 2:
            await asyncio.sleep(0.01)
        hands.open.set()
        assert (await quick, await slow) == (40, 20)


async def test_while_one_hand_is_stuck_another_does_all_that_comes() -> None:
    stuck, own = threading.Event(), Hands()

    def do(numbers: Sequence[int]) -> list[int | Exception]:
        if 4 in numbers:
            stuck.wait(60)
        return own.do(numbers)

    handfuls: Handfuls[int, int] = Handfuls(
        do, hands=2, most=1, weight=lambda _: 1, heaviest=9, patience=0.01
    )
    slow, *quick = [asyncio.create_task(handfuls.done(each)) for each in (4, 2, 6, 8)]
    async with asyncio.timeout(30):
        assert await asyncio.gather(*quick) == [20, 60, 80]
        assert await handfuls.done(10) == 100
        stuck.set()
        assert await slow == 40


async def test_there_is_no_room_while_too_much_waits() -> None:
    hands = Hands()
    hands.open.clear()
    handfuls = hands.handfuls(heaviest=10)
    waiting = [asyncio.create_task(handfuls.done(each)) for each in (2, 8, 8, 8, 8)]
    await asyncio.sleep(0)
    room = asyncio.create_task(handfuls.room())
    await asyncio.sleep(0)
    assert not room.done()
    hands.open.set()
    await asyncio.gather(*waiting)
    await asyncio.wait_for(room, 60)
