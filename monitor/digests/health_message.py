"""The message that tells of health, in the form of a digest without stories: HTML, text and JSON.

A receiver of digests can take it as it is: every field of the webhook's JSON is there, ``digest``
is "health", and ``problems`` are those that began and those that are over, whose ``message`` begins
with "over: ".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from monitor.digests.late_renderer import LateRenderer
from monitor.digests.options import HEALTH
from monitor.digests.payload import payload
from monitor.digests.problem_view import PROBLEMS_SHOWN, problem_view, told_problems
from monitor.digests.tidings import Tidings
from monitor.model import Digest, Message, Problem, new_id
from monitor.text.wording import counted, one_line, whole_date

if TYPE_CHECKING:
    from monitor.digests.render import Renderer

OVER = "over: "
_LONGEST_SUBJECT = 200


def subject_of(begun: Sequence[Problem], over: Sequence[Problem]) -> str:
    """What begins the message: "Wirewatch: 2 new problems, 1 over"; one alone with its name.

    They are counted as they are told: many of one cause as one.
    """
    told = counted(len(begun), "new problem", "new problems") if begun else ""
    if over:
        ended = len(over)
        told += f", {ended:,} over" if told else f"{counted(ended, 'problem', 'problems')} over"
    if len(begun) + len(over) == 1:
        (alone,) = (*begun, *over)
        told += f": {one_line(alone.name, 80)}"
    return one_line(f"Wirewatch: {told}", _LONGEST_SUBJECT)


def render(
    tidings: Tidings,
    present: Sequence[Problem],
    renderer: Renderer | LateRenderer,
    zone: ZoneInfo,
    now: datetime,
) -> Message:
    """The message; ``present`` are all problems there are ``now``, for the count of those left."""
    begun, ended = told_problems(tidings.begun), told_problems(tidings.over)
    message_id, subject = new_id(now), subject_of(begun, ended)
    here = now.astimezone(zone)
    names = {
        "subject": subject,
        "id": message_id,
        "date": whole_date(here),
        "zone": zone.key,
        "begun": [problem_view(problem, here) for problem in begun[:PROBLEMS_SHOWN]],
        "over": [problem_view(problem, here) for problem in ended[:PROBLEMS_SHOWN]],
        "counts": {
            "begun": len(begun),
            "over": len(ended),
            "left": len(told_problems(problem for problem in present if problem.lasts)),
        },
    }
    over = tuple(replace(each, message=f"{OVER}{each.message}") for each in tidings.over)
    digest = Digest(message_id, HEALTH, now, (), problems=tidings.begun + over)
    return Message(
        id=message_id,
        digest=HEALTH,
        composed_at=now,
        subject=subject,
        html=renderer.our_own("health.html", names),
        text=renderer.our_own("health.txt", names),
        json=json.dumps(payload(digest, subject), ensure_ascii=False).encode("utf-8", "replace"),
    )
