"""Vocabularies found sound before are taken from the cache folder, and nothing else is."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.matching import kept_vocabularies as subject
from monitor.matching.kept_vocabularies import KeptVocabularies
from monitor.matching.rule_file import read_rule_file
from monitor.matching.rule_files import RuleSet, read_rules

ROOT = Path(__file__).parents[2]
TROOPS = """\
[vocabulary.troops]
en = ["troops", '="U.S. Army"']
fr = ["soldats", "forces armées"]
[[vocabulary.troops.example]]
title = "Nigér"
text = "Les soldats sont là."
language = "fr"
tags = ["world"]
match = true
[vocabulary.bases]
en = ["air base"]
"""
RULE = """\
[[rule]]
name = "Troops"
match = "@troops"
"""


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "troops.toml").write_text(TROOPS)
    (folder / "own.toml").write_text(RULE)
    return folder


def as_later(folder: Path) -> RuleSet:
    """The folder as a process reads it that begins now."""
    return read_rules(folder, kept=KeptVocabularies(folder))


def is_kept(folder: Path, text: str) -> bool:
    return KeptVocabularies(folder).read(text, "a.toml", "a.toml") is not None


def test_what_is_kept_is_what_would_be_read(rules: Path) -> None:
    first, again, plain = as_later(rules), as_later(rules), read_rules(rules)
    assert is_kept(rules, TROOPS)
    assert first == again == plain
    assert KeptVocabularies(rules).read(TROOPS, "b.toml", "r/b.toml") == read_rule_file(
        TROOPS, "b.toml", "r/b.toml"
    )


def test_the_vocabularies_we_ship_are_all_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = ROOT / "rules"
    found = as_later(folder)
    packs = [path.read_text() for path in (folder / "vocabulary").rglob("*.toml")]
    assert packs
    assert all(is_kept(folder, text) for text in packs)
    assert as_later(folder) == found


def test_files_with_rules_are_read_each_time(rules: Path) -> None:
    (rules / "troops.toml").write_text(TROOPS + RULE)
    (rules / "own.toml").unlink()
    as_later(rules)
    assert not is_kept(rules, TROOPS + RULE)


def test_a_faulty_file_is_told_each_time(rules: Path) -> None:
    faulty = TROOPS + 'xx-nowhere = ["no language"]\n'
    (rules / "troops.toml").write_text(faulty)
    first = as_later(rules).faults
    assert first
    assert as_later(rules).faults == first
    assert not is_kept(rules, faulty)


def test_a_file_that_becomes_faulty_is_told(rules: Path) -> None:
    as_later(rules)
    (rules / "troops.toml").write_text(TROOPS.replace('"troops", ', '"(troops", '))
    assert [fault.line for fault in as_later(rules).faulty["troops.toml"]] == [2]


def test_a_changed_file_takes_the_place_of_the_old_one(rules: Path) -> None:
    as_later(rules)
    changed = TROOPS.replace("soldats", "militaires")
    (rules / "troops.toml").write_text(changed)
    found = as_later(rules)
    assert ("fr", ("militaires", "forces armées")) in found.vocabularies["troops"].terms
    assert is_kept(rules, changed)
    assert not is_kept(rules, TROOPS)


@pytest.mark.parametrize("at", [5, -20])
def test_what_is_damaged_is_not_believed(rules: Path, at: int) -> None:
    as_later(rules)
    path = KeptVocabularies(rules).path
    whole = bytearray(path.read_bytes())
    whole[at] ^= 1
    path.write_bytes(whole)
    assert not is_kept(rules, TROOPS)
    assert as_later(rules) == read_rules(rules)
    assert is_kept(rules, TROOPS)  # made anew


def test_what_is_cut_off_is_not_believed(rules: Path) -> None:
    as_later(rules)
    path = KeptVocabularies(rules).path
    path.write_bytes(path.read_bytes()[:-9])
    assert not is_kept(rules, TROOPS)


def test_what_another_version_found_sound_is_read_anew(
    rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_later(rules)
    monkeypatch.setattr(subject, "_makers", lambda: b"a later version")
    assert not is_kept(rules, TROOPS)
    as_later(rules)
    assert is_kept(rules, TROOPS)


def test_each_folder_of_rules_has_its_own(rules: Path, tmp_path: Path) -> None:
    other = tmp_path / "others"
    other.mkdir()
    (other / "bases.toml").write_text('[vocabulary.bases]\nen = ["base"]\n')
    as_later(rules)
    as_later(other)
    assert is_kept(rules, TROOPS)
    assert not is_kept(other, TROOPS)


def test_where_nothing_can_be_kept_the_files_are_read(
    rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/none")
    assert as_later(rules) == as_later(rules) == read_rules(rules)
    assert not is_kept(rules, TROOPS)


def test_where_nothing_has_changed_nothing_is_written(rules: Path) -> None:
    as_later(rules)
    path = KeptVocabularies(rules).path
    written = path.stat().st_mtime_ns, path.stat().st_ino
    as_later(rules)
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == written


def test_examples_are_kept_with_all_that_they_say(rules: Path) -> None:
    as_later(rules)
    (example,) = as_later(rules).vocabularies["troops"].examples
    assert example == replace(
        example, title="Nigér", text="Les soldats sont là.", language="fr", tags=("world",), line=4
    )


def test_of_many_folders_the_last_few_are_kept(rules: Path) -> None:
    as_later(rules)
    kept = KeptVocabularies(rules).path
    for number in range(20):
        other = kept.with_name(f"{number}.json")
        other.write_text("of another folder")
        os.utime(other, (number, number))
    (rules / "troops.toml").write_text(TROOPS.replace("soldats", "militaires"))
    as_later(rules)
    left = {file.stem for file in kept.parent.glob("*.json")}
    assert left == {kept.stem, *map(str, range(5, 20))}
