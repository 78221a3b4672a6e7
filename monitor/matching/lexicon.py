"""What rules look for, word by word, each as a number: an *atom*.

A word of an article is looked up once, with all the hard work (base forms, beginnings, exact
spelling), and answered with the atoms it satisfies; most words satisfy none. The answer
is kept, so that the next article pays one look-up in a dict per word. Kept answers are capped, for
feeds may be hostile: when there are too many, those not asked for since the last time are dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from monitor.text.base_forms import CAPITALS_SAY_NOTHING, base_forms
from monitor.text.fold import fold

PLACE = 0
"""The atom of words at which the name of a place may begin."""

NO_ATOMS: tuple[int, ...] = ()
_MOST_KEPT = 150_000  # twice over: the young and the old
_LONGEST_KEPT = 60


class Lexicon:
    """Atoms of the rules as compiled for articles in ``languages`` (one, or all in use).

    Words are told apart by language: a form that Italian and French share is two atoms when a
    rule asks for it in one of them only.
    """

    def __init__(self, languages: tuple[str, ...]) -> None:
        self.languages = languages
        self.begins_place: Callable[[str], bool] | None = None
        self._count = 1
        self._atoms: dict[object, int] = {}
        self._by_base: dict[tuple[str, str], list[int]] = {}
        self._by_prefix: dict[str, int] = {}
        self._by_surface: dict[str, int] = {}
        self._shortest_prefix = 1000
        self._longest_prefix = 0
        self._kept: dict[str, tuple[int, ...] | None] = {}
        self._old: dict[str, tuple[int, ...] | None] = {}
        self._in_context: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {}

    # --- what rules ask for ---

    def word(self, word: str, languages: Iterable[str]) -> int:
        """The atom of ``word`` (one token) in any of its forms in ``languages``."""
        bases = {(code, base) for code in languages for base in base_forms(word, code)}
        key = frozenset(bases)
        if key not in self._atoms:
            atom = self._atoms[key] = self._new()
            for base in bases:
                self._by_base.setdefault(base, []).append(atom)
        return self._atoms[key]

    def exact(self, word: str) -> int:
        """The atom of ``word`` (one token) as written."""
        if word not in self._by_surface:
            self._by_surface[word] = self._new()
        return self._by_surface[word]

    def prefix(self, beginning: str) -> int:
        """The atom of every word that begins so, case and accents apart."""
        folded = fold(beginning)
        if folded not in self._by_prefix:
            self._by_prefix[folded] = self._new()
            self._shortest_prefix = min(self._shortest_prefix, len(folded))
            self._longest_prefix = max(self._longest_prefix, len(folded))
        return self._by_prefix[folded]

    def other(self, key: object) -> int:
        """The atom of something that is not seen at a single word, a country for example."""
        if key not in self._atoms:
            self._atoms[key] = self._new()
        return self._atoms[key]

    def _new(self) -> int:
        self._count += 1
        self._kept, self._old = {}, {}
        self._in_context.clear()
        return self._count - 1

    # --- what articles hold ---

    def kept(self) -> dict[str, tuple[int, ...] | None]:
        """Answers so far: a word as written to its atoms, None where the place decides.

        Words that are not in it are asked with :meth:`look_up`.
        """
        if len(self._kept) > _MOST_KEPT:
            self._kept, self._old = {}, self._kept
        if len(self._in_context) > _MOST_KEPT:
            self._in_context.clear()
        return self._kept

    def look_up(self, word: str) -> tuple[int, ...] | None:
        """The atoms of ``word`` as written; None where it matters whether it is a name."""
        if word in self._old:
            return self._keep(word, self._old[word])
        plain = self._satisfied(word, name=False)
        if not word[0].isupper() or len(word) > _LONGEST_KEPT:
            return self._keep(word, plain)
        named = self._satisfied(word, name=True)
        if named == plain:
            return self._keep(word, plain)
        self._in_context[word] = (named, plain)
        return self._keep(word, None)

    def in_context(self, word: str, *, name: bool) -> tuple[int, ...]:
        """The atoms of a ``word`` for which ``look_up`` gave None."""
        if word not in self._in_context:
            return self._satisfied(word, name=name)
        named, plain = self._in_context[word]
        return named if name else plain

    def _keep(self, word: str, atoms: tuple[int, ...] | None) -> tuple[int, ...] | None:
        if len(word) <= _LONGEST_KEPT:
            self._kept[word] = atoms
        return atoms

    def _satisfied(self, word: str, *, name: bool) -> tuple[int, ...]:
        folded = fold(word)
        if not folded:
            return NO_ATOMS
        atoms: set[int] = set()
        if self._by_base:
            for code in self.languages:
                named = name and code not in CAPITALS_SAY_NOTHING
                for base in base_forms(word, code, name=named):
                    atoms.update(self._by_base.get((code, base), ()))
        if word in self._by_surface:
            atoms.add(self._by_surface[word])
        longest = min(self._longest_prefix, len(folded))
        for length in range(self._shortest_prefix, longest + 1):
            atom = self._by_prefix.get(folded[:length])
            if atom is not None:
                atoms.add(atom)
        if self.begins_place is not None and self.begins_place(folded):
            atoms.add(PLACE)
        return tuple(sorted(atoms)) if atoms else NO_ATOMS
