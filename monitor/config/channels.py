"""From [channel.NAME] to the options of the delivery room."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from monitor.config.reading import Reading, is_file, is_folder
from monitor.config.shape import (
    FORMATS,
    AppriseTable,
    CommandTable,
    EmailTable,
    FeedFileTable,
    FolderTable,
    TerminalTable,
    WebhookTable,
)
from monitor.delivery.options import (
    AppriseOptions,
    ChannelOptions,
    CommandOptions,
    EmailOptions,
    FeedFileOptions,
    FolderOptions,
    TerminalOptions,
    WebhookOptions,
)
from monitor.model import Secret
from monitor.toml_source import Shape, did_you_mean

_BUILT: dict[str, type[Shape]] = {
    "email": EmailTable,
    "webhook": WebhookTable,
    "folder": FolderTable,
    "feed": FeedFileTable,
    "command": CommandTable,
    "apprise": AppriseTable,
    "terminal": TerminalTable,
}
_CHAT_HOSTS = {
    "hooks.slack.com": "slack",
    "discord.com": "discord",
    "discordapp.com": "discord",
    "webhook.office.com": "teams",
    "ntfy.sh": "ntfy",
}
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_HERE = ("localhost", "127.0.0.1", "::1")


def channels(reading: Reading, zone: ZoneInfo) -> tuple[ChannelOptions, ...]:
    """Every channel of the file that has no fault; faults go to ``reading``.

    ``zone`` is the one in which people are told times.
    """
    made = (_channel(reading, name, data) for name, data in reading.tables("channel").items())
    return tuple(
        replace(options, zone=zone.key) if isinstance(options, WebhookOptions) else options
        for options in made
        if options is not None
    )


def _channel(reading: Reading, name: str, data: dict[str, Any]) -> ChannelOptions | None:
    kind = data.get("type")
    model = _BUILT.get(kind) if isinstance(kind, str) else None
    if model is None:
        _no_such_type(reading, name, kind)
        return None
    table = reading.table(model, ("channel", name), data)
    return _MADE_OF[model](reading, name, table) if table is not None else None


def _no_such_type(reading: Reading, name: str, kind: object) -> None:
    listed = _listed(_BUILT)
    place = ("channel", name, "type")
    if kind is None:
        reading.fault(place, "is missing", f"add type = and one of {listed}")
    elif not isinstance(kind, str):
        reading.fault(place, "must be a text in quotes", f"write one of {listed}")
    else:
        hint = did_you_mean(kind, _BUILT, "there are")
        reading.fault(place, f'"{kind}" is no type of channel', hint)


def _email(reading: Reading, name: str, table: EmailTable) -> EmailOptions:
    place = ("channel", name)
    if table.username and not table.password:
        reading.fault(
            (*place, "password"),
            "is missing beside username",
            'add password = { env = "SMTP_PASSWORD" }',
        )
    if table.password and not table.username:
        reading.fault(
            (*place, "username"), "is missing beside password", 'add username = "wirewatch"'
        )
    if table.username and table.security == "none" and table.host not in _HERE:
        reading.warn(
            (*place, "security"),
            "the password travels unprotected",
            'write "starttls" or "tls" unless the network is yours',
        )
    _no_address_twice(reading, name, table.to)
    return EmailOptions(
        name,
        table.host,
        table.sender,
        tuple(table.to),
        port=table.port or _PORTS[table.security],
        security=table.security,
        username=table.username,
        password=Secret(table.password) if table.password else None,
    )


def _no_address_twice(reading: Reading, name: str, addresses: list[str]) -> None:
    seen: set[str] = set()
    for number, address in enumerate(addresses):
        if address.casefold() in seen:
            message = f'"{address}" is there twice and would get every mail twice'
            reading.fault(("channel", name, "to", number), message, "remove one")
        seen.add(address.casefold())


def _webhook(reading: Reading, name: str, table: WebhookTable) -> WebhookOptions:
    _check_format(reading, name, table)
    return WebhookOptions(
        name,
        Secret(table.url),
        secrets=tuple(Secret(text) for text in table.secret or ()),
        headers=tuple((key, Secret(value)) for key, value in table.headers.items()),
        format=table.format,
    )


def _check_format(reading: Reading, name: str, table: WebhookTable) -> None:
    """Whether there is such a format, and whether the address can be one of its service."""
    place = ("channel", name, "format")
    if table.format not in FORMATS:
        hint = did_you_mean(table.format, FORMATS, "there are")
        reading.fault(place, f'"{table.format}" is no format', hint)
    elif table.format == "json":
        host = urlsplit(table.url).hostname or ""
        chat = next((c for h, c in _CHAT_HOSTS.items() if f".{host}".endswith(f".{h}")), None)
        if chat:
            message = f"{host} does not read plain JSON"
            reading.warn(("channel", name, "url"), message, f'write format = "{chat}"')
    else:
        from monitor.delivery.chat.services import SERVICES  # which other configurations do without

        try:
            SERVICES[table.format].request(urlsplit(table.url), b"{}")
        except ValueError as error:
            message, _, hint = str(error).partition("; ")
            reading.fault(("channel", name, "url"), message.removeprefix("url "), hint)


def _folder(reading: Reading, name: str, table: FolderTable) -> FolderOptions:
    return FolderOptions(name, reading.path(table.path))


def _feed_file(reading: Reading, name: str, table: FeedFileTable) -> FeedFileOptions:
    path = reading.path(table.path)
    if is_folder(path):
        hint = f'write the name of a file, such as "{table.path.rstrip("/")}/matches.atom"'
        reading.fault(("channel", name, "path"), f'"{table.path}" is a folder', hint)
    return FeedFileOptions(name, path)


def _terminal(_reading: Reading, name: str, _table: TerminalTable) -> TerminalOptions:
    return TerminalOptions(name)


def _command(reading: Reading, name: str, table: CommandTable) -> CommandOptions:
    program, *arguments = table.command
    if not _can_run(program, reading):
        message, hint = "the program is not there, or not executable", "or make it so: chmod +x"
        hint = f"paths are relative to the configuration file; {hint}"
        if not arguments and len(program.split()) > 1:
            hint = 'write each word as a text of its own: ["./on-digest", "--urgent"]'
        elif "/" not in program:
            hint = f'a program beside the configuration file is written "./{program}"'
        reading.warn(("channel", name, "command"), message, hint)
    return CommandOptions(
        name,
        program,
        tuple(Secret(argument) for argument in arguments),
        folder=reading.folder,
        environment=dict(reading.environment),
        hidden=tuple(map(Secret, reading.secrets)),
        timeout=table.timeout,
    )


def _apprise(reading: Reading, name: str, table: AppriseTable) -> AppriseOptions:
    from monitor.delivery.channels import apprise  # which loads much

    place = ("channel", name)
    if not apprise.is_installed():
        reading.fault((*place, "type"), apprise.MISSING, apprise.MISSING_HINT)
    elif apprise.service_of(table.url) is None:
        message = "is no address of a service that Apprise knows, or lacks a part of it"
        hint = "write it as Apprise's own pages tell for the service"
        reading.fault((*place, "url"), message, hint)
    return AppriseOptions(name, Secret(table.url))


def _can_run(program: str, reading: Reading) -> bool:
    """Whether there is such a program now: one with a slash in its name, else one in the PATH."""
    if "/" not in program:
        return shutil.which(program, path=reading.environment.get("PATH", os.defpath)) is not None
    path = reading.folder / program
    return is_file(path) and os.access(path, os.X_OK)


def _listed(words: Any) -> str:
    return ", ".join(f'"{word}"' for word in words)


_MADE_OF: dict[type[Shape], Callable[[Reading, str, Any], ChannelOptions]] = {
    EmailTable: _email,
    WebhookTable: _webhook,
    FolderTable: _folder,
    FeedFileTable: _feed_file,
    CommandTable: _command,
    AppriseTable: _apprise,
    TerminalTable: _terminal,
}
