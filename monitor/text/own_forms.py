"""Our own tables of forms, ``forms/*.toml``: what the dictionaries lack or get wrong.

A table of a language has up to five parts, all of them "base form = the words of it", so that
somebody who knows the language can mend it without knowing Python:

- ``[also]``: words that are forms of this base *as well* as of what the dictionary says. A word
  that is itself the base form of others brings these along (``withdrawal``, and so withdrawals);
- ``[form]``: the same for these very words only, and accents count: "ferme" is a form of fermer
  as well, but "fermes" are farms;
- ``[instead]``: word = its base forms, whatever the dictionary says. Accents count here: été is
  not ete;
- ``[endings]``: ending of a base = endings of its forms; for words that the dictionary lacks;
- ``[hidden]``: the same for words that the dictionary knows, but as another word (the participle
  évacués as an adjective of its own). Accents count.

What an ending points to is taken only where the dictionary has it as a base form.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import resources

from monitor.records import dataclass
from monitor.text.fold import fold

_SHORTEST = 2  # letters before an ending


@dataclass(frozen=True, slots=True)
class _Endings:
    """Ending of a form to the endings that its base may have; the letters of the longest."""

    bases: Mapping[str, tuple[str, ...]]
    longest: int


class OwnForms:
    """The tables of one language."""

    def __init__(self, tables: Mapping[str, Mapping[str, str]]) -> None:
        self.also = _by_word(tables.get("also", {}), fold)
        self.form = _by_word(tables.get("form", {}), str.lower)
        self.instead: Mapping[str, tuple[str, ...]] = {
            word.lower(): tuple(fold(base) for base in bases.split())
            for word, bases in tables.get("instead", {}).items()
        }
        self._endings = _turned(tables.get("endings", {}), folded=True)
        self._hidden = _turned(tables.get("hidden", {}), folded=False)

    def regular(self, word: str) -> Iterator[str]:
        """What a folded ``word`` of no dictionary may be a form of, longest endings first."""
        return _bases(word, self._endings)

    def hidden(self, word: str) -> Iterator[str]:
        """What a ``word`` (lower case, with accents) may be a form of beside its own base."""
        return _bases(word, self._hidden)


def _by_word(
    table: Mapping[str, str], written: Callable[[str], str]
) -> Mapping[str, tuple[str, ...]]:
    """Each word to the bases that the table gives it; a base is a form of itself."""
    bases: dict[str, tuple[str, ...]] = {}
    for base, words in table.items():
        for word in map(written, (base, *words.split())):
            bases[word] = (*bases.get(word, ()), fold(base))
    return bases


@cache
def own_forms(language: str) -> OwnForms:
    """The tables of ``language`` (ISO 639); empty where there is no file."""
    file = resources.files(__package__).joinpath("forms", f"{language}.toml")
    if not language.isalpha() or not file.is_file():
        return OwnForms({})
    return OwnForms(tomllib.loads(file.read_text(encoding="utf-8")))


def _turned(endings: Mapping[str, str], *, folded: bool) -> _Endings:
    """Endings of forms to endings of bases, out of the table that has it the other way round."""
    turned: dict[str, tuple[str, ...]] = {}
    for base, forms in endings.items():
        for form in forms.split():
            key, of = (fold(part) if folded else part.lower() for part in (form, base))
            turned[key] = (*turned.get(key, ()), of)
    return _Endings(turned, max(map(len, turned), default=-1))


def _bases(word: str, endings: _Endings) -> Iterator[str]:
    for length in range(min(len(word) - _SHORTEST, endings.longest), -1, -1):
        cut = len(word) - length
        for base in endings.bases.get(word[cut:], ()):
            yield word[:cut] + base
