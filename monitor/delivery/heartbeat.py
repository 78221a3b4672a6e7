"""The heartbeat: an address that is asked after passes that went well, for a dead man's switch.

Whoever stands behind the address raises the alarm when nothing comes. It is asked at most once a
minute, by however many processes: the claim is in the store, so a store that cannot be written
keeps the heartbeat from going out. What comes back is not read, and redirects are not followed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import unquote, urlsplit

import httpx

from monitor.delivery.answer import one_line, reason, tls_fault
from monitor.delivery.options import HeartbeatOptions
from monitor.log import Log
from monitor.model import Clock
from monitor.store import Store, health

log = Log("heartbeat")

APART = timedelta(seconds=60)
LOGGED_APART = timedelta(hours=1)
TIMEOUT = 10.0
"""Seconds for the whole of it."""

BROKEN = (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError)
"""Everything that asking can end with."""


class Heartbeat:
    """Asks one address, which is a secret: only its host is shown."""

    def __init__(
        self, options: HeartbeatOptions, http: httpx.AsyncClient, store: Store, clock: Clock
    ) -> None:
        """``http`` is closed by whoever made it."""
        self._url = options.url.reveal()
        self._http = http
        self._store = store
        self._clock = clock
        self.host = options.host

    async def beat(self) -> bool:
        """Ask now, unless somebody did within the last minute; says whether it was asked.

        An address that cannot be fetched is noted and, once an hour at most, logged. Raises
        StoreError.
        """
        if not await asyncio.to_thread(self._claim):
            return False
        trouble = await self._ask()
        await asyncio.to_thread(self._note, trouble)
        return True

    def _claim(self) -> bool:
        with self._store.write() as tx:
            return health.claim_beat(tx, self.host, self._clock(), APART)

    async def _ask(self) -> str | None:
        """None where it was taken, else why not."""
        try:
            async with asyncio.timeout(TIMEOUT):
                request = self._http.build_request(
                    "GET", self._url, headers={"Connection": "close"}
                )
                response = await self._http.send(request, stream=True, follow_redirects=False)
                await response.aclose()
        except BROKEN as error:
            tls = tls_fault(error)
            words = f"no safe connection: {tls}" if tls else f"no connection: {reason(error)}"
            return one_line(words, self._secrets())
        if response.is_success:
            return None
        words = f"answers {response.status_code} {response.reason_phrase}".rstrip()
        if response.is_redirect:
            words += "; redirects are not followed"
        return one_line(words, self._secrets())

    def _secrets(self) -> Iterator[str]:
        """What words from outside may echo and nobody may read."""
        parts = urlsplit(self._url)
        for part in (self._url, parts.path, parts.query, parts.password or ""):
            if len(part) > 1:
                yield from (part, unquote(part))

    def _note(self, trouble: str | None) -> None:
        """Write down what came of it, and tell the log where it is time."""
        now = self._clock()
        with self._store.write() as tx:
            before = health.beat(tx, self.host)
            logged_at = before.logged_at if before else None
            tell = trouble is not None and (logged_at is None or now - logged_at >= LOGGED_APART)
            health.note_beat(tx, self.host, now, trouble, logged=tell)
        if tell:
            log.warning("heartbeat not taken", host=self.host, reason=trouble)
        elif trouble is None and before is not None and before.trouble is not None:
            log.info("heartbeat is taken again", host=self.host)
