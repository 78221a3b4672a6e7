"""Slack: Block Kit sections in mrkdwn, over an incoming webhook.

Limits: 50 blocks of which a section's text has at most 3000 characters
(https://docs.slack.dev/reference/block-kit/blocks/section-block), and some 13,000 characters in
all, beyond which Slack answers ``msg_blocks_too_long``. Escaping: ``&``, ``<`` and ``>`` as
entities, so that nothing is read as a mention, a link or a command
(https://docs.slack.dev/messaging/formatting-message-text). Of ``*``, ``_``, ``~`` and the backtick
Slack knows no escape: where they would begin or end a format, a look-alike stands in for them. One
message a second (https://docs.slack.dev/apis/web-api/rate-limits).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from monitor.delivery.chat.lines import (
    Detail,
    Kind,
    headline,
    story_lines,
    subject_line,
)
from monitor.delivery.chat.markup import BREAK, Markup
from monitor.delivery.chat.parts import Piece, Room, Section, Writing, by_section, pieces, share_out
from monitor.delivery.chat.service import Answer, ChatService, Verdict
from monitor.delivery.chat.telling import Span, Telling, ToldStory
from monitor.delivery.pace import Pace

SECTION, BLOCKS, WHOLE = 3000, 50, 12_000
"""Characters in a section, blocks in a message, bytes in all of its blocks together."""

_HEADING = 120
"""Bytes that the heading of a section takes as a block, at most."""

_LOOK_ALIKES = {"*": "∗", "_": "ˍ", "~": "∼"}
_FORMATS = re.compile(r"(?<![^\W_])[*_~]|[*_~](?![^\W_])")

_OF_THE_CHANNEL = frozenset(
    {
        "action_prohibited",
        "channel_is_archived",
        "channel_not_found",
        "invalid_token",
        "no_active_hooks",
        "no_service",
        "no_service_id",
        "no_team",
        "posting_to_general_channel_denied",
        "team_disabled",
        "user_not_found",
    }
)
"""Answers about the address, whatever their status."""


def _words(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _FORMATS.sub(lambda found: _LOOK_ALIKES[found[0]], escaped).replace("`", "‘")


def _bold(words: str) -> str:
    # Slack reads a format only where no word touches it; a zero-width space makes room.
    return f"{BREAK}*{words}*{BREAK}"


def _link(words: str, address: str) -> str:
    return f"<{address.replace('&', '&amp;')}|{words}>"


MARKUP = Markup(_words, _bold, _link)


def parts(telling: Telling) -> tuple[bytes, ...]:
    """The messages that tell a digest."""
    room = Room(WHOLE - _bytes(_head(telling, 9999, 9999)), BLOCKS - 2, heading=_HEADING)
    shared = share_out(tuple(pieces(telling, WRITING)), room)
    return tuple(
        json.dumps(_message(telling, part, number, len(shared)), ensure_ascii=False).encode()
        for number, part in enumerate(shared, 1)
    )


def _message(telling: Telling, part: Sequence[Piece], number: int, total: int) -> dict[str, Any]:
    blocks = _head(telling, number, total)
    for section, told in by_section(part):
        if section.value.strip():
            blocks.append(_section(f"*{section.value}*"))
        blocks += [piece.content for piece in told]
    return {
        "text": _words(subject_line(telling, number, total)),
        "blocks": blocks,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _head(telling: Telling, number: int, total: int) -> list[dict[str, Any]]:
    lines = [f"*{_words(subject_line(telling, number, total))}*"]
    if telling.warning and number in {1, 9999}:
        lines.append(f"⚠ {_words(telling.warning)}")
    return [_section("\n".join(lines))]


def _story(story: ToldStory, detail: Detail) -> str:
    lines = [f"*{MARKUP.line([headline(story, detail)])}*"]
    for line in story_lines(story, detail):
        text = MARKUP.line(line.spans)
        lines.append({Kind.QUOTE: f">{text}", Kind.HEADLINE: f"• {text}"}.get(line.kind, text))
    return "\n".join(lines)


def _item(_section_of: Section, spans: Sequence[Span]) -> dict[str, Any]:
    return _section(f"• {MARKUP.line(spans)}")


def _foot(text: str) -> dict[str, Any]:
    return {"type": "context", "elements": [_text(_words(text))]}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": _text(text)}


def _text(text: str) -> dict[str, Any]:
    # verbatim: names of people and channels are left alone.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _bytes(blocks: Sequence[dict[str, Any]]) -> int:
    return len(json.dumps(blocks, ensure_ascii=False).encode())


WRITING = Writing(
    lambda story, detail: _section(_story(story, detail)),
    _item,
    words=lambda text: _section(_words(text)),
    foot=_foot,
    size=lambda block: _bytes([block]) + 2,
    fits=lambda block: len(block["text"]["text"]) <= SECTION,
)


def meaning(answer: Answer) -> Verdict | None:
    """Slack says what is wrong in a word: https://docs.slack.dev/messaging (incoming webhooks)."""
    word = answer.text.strip().lower().replace(" ", "_")
    if answer.status < 300:
        return None
    if word in _OF_THE_CHANNEL:
        return Verdict.OF_THE_CHANNEL
    if word in {"rate_limited", "ratelimited", "message_limit_exceeded"}:
        return Verdict.SLOW_DOWN
    if word == "rollup_error":
        return Verdict.LATER
    return None


SLACK = ChatService(parts, Pace(1.0), meaning)
