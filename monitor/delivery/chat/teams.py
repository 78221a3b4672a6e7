"""Microsoft Teams: an Adaptive Card, over a workflow's webhook (or an older incoming webhook).

Headlines are links in a ``TextBlock``, which reads Markdown; everything else is in ``TextRun``s,
which show words as they are: links within them do not work in every Teams
(microsoft/AdaptiveCards#9100), and its programs differ in how they read escaped Markdown (#5590).
A post has some 28 KB; whether they count bytes or UTF-16 is not said, so the larger counts. More
than four posts a second are throttled.
https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from monitor.delivery.chat.lines import (
    Detail,
    Kind,
    Line,
    headline,
    story_lines,
    subject_line,
)
from monitor.delivery.chat.markup import BREAK, Markup, block_start, markdown
from monitor.delivery.chat.parts import Piece, Room, Section, Writing, by_section, pieces, share_out
from monitor.delivery.chat.service import Answer, ChatService, Verdict
from monitor.delivery.chat.telling import Span, Telling, ToldStory
from monitor.delivery.pace import Pace

WHOLE, STORY = 26_000, 20_000
"""Bytes of a post, and of a story in it, in UTF-8 or UTF-16, whichever are more."""

_escaped = markdown("\\`*_[]()<>#~|&")


def _words(text: str) -> str:
    # "]" and "(" are parted too, for a Teams that passes over backslashes; {{ begins a function.
    return _escaped(text).replace("\\]\\(", f"\\]{BREAK}\\(").replace("{{", f"{{{BREAK}{{")


MARKUP = Markup(
    _words,
    bold=lambda words: f"**{words}**",
    link=lambda words, address: f"[{words}]({address})",
    starts=block_start,
)


def parts(telling: Telling) -> tuple[bytes, ...]:
    """The posts that tell a digest."""
    empty = _bytes(_post(telling, (), 9999, 9999))
    shared = share_out(tuple(pieces(telling, WRITING)), Room(WHOLE - empty, heading=300))
    return tuple(
        json.dumps(_post(telling, part, number, len(shared)), ensure_ascii=False).encode()
        for number, part in enumerate(shared, 1)
    )


def _post(telling: Telling, part: Sequence[Piece], number: int, total: int) -> dict[str, Any]:
    subject = subject_line(telling, number, total)
    body = [_rich([_run(subject, size="Medium", weight="Bolder")])]
    if telling.warning and number in {1, 9999}:
        body.append(_rich([_run(f"⚠ {telling.warning}", color="Attention")]))
    for section, told in by_section(part):
        if section.value.strip():
            body.append(_rich([_run(section.value, weight="Bolder")]))
        body += [piece.content for piece in told]
    card = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.2",
        "fallbackText": subject,
        "msteams": {"width": "Full"},
        "body": body,
    }
    kind = "application/vnd.microsoft.card.adaptive"
    attachment = {"contentType": kind, "contentUrl": None, "content": card}
    return {"type": "message", "summary": subject, "attachments": [attachment]}


def _story(story: ToldStory, detail: Detail) -> dict[str, Any]:
    title = {**_text([headline(story, detail)]), "weight": "Bolder"}
    items = [title, *(_line(line, story) for line in story_lines(story, detail))]
    return {"type": "Container", "separator": True, "spacing": "Medium", "items": items}


def _line(line: Line, story: ToldStory) -> dict[str, Any]:
    if line.kind is Kind.HEADLINE:
        return _text(line.spans)
    if line.kind is Kind.MARK:
        urgent = {"color": "Attention"} if story.priority == "high" else {}
        return _rich([_run(span.text, weight="Bolder", **urgent) for span in line.spans])
    if line.kind in {Kind.ABOUT, Kind.SOURCE, Kind.REST}:
        return _rich([_run(span.text, isSubtle=True) for span in line.spans])
    return _rich(_runs(line.spans))


def _text(spans: Sequence[Span]) -> dict[str, Any]:
    return {"type": "TextBlock", "text": MARKUP.line(spans), "wrap": True}


def _rich(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "RichTextBlock", "spacing": "Small", "inlines": list(runs)}


def _runs(spans: Sequence[Span]) -> list[dict[str, Any]]:
    return [_run(s.text, **({"weight": "Bolder"} if s.bold else {})) for s in spans]


def _run(text: str, **look: Any) -> dict[str, Any]:
    return {"type": "TextRun", "text": text, **look}


def _item(section: Section, spans: Sequence[Span]) -> dict[str, Any]:
    return _text(spans) if section is Section.MORE else _rich(_runs(spans))


def _foot(text: str) -> dict[str, Any]:
    return {**_rich([_run(text, size="Small", isSubtle=True)]), "separator": True}


def _bytes(value: object) -> int:
    text = json.dumps(value, ensure_ascii=False)
    return max(len(text.encode("utf-8")), len(text.encode("utf-16-le")))


WRITING = Writing(
    _story,
    _item,
    words=lambda text: _rich([_run(text)]),
    foot=_foot,
    size=lambda block: _bytes(block) + 4,
    fits=lambda block: _bytes(block) <= STORY,
)

_WITHIN = re.compile(r"endpoint returned HTTP error (\d{3})")
_OF_THE_CHANNEL = re.compile(
    r"Workflow(TriggerIsNotEnabled|NotFound)|DirectApi\w*|AuthorizationFailed|TriggerNotFound"
)
"""What Azure Logic Apps calls a flow that is off, deleted, or not open to us."""


def meaning(answer: Answer) -> Verdict | None:
    """An older webhook answers 200 and tells the real status in words (msteams-docs#1810)."""
    within = _WITHIN.search(answer.text)
    if answer.status < 300 and "delivery failed" in answer.text:
        return _told_within(int(within[1]) if within else 500)
    if 400 <= answer.status < 500 and _OF_THE_CHANNEL.search(answer.text):
        return Verdict.OF_THE_CHANNEL
    return None


def _told_within(status: int) -> Verdict:
    if status == 429:
        return Verdict.SLOW_DOWN
    if status in {401, 403, 404, 410}:
        return Verdict.OF_THE_CHANNEL
    return Verdict.OF_THE_MESSAGE if status < 500 else Verdict.LATER


TEAMS = ChatService(parts, Pace(1.0, burst=3), meaning)
