"""Which atoms a word of an article satisfies, in the language of the article.

All the hard work is done here, once for each word: base forms, beginnings, exact spelling, names of
countries. Whoever asks keeps the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import NamedTuple, Protocol

from monitor.matching.atoms import PLACE, Atoms
from monitor.text.affixes import readings
from monitor.text.base_forms import CAPITALS_SAY_NOTHING, base_forms
from monitor.text.fold import fold
from monitor.text.place_table import PlaceName, place_table


class Names(Protocol):
    """The names of places in one language (``monitor.text.place_table`` has them)."""

    def names_beginning(self, word: str) -> tuple[PlaceName, ...]:
        """Every name whose first word is ``word`` (folded), the longest first."""


class Satisfied(NamedTuple):
    """The atoms of a word, in order: where it stands as a name, and where it does not."""

    named: tuple[int, ...]
    plain: tuple[int, ...]


NOTHING = Satisfied((), ())


class Lexicon:
    """Words of articles in ``languages``: one, or all in use where it cannot be told.

    Words are told apart by language: a form that Italian and French share satisfies a term of an
    Italian vocabulary in Italian only.
    """

    def __init__(
        self,
        languages: tuple[str, ...],
        atoms: Atoms,
        names: Callable[[str], Names] = place_table,
    ) -> None:
        self.languages = languages
        self.names = tuple(map(names, languages))
        self._atoms = atoms
        self._bases: dict[str, dict[str, tuple[int, ...]]] = {code: {} for code in languages}
        self._known: dict[str | None, int] = {}
        self._exact: tuple[Mapping[str, int], ...] = ()
        self._prefixes: tuple[Mapping[str, int], ...] = ()
        self._lengths = range(0)
        self._version = -1

    def copied(self, atoms: Atoms) -> Lexicon:
        """The same for a copy of the atoms that it was made for.

        Another thread may be taking words in meanwhile: what is known is copied before the bases,
        so that a word may be taken in twice, which does no harm, and none is missed.
        """
        copy = Lexicon(self.languages, atoms)
        copy.names = self.names
        copy._known = dict(self._known)
        copy._bases = {code: dict(bases) for code, bases in self._bases.items()}
        return copy

    def refresh(self) -> int:
        """Take in what has been added to the atoms.

        Gives the version of the atoms that answers are of from now on; those given under another
        may be wrong.
        """
        if self._version == self._atoms.version:
            return self._version
        for language, words in self._atoms.forms.items():
            self._add_new(language, words)
        self._exact = self._in_languages(self._atoms.exact)
        self._prefixes = self._in_languages(self._atoms.prefixes)
        lengths = [len(beginning) for some in self._prefixes for beginning in some if beginning]
        self._lengths = range(min(lengths), max(lengths) + 1) if lengths else range(0)
        self._version = self._atoms.version
        return self._version

    def satisfied(self, word: str) -> Satisfied:
        """The atoms that ``word`` (one token, as written) satisfies."""
        folded = fold(word)
        if not folded:
            return NOTHING
        common = [*self._as_written(word), *self._beginnings(folded), *self._places(folded)]
        plain = self._complete(common, self._by_forms(word, name=False))
        if not word[0].isupper():
            return Satisfied(plain, plain)
        named = self._complete(common, self._by_forms(word, name=True))
        return Satisfied(named, plain)

    def _in_languages(
        self, asked: Mapping[str | None, Mapping[str, int]]
    ) -> tuple[Mapping[str, int], ...]:
        return tuple(asked[code] for code in (None, *self.languages) if code in asked)

    def _add_new(self, language: str | None, words: Mapping[str, int]) -> None:
        """Take in the words asked for in ``language`` since the last time."""
        codes = self.languages if language is None else (language,)
        codes = tuple(code for code in codes if code in self._bases)
        for word, atom in islice(words.items(), self._known.get(language, 0), None):
            for code in codes:
                of_code = self._bases[code]
                for base in base_forms(word, code):
                    of_code[base] = (*of_code.get(base, ()), atom)
        self._known[language] = len(words)

    def _by_forms(self, word: str, *, name: bool) -> list[int]:
        found: list[int] = []
        for code, of_code in self._bases.items():
            named = name and code not in CAPITALS_SAY_NOTHING
            for base in base_forms(word, code, name=named):
                found += of_code.get(base, ())
        return found

    def _as_written(self, word: str) -> Iterable[int]:
        return [exact[word] for exact in self._exact if word in exact]

    def _beginnings(self, folded: str) -> Iterable[int]:
        lengths = self._lengths[: max(0, len(folded) - self._lengths.start + 1)]
        beginnings = [folded[:n] for n in lengths]
        return [some[each] for some in self._prefixes for each in beginnings if each in some]

    def _places(self, folded: str) -> list[int]:
        if not self._atoms.places:
            return []
        codes = {
            name.code
            for names in self.names
            for reading in (folded, *readings(folded))
            for name in names.names_beginning(reading)
        }
        places = self._atoms.places
        return [PLACE, *(places[code] for code in codes if code in places)] if codes else []

    def _complete(self, common: list[int], found: list[int]) -> tuple[int, ...]:
        """All atoms, with the vocabularies of which they are terms, each once, in order."""
        whole = set(common)
        whole.update(found)
        implied = self._atoms.implied
        for atom in tuple(whole):
            whole.update(implied.get(atom, ()))
        return tuple(sorted(whole))
