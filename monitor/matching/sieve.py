"""Many rules, a batch of articles: which rules can match which articles.

Every article that matches a rule holds one atom of each of the rule's groups. A rule is filed
under the rarest group, its *witness*; each article calls up the rules whose witness it holds,
and those that lack another group, hold a barred atom or have nothing close enough fall through. All
articles of a batch go through each step together, as arrays. How rare a group is is learnt from the
articles that pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from monitor.matching.arrays import Flags, Ints, Ragged, any_of_each, spread
from monitor.matching.needs import Needs
from monitor.matching.reading import Batch

_MOST_PAIRS = 1 << 20
"""Pairs of places held against each other at once; where there are more, the rules that have most
are put to the articles themselves, which takes longer and less memory."""

_APART = 1 << 32
"""So far apart are the words of two parts, that nothing is close across them."""


class Shelf:
    """What some rules need, as arrays; made once for the rules of a file."""

    def __init__(self, needs: Sequence[Needs]) -> None:
        self.count = len(needs)
        self.chosen = any(need.chosen for need in needs)
        self.groups = Ragged.of([group for need in needs for group in need.groups])
        self.group_counts = np.array([len(need.groups) for need in needs], np.int64)
        self.barred = Ragged.of([need.barred for need in needs])
        self.whole = np.array([need.whole for need in needs], np.bool_)
        pairs = [(n, pair) for n, need in enumerate(needs) for pair in need.close]
        self.pair_counts = np.array([len(need.close) for need in needs], np.int64)
        self.lefts = Ragged.of([pair.left for _, pair in pairs])
        self.rights = Ragged.of([pair.right for _, pair in pairs])
        self.distances = np.array([pair.distance for _, pair in pairs], np.int64)
        self.ordered = np.array([pair.ordered for _, pair in pairs], np.bool_)


class Called(NamedTuple):
    """Rules called up, each for an article of the batch; ``sure`` if nothing more need be asked."""

    articles: Ints
    rules: Ints
    sure: Flags


class Sieve:
    """The rules of several shelves, numbered through, filed by ``seen``: how often each atom is."""

    def __init__(self, shelves: Sequence[Shelf], seen: Ints) -> None:
        self.atoms = len(seen)
        self._count = sum(shelf.count for shelf in shelves)
        self._groups = Ragged.joined(shelf.groups for shelf in shelves)
        self._barred = Ragged.joined(shelf.barred for shelf in shelves)
        none = np.zeros(0, np.int64)
        counts = np.concatenate([none, *(shelf.group_counts for shelf in shelves)])
        self._whole: Flags = np.concatenate(
            [np.zeros(0, np.bool_), *(shelf.whole for shelf in shelves)]
        )
        self._unfiled: Ints = np.flatnonzero(counts == 0)
        self._file(np.repeat(np.arange(self._count), counts), seen)
        self._pairs = _Pairs(shelves)
        self._present: Flags = np.zeros(0, np.bool_)

    def _file(self, rules: Ints, seen: Ints) -> None:
        """File each rule under its rarest group, and put its other groups in order."""
        costs = np.zeros(len(self._groups), np.int64)
        filled = np.flatnonzero(self._groups.lengths)
        if len(filled):
            items, lengths = self._groups.of_lists(filled)
            costs[filled] = np.add.reduceat(seen[items] + 1, np.cumsum(lengths) - lengths)
        order = np.lexsort((costs, rules))
        rules = rules[order]
        rank = np.arange(len(order)) - np.searchsorted(rules, rules)
        witnesses = order[rank == 0]
        atoms, lengths = self._groups.of_lists(witnesses)
        filed = np.repeat(rules[rank == 0], lengths)
        by_atom = np.argsort(atoms, kind="stable")
        self._by_witness = Ragged(filed[by_atom], np.bincount(atoms, minlength=self.atoms))
        self._others: list[Ints] = []
        for place in range(1, int(rank.max(initial=0)) + 1):
            group = np.full(self._count, -1, np.int64)
            group[rules[rank == place]] = order[rank == place]
            self._others.append(group)

    def held(self, batch: Batch) -> Ints:
        """The atoms that each article holds, each once, as ``article * atoms + atom``, sorted."""
        held = self._mark(batch)
        self._present[held] = False
        return held

    def _mark(self, batch: Batch) -> Ints:
        size = len(batch.articles) * self.atoms
        if size > len(self._present):
            self._present = np.zeros(size, np.bool_)
        self._present[(batch.parts[batch.at] >> 1) * self.atoms + batch.atoms] = True
        at = batch.sequence_at
        self._present[(batch.parts[at] >> 1) * self.atoms + batch.sequences] = True
        return np.flatnonzero(self._present[:size])

    def call(self, batch: Batch) -> Called:
        """The rules that can match, each article's in order of their numbers."""
        held = self._mark(batch)
        try:
            articles, rules = self._witnessed(held, len(batch.articles))
            for group in self._others:
                articles, rules = self._with_one_of(group[rules], articles, rules)
            articles, rules = self._without_barred(articles, rules)
        finally:
            self._present[held] = False
        articles, rules = self._in_order(articles, rules)
        sure = self._whole[rules]
        keep, doubtful = self._pairs.ask(batch, self.atoms, articles, rules)
        sure = sure & ~doubtful
        return Called(articles[keep], rules[keep], sure[keep])

    def _witnessed(self, held: Ints, count: int) -> tuple[Ints, Ints]:
        """The rules whose witness an article holds, and those that are put to every article."""
        articles, atoms = held // self.atoms, held % self.atoms
        rules, counts = self._by_witness.of_lists(atoms)
        always = np.tile(self._unfiled, count)
        every = np.repeat(np.arange(count), len(self._unfiled))
        articles = np.concatenate((np.repeat(articles, counts), every))
        return articles, np.concatenate((rules, always))

    def _with_one_of(self, group: Ints, articles: Ints, rules: Ints) -> tuple[Ints, Ints]:
        """Those whose article holds an atom of ``group`` (-1: of none is it asked)."""
        asked = np.flatnonzero(group >= 0)
        if not len(asked):
            return articles, rules
        atoms, counts = self._groups.of_lists(group[asked])
        there = self._present[np.repeat(articles[asked] * self.atoms, counts) + atoms]
        keep = group < 0
        keep[asked[counts > 0]] = any_of_each(there, counts[counts > 0])
        return articles[keep], rules[keep]

    def _without_barred(self, articles: Ints, rules: Ints) -> tuple[Ints, Ints]:
        asked = np.flatnonzero(self._barred.lengths[rules])
        if not len(asked):
            return articles, rules
        atoms, counts = self._barred.of_lists(rules[asked])
        there = self._present[np.repeat(articles[asked] * self.atoms, counts) + atoms]
        keep = np.ones(len(rules), np.bool_)
        keep[asked] = ~any_of_each(there, counts)
        return articles[keep], rules[keep]

    def _in_order(self, articles: Ints, rules: Ints) -> tuple[Ints, Ints]:
        """Each article with each rule once."""
        pairs = np.unique(articles * self._count + rules)
        return pairs // max(self._count, 1), pairs % max(self._count, 1)


class _Pairs:
    """What must stand close together, of rules numbered through."""

    def __init__(self, shelves: Sequence[Shelf]) -> None:
        self._lefts = Ragged.joined(shelf.lefts for shelf in shelves)
        self._rights = Ragged.joined(shelf.rights for shelf in shelves)
        none = np.zeros(0, np.int64)
        counts = np.concatenate([none, *(shelf.pair_counts for shelf in shelves)])
        self._of_rules = Ragged(np.arange(len(self._lefts)), counts)
        self._distances = np.concatenate([none, *(shelf.distances for shelf in shelves)])
        self._ordered = np.concatenate(
            [np.zeros(0, np.bool_), *(shelf.ordered for shelf in shelves)]
        )

    def ask(self, batch: Batch, atoms: int, articles: Ints, rules: Ints) -> tuple[Flags, Flags]:
        """Which to keep of the rules called up, and for which it could not be told here."""
        keep = np.ones(len(rules), np.bool_)
        doubtful = np.zeros(len(rules), np.bool_)
        asked = np.flatnonzero(self._of_rules.lengths[rules])
        if not len(asked):
            return keep, doubtful
        places = _Places(batch, atoms)
        pairs, counts = self._of_rules.of_lists(rules[asked])
        of = np.repeat(articles[asked], counts)
        left, right = places.of(of, pairs, self._lefts), places.of(of, pairs, self._rights)
        firsts = np.cumsum(counts) - counts
        costs = np.add.reduceat((left.counts + 1) * (right.counts + 1), firsts)
        if int(costs.sum()) > _MOST_PAIRS:
            many = costs > _MOST_PAIRS // len(asked)
            doubtful[asked[many]] = True
            left, right = (side.without(np.repeat(many, counts)) for side in (left, right))
        found = self._found(pairs, places, left, right)
        keep[asked] = np.logical_and.reduceat(found, firsts) | doubtful[asked]
        return keep, doubtful

    def _found(self, pairs: Ints, places: _Places, left: _Sides, right: _Sides) -> Flags:
        """For which pairs a place on the left is close to one on the right."""
        owner = np.repeat(np.arange(len(pairs)), left.counts)
        across = right.counts[owner]
        low = np.cumsum(right.counts) - right.counts
        others = places.words(right)[spread(low[owner], across)]
        apart = others - np.repeat(places.words(left), across)
        owner = np.repeat(owner, across)
        near = (np.abs(apart) <= self._distances[pairs[owner]] + 1) & (apart != 0)
        near &= ~self._ordered[pairs[owner]] | (apart > 0)
        found = np.zeros(len(pairs), np.bool_)
        found[owner[near]] = True
        return found


class _Sides(NamedTuple):
    """One side of each of some pairs: how many places it has, and the stretches they stand in.

    Side ``i`` has the next ``atoms[i]`` of the stretches.
    """

    counts: Ints
    atoms: Ints
    lows: Ints
    lengths: Ints

    def without(self, dropped: Flags) -> _Sides:
        """The same, with no places for the sides ``dropped``."""
        lengths = np.where(np.repeat(dropped, self.atoms), 0, self.lengths)
        return self._replace(counts=np.where(dropped, 0, self.counts), lengths=lengths)


class _Places:
    """Where each atom stands in each article of a batch."""

    def __init__(self, batch: Batch, atoms: int) -> None:
        parts = batch.parts[batch.at]
        keys = (parts >> 1) * atoms + batch.atoms
        order = np.argsort(keys, kind="stable")
        self._keys = keys[order]
        self._words = (batch.at + parts * _APART)[order]
        self._atoms = atoms

    def of(self, articles: Ints, pairs: Ints, sides: Ragged) -> _Sides:
        """One side of each pair, in the article that it is asked of."""
        atoms, counts = sides.of_lists(pairs)
        keys = np.repeat(articles * self._atoms, counts) + atoms
        lows = np.searchsorted(self._keys, keys, "left")
        lengths = np.searchsorted(self._keys, keys, "right") - lows
        places = np.add.reduceat(lengths, np.cumsum(counts) - counts)
        return _Sides(places, counts, lows, lengths)

    def words(self, sides: _Sides) -> Ints:
        """All places of some sides, one side after the other."""
        return self._words[spread(sides.lows, sides.lengths)]
