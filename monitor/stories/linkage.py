"""Average linkage (Sokal and Michener 1958) of new articles, with stories that stay as they are.

Again and again the two groups are joined whose articles are on average most alike, as long as they
are alike enough. Known stories are groups from the beginning; two of them are never joined.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

import numpy as np

from monitor.stories.similarity import Flags, Floats, Ints, Vectors
from monitor.stories.telling import Telling

ALIKE = 0.10
"""How alike groups must be to be of one story, where very many stories are known."""

ALIKE_AT_FIRST = 0.25
"""How much more alike they must be where none is known yet: nobody can tell then what is common."""

ALIKE_BEYOND_DOUBT = 0.5
"""How alike they must be to be of one story where every feature counts alike."""

_HALF_KNOWN = 40
"""With so many stories known, half of that."""

QUIET = timedelta(days=7)
"""A story that had nothing new for so long takes no more articles."""

RELATIVELY = 0.6
"""Two groups of some articles each are not joined if they are so much less like each other than
their articles are among themselves."""

RELATIVELY_ONE = 0.45
"""The same where one of them is too small to tell."""

_LATEST = 8
_ENOUGH_TO_TELL = 3
_NEVER = -9.0
_APART = -1e9


class Joined(NamedTuple):
    """A new row, the group it came into, and the row of that group it is most like, if any."""

    row: int
    group: int
    nearest: int | None


class Groups:
    """Groups of the rows of ``vectors``: the first ones are in ``stories``, the others are new.

    Takes time and memory that grow with new rows times all groups, beside comparing the rows.
    """

    def __init__(self, vectors: Vectors, stories: Sequence[str]) -> None:
        self.vectors = vectors
        self._known = len(stories)
        self._new = range(len(stories), len(vectors.rows))
        self._ids = list(dict.fromkeys(stories))
        numbers = {story: len(self._new) + n for n, story in enumerate(self._ids)}
        # New rows are groups 0, 1, 2 …; the known stories come behind them.
        self._group_of = np.array(
            [*(numbers[story] for story in stories), *range(len(self._new))], dtype=np.int64
        )
        self._alive = np.ones(len(self._new) + len(self._ids), dtype=np.bool_)
        self._size = np.bincount(self._group_of, minlength=len(self._alive)).astype(np.float64)
        self._first, self._last = self._spans()
        self._likeness = [vectors.likeness_to_all(row).astype(np.float32) for row in self._new]
        self._sum = np.array(
            [np.bincount(self._group_of, each, len(self._alive)) for each in self._likeness]
        ).reshape(len(self._new), len(self._alive))
        self._own = self._sum.diagonal().copy()
        self._within_known: dict[int, float] = {}

    def alike(self) -> float:
        """From which likeness on groups are of one story."""
        if not self.vectors.stories:
            return ALIKE_BEYOND_DOUBT
        at_first = _HALF_KNOWN / (_HALF_KNOWN + self.vectors.stories)
        return ALIKE + ALIKE_AT_FIRST * at_first

    def story_id(self, group: int) -> str | None:
        """The id of a group that is a known story; None for a new one."""
        new = len(self._new)
        return self._ids[group - new] if group >= new else None

    def join(self) -> None:
        """Join what belongs together."""
        self._join_equal_texts()
        self._best = np.full(len(self._new), 0, dtype=np.int64)
        self._mean = np.full(len(self._new), _NEVER)
        self._look_around(np.flatnonzero(self._alive[: len(self._new)]))
        enough = self.alike()
        while len(self._new):
            group = int(self._mean.argmax())
            if self._mean[group] < enough:
                break
            other = int(self._best[group])
            if self._are_two(group, other):
                self._part(group, other)
                pair = [each for each in (group, other) if each < len(self._new)]
                self._look_around(np.array(pair))
            else:
                self._join_and_look(group, other)

    def story_numbers(self) -> list[int]:
        """For every row the number of its group, from 0 on without gaps."""
        numbers: dict[int, int] = {}
        return [numbers.setdefault(group, len(numbers)) for group in self._group_of.tolist()]

    def told(self) -> Iterator[Joined]:
        """Each new row with its group, in order."""
        for number, row in enumerate(self._new):
            group = int(self._group_of[row])
            likeness = self._likeness[number].copy()
            likeness[self._group_of != group] = _NEVER
            likeness[row:] = _NEVER  # only with what was there before it
            nearest = int(likeness.argmax())
            yield Joined(row, group, nearest if likeness[nearest] > _NEVER else None)

    def _spans(self) -> tuple[Floats, Floats]:
        """When the articles of each group begin and end, in seconds since 1970."""
        moments = np.array([row.when.timestamp() for row in self.vectors.rows])
        first = np.full(len(self._alive), np.inf)
        last = np.full(len(self._alive), -np.inf)
        np.minimum.at(first, self._group_of, moments)
        np.maximum.at(last, self._group_of, moments)
        return first, last

    def _join_equal_texts(self) -> None:
        """Equal texts of different outlets are of one story, however common their words are."""
        held: dict[str, list[int]] = {}
        for row, telling in enumerate(self.vectors.rows):
            if not telling.text_print:
                continue
            before = held.setdefault(telling.text_print, [])
            if row >= self._known:
                self._join_to_equal(row, before)
            before.append(row)

    def _join_to_equal(self, row: int, before: Sequence[int]) -> None:
        for other in reversed(before):
            if not self._same_text(self.vectors.rows[row], self.vectors.rows[other]):
                continue
            mine, theirs = int(self._group_of[row]), int(self._group_of[other])
            if mine == theirs:
                return
            if self._may_join(np.array([mine]))[0, theirs]:
                self._join(mine, theirs)
                return

    @staticmethod
    def _same_text(one: Telling, other: Telling) -> bool:
        """On one site an equal text under other headlines is a form letter: "Read more …"."""
        return one.outlet != other.outlet

    def _may_join(self, groups: Ints) -> Flags:
        """For each of ``groups`` (new ones) with which groups it may be joined."""
        first, last = self._first[groups, None], self._last[groups, None]
        apart = np.maximum(self._first - last, first - self._last)
        allowed: Flags = self._alive & (apart <= QUIET.total_seconds())
        allowed[np.arange(len(groups)), groups] = False
        return allowed

    def _look_around(self, groups: Ints) -> None:
        """Find for each of ``groups`` (new ones that are left) the group that it is most like."""
        mean = self._sum[groups] / (self._size[groups, None] * self._size)
        mean[~self._may_join(groups)] = _NEVER
        best = mean.argmax(axis=1)
        self._best[groups] = best
        self._mean[groups] = mean[np.arange(len(groups)), best]

    def _are_two(self, group: int, other: int) -> bool:
        """Whether these groups are far less like each other than each is in itself."""
        some = [each for each in (group, other) if self._size[each] >= _ENOUGH_TO_TELL]
        if not some:
            return False
        between = self._sum[group, other] / (self._size[group] * self._size[other])
        share = RELATIVELY if len(some) == 2 else RELATIVELY_ONE
        return bool(between < share * min(map(self._within, some)))

    def _within(self, group: int) -> float:
        """How alike the articles of a group are on average; of a known story, the latest few."""
        if group < len(self._new):
            size = self._size[group]
            return float((self._sum[group, group] - self._own[group]) / (size * (size - 1)))
        if group not in self._within_known:
            members = np.flatnonzero(self._group_of[: self._known] == group)[-_LATEST:]
            each = [self.vectors.likeness_to_all(int(row))[members] for row in members]
            table = np.array(each)
            count = len(members)
            pairs = count * (count - 1)
            within = (table.sum() - np.trace(table)) / pairs if pairs else 0.0
            self._within_known[group] = float(within)
        return self._within_known[group]

    def _part(self, group: int, other: int) -> None:
        """Never join these two."""
        self._sum[group, other] = _APART
        if other < len(self._new):
            self._sum[other, group] = _APART

    def _join_and_look(self, group: int, other: int) -> None:
        kept = self._join(group, other)
        gone = group if kept == other else other
        new = len(self._new)
        self._mean[gone : gone + 1] = _NEVER
        touched = self._alive[:new] & ((self._best == gone) | (self._best == kept))
        if kept < new:
            touched[kept] = True
        self._look_around(np.flatnonzero(touched))
        mean = self._sum[:, kept] / (self._size[:new] * self._size[kept])
        better = self._alive[:new] & (mean > self._mean) & ~touched
        candidates = np.flatnonzero(better)
        better[candidates] = self._may_join(candidates)[:, kept]
        self._best[better], self._mean[better] = kept, mean[better]

    def _join(self, group: int, other: int) -> int:
        """Make one of two groups, of which ``group`` is new; gives the one that is left."""
        kept, gone = (other, group) if other >= len(self._new) else sorted((group, other))
        self._sum[:, kept] += self._sum[:, gone]
        if kept < len(self._new):
            self._sum[kept] += self._sum[gone]
        self._size[kept] += self._size[gone]
        if kept < len(self._new):
            self._own[kept] += self._own[gone]
        self._first[kept] = min(self._first[kept], self._first[gone])
        self._last[kept] = max(self._last[kept], self._last[gone])
        self._alive[gone] = False
        self._group_of[self._group_of == gone] = kept
        return kept
