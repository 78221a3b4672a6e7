"""The register of chat services."""

from __future__ import annotations

from monitor.delivery.chat.discord import DISCORD
from monitor.delivery.chat.mattermost import MATTERMOST
from monitor.delivery.chat.ntfy import NTFY
from monitor.delivery.chat.service import ChatService
from monitor.delivery.chat.slack import SLACK
from monitor.delivery.chat.teams import TEAMS

SERVICES: dict[str, ChatService] = {
    "slack": SLACK,
    "discord": DISCORD,
    "teams": TEAMS,
    "mattermost": MATTERMOST,
    "ntfy": NTFY,
}
"""Every chat service, by the word after ``format``."""
