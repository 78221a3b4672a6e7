"""What this process decides by, in prints that others compare with theirs, and that it is there.

Rules are compared file by file, by the texts in force; of the configuration what changes decisions:
feeds, digests, channels and a few settings. No secret goes into a print that is stored by its own
name, and no path on a disk counts, for machines may differ in both.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from pathlib import PurePath
from typing import Any

from monitor import __version__
from monitor.config import Settings
from monitor.errors import StoreError
from monitor.log import Log
from monitor.model import Clock, Secret, new_id
from monitor.store import Store, processes
from monitor.wiring import LoadedRules

log = Log("daemon")

BEAT_SECONDS = 5.0
"""How often a process says that it is there: often enough to be counted after three failures."""

_SETTINGS = ("timezone", "languages", "retention", "silent_after", "health_channel")


class Presence:
    """One process among those that share a database."""

    def __init__(self, clock: Clock) -> None:
        now = clock()
        self._me = processes.Process(new_id(now), socket.gethostname(), os.getpid(), now, "", {})
        self._told: dict[str, str] = {}
        self._of_settings: tuple[Settings | None, dict[str, str]] = (None, {})

    def decides_by(self, settings: Settings, rules: LoadedRules) -> None:
        """From now on this process decides by these."""
        if self._of_settings[0] is not settings:
            self._of_settings = settings, dict(_setting_parts(settings))
        parts = {**self._of_settings[1], **_rule_parts(rules)}
        me = self._me
        whole = _print(parts)
        self._me = processes.Process(me.id, me.host, me.pid, me.started_at, whole, parts)

    def beat(self, store: Store) -> None:
        """Say that this process is there, and log what began or ended of differences."""
        with store.write() as tx:
            processes.beat(tx, self._me)
            told = {each.name: each.message for each in processes.differing(tx)}
        for name in told.keys() - self._told.keys():
            log.error("processes decide by different files", host=name, what=told[name])
        for name in self._told.keys() - told.keys():
            log.info("processes decide by the same files again", host=name)
        self._told = told

    def leave(self, store: Store) -> None:
        """This process ends; where the store cannot be told, it soon counts as gone."""
        with suppress(StoreError), store.write() as tx:
            processes.leave(tx, self._me.id)


def _rule_parts(rules: LoadedRules) -> dict[str, str]:
    return {
        f"rule file {path}": hashlib.sha256(text.encode()).hexdigest()[:16]
        for path, text in rules.files.texts.items()
    }


def _setting_parts(settings: Settings) -> Iterator[tuple[str, str]]:
    yield "the version of Wirewatch", __version__
    for digest in settings.digests:
        yield f"digest {digest.name}", _print(_plain(digest))
    for channel in settings.channels:
        yield f"channel {channel.name}", _print([type(channel).__name__, _plain(channel)])
    feeds = sorted(_print([each.feed.url, _plain(each)]) for each in settings.subscriptions)
    yield "the feeds", f"{len(feeds)}:{_print(feeds)}"
    for name in _SETTINGS:
        yield f"setting {name}", _print(_plain(getattr(settings, name)))


def _print(value: object) -> str:
    """Sixteen hexadecimal digits of a SHA-256 over plain data."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _plain(value: Any) -> object:
    """Options as data that JSON can hold, the same in every process; no secret, and no path."""
    if isinstance(value, Secret | PurePath):
        return type(value).__name__ if isinstance(value, Secret) else "path"
    if is_dataclass(value):
        compared = [each.name for each in fields(value) if each.compare]
        return {name: _plain(getattr(value, name)) for name in compared}
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if isinstance(value, str | int | float | None) else str(value)
