from __future__ import annotations

import asyncio

from monitor.daemon.pulse import LATER, SOONER, Pulse


class Heart:
    """Counts heartbeats; raises or refuses what it is told to."""

    def __init__(self) -> None:
        self.beats = 0
        self.answers: list[bool | Exception] = []
        self.hangs = False

    async def beat(self) -> bool:
        if self.hangs:
            await asyncio.sleep(3600)
        self.beats += 1
        answer = self.answers.pop(0) if self.answers else True
        if isinstance(answer, Exception):
            raise answer
        return answer


class Body:
    """A pulse over two stations, and seconds that pass when told to."""

    def __init__(self) -> None:
        self.heart = Heart()
        self.seconds = 0.0
        self.errors: list[Exception] = []
        self.pulse = Pulse(
            self.heart,  # type: ignore[arg-type]
            ("poll", "decide"),
            self.errors.append,
            lambda: self.seconds,
        )

    async def passes(self, *stations: str, well: bool = True) -> int:
        """Passes that end; gives how often the heart has beaten by then."""
        for station in stations:
            self.pulse.heard(station, well=well)
        for _ in range(5):
            await asyncio.sleep(0)
        return self.heart.beats


async def test_it_beats_once_every_station_has_been_well() -> None:
    body = Body()
    assert await body.passes("poll", "poll", "rules") == 0
    assert await body.passes("decide") == 1


async def test_it_beats_once_a_minute() -> None:
    body = Body()
    for _ in range(int(LATER * 3)):
        await body.passes("poll", "decide")
        body.seconds += 1
    assert body.heart.beats == 3


async def test_a_station_that_fails_stops_it_and_one_that_recovers_lets_it_beat() -> None:
    body = Body()
    for _ in range(300):
        await body.passes("decide")
        await body.passes("poll", well=False)
        body.seconds += 1
    assert body.heart.beats == 0
    assert await body.passes("poll", "decide") == 1


async def test_where_another_process_beat_it_is_tried_again_soon() -> None:
    body = Body()
    body.heart.answers = [False]
    assert await body.passes("poll", "decide") == 1
    body.seconds += SOONER - 1
    assert await body.passes("poll", "decide") == 1
    body.seconds += 1
    assert await body.passes("poll", "decide") == 2


async def test_an_error_is_told_and_stops_nothing() -> None:
    body = Body()
    body.heart.answers = [OSError("disk full")]
    assert await body.passes("poll", "decide") == 1
    assert [str(error) for error in body.errors] == ["disk full"]
    body.seconds += SOONER
    assert await body.passes("poll", "decide") == 2


async def test_one_that_hangs_delays_nothing_and_is_let_go_at_the_end() -> None:
    body = Body()
    body.heart.hangs = True
    assert await body.passes("poll", "decide") == 0
    body.seconds += LATER * 2
    assert await body.passes("poll", "decide") == 0
    async with asyncio.timeout(5):
        await body.pulse.end()


async def test_without_a_heartbeat_nothing_beats() -> None:
    pulse = Pulse(None, ("poll",), lambda error: None)
    pulse.heard("poll", well=True)
    await pulse.end()
