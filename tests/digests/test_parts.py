"""Splitting a digest between its stories."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.digests.parts import TooLarge, split
from monitor.digests.view import DETAILS, Detail
from monitor.model import Digest
from tests import make


def digest_of(sizes: list[int], more: list[int]) -> Digest:
    """A digest whose stories weigh what their ids say."""
    stories = [make.story(id=f"{size} s{at}") for at, size in enumerate(sizes)]
    rest = tuple(make.story(id=f"{size} m{at}") for at, size in enumerate(more))
    return make.digest(*stories, more=rest)


def weigh(digest: Digest, detail: Detail) -> int:
    """Ten for the frame, and what the stories say; a third of it at each lower level of detail."""
    share = int(3 ** DETAILS.index(detail))
    both = (*digest.stories, *digest.more)
    return 10 + sum(int(story.id.split()[0]) // share for story in both)


def test_a_digest_that_fits_is_one_part() -> None:
    digest = digest_of([20, 30], [5])
    (part,) = split(digest, weigh, 100)
    assert part.digest is digest
    assert part.detail is DETAILS[0]


def test_a_story_too_large_for_any_message_is_told_in_less_detail() -> None:
    parts = split(digest_of([20, 200, 20], []), weigh, 100)
    assert [part.detail for part in parts] == [DETAILS[0], DETAILS[1], DETAILS[0]]
    assert [part.before for part in parts] == [0, 1, 2]


def test_what_cannot_be_made_to_fit_is_said() -> None:
    with pytest.raises(TooLarge):
        split(digest_of([1_000_000], []), weigh, 100)
    with pytest.raises(TooLarge):
        split(digest_of([], []), weigh, 9)


def test_parts_are_kept_small_where_stories_weigh_more_together() -> None:
    def heavier_together(digest: Digest, detail: Detail) -> int:
        return 10 + 10 * len(digest.stories) ** 2

    parts = split(digest_of([0] * 20, []), heavier_together, 100)
    assert sum(len(part.digest.stories) for part in parts) == 20
    assert all(heavier_together(part.digest, part.detail) <= 100 for part in parts)


@given(
    sizes=st.lists(st.integers(1, 150), max_size=40),
    more=st.lists(st.integers(1, 20), max_size=40),
)
def test_every_story_is_in_exactly_one_part_and_in_order(sizes: list[int], more: list[int]) -> None:
    digest = digest_of(sizes, more)
    parts = split(digest, weigh, 100)
    assert all(weigh(part.digest, part.detail) <= 100 for part in parts)
    assert tuple(s for part in parts for s in part.digest.stories) == digest.stories
    assert tuple(s for part in parts for s in part.digest.more) == digest.more
    told = 0
    for part in parts:
        assert part.before == told
        told += len(part.digest.stories)
