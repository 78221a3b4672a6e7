"""Which articles tell of one event.

Average linkage (Sokal and Michener 1958): again and again the two groups are joined whose articles
are on average most alike, as long as they are alike enough. A batch of new articles is grouped in
one go, so that it matters little in which order they arrived. Stories that are known already take
part as they are: they get more articles, but lose none, and two of them are never joined. Whether
one article belongs is thus decided by all articles of a story, not by the nearest one, so that a
story does not creep from event to event.

Precision comes first: that two articles are of one story tells a reader that one newsroom confirms
the other. In doubt they stay apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from monitor.records import dataclass
from monitor.stories.linkage import Groups
from monitor.stories.similarity import Vectors
from monitor.stories.telling import Telling

AT_ONCE = 500
"""Articles of a batch that are grouped in one go; more are taken in turns, the oldest first."""

MOST_KNOWN = 10_000
"""Known articles that are looked at, the latest; time and memory are bounded by it."""

SAME_TEXT = "the same text"
"""What two articles share whose texts are equal."""

_FEW = 50


@dataclass(frozen=True, slots=True)
class Placing:
    """The story that an article was put into.

    ``because`` is what it shares with the article of that story which it resembles most, the
    weightiest first, fit to be shown; empty for the first article of a story.
    """

    article_id: str
    story_id: str
    because: tuple[str, ...] = ()


class Clustering:
    """Puts tellings into stories.

    ``known`` are tellings with the ids of their stories: those of at least the last week. With two
    thousand known, the first batch takes some tenths of a second more than others, and so does
    one now and then, whenever a tenth of what is known has been added.
    """

    def __init__(self, known: Iterable[tuple[str, Telling]] = ()) -> None:
        latest = sorted(known, key=lambda each: (each[1].when, each[1].article_id))[-MOST_KNOWN:]
        self._stories = [story for story, _ in latest]
        self._tellings = [telling for _, telling in latest]
        self._vectors: Vectors | None = None
        self._measured = 0  # how many rows there were when the rarity of features was counted

    def learn(self, known: Iterable[tuple[str, Telling]]) -> None:
        """Take in more tellings with the ids of their stories: what others placed meanwhile."""
        held = {telling.article_id for telling in self._tellings}
        for story, telling in known:
            if telling.article_id not in held:
                held.add(telling.article_id)
                self._stories.append(story)
                self._tellings.append(telling)
                if self._vectors is not None:
                    self._vectors.add(telling)

    def place(self, batch: Sequence[Telling], new_id: Callable[[], str]) -> list[Placing]:
        """Put each article of ``batch`` into a story, a known one or one that ``new_id`` names.

        Gives one placing for each, the oldest article first. What is placed is known from then on.
        An article that is known stays where it is. The order of ``batch`` makes no difference.
        """
        held = {t.article_id: s for s, t in zip(self._stories, self._tellings, strict=True)}
        waiting = {each.article_id: each for each in batch}
        ordered = sorted(waiting.values(), key=lambda each: (each.when, each.article_id))
        new = [each for each in ordered if each.article_id not in held]
        placed = [
            Placing(e.article_id, held[e.article_id]) for e in ordered if e.article_id in held
        ]
        for start in range(0, len(new), AT_ONCE):
            placed += self._place_some(new[start : start + AT_ONCE], new_id)
        return placed

    def _place_some(self, new: Sequence[Telling], new_id: Callable[[], str]) -> list[Placing]:
        try:
            placings = list(self._placings(self._grouped(new), new_id))
            self._stories += [placing.story_id for placing in placings]
        finally:
            if len(self._tellings) > len(self._stories):  # it failed: as if it had not been tried
                del self._tellings[len(self._stories) :]
                self._vectors = None
        return placings

    @staticmethod
    def _placings(groups: Groups, new_id: Callable[[], str]) -> Iterator[Placing]:
        vectors = groups.vectors
        ids: dict[int, str] = {}
        for row, group, nearest in groups.told():
            if group not in ids:
                ids[group] = groups.story_id(group) or new_id()
            because = () if nearest is None else _because(vectors, row, nearest)
            yield Placing(vectors.rows[row].article_id, ids[group], because)

    def _grouped(self, new: Sequence[Telling]) -> Groups:
        """Everything known and ``new``, grouped.

        What is rare is known only when it is known which articles are of one story. So where the
        rarity of features is counted anew it is done twice, and where most is new, first of all by
        what is alike beyond doubt.
        """
        self._tellings += new
        changed = len(self._tellings) - self._measured
        if self._vectors is not None and changed <= max(_FEW, self._measured // 10):
            for each in new:
                self._vectors.add(each)
            return self._joined(self._vectors)
        numbers: dict[str, int] = {}
        stories = [numbers.setdefault(story, len(numbers)) for story in self._stories]
        stories += range(len(numbers), len(numbers) + len(new))
        if len(new) > len(self._stories):
            stories = self._joined(Vectors(self._tellings, None)).story_numbers()
        first = self._joined(Vectors(self._tellings, stories))
        self._vectors = Vectors(self._tellings, first.story_numbers())
        self._measured = len(self._tellings)
        return self._joined(self._vectors)

    def _joined(self, vectors: Vectors) -> Groups:
        groups = Groups(vectors, self._stories)
        groups.join()
        return groups


def _because(vectors: Vectors, row: int, other: int) -> tuple[str, ...]:
    its_print = vectors.rows[row].text_print
    if its_print and its_print == vectors.rows[other].text_print:
        return (SAME_TEXT,)
    return vectors.shared(row, other)
