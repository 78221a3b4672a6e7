"""ntfy: notifications with title, priority, tags and a place to click, as Markdown.

Published as JSON (https://docs.ntfy.sh/publish/#publish-as-json). A message has at most 4096 bytes,
beyond which it becomes a file to download; a title has 1 KB and all tags together 512 bytes. A
visitor may publish 60 times at once and then every 5 seconds, which others at the same address
share.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import SplitResult, unquote

from monitor.delivery.chat.lines import (
    Detail,
    Kind,
    headline,
    story_lines,
)
from monitor.delivery.chat.markup import Markup, block_start, destination, markdown
from monitor.delivery.chat.parts import Piece, Room, Writing, by_section, pieces, share_out
from monitor.delivery.chat.service import ChatService
from monitor.delivery.chat.telling import Telling, ToldStory
from monitor.delivery.pace import Pace
from monitor.text.wording import shorten

MESSAGE, TITLE, TAGS = 4096, 200, 400
"""Bytes of a message, characters of a title, bytes of all tags."""

HIGH, LOW = 4, 2
"""Priorities: 3 is the usual one. 5 would ring through a phone's silence."""

_TOPIC = re.compile(r"[-_A-Za-z0-9]{1,64}")
_BREAK = "  \n"

MARKUP = Markup(
    markdown("\\`*_[]()<>#~|!&"),
    bold=lambda words: f"**{words}**",
    link=lambda words, address: f"[{words}]({address})",
    starts=block_start,
)


def parts(telling: Telling) -> tuple[bytes, ...]:
    """The notifications that tell a digest."""
    room = Room(MESSAGE - _bytes(_head(telling)), heading=40)
    for_a_story = room.size - room.heading - _bytes(_foot(telling.footer))
    shared = share_out(tuple(pieces(telling, _writing(for_a_story))), room)
    return tuple(
        json.dumps(_notification(telling, part, number, len(shared)), ensure_ascii=False).encode()
        for number, part in enumerate(shared, 1)
    )


def _notification(
    telling: Telling, part: Sequence[Piece], number: int, total: int
) -> dict[str, Any]:
    text = _head(telling) if number == 1 else ""
    stories: list[ToldStory] = []
    for section, told in by_section(part):
        heading = section.value.strip()
        text += f"\n**{heading}**\n\n" if heading else ""
        text += "".join(piece.content for piece in told)
        stories += [piece.story for piece in told if piece.story]
    number_alone = f" ({number}/{total})" if total > 1 else ""
    title = shorten(telling.subject, TITLE - len(number_alone)) + number_alone
    sent = {"title": title, "message": text.strip(), "markdown": True}
    return {**sent, **_look(telling, stories, number)}


def _look(telling: Telling, stories: Sequence[ToldStory], number: int) -> dict[str, Any]:
    """Priority, tags, and where a tap leads where there is one story to lead to."""
    look: dict[str, Any] = {}
    priorities = {story.priority for story in stories}
    if "high" in priorities:
        look["priority"] = HIGH
    elif priorities == {"low"}:
        look["priority"] = LOW
    warned = ("warning",) if telling.warning and number == 1 else ()
    tags = _within((*warned, *(tag for story in stories for tag in story.tags)))
    if tags:
        look["tags"] = tags
    address = destination(stories[0].link) if len(stories) == 1 and stories[0].link else None
    if address:
        look["click"] = address
    return look


def _within(tags: Sequence[str]) -> list[str]:
    """The first of the tags, each once, that are within the limit together."""
    kept: list[str] = []
    left = TAGS
    for tag in dict.fromkeys(tag.replace(",", " ") for tag in tags):
        left -= _bytes(tag) + 1
        if left >= 0:
            kept.append(tag)
    return kept


def _head(telling: Telling) -> str:
    return f"⚠ {MARKUP.words(telling.warning)}\n\n" if telling.warning else ""


def _story(story: ToldStory, detail: Detail) -> str:
    lines = [f"**{MARKUP.line([headline(story, detail)])}**"]
    for line in story_lines(story, detail):
        text = MARKUP.line(line.spans)
        lines.append({Kind.QUOTE: f"> {text}\n", Kind.HEADLINE: f"**{text}**"}.get(line.kind, text))
    return _BREAK.join(lines) + "\n\n"


def _foot(text: str) -> str:
    return f"\n{MARKUP.words(text)}\n"


def _writing(room: int) -> Writing:
    """How it is written where a message has ``room`` bytes for a story."""
    return Writing(
        _story,
        item=lambda _, spans: f"- {MARKUP.line(spans)}\n",
        words=lambda text: f"{text}\n\n",
        foot=_foot,
        size=_bytes,
        fits=lambda text: _bytes(text) <= room,
    )


def _bytes(text: str) -> int:
    return len(text.encode())


def request(url: SplitResult, body: bytes) -> tuple[str, bytes]:
    """The server's address, and the body with the topic in it: the last part of the path.

    Raises ValueError where the address has no topic that can be one.
    """
    server, _, topic = url.path.rstrip("/").rpartition("/")
    if not _TOPIC.fullmatch(unquote(topic)):
        raise ValueError("url has no topic of ntfy; write https://ntfy.sh/ and your topic")
    named = {"topic": unquote(topic), **json.loads(body)}
    address = url._replace(path=f"{server}/").geturl()
    return address, json.dumps(named, ensure_ascii=False).encode()


NTFY = ChatService(parts, Pace(5.0, burst=20), request=request)
