"""Mattermost: Markdown in one text, over an incoming webhook.

A post holds 16,383 characters (``PostMessageMaxRunesV2`` of the server). Webhooks there read some
of Slack's markup as well, ``<!channel>`` and ``<address|words>``, so ``<`` and ``>`` are entities;
a zero-width space keeps ``@`` from the word behind it, for in Markdown no backslash does. A server
that limits its callers lets ten a second through by default.
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
from monitor.delivery.chat.markup import BREAK, Markup, block_start, markdown
from monitor.delivery.chat.parts import Piece, Room, Writing, by_section, pieces, share_out
from monitor.delivery.chat.service import Answer, ChatService, Verdict
from monitor.delivery.chat.telling import Telling, ToldStory
from monitor.delivery.pace import Pace

POST, STORY = 16_383, 8_000
"""Characters in a post, and in a story of it."""

_UNLIT = {"mentionHighlightDisabled": True, "disable_group_highlight": True}
"""Names in a post are not lit up (``PostProps…HighlightDisabled`` of the server)."""

_OF_THE_CHANNEL = re.compile(
    r"web\.incoming_webhook\.(invalid|disabled|channel|channel_locked|permissions|user)\."
)
"""Errors about the webhook; the server gives them with 400 and 501, too."""

_escaped = markdown("\\`*_[]!#~|")


def _words(text: str) -> str:
    entities = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _escaped(entities).replace("@", f"@{BREAK}")


MARKUP = Markup(
    _words,
    bold=lambda words: f"**{words}**",
    link=lambda words, address: f"[{words}]({address})",
    also_encoded="@",
    starts=block_start,
)


def parts(telling: Telling) -> tuple[bytes, ...]:
    """The posts that tell a digest."""
    head = len(_head(telling, 9999, 9999))
    shared = share_out(tuple(pieces(telling, WRITING)), Room(POST - head, heading=30))
    return tuple(
        json.dumps(_post(telling, part, number, len(shared)), ensure_ascii=False).encode()
        for number, part in enumerate(shared, 1)
    )


def _post(telling: Telling, part: Sequence[Piece], number: int, total: int) -> dict[str, Any]:
    text = _head(telling, number, total)
    for section, told in by_section(part):
        heading = section.value.strip()
        text += f"\n\n**{heading}**" if heading else ""
        text += "".join(piece.content for piece in told)
    return {"text": text, "props": _UNLIT}


def _head(telling: Telling, number: int, total: int) -> str:
    warning = telling.warning if number in {1, 9999} else ""
    head = f"#### {_words(subject_line(telling, number, total))}"
    return f"{head}\n:warning: {_words(warning)}" if warning else head


def _story(story: ToldStory, detail: Detail) -> str:
    lines = [f"**{MARKUP.line([headline(story, detail)])}**"]
    for line in story_lines(story, detail):
        text = MARKUP.line(line.spans)
        quoted = {Kind.QUOTE: f"> {text}\n", Kind.HEADLINE: f"**{text}**"}
        lines.append(quoted.get(line.kind, text))
    return "\n".join(lines)


WRITING = Writing(
    lambda story, detail: f"\n\n{_story(story, detail)}",
    item=lambda _, spans: f"\n- {MARKUP.line(spans)}",
    words=lambda text: f"\n\n{_words(text)}",
    foot=lambda text: f"\n\n_{_words(text)}_",
    size=len,
    fits=lambda text: len(text) <= STORY,
)


def meaning(answer: Answer) -> Verdict | None:
    """The id of an error says more than its status."""
    of_the_channel = answer.status >= 400 and _OF_THE_CHANNEL.search(answer.text)
    return Verdict.OF_THE_CHANNEL if of_the_channel else None


MATTERMOST = ChatService(parts, Pace(0.5, burst=4), meaning)
