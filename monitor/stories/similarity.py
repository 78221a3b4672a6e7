"""How alike two tellings are: what they share, weighed by how rare it is among recent stories.

The measure is the cosine of tf-idf vectors (Salton and Buckley 1988), with three changes that news
of one subject need, where every article speaks of the same country and the same armies:

- Rarity is counted over stories, not articles, so that an event told two hundred times does not
  make its own names common; and seventy silent stories are counted besides, so that among the first
  few articles nothing passes for common.
- From each vector the mean of all stories is taken off (centering; Hara, Suzuki and others 2013):
  what two articles share counts as far as it is more than what any two share.
- A telling with little to go by is not made as long as the others: two headlines that have but a
  country in common are not one event.

And tellings that share a subject alone are parted, however much they say of it in the same words:
two bus accidents of which no place, name, day or number is the same, and coups in two countries
all the more.

Features that do not depend on language and words are two vectors; articles in one language are
compared by both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from monitor.stories.reasons import said_once

if TYPE_CHECKING:
    from monitor.stories.telling import Telling

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

KIND_WEIGHTS: Mapping[str, float] = {
    "name": 1.0,
    "number": 2.0,
    "date": 2.0,
    "year": 0.5,
    "month": 0.3,
    "country": 1.0,
    "city": 1.3,
    "idea": 1.0,
    "kin": 0.5,
    "word": 1.0,
}
"""What a feature of a kind counts, before its rarity."""

WORDS_SHARE = 0.6
"""Within a language: what part of the likeness is that of the words."""

ONE_LANGUAGE = 0.3
"""How much more a likeness within a language counts, for two texts seldom choose the same words;
the less so, the fewer stories are known by which to tell what words are common."""

VAGUE = 0.05
"""How alike two tellings are at most that share a subject and no name, city, day or number."""

APART = -0.3
"""How alike two tellings are of which neither names a country that the other tells of."""

_ENOUGH_ABROAD = 2  # names or numbers in common that make up for it

_SPECIFIC = frozenset(("city", "date", "country"))
_MAYBE = "maybe "  # before a short word that only its place makes a name: Gaza, Troops
_SHORT_SOUND = 3  # letters of a sound, which is in capitals; shorter words are kept as written
_COMMON_NUMBER = 31  # up to which a number is a day, an hour, a handful: anybody's
_PROMINENT = 1.0  # the weight of what stands in the headline or the opening

KIN = 5
"""How many letters of a word's sound make it kin to another."""

_SILENT_STORIES = 70
_LEAST_LENGTH = 8.0


class Rarity:
    """In how many stories each feature occurs, of those known; features get numbers here."""

    def __init__(self) -> None:
        self.stories = 0
        self._numbers: dict[str, int] = {}
        self._counts: list[int] = []
        self._kinds: list[float] = []
        self._is_word: list[bool] = []

    def add_story(self, tellings: Iterable[Telling]) -> None:
        """Count one story's features, each once."""
        self.stories += 1
        names = {feature.name for telling in tellings for feature in telling.features}
        for name in names:
            self._counts[self.number(name)] += 1

    @property
    def size(self) -> int:
        """How many features have a number."""
        return len(self._counts)

    def number(self, name: str) -> int:
        """The number by which the feature ``name`` is known."""
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = len(self._counts)
            kind = name.partition(":")[0]
            self._counts.append(0)
            self._kinds.append(KIND_WEIGHTS.get(kind, 0.0))
            self._is_word.append(kind == "word")
        return number

    def weights(self) -> Floats:
        """By number: what a feature counts, its kind and its rarity taken together."""
        counts = np.array(self._counts, dtype=np.float64)
        rarity = np.log((self.stories + _SILENT_STORIES) / (counts + 1.0))
        found: Floats = np.maximum(rarity, 0.0) * np.array(self._kinds)
        return found

    def are_words(self) -> Flags:
        """By number: whether a feature is a word of one language."""
        return np.array(self._is_word, dtype=np.bool_)


class Vectors:
    """Tellings as vectors, to be compared with each other.

    ``story_of`` gives the number of each row's story, from 0 on without gaps; without it nothing
    is known to be common, and every feature counts alike. Time and memory grow with the number of
    features of all rows together. What is added later is measured by the rarity of the rows before
    it.
    """

    def __init__(self, rows: Sequence[Telling], story_of: Sequence[int] | None) -> None:
        self.rows = list(rows)
        by_story: dict[int, list[Telling]] = {}
        for row, story in zip(rows, story_of or (), strict=story_of is not None):
            by_story.setdefault(story, []).append(row)
        self._rarity = Rarity()
        for tellings in by_story.values():
            self._rarity.add_story(tellings)
        self._languages: dict[str, int] = {}
        self._language = [self._language_number(row) for row in rows]
        self._tells_country = [bool(_countries(row)) for row in rows]
        self._is_brief = [row.is_headline_only for row in rows]
        self._telling: dict[str, list[int]] = {}
        for number, row in enumerate(rows):
            self._note_telling(number, row)
        self._added: dict[int, tuple[list[int], list[float]]] = {}
        row_of, feature, value = self._laid_out()
        self._post(row_of, feature, value)
        self._take_off_mean(row_of, feature, value, story_of)

    def _laid_out(self) -> tuple[Ints, Ints, Floats]:
        """Of every feature of every row: the row, the number and the value."""
        lengths = [len(row.features) for row in self.rows]
        numbers = [self._rarity.number(f.name) for row in self.rows for f in row.features]
        said = [f.weight for row in self.rows for f in row.features]
        feature = np.array(numbers, dtype=np.int64)
        row_of = np.repeat(np.arange(len(self.rows)), lengths)
        self._weights, self._is_word = self._rarity.weights(), self._rarity.are_words()
        value = np.array(said, dtype=np.float64) * self._weights[feature]
        self._make_of_one_length(row_of, self._is_word[feature], value)
        ends = np.cumsum(np.array(lengths, dtype=np.int64))[:-1]
        self._features, self._values = np.split(feature, ends), np.split(value, ends)
        return row_of, feature, value

    @staticmethod
    def _make_of_one_length(row_of: Ints, is_word: Flags, value: Floats) -> None:
        for part in (is_word, ~is_word):
            squares = np.bincount(row_of[part], value[part] ** 2, minlength=1)
            length = np.maximum(np.sqrt(squares), _LEAST_LENGTH)
            value[part] /= length[row_of[part]]

    def _post(self, row_of: Ints, feature: Ints, value: Floats) -> None:
        """Note for every feature the rows that have it."""
        order = np.argsort(feature, kind="stable")
        self._posted_row, self._posted_value = row_of[order], value[order]
        bounds = np.searchsorted(feature[order], np.arange(len(self._weights) + 1))
        self._bounds: list[int] = bounds.tolist()

    def _take_off_mean(
        self, row_of: Ints, feature: Ints, value: Floats, story_of: Sequence[int] | None
    ) -> None:
        """Work out what each vector has in common with the mean of all stories."""
        share = np.zeros(len(self.rows))
        if story_of:
            story = np.array(story_of, dtype=np.int64)
            share = 1.0 / (np.bincount(story)[story] * (self.stories + _SILENT_STORIES))
        self._mean = np.bincount(feature, value * share[row_of], minlength=len(self._weights))
        common = value * self._mean[feature]
        words = self._is_word[feature]
        count = len(self.rows)
        self._common = [
            np.bincount(row_of[part], common[part], minlength=count).tolist()
            for part in (~words, words)
        ]
        self._mean_square = [
            float(np.sum(self._mean[part] ** 2)) for part in (~self._is_word, self._is_word)
        ]

    def _language_number(self, row: Telling) -> int:
        return self._languages.setdefault(row.language, len(self._languages))

    @property
    def stories(self) -> int:
        """How many stories the rarity of features was counted over."""
        return self._rarity.stories

    def add(self, row: Telling) -> int:
        """Take one more telling in; gives the number of its row."""
        feature = np.array([self._rarity.number(f.name) for f in row.features], dtype=np.int64)
        if self._rarity.size > len(self._weights):
            self._weights, self._is_word = self._rarity.weights(), self._rarity.are_words()
            self._mean.resize(len(self._weights), refcheck=False)
        value = np.array([f.weight for f in row.features]) * self._weights[feature]
        words = self._is_word[feature]
        self._make_of_one_length(np.zeros(len(feature), dtype=np.int64), words, value)
        number = len(self.rows)
        self.rows.append(row)
        self._features.append(feature)
        self._values.append(value)
        self._language.append(self._language_number(row))
        self._tells_country.append(bool(_countries(row)))
        self._is_brief.append(row.is_headline_only)
        self._note_telling(number, row)
        common = value * self._mean[feature]
        for part, of_part in enumerate((~words, words)):
            self._common[part].append(float(np.sum(common[of_part])))
        for each, its in zip(feature.tolist(), value.tolist(), strict=True):
            rows, values = self._added.setdefault(each, ([], []))
            rows.append(number)
            values.append(its)
        return number

    def likeness_to_all(self, row: int) -> Floats:
        """How alike the telling of ``row`` is to each, from below 0 (not at all) to 1."""
        found = np.zeros((2, len(self.rows)))
        bounds, known = self._bounds, len(self._bounds) - 1
        parts = self._is_word[self._features[row]].tolist()
        features, values = self._features[row].tolist(), self._values[row].tolist()
        for feature, value, part in zip(features, values, parts, strict=True):
            if feature < known and bounds[feature + 1] > bounds[feature]:
                those = slice(bounds[feature], bounds[feature + 1])
                found[int(part), self._posted_row[those]] += value * self._posted_value[those]
            if feature in self._added:
                rows, theirs = self._added[feature]
                found[int(part), rows] += value * np.array(theirs)
        meaning, words = (
            found[part] - np.array(self._common[part]) - self._common[part][row] + square
            for part, square in enumerate(self._mean_square)
        )
        same = np.array(self._language) == self._language[row]
        by_both = (1 - WORDS_SHARE) * meaning + WORDS_SHARE * words
        by_both *= 1 + ONE_LANGUAGE * self.stories / (self.stories + _SILENT_STORIES)
        likeness: Floats = np.where(same, np.minimum(by_both, 1.0), meaning)
        return self._parted(row, likeness)

    def _parted(self, row: int, likeness: Floats) -> Floats:
        """The same, with what tells of another event put down, however alike its words are."""
        shared = np.zeros(len(self.rows), dtype=np.int64)
        countries = np.zeros(len(self.rows), dtype=np.bool_)
        same = np.array(self._language) == self._language[row]
        abroad = ~same  # to share a short word says something only where the language is another
        for name in _telling_names(self.rows[row]):
            plain = name.removeprefix(_MAYBE)
            sure, maybe = (self._telling.get(each, []) for each in (plain, _MAYBE + plain))
            if name.startswith("country:"):
                countries[sure] = True
            else:
                shared[sure] += 1 if name == plain else abroad[sure]
                shared[maybe] += abroad[maybe]
        # A headline alone names little: there, words of one language have to do.
        brief = np.array(self._is_brief) | self._is_brief[row]
        likeness = np.where((shared > 0) | (brief & same), likeness, np.minimum(likeness, VAGUE))
        if not self._tells_country[row]:
            return likeness
        elsewhere = np.array(self._tells_country) & ~countries & (shared < _ENOUGH_ABROAD)
        return np.where(elsewhere, np.minimum(likeness, APART), likeness)

    def _note_telling(self, number: int, row: Telling) -> None:
        for name in _telling_names(row):
            self._telling.setdefault(name, []).append(number)

    def shared(self, one: int, other: int) -> tuple[str, ...]:
        """What makes the tellings of two rows alike, as people would say it, the best first."""
        of_one, of_other = self._values_of(one), self._values_of(other)
        product = {name: of_one[name] * of_other[name] for name in of_one.keys() & of_other.keys()}
        best = sorted((name for name in product if product[name]), key=lambda n: (-product[n], n))
        shown = {f.name: f for f in self.rows[one].features}
        return said_once([shown[name] for name in best], self.rows[one].language)

    def _values_of(self, row: int) -> dict[str, float]:
        names = (feature.name for feature in self.rows[row].features)
        return dict(zip(names, self._values[row].tolist(), strict=True))


def _telling_names(row: Telling) -> Iterator[str]:
    """The names of the features by which an event is known, and of the countries.

    A word that is a name by its capital alone, as the first one of a sentence, is none here: its
    likeness of sound was noted as that of any word. A short one is ``_MAYBE``.
    """
    names = {feature.name for feature in row.features}
    for name in names:
        kind, _, key = name.partition(":")
        known = kind == "name" and f"kin:{key[:KIN]}" not in names
        if known or kind in _SPECIFIC or (kind == "number" and not _is_small(key)):
            yield name
        elif kind == "name" and (len(key) <= _SHORT_SOUND or key.islower()):
            yield _MAYBE + name


def _is_small(key: str) -> bool:
    try:
        return float(key) <= _COMMON_NUMBER
    except ValueError:
        return False


def _countries(row: Telling) -> list[str]:
    """The countries that an article tells of in its headline or opening."""
    return [f.name for f in row.features if f.name[:8] == "country:" and f.weight >= _PROMINENT]


def likeness(one: Telling, other: Telling) -> float:
    """How alike two tellings are where no others are known."""
    return float(Vectors((one, other), (0, 1)).likeness_to_all(0)[1])
