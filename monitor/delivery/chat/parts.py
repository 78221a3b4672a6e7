"""A digest in as many posts as a service needs: cut between stories, everything in exactly one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from functools import partial
from typing import Any

from monitor.delivery.chat.lines import Detail, fitting, more_line, problem_line
from monitor.delivery.chat.telling import Span, Telling, ToldStory
from monitor.records import dataclass


class Section(Enum):
    """Where in a post something stands; the value is its heading, if it has one."""

    STORIES = ""
    MORE = "More"
    PROBLEMS = "What to know"
    FOOT = " "


@dataclass(frozen=True, slots=True)
class Piece:
    """What is never cut: a story, a line of "more", a problem.

    ``content`` is what the service puts into its document, ``size`` what that takes there in the
    service's measure with everything that parts it from the next, ``slots`` how many of the things
    of which a post may hold so many (blocks, embeds).
    """

    section: Section
    content: Any
    size: int
    slots: int = 1
    story: ToldStory | None = None


@dataclass(frozen=True, slots=True)
class Writing:
    """How a service writes each kind of piece, what that takes, and which story is short enough.

    ``item`` writes a line of "more" or a problem, which takes ``item_slots``; ``words`` a text
    that stands alone, ``foot`` the last line of a digest.
    """

    story: Callable[[ToldStory, Detail], Any]
    item: Callable[[Section, Sequence[Span]], Any]
    words: Callable[[str], Any]
    foot: Callable[[str], Any]
    size: Callable[[Any], int]
    fits: Callable[[Any], bool]
    item_slots: int = 1


def pieces(telling: Telling, writing: Writing) -> Iterator[Piece]:
    """Everything that a digest tells, in order; a story that is too large is shortened."""
    for story in telling.stories:
        content = fitting(partial(writing.story, story), writing.fits)
        yield Piece(Section.STORIES, content, writing.size(content), story=story)
    listed = [(Section.MORE, more_line(item)) for item in telling.more]
    listed += [(Section.PROBLEMS, problem_line(problem)) for problem in telling.problems]
    for section, spans in listed:
        content = writing.item(section, spans)
        yield Piece(section, content, writing.size(content), writing.item_slots)
    if not (telling.stories or listed):
        content = writing.words(telling.nothing)
        yield Piece(Section.STORIES, content, writing.size(content))
    content = writing.foot(telling.footer)
    yield Piece(Section.FOOT, content, writing.size(content))


@dataclass(frozen=True, slots=True)
class Room:
    """What a post holds beside its head: ``size`` in the service's measure, and ``slots``.

    A section begun in a post takes ``heading`` for its heading, and a slot.
    """

    size: int
    slots: int = 1_000_000
    heading: int = 0


def share_out(pieces: Sequence[Piece], room: Room) -> tuple[tuple[Piece, ...], ...]:
    """The pieces in order, part by part: as many in each as there is room for, one at least.

    The last piece ends the last part, wherever that is: every part keeps room for it.
    """
    *others, foot = pieces
    left = Room(room.size - foot.size, room.slots - foot.slots, room.heading)
    *full, last = tuple(_parts(others, left)) or ((),)
    return (*full, (*last, foot))


def _parts(pieces: Sequence[Piece], room: Room) -> Iterator[tuple[Piece, ...]]:
    part: list[Piece] = []
    size = slots = 0
    for piece in pieces:
        begins = not part or part[-1].section is not piece.section
        needed = piece.size + room.heading * begins
        places = piece.slots + begins
        if part and (size + needed > room.size or slots + places > room.slots):
            yield tuple(part)
            part, size, slots = [], 0, 0
            needed, places = piece.size + room.heading, piece.slots + 1
        part.append(piece)
        size, slots = size + needed, slots + places
    if part:
        yield tuple(part)


def by_section(part: Sequence[Piece]) -> Iterator[tuple[Section, list[Piece]]]:
    """The sections of a part in order, each with its pieces."""
    for section in Section:
        found = [piece for piece in part if piece.section is section]
        if found:
            yield section, found
