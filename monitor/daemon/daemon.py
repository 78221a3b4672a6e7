"""Shift after shift, until told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress

from monitor import wiring
from monitor.config import Settings
from monitor.config.supervision import Supervision
from monitor.daemon import opening_lines
from monitor.daemon.presence import Presence
from monitor.daemon.service import Service
from monitor.daemon.shift import Failures, Shift
from monitor.daemon.threads import Threads
from monitor.daemon.watch import WATCH_SECONDS, Snapshot, Watch
from monitor.daemon.watchdog import Watchdog, patience
from monitor.errors import FaultyInput, StoreError
from monitor.leasing import to_the_end
from monitor.log import Log
from monitor.model import Clock, ProblemKind
from monitor.store import Store, problems
from monitor.text.dictionary import prepare

log = Log("daemon")

RETRY_SECONDS = 5.0
"""How long to wait with a shift that could not begin."""

TRY_SECONDS = 60.0
"""How long the next try may take before the service manager gives the start up."""

LEAVE_SECONDS = 1.5
"""How long saying goodbye to other processes may take: no thread may be free for it."""

THREADS_SECONDS = 0.5
"""How long threads may take to end that nobody waits for any more."""

LoadSettings = Callable[[], Settings]
"""Reads the configuration again; raises FaultyInput."""


class Daemon:
    """Runs shift after shift until told to stop."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        load_settings: LoadSettings,
        clock: Clock,
        supervision: Supervision | None = None,
    ) -> None:
        """``store`` is closed by the daemon, for it may have been replaced by another by then.

        ``supervision``: what the service manager asks, where there is one.
        """
        self._settings = settings
        self._store = store
        self._stores = [store]
        self._load_settings = load_settings
        self._clock = clock
        self._config_watch = Watch(lambda: Snapshot.of_file(settings.path))
        self._stopping = False
        self._reloading = False
        self._threads = Threads()
        self._failures = Failures(clock)
        self._service = Service(supervision)
        self._watchdog = Watchdog(self._service)
        self._presence = Presence(clock)
        self._woken = asyncio.Event()

    def stop(self) -> None:
        """End after what is under way."""
        if not self._stopping:
            self._service.stopping()
        self._stopping = True
        self._woken.set()

    def reload(self) -> None:
        """Read the configuration again."""
        self._reloading = True
        self._woken.set()

    async def run(self) -> None:
        """Work until stopped by SIGTERM, SIGINT or ``stop()``; SIGHUP reads the config again."""
        loop = asyncio.get_running_loop()
        loop.set_default_executor(self._threads)
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self.reload)
        try:
            while not self._stopping:
                await self._next_shift()
        finally:
            for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                loop.remove_signal_handler(name)
        with suppress(TimeoutError):
            leave = asyncio.to_thread(self._presence.leave, self._store)
            await asyncio.wait_for(leave, LEAVE_SECONDS)
        log.info("stopped")
        if self._threads.end_within(THREADS_SECONDS):
            for store in self._stores:
                store.close()
        else:
            # A thread cannot be cancelled, and the interpreter would wait for it. Whatever it does
            # is a transaction: ended here, it never happened, and is done again at the next start.
            sys.stdout.flush()
            os._exit(0)

    async def _next_shift(self) -> None:
        """One shift; where the database cannot be used just now, it begins a little later."""
        try:
            await self._shift()
        except StoreError as error:
            self._failures.tell("start", error)
            self._service.waits(f"cannot begin: {error}", TRY_SECONDS)
            self._watchdog.report("start")
            await self._pause(RETRY_SECONDS)
        else:
            self._failures.over("start")

    async def _pause(self, seconds: float) -> None:
        """Wait, or until woken by a signal."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)
        self._woken.clear()

    async def _shift(self) -> None:
        """One configuration's time at work. Raises StoreError."""
        settings = self._settings
        watch = Watch(lambda: Snapshot.of_rules(settings.rules))
        rules = await asyncio.to_thread(wiring.load_rules, settings, self._store, self._clock)
        await asyncio.to_thread(opening_lines.tell, settings, rules, self._store, self._clock())
        making = await asyncio.to_thread(prepare, rules.languages)
        allowed = patience(_longest_answer(settings), lambda: bool(making and making.is_alive()))
        await asyncio.to_thread(self._presence.decides_by, settings, rules)
        async with wiring.open_line(settings, self._store, rules, self._clock) as line:
            shift = Shift(
                settings,
                self._store,
                self._clock,
                line,
                rules,
                watch,
                self._watchdog,
                allowed,
                self._presence,
            )
            self._service.ready(opening_lines.in_short(settings, rules, self._clock()))
            await shift.work(self._until_over)

    async def _until_over(self) -> None:
        """Wait until told to stop, or until there is a new configuration to work by."""
        while not self._stopping:
            changed = await asyncio.to_thread(self._config_watch.changed)
            if (changed or self._reloading) and await self._take_settings():
                return
            self._watchdog.look()
            await self._pause(WATCH_SECONDS)

    async def _take_settings(self) -> bool:
        """Read the configuration again; a faulty one leaves the last good one in force."""
        self._reloading = False
        self._service.reloading()
        try:
            settings = await asyncio.to_thread(self._load_settings)
            if settings.database != self._settings.database:
                await self._change_store(settings)
        except (FaultyInput, StoreError) as faulty:
            told = str(faulty)
            log.error("configuration not taken, the last good one stays", faults=told)  # noqa: TRY400  # the fault is a person's, no traceback helps
            await to_the_end(self._note_config, told)
            self._service.ready("the new configuration is faulty, the last good one stays in force")
            return False
        self._settings = settings
        log.info("configuration read again")
        await to_the_end(self._note_config, None)
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


def _longest_answer(settings: Settings) -> float:
    """How many seconds a feed or a channel may take to answer."""
    feeds = [each.options.timeout for each in settings.subscriptions]
    channels = [getattr(each, "timeout", 0.0) for each in settings.channels]
    return max([*feeds, *channels], default=0.0)
