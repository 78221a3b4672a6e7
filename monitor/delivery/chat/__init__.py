"""Chat services: a digest as Slack, Discord, Teams, Mattermost or ntfy show it best.

    JSON payload ─► telling (what there is to say) ─► pieces (a story each) ─► parts (one post each)

Everything here is pure: it reads the webhook's payload and gives the bodies to post. Foreign words
are escaped where a service's markup is written, links are http(s) only, and nobody is mentioned. A
part is cut between stories only; every story is in exactly one part.
"""

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
