"""Splitting a digest that is too large for one message: between stories, none lost, none double.

Decides only; what a part weighs is asked of the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from monitor.digests.view import DETAILS, Detail
from monitor.model import Digest, Story
from monitor.records import dataclass

Weigh = Callable[[Digest, Detail], int]
"""Gives the bytes of a digest rendered at a level of detail."""


class TooLarge(ValueError):
    """Not even a single story fits."""


@dataclass(frozen=True, slots=True)
class Part:
    """What goes into one message; ``before`` stories of the digest are in earlier ones."""

    digest: Digest
    detail: Detail = DETAILS[0]
    before: int = 0


def split(digest: Digest, weigh: Weigh, limit: int) -> tuple[Part, ...]:
    """The parts of ``digest``, each of at most ``limit`` bytes, its stories in their order.

    A story that is too large for any message is told in less detail. Raises TooLarge where the
    least detail is still too large.
    """
    if weigh(digest, DETAILS[0]) <= limit:
        return (Part(digest),)
    if _count(digest) == 0:
        raise TooLarge
    return tuple(_packed(digest, weigh, limit))


def _packed(digest: Digest, weigh: Weigh, limit: int) -> Iterator[Part]:
    """Parts filled in order: by the stories' own weights first, then made sure of."""
    frame = weigh(_slice(digest, 0, 0), DETAILS[0])
    weights = [
        weigh(_slice(digest, at, at + 1), DETAILS[0]) - frame for at in range(_count(digest))
    ]
    start = 0
    while start < len(weights):
        end = _reach(weights, start, limit - frame)
        part, end = _made_to_fit(digest, start, end, weigh, limit)
        yield part
        start = end


def _reach(weights: list[int], start: int, room: int) -> int:
    """Where a part that begins at ``start`` must end by the weights; one item at least."""
    end, taken = start + 1, weights[start]
    while end < len(weights) and taken + weights[end] <= room:
        taken += weights[end]
        end += 1
    return end


def _made_to_fit(
    digest: Digest, start: int, end: int, weigh: Weigh, limit: int
) -> tuple[Part, int]:
    """The part from ``start`` to ``end`` or, where that is too much, a shorter one; and its end."""
    before = min(start, len(digest.stories))
    while end - start > 1:
        shorter = _slice(digest, start, end)
        if weigh(shorter, DETAILS[0]) <= limit:
            return Part(shorter, before=before), end
        end = start + max(1, (end - start) * 9 // 10)
    single = _slice(digest, start, end)
    for detail in DETAILS:
        if weigh(single, detail) <= limit:
            return Part(single, detail, before), end
    raise TooLarge


def _count(digest: Digest) -> int:
    """How many items there are to split between: stories, then those told as title and link."""
    return len(digest.stories) + len(digest.more)


def _slice(digest: Digest, start: int, end: int) -> Digest:
    """The digest with the items from ``start`` to ``end`` only."""
    first_more = len(digest.stories)
    more: tuple[Story, ...] = digest.more[max(0, start - first_more) : max(0, end - first_more)]
    return replace(digest, stories=digest.stories[start:end], more=more)
