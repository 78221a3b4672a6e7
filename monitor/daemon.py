"""The daemon: ticks, signals, a watch on files, and an orderly end.

Work is done in *shifts*. A shift is one configuration's line of stations with a scheduler ticking
it; a changed configuration ends the shift and begins the next, and so nothing is swapped under a
station's hands. Rules are lighter: a changed rule file replaces the rules of the line in place.

APScheduler remembers nothing: when something is due is a column in the store.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from monitor import wiring
from monitor.config import Settings
from monitor.errors import FaultyInput, StoreError
from monitor.matching.rule_files import rule_file_paths
from monitor.model import Clock, ProblemKind
from monitor.pipeline import Line
from monitor.store import Store, articles, digests, problems
from monitor.store.digests import Sending

log = structlog.get_logger("daemon")

TICK_SECONDS = 1.0
WATCH_SECONDS = 0.4
FORGET_SECONDS = 3600.0
GRACE_SECONDS = 7.0
"""How long what is under way may take to end after SIGTERM; the whole end takes under 10 s."""

REPEATED = timedelta(minutes=1)
"""How often a failure that goes on is told again."""

LoadSettings = Callable[[], Settings]
"""Reads the configuration again; raises FaultyInput."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the watched files looked like: (path, modified, changed, size) of each, times in ns.

    "Changed" is the time that no program can set back: a file that was put in the place of another
    with its date kept, as rsync and cp -p do, is seen by it.
    """

    files: tuple[tuple[str, int, int, int], ...]

    @classmethod
    def of_rules(cls, folder: Path) -> Snapshot:
        """Every rule file below a folder; none where the folder is gone."""
        try:
            found = tuple(sorted(_stat(folder / path) for path in rule_file_paths(folder)))
        except OSError:
            found = ()
        return cls(found)

    @classmethod
    def of_file(cls, path: Path) -> Snapshot:
        """One file."""
        return cls((_stat(path),))


def _stat(path: Path) -> tuple[str, int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return str(path), 0, 0, -1
    return str(path), found.st_mtime_ns, found.st_ctime_ns, found.st_size


class Watch:
    """Says when watched files have changed and come to rest (an editor may still be writing)."""

    def __init__(self, look: Callable[[], Snapshot]) -> None:
        self._look = look
        self._seen = look()
        self._known: Snapshot | None = self._seen

    def forget(self) -> None:
        """Take what is there for a change at the next look."""
        self._known = None

    def changed(self) -> bool:
        """Whether there is a change since last told, the same in two looks."""
        now = self._look()
        settled = now == self._seen
        self._seen = now
        if not settled or now == self._known:
            return False
        self._known = now
        return True


class Daemon:
    """Runs shift after shift until told to stop."""

    def __init__(
        self, settings: Settings, store: Store, load_settings: LoadSettings, clock: Clock
    ) -> None:
        """``store`` is closed by the daemon, for it may have been replaced by another by then."""
        self._settings = settings
        self._store = store
        self._stores = [store]
        self._load_settings = load_settings
        self._clock = clock
        self._config_watch = Watch(lambda: Snapshot.of_file(settings.path))
        self._stopping = False
        self._reloading = False
        self._left_behind = False
        self._woken = asyncio.Event()

    def stop(self) -> None:
        """End after what is under way."""
        self._stopping = True
        self._woken.set()

    def reload(self) -> None:
        """Read the configuration again."""
        self._reloading = True
        self._woken.set()

    async def run(self) -> None:
        """Work until stopped by SIGTERM, SIGINT or ``stop()``; SIGHUP reads the config again."""
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self.reload)
        try:
            while not self._stopping:
                await self._shift()
        finally:
            for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                loop.remove_signal_handler(name)
        log.info("stopped")
        if not self._left_behind:
            for store in self._stores:
                store.close()
        else:
            # A thread cannot be cancelled, and the interpreter would wait for it. Whatever it does
            # is a transaction: ended here, it never happened, and is done again at the next start.
            sys.stdout.flush()
            os._exit(0)

    async def _shift(self) -> None:
        """One configuration's time at work."""
        settings = self._settings
        watch = Watch(lambda: Snapshot.of_rules(settings.rules))
        rules = await asyncio.to_thread(wiring.load_rules, settings, self._store, self._clock)
        _tell(settings, rules, await asyncio.to_thread(_last_sendings, settings, self._store))
        async with wiring.open_line(settings, self._store, rules, self._clock) as line:
            shift = _Shift(settings, self._store, self._clock, line, watch)
            await shift.work(self._until_over)
            self._left_behind |= shift.left_behind

    async def _until_over(self) -> None:
        """Wait until told to stop, or until there is a new configuration to work by."""
        while not self._stopping:
            changed = await asyncio.to_thread(self._config_watch.changed)
            if (changed or self._reloading) and await self._take_settings():
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), WATCH_SECONDS)
            self._woken.clear()

    async def _take_settings(self) -> bool:
        """Read the configuration again; a faulty one leaves the last good one in force."""
        self._reloading = False
        try:
            settings = await asyncio.to_thread(self._load_settings)
            if settings.database != self._settings.database:
                await self._change_store(settings)
        except (FaultyInput, StoreError) as faulty:
            told = str(faulty)
            log.error("configuration not taken, the last good one stays", faults=told)  # noqa: TRY400  # the fault is a person's, no traceback helps
            await asyncio.to_thread(self._note_config, told)
            return False
        self._settings = settings
        log.info("configuration read again")
        await asyncio.to_thread(self._note_config, None)
        return True

    def _note_config(self, fault: str | None) -> None:
        """Tell readers what is wrong with the configuration, or that nothing is any more."""
        name = self._settings.path.name
        with self._store.write() as tx:
            if fault is None:
                problems.end(tx, ProblemKind.CONFIG, name)
            else:
                problems.begin(tx, ProblemKind.CONFIG, name, fault, self._clock())

    async def _change_store(self, settings: Settings) -> None:
        """Work on another database from the next shift on; raises StoreError, changing nothing."""
        opened = await asyncio.to_thread(wiring.open_database, settings)
        self._stores.append(opened)
        self._store = opened


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


class _Shift:
    """The ticks over one line."""

    def __init__(
        self, settings: Settings, store: Store, clock: Clock, line: Line, rules_watch: Watch
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._line = line
        self._rules_watch = rules_watch
        self._under_way: set[asyncio.Task[None]] = set()
        self._failures = Failures(clock)
        self.left_behind = False

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
            ("rules", self._watch_rules, WATCH_SECONDS),
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
        scheduler.start()
        try:
            await until_over()
        finally:
            scheduler.pause()
            await self._end()
            scheduler.shutdown(wait=False)

    async def _end(self) -> None:
        """Let what is under way finish; cancel what takes too long."""
        self._line.stopping.set()
        if self._under_way:
            log.info("finishing what is under way", passes=len(self._under_way))
            _, late = await asyncio.wait(self._under_way, timeout=GRACE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
            self.left_behind = bool(late)

    async def _tick(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # a coroutine always runs in a task
        self._under_way.add(task)
        try:
            await work()
        except asyncio.CancelledError:  # by _end; APScheduler would take it for a failure
            log.info("cut short; what it had in hand is done again at the next start", station=name)
        except Exception as error:  # a pass that fails is tried again at the next tick
            self._failures.tell(name, error)
        else:
            self._failures.over(name)
        finally:
            self._under_way.discard(task)

    async def _poll(self) -> None:
        await self._line.poll()

    async def _decide(self) -> None:
        await asyncio.to_thread(self._line.decide)

    async def _deliver(self) -> None:
        await self._line.deliver()

    async def _watch_rules(self) -> None:
        if not await asyncio.to_thread(self._rules_watch.changed):
            return
        try:
            rules = await asyncio.to_thread(
                wiring.load_rules, self._settings, self._store, self._clock
            )
        except Exception:
            self._rules_watch.forget()  # so that the next look tries again
            raise
        self._line = self._line.with_rules(rules.in_force, rules.teller())
        log.info("rules read again", rules=len(rules.files.rules))
        for fault in rules.files.faults:
            log.error("faulty rule file, its last good version stays in force", fault=str(fault))

    async def _forget(self) -> None:
        await asyncio.to_thread(self._forget_old)

    def _forget_old(self) -> None:
        now = self._clock()
        before = now - timedelta(seconds=self._settings.retention)
        with self._store.write() as tx:
            gone = articles.forget(tx, before, now)
            problems.forget(tx, before)
        if gone:
            log.info("old articles forgotten", articles=gone)


def _last_sendings(settings: Settings, store: Store) -> dict[str, Sending]:
    """The last sending of each digest, by the digest's name."""
    with store.read() as connection:
        found = [digests.sendings(connection, 1, digest.name) for digest in settings.digests]
    return {sending.digest: sending for some in found for sending in some}


def _tell(settings: Settings, rules: wiring.LoadedRules, last: Mapping[str, Sending]) -> None:
    """Say in one line each what this daemon does and where to look."""
    log.info("database", where=settings.database_shown)
    named = ", ".join(subscription.feed.name for subscription in settings.subscriptions[:5])
    beyond = len(settings.subscriptions) - 5
    log.info(
        "feeds",
        number=len(settings.subscriptions),
        names=named + (f" and {beyond} more" if beyond > 0 else ""),
    )
    log.info(
        "rules in force",
        rules=len(rules.files.rules),
        vocabularies=len(rules.files.vocabularies),
        folder=rules.files.folder,
    )
    for digest in settings.digests:
        sent = last.get(digest.name)
        log.info(
            "digest",
            name=digest.name,
            schedule=str(digest.schedule),
            channels=" and ".join(digest.channels),
            last=sent.composed_at.isoformat(timespec="seconds") if sent else "never",
        )
    for fault in rules.files.faults:
        log.error("faulty rule file", fault=str(fault))
    log.info("look around with: wirewatch status; stop with Ctrl-C or SIGTERM")
