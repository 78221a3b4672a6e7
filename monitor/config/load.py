"""From a file to settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from monitor.config.channels import channels
from monitor.config.digests import digests
from monitor.config.feeds import poll_options, subscriptions
from monitor.config.fields import host_of
from monitor.config.reading import Reading, is_folder
from monitor.config.settings import Settings
from monitor.config.shape import ConfigFile, HealthTable, TopTable
from monitor.delivery.options import HeartbeatOptions
from monitor.digests.options import HEALTH
from monitor.errors import Fault, FaultyInput
from monitor.model import Secret
from monitor.toml_source import Path as Place
from monitor.toml_source import TomlSource, did_you_mean, shown_path

_DEFAULT_CONCURRENCY = 32
_PARTS = ("feed", "channel", "digest")
_NO_EFFECT_YET: tuple[tuple[str, ...], ...] = (("web",),)
"""What is read, and not done in this version ("*": each)."""


def load(path: Path, environment: Mapping[str, str]) -> Settings:
    """The settings in the file ``path``, with indirect texts from ``environment``.

    Raises FaultyInput with every fault of the file, in the order of its lines. No fault holds a
    secret.
    """
    return read(_text_of(path), path, environment)


def read(text: str, path: Path, environment: Mapping[str, str]) -> Settings:
    """The settings in ``text`` as if it stood in the file ``path``. Raises FaultyInput."""
    source = TomlSource.read(text, shown_path(path))
    folder = path.absolute().parent
    reading = Reading.of(source, folder, environment)
    top = _top(reading)
    database, shown = _database(reading, top.database)
    zone = top.timezone or ZoneInfo("UTC")
    made_channels = channels(reading, zone)
    names = frozenset(reading.tables("channel"))
    made_digests = digests(reading, zone, names)
    feeds = subscriptions(reading, top.poll)
    health = _health(reading, top, names)
    _check_web(reading, top)
    _warn(reading)
    return Settings(
        path=path.absolute(),
        database=Secret(database),
        database_shown=shown,
        rules=reading.path(top.rules),
        timezone=zone,
        retention=top.retention,
        languages=tuple(dict.fromkeys(top.languages)) if top.languages else None,
        concurrency=top.poll.concurrency or _DEFAULT_CONCURRENCY,
        subscriptions=feeds,
        poll=poll_options(top.poll),
        channels=made_channels,
        digests=made_digests,
        warnings=reading.finish(),
        health_channel=health.channel,
        heartbeat=HeartbeatOptions(Secret(health.heartbeat)) if health.heartbeat else None,
        silent_after=health.silent_after,
    )


def _text_of(path: Path) -> str:
    name = shown_path(path)
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise FaultyInput(
            (Fault(name, _line(error), "", "is not text in UTF-8", "save it as UTF-8"),)
        ) from None
    except OSError as error:
        reason = (error.strerror or "no reason given").lower()
        raise FaultyInput((Fault(name, 0, "", f"cannot be read: {reason}"),)) from None


def _line(error: UnicodeDecodeError) -> int:
    """The line, counted from 1, that holds the byte which is none of UTF-8."""
    return error.object[: error.start].count(b"\n") + 1


def _top(reading: Reading) -> TopTable:
    """The keys outside feeds, channels and digests; those with faults stay at their defaults."""
    whole: dict[str, Any] = {}
    for key, value in reading.source.data.items():
        if key in _PARTS:
            continue
        # A key that is not known is held against the whole shape, which tells what there is.
        model = TopTable if key in TopTable.model_fields else ConfigFile
        if reading.table(model, (), {key: value}) is not None:
            whole[key] = value
    return TopTable.model_validate(whole)


def _database(reading: Reading, text: str) -> tuple[str, str]:
    """An SQLAlchemy URL, and what may be shown of it."""
    scheme, separator, rest = text.strip().partition("://")
    if not separator:
        return _sqlite(reading, text.strip())
    kind = scheme.lower().partition("+")[0]
    if kind == "sqlite":
        return _sqlite(reading, rest.removeprefix("/"))
    if kind not in ("postgresql", "postgres"):
        near = "postgresql" if kind.startswith("p") else ""
        hint = f'did you mean "{near}://…"?' if near else ""
        hint = hint or 'write the path of a file (SQLite), or "postgresql://user@host/name"'
        reading.fault(("database",), f'"{scheme}" is no database that is known here', hint)
        return "", ""
    address = f"postgresql://{rest}"
    if _password_breaks_off(rest):
        # What stands behind the break would be taken, and shown, for a part of the host or name.
        reading.fault(
            ("database",),
            "the password holds a letter that has a meaning in an address",
            'write "@" in it as %40, "/" as %2F, ":" as %3A, "#" as %23 and "?" as %3F',
        )
    elif not _is_server_address(address):
        message = f"the address at {host_of(address)} names no database"
        reading.fault(("database",), message, 'write "postgresql://user@host/name"')
    return address, host if (host := host_of(address)) != "…" else "this machine"


def _is_server_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 (raises where it is no number)
    except ValueError:
        return False
    return len(parts.path) > 1


def _password_breaks_off(rest: str) -> bool:
    """Whether an "@", "/", "#" or "?" stands in the password of ``user:password@host/name``."""
    before, _, _ = rest.rpartition("@")
    _, colon, password = before.partition(":")
    return bool(colon) and any(letter in password for letter in "@/#?:")


def _sqlite(reading: Reading, text: str) -> tuple[str, str]:
    path = reading.path(text)
    if "?" in text or not text:
        reading.fault(("database",), "is no name of a file", 'write one as "wirewatch.db"')
    elif is_folder(path):
        reading.fault(("database",), f'"{text}" is a folder', f'write "{text}/wirewatch.db"')
    return f"sqlite:///{path}", str(path)


def _health(reading: Reading, top: TopTable, names: frozenset[str]) -> HealthTable:
    """[health]; its channel is one of ``names``, and no digest goes by the same name as it."""
    health = top.health or HealthTable()
    if health.channel and health.channel not in names:
        hint = did_you_mean(health.channel, sorted(names), "there are")
        hint = hint or f"add a table [channel.{health.channel}]"
        message = f'no channel is named "{health.channel}"'
        reading.fault(("health", "channel"), message, hint)
    if health.channel and HEALTH in reading.tables("digest"):
        message = f'a digest cannot be called "{HEALTH}": what [health] tells goes by that name'
        reading.fault(("digest", HEALTH), message, "give it another name")
    return health


def _check_web(reading: Reading, top: TopTable) -> None:
    """An address and port; whoever can be reached from elsewhere asks for a password."""
    if top.web is None:
        return
    host, _, port = top.web.listen.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        message = f'"{top.web.listen}" is no address with a port'
        reading.fault(("web", "listen"), message, 'write "127.0.0.1:8420"')
    elif host.strip("[]") not in ("127.0.0.1", "localhost", "::1") and not top.web.password:
        reading.fault(
            ("web", "password"),
            f"is missing, and {top.web.listen} can be reached from elsewhere",
            'add password = { env = "WIREWATCH_PASSWORD" } or listen on 127.0.0.1',
        )


def _warn(reading: Reading) -> None:
    """What is read and not done, and what is missing for anything to arrive."""
    data = reading.source.data
    for pattern in _NO_EFFECT_YET:
        for place in _places(data, pattern):
            reading.warn(place, "is read but has no effect in this version")
    for key, message in (
        ("feed", "no feed is named, so there is nothing to watch"),
        ("digest", "no digest is named, so nothing is sent"),
    ):
        if not data.get(key):
            head = "[[feed]]" if key == "feed" else "[digest.NAME]"
            reading.warn((), message, f"add a table {head}")


def _places(data: Any, pattern: tuple[str, ...], place: Place = ()) -> list[Place]:
    """Where ``pattern`` is set; a switch that is off counts as not set."""
    if not pattern:
        return [] if data is False else [place]
    if pattern[0] == "*" and isinstance(data, list):
        return [p for n, item in enumerate(data) for p in _places(item, pattern[1:], (*place, n))]
    if isinstance(data, dict) and pattern[0] in data:
        return _places(data[pattern[0]], pattern[1:], (*place, pattern[0]))
    return []
