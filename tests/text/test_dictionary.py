"""The dictionaries of base forms are made once, kept, and made anew when broken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.text import dictionary as subject

SMALL = "is"  # a language whose dictionary is quickly made
WORD, BASE = "hestar", "hestur"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    subject.dictionary.cache_clear()
    yield subject.cache_folder()
    subject.dictionary.cache_clear()


def test_a_dictionary_is_made_once_and_kept(cache: Path) -> None:
    assert subject.dictionary(SMALL).get(WORD) == (BASE,)
    (kept,) = cache.iterdir()
    made_at = kept.stat().st_mtime_ns
    subject.dictionary.cache_clear()
    assert subject.dictionary(SMALL).get(WORD) == (BASE,)
    assert kept.stat().st_mtime_ns == made_at


def test_a_broken_dictionary_is_made_anew(cache: Path) -> None:
    cache.mkdir(parents=True)
    (cache / f"{SMALL}.trie").write_bytes(b"not a trie")
    assert subject.dictionary(SMALL).get(WORD) == (BASE,)


def test_a_cache_that_cannot_be_written_is_done_without(cache: Path) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_text("a file where the folder should be")
    assert subject.dictionary(SMALL).get(WORD) == (BASE,)


def test_a_language_without_dictionary_knows_no_word(cache: Path) -> None:
    assert subject.dictionary("yo").get("ile") == ()
