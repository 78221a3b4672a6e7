"""The tables of names hold what the tables of countries say, and are made once and kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.text import place_table as subject
from monitor.text.affixes import without_case_ending
from monitor.text.fold import fold
from monitor.text.place_table import PlaceName, place_table
from monitor.text.places import country_codes, country_terms, other_places, table_languages
from monitor.text.tokens import tokenize


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    place_table.cache_clear()
    yield tmp_path / "wirewatch" / "places"
    place_table.cache_clear()


def as_name(term: str, code: str) -> PlaceName:
    words = tuple(tokenize(term).words)
    return PlaceName(tuple(map(fold, words)), code, words if term.startswith("=") else None)


@pytest.mark.parametrize("language", sorted({*table_languages(), "fi"}))
def test_a_table_holds_every_name_and_no_other(language: str) -> None:
    terms = {as_name(t, c) for c in country_codes() for t in country_terms(c, language)}
    terms |= {as_name(term, "") for term in other_places(language)}
    by_first: dict[str, list[PlaceName]] = defaultdict(list)
    for name in terms:
        by_first[name.words[0]].append(name)
    table = place_table(language)
    for first, names in by_first.items():
        assert sorted(table.names_beginning(first), key=str) == sorted(names, key=str)


@pytest.mark.parametrize("language", ["en", "ru", "de"])
def test_a_table_holds_the_words_of_countries_with_and_without_endings(language: str) -> None:
    terms = [term for code in country_codes() for term in country_terms(code, language)]
    words = {fold(word) for term in terms for word in tokenize(term).words}
    table = place_table(language)
    assert all(table.holds(word) for word in words)
    assert not table.holds("zorblat")
    bare = {without_case_ending(word, language) for word in words} - {None}
    assert all(table.holds_bare(word) for word in bare if word)
    assert bool(bare) == (language != "en")


def test_the_longest_name_comes_first() -> None:
    lengths = [len(name.words) for name in place_table("en").names_beginning("south")]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] > 1


def test_words_that_begin_no_name_find_none() -> None:
    table = place_table("en")
    for word in ("", " ", "zorblat", "nige", "niger ", "\x01niger"):
        assert table.names_beginning(word) == (), word


@pytest.mark.parametrize("code", ["xx", "", "../../etc", "x" * 100, "éé", "12"])
def test_an_unknown_language_has_an_empty_table_and_leaves_no_file(code: str, cache: Path) -> None:
    table = place_table(code)
    assert table.names_beginning("niger") == ()
    assert not table.holds("niger")
    assert not cache.exists() or not list(cache.iterdir())


def test_a_region_after_the_language_is_ignored(cache: Path) -> None:
    assert place_table("pt-BR").names_beginning("brasil") != ()
    assert [file.name.partition("-")[0] for file in cache.iterdir()] == ["pt"]


def test_a_table_is_made_once_and_kept(cache: Path) -> None:
    place_table("it")
    (kept,) = cache.iterdir()
    made_at = kept.stat().st_mtime_ns
    place_table.cache_clear()
    assert place_table("it").holds("niger")
    assert [file.stat().st_mtime_ns for file in cache.iterdir()] == [made_at]


def test_a_table_of_other_data_is_not_read(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place_table("it")
    place_table.cache_clear()
    monkeypatch.setattr(subject, "_fingerprint", lambda language: f"{language}-of-tomorrow")
    (old,) = cache.iterdir()
    assert place_table("it").holds("niger")
    (new,) = cache.iterdir()
    assert new != old


def test_a_broken_table_is_made_anew(cache: Path) -> None:
    place_table("it")
    (kept,) = cache.iterdir()
    whole = kept.read_bytes()
    for broken in (b"", b"not a trie", whole[: len(whole) // 2]):
        place_table.cache_clear()
        kept.unlink()
        kept.write_bytes(broken)
        assert place_table("it").holds("niger")
        assert kept.read_bytes() == whole


def test_a_cache_that_cannot_be_written_is_done_without(cache: Path) -> None:
    cache.parent.mkdir()
    cache.write_text("a file where the folder should be")
    assert place_table("it").holds("niger")
