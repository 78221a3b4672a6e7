"""Vocabularies as they were read before, kept in the cache folder: read again in milliseconds.

Whoever starts with the vocabulary packs would hold some nine thousand terms against the grammar
each time, to find them as sound as the last time. What is kept is plain data (JSON), by the
SHA-256 of the file's text: only of files that hold nothing but vocabularies, without a fault or a
warning, so that a faulty file is read, and told, every time. There is one such file of data for
each folder of rules, of the last few that changed. It is believed only where it is whole (a
SHA-256 says so) and was made by these very modules; else what it would have said is read from the
rule files, as if it were not there.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from monitor.matching.rule import Example, Vocabulary
from monitor.matching.rule_file import RuleFileContent
from monitor.text.kept_tries import cache_folder, keep_bytes

logger = logging.getLogger(__name__)

_DECIDING = ("matching", "text", "toml_source")
"""The packages whose modules decide what a vocabulary's text means, and whether it is sound."""

_FOLDERS = 16
"""Folders of rules of which something is kept."""

_Plain = list[Any]


class KeptVocabularies:
    """What is kept of one folder of rules. Nothing here raises: what cannot be kept is not."""

    def __init__(self, folder: Path) -> None:
        """``folder`` is that of the rules."""
        name = _print(os.path.abspath(folder))  # noqa: PTH100  # links are left as they are named
        self.path = cache_folder() / "vocabularies" / f"{name[:32]}.json"

    def read(self, text: str, file: str, shown: str) -> RuleFileContent | None:
        """What ``text`` holds as ``read_rule_file`` would say it; None where it is not kept."""
        kept = self._kept.get(_print(text))
        if kept is None:
            return None
        found = tuple(_vocabulary(plain, file) for plain in kept)
        return RuleFileContent(file, shown, text, numbers=range(0), vocabularies=found)

    def keep(self, contents: Iterable[RuleFileContent]) -> None:
        """Keep of ``contents`` what may be kept, in place of what was before."""
        now = {_print(each.text): each for each in contents if _may_be_kept(each)}
        if now.keys() == self._kept.keys():
            return
        plain = {key: list(map(_plain, each.vocabularies)) for key, each in now.items()}
        data = json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            keep_bytes(_seal(data) + data, self.path)
            _forget_old(self.path.parent)
        except OSError as error:
            logger.debug("Vocabularies cannot be kept in %s: %s", self.path.parent, error)
        self._kept = plain

    @cached_property
    def _kept(self) -> dict[str, list[_Plain]]:
        """The vocabularies in each text, by its SHA-256; empty where nothing fit is kept."""
        try:
            with self.path.open("rb") as file:
                seal, data = file.readline(), file.read()
            fits = seal == _seal(data)
        except OSError:
            fits = False
        found: dict[str, list[_Plain]] = json.loads(data) if fits else {}
        return found


def _forget_old(folder: Path) -> None:
    """Drop all but the files written last. Raises OSError."""
    files = sorted(folder.glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
    for file in files[:-_FOLDERS]:
        file.unlink(missing_ok=True)


def _may_be_kept(content: RuleFileContent) -> bool:
    only = content.vocabularies and not content.rules
    return bool(only) and not content.faults and not content.warnings


def _plain(vocabulary: Vocabulary) -> _Plain:
    examples = [
        [e.match, e.title, e.text, e.language, e.feed, e.tags, e.url, e.line]
        for e in vocabulary.examples
    ]
    return [vocabulary.name, vocabulary.line, vocabulary.terms, examples]


def _vocabulary(plain: _Plain, file: str) -> Vocabulary:
    name, line, terms, examples = plain
    made = tuple((code, tuple(words)) for code, words in terms)
    return Vocabulary(name, made, tuple(map(_example, examples)), file, line)


def _example(plain: _Plain) -> Example:
    match, title, text, language, feed, tags, url, line = plain
    return Example(match, title, text, language, feed, tuple(tags), url, line)


def _print(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _seal(data: bytes) -> bytes:
    """The line before ``data``: a SHA-256 over it and over what made it. Raises OSError."""
    return hashlib.sha256(_makers() + data).hexdigest().encode() + b"\n"


@cache
def _makers() -> bytes:
    """Changes with every module that decides, and with Python. Raises OSError."""
    return repr((sys.version, sorted(_modules()))).encode()


def _modules() -> Iterator[tuple[str, str, int, int]]:
    """Every file of these packages: its place, its size and when it was written."""
    for package in _DECIDING:
        with os.scandir(Path(__file__).parents[1] / package) as found:
            for each in found:
                state = each.stat()
                if each.is_file():
                    yield package, each.name, state.st_size, state.st_mtime_ns
