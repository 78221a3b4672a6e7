"""The options of the digests room."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.digests.periods import QuietHours, Schedule
from monitor.model import Patience
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

Patiences = Mapping[str, Patience]
"""What matches wait for, by the names of the rules that say so."""

NOBODY_WAITS: Patiences = {}


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

    @property
    def schedule_text(self) -> str:
        """The schedule and its zone in words: other words are another schedule."""
        return f"{self.schedule} {self.timezone.key}"
