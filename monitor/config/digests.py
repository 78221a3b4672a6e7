"""From [digest.NAME] to the options of the digests room."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from monitor.config.reading import Reading, is_file
from monitor.config.shape import DigestTable
from monitor.config.templates import template_fault
from monitor.digests.options import DEFAULT_SUBJECT, DigestOptions
from monitor.digests.periods import Cron
from monitor.toml_source import did_you_mean

_ENDINGS = (".html", ".txt")


def digests(
    reading: Reading, zone: ZoneInfo, channel_names: frozenset[str]
) -> tuple[DigestOptions, ...]:
    """Every digest of the file that has no fault; faults go to ``reading``.

    ``channel_names`` are those of all channels of the file, faulty ones too.
    """
    made = []
    for name, data in reading.tables("digest").items():
        _check_channels(reading, name, data.get("channels"), channel_names)
        table = reading.table(DigestTable, ("digest", name), data)
        if table is None:
            continue
        if table.quiet_hours and isinstance(table.schedule, Cron):
            message = "have no effect on a cron schedule"
            reading.warn(("digest", name, "quiet_hours"), message, "leave those hours out of it")
        made.append(_digest(reading, name, table, zone))
    return tuple(made)


def _digest(reading: Reading, name: str, table: DigestTable, zone: ZoneInfo) -> DigestOptions:
    return DigestOptions(
        name,
        table.schedule,
        tuple(dict.fromkeys(table.channels)),
        zone,
        subject=table.subject or DEFAULT_SUBJECT,
        max_stories=table.max_stories or 50,
        send_empty=table.send_empty,
        quiet_hours=table.quiet_hours,
        template=_template(reading, name, table.template) if table.template else None,
    )


def _check_channels(reading: Reading, name: str, channels: Any, known: frozenset[str]) -> None:
    """Every channel named is one of the file; what is no name is left to the shape."""
    listed = [channels] if isinstance(channels, str) else channels
    for number, channel in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(channel, str) and channel.strip() and channel.strip() not in known:
            hint = did_you_mean(channel, sorted(known), "there are")
            hint = hint or f"add a table [channel.{channel}]"
            place = ("digest", name, "channels", number)
            reading.fault(place, f'no channel is named "{channel}"', hint)


def _template(reading: Reading, name: str, text: str) -> Path:
    """The path without its ending; one of the two files at least must be there."""
    path = reading.path(text)
    if path.suffix in _ENDINGS:
        path = path.with_suffix("")
    files = [file for ending in _ENDINGS if is_file(file := Path(f"{path}{ending}"))]
    place = ("digest", name, "template")
    if not files:
        folder = path.parent
        there = (
            {p.stem for p in folder.iterdir() if p.suffix in _ENDINGS} if folder.is_dir() else ()
        )
        hint = did_you_mean(path.name, sorted(there), "there are") or f"write {path.name}.html"
        reading.fault(place, f'there is neither "{text}.html" nor "{text}.txt"', hint)
    for file in files:
        _check_template_file(reading, place, file)
    return path


def _check_template_file(reading: Reading, place: tuple[str, str, str], file: Path) -> None:
    try:
        reason = template_fault(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        reading.fault(place, f'the template "{file.name}" cannot be read as text in UTF-8')
        return
    if reason:
        line, message = reason
        reading.fault(place, f'the template "{file.name}" is wrong in line {line}: {message}')
