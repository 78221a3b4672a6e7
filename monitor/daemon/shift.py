"""A shift: the ticks over one configuration's line of stations.

APScheduler gives the ticks and remembers nothing: when something is due is a column in the store.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta
from functools import partial

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from monitor import progress, wiring
from monitor.config import Settings
from monitor.daemon.presence import BEAT_SECONDS, Presence
from monitor.daemon.pulse import Pulse
from monitor.daemon.steady import SteadyClock
from monitor.daemon.watch import WATCH_SECONDS, Watch
from monitor.daemon.watchdog import Patience, Watchdog
from monitor.log import Log
from monitor.model import Clock
from monitor.pipeline import Line
from monitor.store import Store, retention
from monitor.wiring import LoadedRules

log = Log("daemon")

TICK_SECONDS = 1.0
HEALTH_SECONDS = 2.0
FORGET_SECONDS = 3600.0
GRACE_SECONDS = 7.0
"""How long what is under way may take to end after SIGTERM; the whole end takes under 10 s."""

POLL_GRACE_SECONDS = 3.0
"""The same for feeds: one that is slow to answer is asked again at the next start."""

STATIONS = ("poll", "decide", "deliver")
"""The passes that must get on."""

REPEATED = timedelta(minutes=1)
"""How often a failure that goes on is told again."""


class Failures:
    """Tells of passes that fail: the first time in full, then a line now and then, then the end.

    A full disk fails every pass of every second, and would fill its own log.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last: dict[str, tuple[str, datetime]] = {}

    def tell(self, station: str, error: Exception) -> None:
        """A pass of this station ended with this error."""
        what, now = f"{type(error).__name__}: {error}", self._clock()
        before, told_at = self._last.get(station, ("", now))
        if before != what:
            log.error("pass failed, and is tried again", station=station, exc_info=error)
        elif now - told_at >= REPEATED:
            log.error("passes still fail", station=station, reason=what.splitlines()[0])
        else:
            return
        self._last[station] = what, now

    def over(self, station: str) -> None:
        """A pass of this station went well."""
        if self._last.pop(station, None):
            log.info("passes go well again", station=station)


class Shift:
    """The ticks over one line."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: Clock,
        line: Line,
        rules: LoadedRules,
        rules_watch: Watch,
        watchdog: Watchdog,
        patience: Patience,
        presence: Presence,
    ) -> None:
        """``rules`` are those that the line begins with.

        ``watchdog`` hears of what the stations do, each of which may be without progress as long as
        ``patience`` says. ``presence`` tells other processes that this one is there.
        """
        self._settings = settings
        self._store = store
        self._clock = clock
        self._steady = SteadyClock(clock)
        self._line = line
        self._rules = rules
        self._rules_watch = rules_watch
        self._watchdog = watchdog
        self._patience = patience
        self._presence = presence
        self._under_way: dict[asyncio.Task[None], str] = {}
        self._failures = Failures(clock)
        failed = partial(self._failures.tell, "heartbeat")
        self._pulse = Pulse(line.heartbeat, STATIONS, failed)

    async def work(self, until_over: Callable[[], Awaitable[None]]) -> None:
        """Tick until it is over."""
        scheduler = AsyncIOScheduler(
            timezone="UTC",
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for name, work, seconds in (
            ("poll", self._poll, TICK_SECONDS),
            ("decide", self._decide, TICK_SECONDS),
            ("deliver", self._deliver, TICK_SECONDS),
            ("health", self._health, HEALTH_SECONDS),
            ("rules", self._watch_rules, WATCH_SECONDS),
            ("presence", self._be_there, BEAT_SECONDS),
            ("forget", self._forget, FORGET_SECONDS),
        ):
            scheduler.add_job(
                self._tick,
                "interval",
                (name, work),
                seconds=seconds,
                id=name,
                next_run_time=self._clock(),
            )
        self._watchdog.watch(STATIONS, self._patience)
        scheduler.start()
        try:
            await until_over()
        finally:
            self._watchdog.rest()
            scheduler.pause()
            await self._end()
            scheduler.shutdown(wait=False)

    async def _end(self) -> None:
        """Let what is under way finish; cancel what takes too long."""
        self._line.stopping.set()
        await self._pulse.end()
        if self._under_way:
            log.info("finishing what is under way", passes=len(self._under_way))
            now = asyncio.get_running_loop().time()
            polls = [task for task, name in self._under_way.items() if name == "poll"]
            await self._cut_short(polls, now + POLL_GRACE_SECONDS)
            await self._cut_short(self._under_way, now + GRACE_SECONDS)
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _cut_short(self, passes: Collection[asyncio.Task[None]], until: float) -> None:
        """Wait for these passes to end until then, by the loop's clock; cancel those that do not.

        One that is cancelled already may still be writing down what has happened.
        """
        if not passes:
            return
        left = until - asyncio.get_running_loop().time()
        _, late = await asyncio.wait(list(passes), timeout=max(left, 0))
        for task in late:
            if not task.cancelling():
                task.cancel()

    async def _tick(self, name: str, work: Callable[[], Awaitable[bool | None]]) -> None:
        """One pass; ``work`` gives false where something in it failed that is ours."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # a coroutine always runs in a task
        self._under_way[task] = name
        self._watchdog.report(name)
        try:
            with progress.heard_by(self._watchdog.listener(name)):
                well = await work()
        except asyncio.CancelledError:  # by _end; APScheduler would take it for a failure
            log.info("cut short; what it had in hand is done again at the next start", station=name)
        except Exception as error:  # a pass that fails is tried again at the next tick
            self._failures.tell(name, error)
            self._pulse.heard(name, well=False)
        else:
            self._failures.over(name)
            self._pulse.heard(name, well=well is not False)
        finally:
            del self._under_way[task]
            self._watchdog.report(name)

    async def _poll(self) -> None:
        await self._line.poll()

    async def _decide(self) -> bool:
        *_, composed = await asyncio.to_thread(self._line.decide)
        return not composed.failed

    async def _deliver(self) -> None:
        await self._line.deliver()

    async def _health(self) -> None:
        await asyncio.to_thread(self._line.look_after)

    async def _be_there(self) -> None:
        await asyncio.to_thread(self._presence.beat, self._store)

    async def _watch_rules(self) -> None:
        if not await asyncio.to_thread(self._rules_watch.changed):
            return
        try:
            rules = await asyncio.to_thread(
                wiring.load_rules, self._settings, self._store, self._clock, self._rules
            )
        except Exception:
            self._rules_watch.forget()  # so that the next look tries again
            raise
        self._rules = rules
        await asyncio.to_thread(self._presence.decides_by, self._settings, rules)
        self._line = self._line.with_rules(rules.in_force, rules.teller())
        for fault in rules.files.faults:
            log.error("faulty rule file, its last good version stays in force", fault=str(fault))
        faulty = len(rules.files.faulty) or None
        in_force = len(rules.in_force.watching(self._clock()))
        log.info("rules read again", in_force=in_force, faulty_files=faulty)

    async def _forget(self) -> None:
        await asyncio.to_thread(self._forget_old)

    def _forget_old(self) -> None:
        now = self._steady()
        before = now - timedelta(seconds=self._settings.retention)
        with self._store.write() as tx:
            gone = retention.forget(tx, before, now)
        if any(gone.values()):
            log.info("what is old was forgotten", **gone)
