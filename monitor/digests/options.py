"""The options of the digests room."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.digests.periods import QuietHours, Schedule
from monitor.records import dataclass

DEFAULT_SUBJECT = (
    "{% if stories or not problems %}"
    "{{ stories|length }} {{ 'story' if stories|length == 1 else 'stories' }} on your watch"
    "{% else %}"
    "No story, {{ counts.problems | counted('problem', 'problems') }}"
    "{% endif %}"
)


HEALTH = "health"
"""The name under which health is told, in the place of a digest's."""


@dataclass(frozen=True, slots=True)
class DigestOptions:
    """One digest of the configuration. ``template`` is the path without its ending."""

    name: str
    schedule: Schedule
    channels: tuple[str, ...]
    timezone: ZoneInfo
    subject: str = DEFAULT_SUBJECT
    max_stories: int = 50
    send_empty: bool = False
    quiet_hours: QuietHours | None = None
    template: Path | None = None
