"""The dictionaries of base forms are made once, kept, and made anew when broken."""

from __future__ import annotations

import fcntl
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import dictionary as subject
from monitor.text import dictionary_build
from monitor.text.dictionary_build import build, edit, edited
from monitor.text.fold import accents, fold, fold_lines

SMALL = "ms"  # a language whose dictionary is quickly made
WORD, BASE = "kuponnya", "kupon"
ACCENTED = "is"  # a larger one, with accents


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole dictionary, made once for all tests."""
    path = tmp_path_factory.mktemp("made") / f"{ACCENTED}.dictionary"
    build(ACCENTED, path)
    return path


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    subject.dictionary.cache_clear()
    yield subject.cache_folder()
    subject.dictionary.cache_clear()


def test_a_dictionary_is_made_once_and_kept(cache: Path) -> None:
    assert subject.dictionary(SMALL).get(WORD) == (BASE,)
    (kept,) = cache.glob("*.dictionary")
    made_at = kept.stat().st_mtime_ns
    subject.dictionary.cache_clear()
    assert subject.dictionary(SMALL).get(WORD) == (BASE,)
    assert kept.stat().st_mtime_ns == made_at


def test_a_broken_dictionary_is_made_anew(cache: Path) -> None:
    cache.mkdir(parents=True)
    (cache / f"{SMALL}.dictionary").write_bytes(b"not a dictionary")
    assert subject.dictionary(SMALL).get(WORD) == (BASE,)


def test_a_cache_that_cannot_be_written_is_done_without(cache: Path) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_text("a file where the folder should be")
    assert subject.dictionary(SMALL).get(WORD) == (BASE,)


def test_a_language_without_dictionary_knows_no_word(cache: Path) -> None:
    assert subject.dictionary("yo").get("ile") == ()


def entries_in_memory(code: str) -> dict[str, str]:
    """simplemma's own reading of its data."""
    from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory

    return dict(DefaultDictionaryFactory(cache_max_size=1).get_dictionary(code).items())


def test_a_dictionary_says_what_its_source_says(made: Path) -> None:
    entries = entries_in_memory(ACCENTED)
    dictionary = subject.mapped(made)
    assert dictionary is not None
    bases = set(entries.values())
    for word, base in list(entries.items())[::53]:
        expected = {fold(base), fold(entries.get(base, base))} | (
            {fold(word)} if word in bases else set()
        )
        assert expected <= set(dictionary.get(word)), word
        assert fold(base) in dictionary.get(word.upper()) or word.upper().lower() != word
    assert dictionary.get("zorblats") == dictionary.get("") == dictionary.get("x" * 500) == ()


def test_accents_as_written_come_first_and_are_forgiven() -> None:
    french = subject.dictionary("fr")
    assert set(french.get("soldât")).isdisjoint(french.get("soldat"))
    assert french.get("ECRIVAINS") == french.get("écrivains") == ("ecrivain",)


def test_a_large_dictionary_is_spread_over_several_tries(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dictionary_build, "_ENTRIES_A_SHARD", 30_000)
    build(ACCENTED, tmp_path / "many")
    many, one = subject.mapped(tmp_path / "many"), subject.mapped(made)
    assert many is not None
    assert one is not None
    for word in list(entries_in_memory(ACCENTED))[::41]:
        assert set(many.get(word)) == set(one.get(word))
    assert [file.name for file in tmp_path.iterdir()] == ["many"]


@pytest.mark.parametrize("missing", [1, 8, 5_000, 500_000])
def test_a_dictionary_that_is_not_whole_is_not_read(
    missing: int, made: Path, tmp_path: Path
) -> None:
    content = made.read_bytes()
    broken = tmp_path / "broken"
    broken.write_bytes(content[:-missing])
    assert subject.mapped(broken) is None
    broken.write_bytes(b"")
    assert subject.mapped(broken) is None


def test_a_build_that_is_killed_leaves_nothing_that_is_read_and_is_cleared_up(
    cache: Path,
) -> None:
    cache.mkdir(parents=True)
    path = cache / f"{ACCENTED}.dictionary"
    program = (
        "from pathlib import Path; from monitor.text.dictionary_build import build_once;"
        f"build_once({ACCENTED!r}, Path({str(path)!r}))"
    )
    child = subprocess.Popen([sys.executable, "-c", program])
    while child.poll() is None and not list(cache.glob("*.plain")):
        time.sleep(0.005)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert not path.exists()
    assert list(cache.glob("*.plain"))
    assert subject.dictionary(ACCENTED).get("hestar") == ("hestur",)
    assert sorted(file.name for file in cache.iterdir()) == [path.name, f"{ACCENTED}.lock"]


def test_two_processes_do_not_make_the_same_dictionary(made: Path, cache: Path) -> None:
    cache.mkdir(parents=True)
    path = cache / f"{ACCENTED}.dictionary"
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        program = (
            "import sys; from pathlib import Path; from monitor.text import dictionary_build;"
            "dictionary_build.build = lambda *_: sys.exit('made again');"
            "print('begun', flush=True);"
            f"dictionary_build.build_once({ACCENTED!r}, Path({str(path)!r}))"
        )
        second = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
        assert second.stdout is not None
        assert second.stdout.readline() == b"begun\n"
        shutil.copy(made, path)  # the first is done only now
    assert second.wait() == 0
    second.stdout.close()


def test_what_is_missing_is_prepared_beside_other_work(
    cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="monitor.text")
    assert subject.missing(["yo", SMALL]) == (SMALL,)
    thread = subject.prepare([SMALL, "yo", SMALL])
    assert thread is not None
    assert thread.daemon
    thread.join()
    assert len(caplog.messages) == 1
    assert f"for {SMALL}:" in caplog.messages[0]
    assert subject.missing([SMALL]) == ()
    assert subject.prepare([SMALL]) is None


@given(st.text(max_size=60), st.text(max_size=60))
def test_an_edit_gives_the_base_form_back(folded: str, base: str) -> None:
    assert edited(folded, edit(folded, base)) == base


@given(st.lists(st.text(alphabet="aBéÉłŁßæÆйЙёЁїİıΣς'’دأَ가が\u0301"), max_size=5))
def test_many_words_are_folded_as_each_alone(words: list[str]) -> None:
    assert fold_lines("\n".join(words)).split("\n") == [fold(w) for w in words] or not words


@given(st.text(alphabet="abéàçß.", max_size=8), st.text(alphabet="abéàçß.", max_size=8))
def test_folded_form_and_accents_together_tell_how_a_word_was_written(a: str, b: str) -> None:
    if "." not in a + b and (fold(a), accents(a)) == (fold(b), accents(b)):
        assert a == b


def test_the_languages_said_to_have_a_dictionary_are_those_that_simplemma_has() -> None:
    from simplemma.strategies.dictionaries.dictionary_factory import SUPPORTED_LANGUAGES

    assert set(SUPPORTED_LANGUAGES) == subject.SUPPORTED
