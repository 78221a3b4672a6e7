"""Dictionaries of base forms: a word to the folded dictionary forms it may be.

They are made from simplemma's (github.com/adbar/simplemma), which give one base form for each word
as written. Ours differ in three ways, all because case and accents do not count with us and a
word may be a form of several:

- case does not count, so entries that differ by it are brought together (German Waren, waren);
- a word is first looked for with its accents as written, for they tell soldat (soldier) from soldât
  (a form of solder); where that is not known, all entries that fold to the same word answer;
- a word that is itself the base form of others keeps itself beside what it was given (``found`` is
  a form of find and of found);
- the base form of a base form counts as well, except in English, where it merges what is apart
  (войск, войска, войско; but not roses, rose, rise).

To make one takes seconds and hundreds of megabytes, so it is done once, in a process of its own,
and kept as a MARISA trie in the user's cache folder: a few megabytes, read in milliseconds. Where
nothing can be written, the trie is made anew by each process that needs it.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from monitor.text.fold import fold

logger = logging.getLogger(__name__)

_FORMAT = 2
_TIMEOUT = 300  # seconds to make the largest dictionary on a slow machine, many times over
_LONGEST = 60
_WITHOUT_ACCENTS = "\x01"  # before a folded word: what its accented spellings may be
_UNCHAINED = frozenset({"en"})
_OTHER_CODES = {"no": "nb", "hr": "hbs", "sr": "hbs", "bs": "hbs", "sh": "hbs", "fil": "tl"}
"""Languages whose dictionary stands under another code."""


class Dictionary(Protocol):
    """Looks up base forms."""

    def get(self, word: str) -> tuple[str, ...]:
        """The folded base forms of ``word``; empty where it is not known."""


class NoDictionary:
    """For languages that have none: knows no word."""

    def get(self, word: str) -> tuple[str, ...]:  # noqa: ARG002 - the protocol's
        """Nothing."""
        return ()


class TrieDictionary:
    """A dictionary in a MARISA trie: some megabytes, some microseconds a look-up."""

    def __init__(self, trie: Any) -> None:
        self._trie = trie

    def get(self, word: str) -> tuple[str, ...]:
        """The folded base forms of ``word``; empty where it is not known."""
        found = self._trie.get(word.lower())
        if not found:
            folded = fold(word)
            found = self._trie.get(_WITHOUT_ACCENTS + folded, []) + self._trie.get(folded, [])
        return tuple(dict.fromkeys(value.decode() for value in found))


@lru_cache(maxsize=64)
def dictionary(language: str) -> Dictionary:
    """The dictionary of ``language`` (ISO 639); made on the first call ever, in some seconds."""
    code = _OTHER_CODES.get(language, language)
    if code not in _supported():
        return NoDictionary()
    path = cache_folder() / f"{code}.trie"
    return TrieDictionary(_read(path) or _make(code, path))


def cache_folder() -> Path:
    """Where the tries of this version of simplemma and of our format are kept."""
    from platformdirs import user_cache_path

    name = f"{_FORMAT}-{version('simplemma')}"
    return user_cache_path("wirewatch", appauthor=False) / "base-forms" / name


def write_trie(code: str, path: str) -> None:
    """Make the trie of simplemma's language ``code`` and write it to ``path``."""
    from marisa_trie import BytesTrie
    from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory

    entries = DefaultDictionaryFactory(cache_max_size=1).get_dictionary(code)
    BytesTrie(_folded(entries, chained=code not in _UNCHAINED)).save(path)


def _folded(entries: Mapping[str, str], *, chained: bool) -> Iterator[tuple[str, bytes]]:
    """Word and folded base form, both as written and folded; the trie keeps each pair once.

    Pairs come one by one: a list of the seven million of Polish would take two gigabytes.
    """
    folded_base = lru_cache(maxsize=50_000)(lambda base: fold(base).encode())
    bases = {base: entries.get(base) if chained else None for base in set(entries.values())}
    for word, base in entries.items():
        if len(word) > _LONGEST:
            continue
        forms = {base, bases[base] or base, word if word in bases else base}
        lowered, folded = word.lower(), fold(word)
        for form in forms:
            yield lowered, folded_base(form)
            if folded != lowered:
                yield _WITHOUT_ACCENTS + folded, folded_base(form)


@lru_cache(maxsize=1)
def _supported() -> frozenset[str]:
    from simplemma.strategies.dictionaries.dictionary_factory import SUPPORTED_LANGUAGES

    return frozenset(SUPPORTED_LANGUAGES)


def _read(path: Path) -> Any | None:
    from marisa_trie import BytesTrie

    if not path.exists():
        return None
    try:
        return BytesTrie().mmap(str(path))  # the kernel shares and drops its pages
    except (OSError, RuntimeError, ValueError) as error:
        logger.warning("The dictionary %s cannot be read (%s); it is made anew.", path, error)
        return None


def _make(code: str, path: Path) -> Any:
    """Make the trie in a process of its own and keep it at ``path``, if that can be."""
    logger.info("Making the dictionary of base forms for %s; it is kept in %s.", code, path.parent)
    with _workplace(path.parent) as folder:
        made = Path(folder) / path.name
        _make_apart(code, made)
        trie = _read(made)
        if trie is None:
            raise RuntimeError(f"the dictionary for {code} could not be made")
        try:
            made.replace(path)  # whole or not at all, whoever else is making it
        except OSError:
            logger.warning(
                "No dictionary can be kept in %s; it is made at each start.", path.parent
            )
    return trie


def _workplace(folder: Path) -> tempfile.TemporaryDirectory[str]:
    """A temporary folder on the cache's own disk, or anywhere where that cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(dir=folder, prefix="making-")
    except OSError:
        return tempfile.TemporaryDirectory(prefix="wirewatch-")


def _make_apart(code: str, path: Path) -> None:
    program = (
        f"import sys; sys.path[:] = {sys.path!r}\n"
        "from monitor.text.dictionary import write_trie\n"
        f"write_trie({code!r}, {str(path)!r})\n"
    )
    subprocess.run(  # noqa: S603 - our own interpreter and our own words
        [sys.executable, "-c", program],
        check=True,
        timeout=_TIMEOUT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
