"""What all rules look for, each thing once, as a number: an *atom*.

A word in any of its forms, a word as written, a beginning, the first word of a country's name,
words in a row (a *sequence*), a vocabulary. Atoms say nothing of any language: which words of an
article satisfy them is the lexicon's to know, language by language. So a rule is filed once,
whatever languages its articles come in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from monitor.matching.query import Exact, Phrase, Prefix, Word
from monitor.matching.rule import Vocabulary
from monitor.matching.terms import Term, parse_term
from monitor.text.characters import is_spaceless
from monitor.text.fold import fold
from monitor.text.languages import primary_code
from monitor.text.tokens import tokenize

Key = TypeVar("Key")

PLACE = 0
"""The atom of words at which the name of any place may begin."""


class Atoms:
    """Gives out atoms, and remembers what they stand for; a thing asked for twice has one atom.

    ``forms`` are words (one token each) looked for in any of their forms, ``exact`` words as
    written, ``prefixes`` folded beginnings; all three by language: None for the article's own,
    whichever it is, a code for terms of a vocabulary, which count in their language only.
    ``implied`` says which vocabularies an atom or a sequence is a
    term of. ``version`` grows whenever anything is added, for whoever has worked out something from
    what there was.
    """

    def __init__(self, vocabularies: Mapping[str, Vocabulary]) -> None:
        self.forms: dict[str | None, dict[str, int]] = {}
        self.exact: dict[str | None, dict[str, int]] = {}
        self.prefixes: dict[str | None, dict[str, int]] = {}
        self.places: dict[str, int] = {}
        self.sequences: dict[tuple[int, ...], int] = {}
        self.implied: dict[int, tuple[int, ...]] = {}
        self.vocabularies = vocabularies
        self.version = 0
        self._count = 1
        self._sequences: set[int] = set()
        self._of_vocabulary: dict[str, int] = {}

    def __len__(self) -> int:
        return self._count

    def copied(self) -> Atoms:
        """The same atoms, to which more can be added apart from these."""
        copy = Atoms(self.vocabularies)
        copy.forms = {language: dict(words) for language, words in self.forms.items()}
        copy.exact = {language: dict(words) for language, words in self.exact.items()}
        copy.prefixes = {language: dict(words) for language, words in self.prefixes.items()}
        copy.places, copy.sequences = dict(self.places), dict(self.sequences)
        copy.implied = dict(self.implied)
        copy.version, copy._count = self.version, self._count
        copy._sequences = set(self._sequences)
        copy._of_vocabulary = dict(self._of_vocabulary)
        return copy

    def word(self, word: str, language: str | None = None) -> int:
        """The atom of ``word`` (one token) in any of its forms, in ``language`` only if given."""
        return self._kept(self.forms.setdefault(language, {}), word)

    def of_word(self, query: Word) -> int:
        """The atom of a word in an expression; of several tokens (in Chinese) their sequence's."""
        atom = self.forms.setdefault(None, {}).get(query.text)
        return self.together(self.words(query.text)) if atom is None else atom

    def words(self, text: str, language: str | None = None) -> tuple[int, ...]:
        """The atoms of the words of ``text``, one after the other."""
        if text.isascii() and text.isalpha():  # one word, as most are
            return (self.word(text, language),)
        return tuple(self.word(word, language) for word in tokenize(text).words)

    def exactly(self, text: str, language: str | None = None) -> tuple[int, ...]:
        """The atoms of the words of ``text`` as written."""
        exact = self.exact.setdefault(language, {})
        return tuple(self._kept(exact, word) for word in tokenize(text).words)

    def beginning(self, text: str, language: str | None = None) -> tuple[int, ...]:
        """The atoms of ``text*``: whole words, then a beginning (in Chinese, whole characters)."""
        *whole, last = tokenize(text).words
        atoms = [self.word(word, language) for word in whole]
        if is_spaceless(last):
            return (*atoms, self.word(last, language))
        return (*atoms, self._kept(self.prefixes.setdefault(language, {}), fold(last)))

    def place(self, code: str) -> int:
        """The atom of words with which the name of a country may begin."""
        return self._kept(self.places, code)

    def together(self, atoms: tuple[int, ...]) -> int:
        """The atom of ``atoms`` in this order: their own if it is one, else a sequence's."""
        if len(atoms) == 1:
            return atoms[0]
        atom = self._kept(self.sequences, atoms)
        self._sequences.add(atom)
        return atom

    def is_sequence(self, atom: int) -> bool:
        """Whether ``atom`` spans several words."""
        return atom in self._sequences

    def term(self, term: Term, language: str | None = None) -> tuple[int, ...]:
        """The atoms of a word, a phrase, an exact word or a beginning."""
        match term:
            case Word(text) | Phrase(text):
                return self.words(text, language)
            case Exact(text):
                return self.exactly(text, language)
            case Prefix(text):
                return self.beginning(text, language)

    def vocabulary(self, name: str) -> int:
        """The atom of whatever is a term of a vocabulary, which may be unknown as yet."""
        if name not in self._of_vocabulary:
            self._of_vocabulary[name] = self._new()
            self._imply(name)
        return self._of_vocabulary[name]

    def define(self, vocabularies: Mapping[str, Vocabulary]) -> None:
        """Vocabularies as they are from now on."""
        if vocabularies == self.vocabularies:
            return
        self.vocabularies = vocabularies
        self.implied = {}
        self.version += 1
        for name in self._of_vocabulary:
            self._imply(name)

    def _imply(self, name: str) -> None:
        whole, vocabulary = self._of_vocabulary[name], self.vocabularies.get(name)
        for language, terms in vocabulary.terms if vocabulary else ():
            for term in terms:
                atoms = self.term(parse_term(term), primary_code(language))
                key = self.together(atoms)
                if whole not in self.implied.get(key, ()):
                    self.implied[key] = (*self.implied.get(key, ()), whole)

    def _kept(self, kept: dict[Key, int], key: Key) -> int:
        atom = kept.get(key)
        if atom is None:
            atom = kept[key] = self._new()
        return atom

    def _new(self) -> int:
        self._count += 1
        self.version += 1
        return self._count - 1
