"""Discord: an embed for each story, over a webhook.

Limits (https://discord.com/developers/docs/resources/message#embed-object-embed-limits): 2000
characters of content, 10 embeds, of which a title has 256 and a description 4096, and 6000 in all
embeds together. ``allowed_mentions`` without anything in it lets nothing notify anybody, and what
looks like a mention is parted. A webhook may be posted to 5 times in 2 seconds, and a channel takes
30 messages a minute. ``wait`` makes Discord answer once the message is there, or say why not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode

from monitor.delivery.chat.lines import (
    Detail,
    Kind,
    headline,
    story_lines,
    subject_line,
)
from monitor.delivery.chat.markup import BREAK, Markup, block_start, destination, markdown
from monitor.delivery.chat.parts import Piece, Room, Section, Writing, by_section, pieces, share_out
from monitor.delivery.chat.service import Answer, ChatService
from monitor.delivery.chat.telling import Telling, ToldStory
from monitor.delivery.pace import Pace
from monitor.text.wording import shorten

CONTENT, EMBEDS, TITLE, DESCRIPTION, WHOLE = 2000, 10, 256, 4096, 6000
"""The limits, in UTF-16 units: so Discord's own programs count."""

STORY = 3500
"""Of a story's embed, so that another may stand beside it."""

_URGENT, _PLAIN = 0xC0392B, 0x4A6785
_escaped = markdown("\\*_~`|[]<>#&")


def _words(text: str) -> str:
    return _escaped(text).replace("@", f"@{BREAK}")


MARKUP = Markup(
    _words,
    bold=lambda words: f"**{words}**",
    link=lambda words, address: f"[{words}]({address})",
    starts=block_start,
)


def parts(telling: Telling) -> tuple[bytes, ...]:
    """The messages that tell a digest."""
    shared = share_out(tuple(pieces(telling, WRITING)), Room(WHOLE - 200, EMBEDS, heading=30))
    return tuple(
        json.dumps(_message(telling, part, number, len(shared)), ensure_ascii=False).encode()
        for number, part in enumerate(shared, 1)
    )


def _message(telling: Telling, part: Sequence[Piece], number: int, total: int) -> dict[str, Any]:
    content = f"**{_words(subject_line(telling, number, total))}**"
    if telling.warning and number == 1:
        content += f"\n⚠ {_words(telling.warning)}"
    embeds: list[dict[str, Any]] = []
    for section, told in by_section(part):
        contents = [piece.content for piece in told]
        listed = section in {Section.MORE, Section.PROBLEMS}
        embeds += _lists(section.value, contents) if listed else contents
    return {"content": content, "embeds": embeds, "allowed_mentions": {"parse": []}}


def _lists(heading: str, lines: Sequence[str]) -> Iterator[dict[str, Any]]:
    """One embed, or two where the lines are more than a description holds."""
    text = ""
    for line in lines:
        if _units(text) + _units(line) > DESCRIPTION:
            yield {"title": heading, "description": text.strip()}
            text = ""
        text += line
    yield {"title": heading, "description": text.strip()}


def _story(story: ToldStory, detail: Detail) -> dict[str, Any]:
    lines = []
    for line in story_lines(story, detail):
        text = MARKUP.line(line.spans)
        quoted = {Kind.QUOTE: f"> {text}", Kind.HEADLINE: f"**{text}**"}
        lines.append(quoted.get(line.kind, text))
    title = headline(story, detail)
    embed: dict[str, Any] = {
        "title": _title(title.text),
        "description": "\n".join(lines),
        "color": _URGENT if story.priority == "high" else _PLAIN,
    }
    address = destination(title.link) if title.link else None
    return embed if address is None else {**embed, "url": address}


def _title(text: str) -> str:
    """A title that is within its limit once it is escaped."""
    words = _words(text)
    limit = TITLE
    while _units(words) > TITLE:
        limit -= 10
        words = _words(shorten(text, limit))
    return words


def _size(content: dict[str, Any] | str) -> int:
    """Of an embed, or of a line in one."""
    if isinstance(content, str):
        return _units(content)
    footer = content.get("footer", {}).get("text", "")
    return sum(map(_units, (content.get("title", ""), content.get("description", ""), footer)))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


WRITING = Writing(
    _story,
    item=lambda _, spans: f"- {MARKUP.line(spans)}\n",
    words=lambda text: {"description": _words(text)},
    foot=lambda text: {"footer": {"text": text}},
    size=_size,
    fits=lambda embed: _size(embed) <= STORY,
    item_slots=0,
)
"""Lines share an embed with their like."""


def request(url: SplitResult, body: bytes) -> tuple[str, bytes]:
    """The address with ``wait``, so that a message that is not kept is not answered with success.

    https://discord.com/developers/docs/resources/webhook#execute-webhook
    """
    query = [(key, value) for key, value in parse_qsl(url.query, True) if key != "wait"]
    return url._replace(query=urlencode([*query, ("wait", "true")])).geturl(), body


def asked(answer: Answer) -> float | None:
    """Seconds, to the fraction, in the answer itself or in a header of Discord's own."""
    try:
        told = json.loads(answer.text)
        return max(0.0, float(told["retry_after"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    try:
        return max(0.0, float(answer.headers.get("x-ratelimit-reset-after", "")))
    except ValueError:
        return None


DISCORD = ChatService(parts, Pace(2.0, burst=4), asked=asked, request=request)
