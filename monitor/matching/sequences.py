"""Phrases found in all articles of a batch at once.

The sequences of atoms that rules and vocabularies ask for form a tree (a trie over atoms), kept as
sorted arrays; every word of a batch at which one may begin takes a step down the tree at the same
time, and then those that got further the next.
"""

from __future__ import annotations

import numpy as np

from monitor.matching.arrays import Flags, Ints, Ragged, spread
from monitor.matching.atoms import Atoms

_ROOT = 0
_SPARSE = 16  # places of the filter for each step of the tree
_SCATTER = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio: Fibonacci hashing


class Sequences:
    """The sequences among ``atoms``, and the vocabularies they are terms of."""

    def __init__(self, atoms: Atoms) -> None:
        self._atoms = atoms
        self._version = -1

    def find(self, at: Ints, atoms: Ints, parts: Ints, parted: Flags) -> tuple[Ints, Ints]:
        """Where sequences begin, and which: ``at`` and ``atoms`` as in a batch, ``at`` sorted.

        No sequence goes on with a word that is ``parted`` from the one before. A vocabulary of
        which a sequence is a term stands beside it.
        """
        self._refresh()
        begun = self._begins[atoms] >= 0
        word, node = at[begun], self._begins[atoms[begun]]
        start = word
        of_words = np.bincount(at, minlength=len(parts))
        ends = np.cumsum(of_words)
        found_at: list[Ints] = []
        found: list[Ints] = []
        while len(word):
            word = word + 1
            word, node, start = self._going_on(word, node, start, parts, parted)
            counts = of_words[word]
            there = atoms[spread(ends[word] - counts, counts)]
            node, word, start = (np.repeat(each, counts) for each in (node, word, start))
            node, went = self._step(node, there)
            word, start = word[went], start[went]
            sequences, counts = self._ending.of_lists(node)
            found_at.append(np.repeat(start, counts))
            found.append(sequences)
        none = np.zeros(0, np.int64)
        return np.concatenate([none, *found_at]), np.concatenate([none, *found])

    @staticmethod
    def _going_on(
        word: Ints, node: Ints, start: Ints, parts: Ints, parted: Flags
    ) -> tuple[Ints, Ints, Ints]:
        """Those of which the next word follows in the same headline or text."""
        here = word < len(parts)
        word, node, start = word[here], node[here], start[here]
        here = (parts[word] == parts[start]) & ~parted[word]
        return word[here], node[here], start[here]

    def _step(self, node: Ints, atom: Ints) -> tuple[Ints, Ints]:
        """The nodes that ``atom`` leads to, and which of the given ones it leads on."""
        wanted = node * len(self._begins) + atom
        maybe = np.flatnonzero(self._maybe[self._scattered(wanted)])
        wanted = wanted[maybe]
        place = np.minimum(np.searchsorted(self._edges, wanted), len(self._edges) - 1)
        went = self._edges[place] == wanted
        return self._targets[place[went]], maybe[went]

    def _scattered(self, keys: Ints) -> Ints:
        """The place of each key in a Bloom filter of one hash.

        Nearly no step that is tried is in the tree; to see that in a sorted array takes ten times
        as long.
        """
        scattered: Ints = ((keys.view(np.uint64) * _SCATTER) >> self._shift).view(np.int64)
        return scattered

    def _refresh(self) -> None:
        if self._version == self._atoms.version:
            return
        self._version = self._atoms.version
        count = len(self._atoms)
        edges: dict[int, int] = {}
        ending: list[tuple[int, ...]] = [()]
        for atoms, whole in self._atoms.sequences.items():
            node = _ROOT
            for atom in atoms:
                key = node * count + atom
                if key not in edges:
                    edges[key] = len(ending)
                    ending.append(())
                node = edges[key]
            ending[node] = (whole, *self._atoms.implied.get(whole, ()))
        self._begins = np.full(count, -1, np.int64)
        for key in [key for key in edges if key < count]:
            self._begins[key] = edges.pop(key)
        keys = np.fromiter(edges, np.int64, len(edges))
        order = np.argsort(keys)
        self._edges = keys[order]
        self._targets = np.fromiter(edges.values(), np.int64, len(edges))[order]
        bits = (_SPARSE * len(keys) + 1).bit_length()
        self._shift = np.uint64(64 - bits)
        self._maybe = np.zeros(1 << bits, np.bool_)
        self._maybe[self._scattered(keys)] = True
        self._ending = Ragged.of(ending)
