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

To make one takes seconds (half a minute for the largest on a small machine) and up to 120 MB, so it
is done once, in a process of its own with low priority (``dictionary_build``), and kept in the
user's cache folder: some megabytes, read in milliseconds. Whoever needs it waits, for a match
that is missed is worse than one that is late; of several processes that need the same one makes it.
Where nothing can be written it is made anew by each process that needs it.
"""

from __future__ import annotations

import json
import logging
import mmap
import subprocess
import sys
import tempfile
import threading
from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from monitor.text import kept_tries
from monitor.text.dictionary_build import LONGEST, edited
from monitor.text.fold import accents, fold

logger = logging.getLogger(__name__)

_FORMAT = 3
_TIMEOUT = 1800  # seconds to make the largest dictionary on a slow machine, many times over
_OTHER_CODES = {"no": "nb", "hr": "hbs", "sr": "hbs", "bs": "hbs", "sh": "hbs", "fil": "tl"}
"""Languages whose dictionary stands under another code."""

_SUPPORTED_CODES = (
    "ar ast bg ca cs cy da de el en enm eo es et fa fi fr ga gd gl grc gv hbs he hi hu hy id is it "
    "ka la lb lt lv mk ml ms nb nl nn pl pt ro ru se sk sl sq sv sw tl tr uk"
)
SUPPORTED = frozenset(_SUPPORTED_CODES.split())
"""Languages that simplemma has a dictionary of; it is not imported to say so."""


_OPEN: list[TrieDictionary] = []


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
    """A dictionary in MARISA tries (``dictionary_build`` tells how): a microsecond a look-up."""

    def __init__(self, tries: list[Any], starts: list[str], content: memoryview) -> None:
        self._tries = tries
        self._starts = starts
        self._content = content  # what the tries point into, and do not hold themselves

    def release(self) -> None:
        """Give back the memory that a mapped dictionary takes; what is asked for is read again."""
        if isinstance(self._content.obj, mmap.mmap):
            self._content.obj.madvise(mmap.MADV_DONTNEED)

    def get(self, word: str) -> tuple[str, ...]:
        """The folded base forms of ``word``; empty where it is not known."""
        folded = fold(word)
        values = self._tries[bisect_right(self._starts, folded)].get(folded)
        if not values or len(folded) > LONGEST:
            return ()
        if len(values) == 1:
            return (edited(folded, values[0].decode().partition("\t")[0]),)
        lowered = word.lower()
        wanted = "" if lowered == folded else accents(lowered)
        entries = [value.decode().partition("\t") for value in values]
        as_written = [base for base, _, accented in entries if accented == wanted]
        bases = as_written or [base for base, _, _ in entries]
        return tuple(dict.fromkeys(edited(folded, base) for base in bases))


@lru_cache(maxsize=64)
def dictionary(language: str) -> Dictionary:
    """The dictionary of ``language`` (ISO 639); made on the first call ever, in some seconds."""
    code = _OTHER_CODES.get(language, language)
    path = cache_folder() / f"{code}.dictionary"
    kept = mapped(path)
    if kept is None and code not in SUPPORTED:
        return NoDictionary()
    found = kept or _make(code, path)
    _OPEN.append(found)
    return found


def release() -> None:
    """Give back the memory that dictionaries take until they are asked again.

    Worth it after many new words: of a mapped file sixteen pages come in with every one touched,
    and words met before are not looked up again.
    """
    for each in _OPEN:
        each.release()


def missing(languages: Iterable[str]) -> tuple[str, ...]:
    """Those of ``languages`` whose dictionary has still to be made, in order."""
    codes = {language: _OTHER_CODES.get(language, language) for language in sorted({*languages})}
    folder = cache_folder()
    return tuple(
        language
        for language, code in codes.items()
        if not (folder / f"{code}.dictionary").exists() and code in SUPPORTED
    )


def prepare(languages: Iterable[str]) -> threading.Thread | None:
    """Begin to make the dictionaries of ``languages`` that were never made, beside other work.

    It is told in one line of the log. Whoever asks for one of them meanwhile waits for it. The
    thread (None where there is nothing to do) does not keep the process from ending; what it was
    making is then finished on its own.
    """
    needed = missing(languages)
    if not needed:
        return None
    logger.info(
        "Making the dictionaries of base forms for %s: once, for some seconds each. "
        "Articles are polled meanwhile and judged afterwards.",
        ", ".join(needed),
    )
    thread = threading.Thread(target=_make_all, args=(needed,), name="dictionaries", daemon=True)
    thread.start()
    return thread


def _make_all(languages: tuple[str, ...]) -> None:
    for language in languages:
        try:
            dictionary(language)
        except (OSError, RuntimeError, subprocess.SubprocessError):  # whoever needs it is told
            logger.exception("The dictionary of base forms for %s was not made.", language)


def cache_folder() -> Path:
    """Where the dictionaries of this version of simplemma and of our format are kept."""
    return kept_tries.cache_folder() / "base-forms" / f"{_FORMAT}-{version('simplemma')}"


def mapped(path: Path) -> TrieDictionary | None:
    """The dictionary kept at ``path``; None where there is none or it cannot be read."""
    if not path.exists():
        return None
    try:
        return _mapped(path)
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        logger.warning("The dictionary %s cannot be read (%s); it is made anew.", path, error)
        return None


def _mapped(path: Path) -> TrieDictionary:
    from marisa_trie import BytesTrie

    with path.open("rb") as file:
        header = file.readline()
        content = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    shape = json.loads(header)
    if len(header) + sum(shape["sizes"]) != len(content):
        raise ValueError("it is not whole")
    tries, begin = [], len(header)
    for size in shape["sizes"]:
        tries.append(BytesTrie().map(content[begin : begin + size]))
        begin += size
    return TrieDictionary(tries, shape["starts"], content)


def _make(code: str, path: Path) -> TrieDictionary:
    """Make the dictionary in a process of its own and keep it at ``path``, if that can be."""
    logger.debug("Making the dictionary of base forms for %s.", code)
    if _can_be_written(path.parent):
        _make_apart(code, path)
        made = mapped(path)
    else:
        logger.warning("Dictionaries cannot be kept in %s; they are made each time.", path.parent)
        with tempfile.TemporaryDirectory(prefix="wirewatch-") as folder:
            _make_apart(code, Path(folder) / path.name)
            made = mapped(Path(folder) / path.name)
    if made is None:
        raise RuntimeError(f"the dictionary of base forms for {code} could not be made")
    return made


def _can_be_written(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _make_apart(code: str, path: Path) -> None:
    program = (
        f"import sys; sys.path[:] = {sys.path!r}\n"
        "from pathlib import Path\n"
        "from monitor.text.dictionary_build import build_once\n"
        f"build_once({code!r}, Path({str(path)!r}))\n"
    )
    subprocess.run(  # noqa: S603 - our own interpreter and our own words
        [sys.executable, "-c", program],
        check=True,
        timeout=_TIMEOUT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
