"""From [[feed]] and [poll] to subscriptions."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit, urlunsplit

from monitor.config.fields import host_of, is_plain, web_address
from monitor.config.reading import Reading, is_file, is_folder
from monitor.config.shape import FeedTable, PollKeys, PollTable
from monitor.feeds import extras
from monitor.feeds.options import PollOptions, Subscription
from monitor.model import Feed, Secret
from monitor.text.durations import describe_duration
from monitor.toml_source import Path as Place
from monitor.toml_source import WrongValueError, nearest

_PLAIN = ("backlog", "timeout", "max_size", "user_agent", "allow_private")
_OF_THE_FEED = {"url", "name", "tags", "language"}
"""The keys of a feed that say nothing of how it is polled."""

Interval = Literal["every", "min_every", "max_every"]
_INTERVALS: tuple[Interval, ...] = ("every", "min_every", "max_every")
_HOST = re.compile(r"(?i)([a-z0-9-]+\.)+[a-z]{2,24}(:\d+)?(/.*)?|[a-z0-9.-]+:\d{1,5}(/.*)?")
_ENDINGS = (".xml", ".rss", ".atom", ".json", ".rdf", ".feed", ".txt", ".html")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def subscriptions(reading: Reading, poll: PollTable) -> tuple[Subscription, ...]:
    """Every feed of the file that has no fault; faults go to ``reading``."""
    _check_intervals(reading, ("poll",), poll, PollTable())
    _check_extras(reading, ("poll",), poll.proxy)
    tables = _feed_tables(reading)
    addresses = _addresses(reading, tables)
    names = _names(reading, tables, addresses)
    usual = poll_options(poll)
    made = []
    for number, table in tables.items():
        options = usual
        if table.model_fields_set - _OF_THE_FEED:
            if table.model_fields_set & set(_INTERVALS):
                _check_intervals(reading, ("feed", number), table, poll)
            _check_extras(reading, ("feed", number), table.proxy, full_text=table.full_text)
            if table.concurrency is not None:
                message = "has no effect here: it is about all feeds together"
                reading.warn(("feed", number, "concurrency"), message, "write it under [poll]")
            options = _options(table, poll)
        feed = Feed(
            addresses[number],
            names[number],
            tuple(table.tags),
            table.language,
            options.every,
            options.max_every,
        )
        made.append(Subscription(feed, options))
    return tuple(made)


def poll_options(poll: PollTable) -> PollOptions:
    """How a feed is polled whose table says nothing of it."""
    return _options(FeedTable(url="-"), poll)


def _feed_tables(reading: Reading) -> dict[int, FeedTable]:
    """The tables that are whole, by their number from 0."""
    found = reading.source.data.get("feed", [])
    if not isinstance(found, list):
        reading.fault(("feed",), "must be a list of tables", "write [[feed]] with two brackets")
        return {}
    checked = {
        number: reading.table(FeedTable, ("feed", number), data)
        for number, data in enumerate(found)
    }
    return {number: table for number, table in checked.items() if table is not None}


def _address(reading: Reading, number: int, table: FeedTable) -> str:
    """A feed's web address as written, or the absolute path of its file."""
    text = table.url.strip()
    scheme, separator, rest = text.partition("://")
    if not separator:
        return _file(reading, ("feed", number, "url"), text)
    if scheme.lower() == "file":
        return str(reading.path("/" + unquote(rest).partition("/")[2]))
    try:
        return web_address(text)
    except WrongValueError as error:
        if scheme.lower() in ("http", "https"):
            message, hint = error.message, error.hint
        else:
            message = f'"{scheme}://" is not a way to get a feed'
            hint = f'write "{_shown(rest)}", or the path of a file'
        reading.fault(("feed", number, "url"), message, hint)
        return text


def _file(reading: Reading, place: Place, text: str) -> str:
    """The absolute path of a feed that is a file.

    One that is not there yet is a warning: who writes it may be late, and the other feeds shall
    not wait for it. An address without its scheme is a fault.
    """
    path = reading.path(text)
    if is_file(path):
        return str(path)
    near = _neighbour(path)
    if is_folder(path):
        reading.fault(place, f'"{text}" is a folder, not a file', "name one file in it")
    elif not near and looks_like_a_host(text):
        whole = _shown(text)
        message = f'"{whole.removeprefix("https://")}" is neither a web address nor a file'
        reading.fault(place, message, f'write "{whole}"')
    else:
        hint = f'did you mean "{near}"?' if near else "it is read as soon as it is there"
        told = _shown(text).removeprefix("https://") if "@" in text else text
        reading.warn(place, f'there is no file "{told}"', hint)
    return str(path)


def _shown(rest: str) -> str:
    """An https address of which ``rest`` was written; of one with a secret in it the host alone."""
    from monitor.feeds.addresses import shown

    whole = f"https://{rest}"
    return whole if shown(whole) == whole else f"https://{host_of(rest)}/…"


def _neighbour(path: Path) -> str | None:
    """The file beside ``path`` whose name is nearest."""
    try:
        return nearest(path.name, [file.name for file in path.parent.iterdir() if is_file(file)])
    except OSError:
        return None


def looks_like_a_host(text: str) -> bool:
    """Whether ``text`` is an address that lacks its scheme, rather than the name of a file."""
    endings = () if "/" in text else _ENDINGS
    return bool(_HOST.fullmatch(text)) and not text.lower().endswith(endings)


def _addresses(reading: Reading, tables: dict[int, FeedTable]) -> dict[int, str]:
    """Where each feed is; no feed twice."""
    addresses: dict[int, str] = {}
    first: dict[str, int] = {}
    for number, table in tables.items():
        address = addresses[number] = _address(reading, number, table)
        other = first.setdefault(_normal(address), number)
        if other != number:
            line = reading.source.line_of(("feed", other, "url"))
            reading.fault(
                ("feed", number, "url"),
                f"the same feed as feed[{other + 1}] in line {line}",
                "remove one of them",
            )
    return addresses


def _normal(address: str) -> str:
    """An address without differences that make none: case of the host, default port, fragment."""
    if "://" not in address or is_plain(address):
        return address
    try:
        parts = urlsplit(address)
    except ValueError:  # no address at all, which is told elsewhere
        return address
    scheme = parts.scheme.lower()
    host = parts.netloc.lower().removesuffix(_DEFAULT_PORTS.get(scheme, ""))
    return urlunsplit((scheme, host, parts.path or "/", parts.query, ""))


def _names(
    reading: Reading, tables: dict[int, FeedTable], addresses: dict[int, str]
) -> dict[int, str]:
    """Each feed's name; those without one are called after their host or file."""
    names: dict[int, str] = {}
    taken: dict[str, int] = {}
    for number, table in tables.items():
        if table.name is None:
            continue
        names[number] = table.name
        other = taken.setdefault(table.name.casefold(), number)
        if other != number:
            line = reading.source.line_of(("feed", other, "name"))
            message = f'a feed is named "{table.name}" already in line {line}'
            reading.fault(("feed", number, "name"), message, "give each its own name")
    for number in tables.keys() - names.keys():
        names[number] = _free_name(_called(addresses[number]), taken)
        taken[names[number].casefold()] = number
    return names


def _called(address: str) -> str:
    """The host without "www.", or the file's name without its ending."""
    if "://" in address:
        return host_of(address).removeprefix("www.")
    return address.rsplit("/", 1)[-1].rsplit(".", 1)[0] or address


def _free_name(name: str, taken: dict[str, int]) -> str:
    count = 1
    free = name
    while free.casefold() in taken:
        count += 1
        free = f"{name} {count}"
    return free


def _options(table: FeedTable, poll: PollTable) -> PollOptions:
    """The feed's own settings over those of [poll] over the defaults."""
    chosen: dict[str, Any] = {}
    for keys in (poll, table):
        for key in keys.model_fields_set & set(_PLAIN):
            chosen[key] = getattr(keys, key)
    headers = tuple((name, Secret(value)) for name, value in table.headers.items())
    chosen |= _intervals(table, poll)
    proxy = poll.proxy if table.proxy is None else table.proxy
    return PollOptions(
        **chosen,
        headers=headers,
        encoding=table.encoding,
        proxy=Secret(proxy) if proxy else None,
        full_text=table.full_text,
    )


def _check_extras(
    reading: Reading, place: Place, proxy: str | None, *, full_text: bool = False
) -> None:
    """A fault where something is asked for whose library is not installed."""
    if proxy and extras.is_socks(proxy) and not extras.can_use_socks():
        reading.fault((*place, "proxy"), extras.SOCKS_MISSING, extras.SOCKS_HINT)
    if full_text and not extras.can_extract():
        reading.fault((*place, "full_text"), extras.FULL_TEXT_MISSING, extras.FULL_TEXT_HINT)


def _intervals(table: PollKeys, poll: PollKeys) -> dict[str, float]:
    """The three intervals; one that nobody wrote gives way to those that somebody did."""
    default = PollOptions()
    every, low, high = (_chosen(key, table, poll) for key in _INTERVALS)
    if every is None:
        every = max(default.every, low or 0)
        every = min(every, high) if high else every
    low = min(default.min_every, every) if low is None else low
    high = max(default.max_every, every) if high is None else high
    return {"every": every, "min_every": low, "max_every": high}


def _chosen(key: Interval, table: PollKeys, poll: PollKeys) -> float | None:
    own: float | None = getattr(table, key)
    others: float | None = getattr(poll, key)
    return others if own is None else own


def _check_intervals(reading: Reading, place: Place, table: PollKeys, poll: PollKeys) -> None:
    """A fault where an interval that was written lies on the wrong side of another."""
    pairs: tuple[tuple[Interval, Interval], ...] = (
        ("min_every", "every"),
        ("every", "max_every"),
        ("min_every", "max_every"),
    )
    for shorter, longer in pairs:
        low, high = _chosen(shorter, table, poll), _chosen(longer, table, poll)
        if low is not None and high is not None and low > high:
            key = longer if getattr(table, longer) is not None else shorter
            reading.fault(
                (*place, key),
                f"{shorter} ({describe_duration(low)}) is longer than "
                f"{longer} ({describe_duration(high)})",
                f"make {longer} at least {describe_duration(low)}",
            )
            return
