"""The names of countries and other places of one language, ready to be looked for word by word.

What ``places`` spells out from the tables and from CLDR (a thousand names in English, eleven
thousand in Arabic) is cut into folded words once and kept as a MARISA trie in the user's cache
folder, under a name that changes with the tables, the rules of spelling out and the version of
Babel. From there it is mapped in a millisecond. Where nothing can be written it is made
anew by each process, in a twentieth of a second.

The trie holds three kinds of keys:

- of a name, ``word word <TAB>code<TAB>Exact Words``: folded words each with a blank behind it, the
  country's code (empty for other places), and the words as written where only these count;
- of every word of a country's names, ``\\x01word``;
- of every such word without the case ending that names take, ``\\x02^word``.
"""

from __future__ import annotations

import hashlib
import logging
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from monitor.text.affixes import name_readings, without_case_ending
from monitor.text.fold import fold
from monitor.text.kept_tries import cache_folder, keep, mapped
from monitor.text.places import country_codes, country_terms, other_places
from monitor.text.tokens import tokenize

if TYPE_CHECKING:
    from marisa_trie import Trie

logger = logging.getLogger(__name__)

_WORD, _BARE_WORD = "\x01", "\x02"
_DECIDING = (
    "affixes.py", "characters.py", "fold.py", "place_forms.py", "place_table.py", "places.py",
    "tokens.py", "places_data/any.toml",
)  # fmt: skip
"""The files that decide what a table holds, beside the language's own."""


class PlaceName(NamedTuple):
    """One name in one form: its folded ``words``, and whose it is.

    ``code`` is a country's, or empty for a longer name that contains one and is no country
    (Niger State). ``exact`` are the words as written where no others count (``=Turkey``).
    """

    words: tuple[str, ...]
    code: str
    exact: tuple[str, ...] | None


class PlaceTable:
    """The names of one language; does not change."""

    def __init__(self, trie: Trie) -> None:
        self._trie = trie
        self._begun: dict[str, tuple[PlaceName, ...]] = {}

    def names_beginning(self, word: str) -> tuple[PlaceName, ...]:
        """Every name whose first word is ``word`` (one token, folded), the longest first."""
        names = self._begun.get(word)
        if names is None:
            keys = self._trie.keys(word + " ")
            if not keys:  # not kept: there is no end of such words
                return ()
            names = tuple(sorted(map(_name, keys), key=lambda name: (-len(name.words), name.words)))
            self._begun[word] = names
        return names

    def holds(self, word: str) -> bool:
        """Whether the folded ``word`` is one of a country's names, peoples or capitals.

        Small words joined before or behind it do not count (والنيجر).
        """
        return any(_WORD + it in self._trie for it in (word, *name_readings(word)))

    def holds_bare(self, word: str) -> bool:
        """Whether ``word``, without its case ending, is one of these without its own."""
        return _BARE_WORD + word in self._trie


def _name(key: str) -> PlaceName:
    words, code, exact = key.split("\t")
    return PlaceName(tuple(words.split()), code, tuple(exact.split()) if exact else None)


@lru_cache(maxsize=64)
def place_table(language: str) -> PlaceTable:
    """The table of ``language`` (ISO 639); empty for one that has neither a table nor CLDR names.

    A region or script after the language is ignored.
    """
    from marisa_trie import Trie

    language = language.replace("_", "-").partition("-")[0].lower()
    if not (language.isascii() and language.isalpha() and len(language) in (2, 3)):
        return PlaceTable(Trie())
    path = cache_folder() / "places" / f"{language}-{_fingerprint(language)}.trie"
    trie = mapped(Trie(), path)
    return PlaceTable(trie if trie is not None else _made(language, path))


def _made(language: str, path: Path) -> Trie:
    """A new table, kept at ``path`` in place of older ones if that can be."""
    from marisa_trie import Trie

    trie = Trie(_keys(language))
    if not len(trie):
        return trie
    try:
        keep(trie, path)
        for older in path.parent.glob(f"{language}-*.trie"):
            if older != path:
                older.unlink(missing_ok=True)
    except OSError as error:
        logger.debug("The names of places cannot be kept in %s: %s", path.parent, error)
    return trie


def _keys(language: str) -> Iterator[str]:
    for code in country_codes():
        for term in country_terms(code, language):
            words = tokenize(term.removeprefix("=")).words
            yield from _name_keys(term, words, code)
            yield from _word_keys(words, language)
    for term in other_places(language):
        yield from _name_keys(term, tokenize(term.removeprefix("=")).words, "")


def _name_keys(term: str, words: list[str], code: str) -> Iterator[str]:
    if words:
        folded = "".join(fold(word) + " " for word in words)
        yield f"{folded}\t{code}\t{' '.join(words) if term.startswith('=') else ''}"


def _word_keys(words: list[str], language: str) -> Iterator[str]:
    for word in map(fold, words):
        yield _WORD + word
        bare = without_case_ending(word, language)
        if bare is not None:
            yield _BARE_WORD + bare


def _fingerprint(language: str) -> str:
    """Changes with everything that decides what the table of ``language`` holds."""
    made_of = hashlib.sha256(_common_parts())
    own = resources.files(__package__).joinpath("places_data", f"{language}.toml")
    if own.is_file():
        made_of.update(own.read_bytes())
    return made_of.hexdigest()[:16]


@cache
def _common_parts() -> bytes:
    made_of = hashlib.sha256(f"{version('babel')} {unicodedata.unidata_version}".encode())
    for name in _DECIDING:
        file = resources.files(__package__).joinpath(name)
        if file.is_file():
            made_of.update(file.read_bytes())
    return made_of.digest()
