"""Which version of each rule file is in force, and what the fingerprint of a rule tells."""

from __future__ import annotations

from pathlib import Path

from monitor.matching.rule_files import RuleSet, read_rules

RULE = '[[rule]]\nname = "Niger"\nmatch = "Niger"\n'
OTHER = '[[rule]]\nname = "Mali"\nmatch = "Mali"\n'
TROOPS = '[vocabulary.troops]\nen = ["troops", "armed forces"]\n'
USES = '[[rule]]\nname = "Uses"\nmatch = "Niger AND @troops"\n'


def put(folder: Path, **files: str) -> None:
    """Write files into the rules folder, ``a`` as a.toml."""
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")


def names(found: RuleSet) -> list[str]:
    return sorted(rule.name for rule in found.rules)


def test_the_last_good_version_of_a_broken_file_stays_in_force(tmp_path: Path) -> None:
    put(tmp_path, a=RULE, b=OTHER)
    before = read_rules(tmp_path)
    put(tmp_path, a=RULE + "match")
    found = read_rules(tmp_path, before.texts)
    assert names(found) == ["Mali", "Niger"]
    assert list(found.faulty) == ["a.toml"]
    assert found.texts == before.texts
    assert [rule.fingerprint for rule in found.rules] == [r.fingerprint for r in before.rules]


def test_a_broken_file_without_a_last_good_version_leaves_the_others_at_work(
    tmp_path: Path,
) -> None:
    put(tmp_path, a="[[rule]", b=OTHER)
    found = read_rules(tmp_path)
    assert names(found) == ["Mali"]
    assert list(found.texts) == ["b.toml"]


def test_a_file_that_is_deleted_takes_its_rules_with_it(tmp_path: Path) -> None:
    put(tmp_path, a=RULE, b=OTHER)
    before = read_rules(tmp_path)
    (tmp_path / "a.toml").unlink()
    found = read_rules(tmp_path, before.texts)
    assert names(found) == ["Mali"]
    assert found.faults == ()


def test_a_new_file_never_silences_an_old_one(tmp_path: Path) -> None:
    put(tmp_path, z=RULE)
    before = read_rules(tmp_path)
    put(tmp_path, a=RULE.replace('match = "Niger"', 'match = "Agadez"'))
    found = read_rules(tmp_path, before.texts)
    assert list(found.faulty) == ["a.toml"]
    assert [rule.source for rule in found.rules] == ["z.toml"]
    assert "z.toml:1" in found.faults[0].message


def test_a_name_in_two_files_is_a_fault_of_the_second_that_names_the_first(
    tmp_path: Path,
) -> None:
    put(tmp_path, a=RULE, b=OTHER + RULE)
    (fault,) = read_rules(tmp_path).faults
    assert (Path(fault.file).name, fault.line) == ("b.toml", 5)
    assert f"{tmp_path}/a.toml:1" in fault.message


def test_a_vocabulary_in_two_files_is_a_fault_of_the_second(tmp_path: Path) -> None:
    put(tmp_path, a=TROOPS, b="\n" + TROOPS, c=USES)
    found = read_rules(tmp_path)
    (fault,) = found.faults
    assert (Path(fault.file).name, fault.line) == ("b.toml", 2)
    assert f"{tmp_path}/a.toml:1" in fault.message
    assert names(found) == ["Uses"]


def test_vocabularies_of_other_files_are_used(tmp_path: Path) -> None:
    put(tmp_path, a=USES, z=TROOPS)
    assert names(read_rules(tmp_path)) == ["Uses"]


def test_a_vocabulary_that_is_taken_away_while_a_rule_uses_it_stays(tmp_path: Path) -> None:
    put(tmp_path, rules=USES, words=TROOPS + TROOPS.replace("troops]", "army]"))
    before = read_rules(tmp_path)
    put(tmp_path, words=TROOPS.replace("troops]", "army]"))
    shrunk = read_rules(tmp_path, before.texts)
    (tmp_path / "words.toml").unlink()
    deleted = read_rules(tmp_path, before.texts)
    for found in (shrunk, deleted):
        (fault,) = found.faults
        assert Path(fault.file).name == "words.toml"
        assert "@troops is gone" in fault.message
        assert f"{tmp_path}/rules.toml:1" in fault.message
        assert names(found) == ["Uses"]
        assert "troops" in found.vocabularies
        assert found.texts == before.texts


def test_a_broken_vocabulary_without_a_last_good_version_takes_its_rules_along(
    tmp_path: Path,
) -> None:
    put(tmp_path, a=USES, b=RULE, words="[vocabulary.troops]\nxx = ['a']")
    found = read_rules(tmp_path)
    assert names(found) == ["Niger"]
    assert sorted(found.faulty) == ["a.toml", "words.toml"]


def test_a_rule_that_newly_asks_for_a_missing_vocabulary_falls_back(tmp_path: Path) -> None:
    put(tmp_path, a=RULE)
    before = read_rules(tmp_path)
    put(
        tmp_path,
        a=RULE.replace('"Niger"\n', '"Niger @army"\n').replace(
            'name = "Niger @army"', 'name = "Niger"'
        ),
    )
    found = read_rules(tmp_path, before.texts)
    assert found.rules == before.rules
    assert "@army" in found.faults[0].message


def test_a_rule_for_a_digest_that_is_gone_is_a_fault_and_stays_in_force(tmp_path: Path) -> None:
    put(tmp_path, a=RULE + 'digests = ["morning", "evening"]\n')
    before = read_rules(tmp_path, digests=frozenset({"morning", "evening"}))
    assert before.faults == ()
    found = read_rules(tmp_path, before.texts, frozenset({"morning"}))
    assert names(found) == ["Niger"]
    assert [fault.place for fault in found.faults] == ["rule[1].digests[2]"]


def test_a_folder_that_is_gone_is_a_fault_and_its_rules_stay(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    put(folder, a=USES, b=TROOPS)
    before = read_rules(folder)
    folder.rename(tmp_path / "moved")
    found = read_rules(folder, before.texts)
    assert names(found) == ["Uses"]
    assert found.texts == before.texts
    assert "cannot be read: no such file" in found.faults[0].message
    assert read_rules(folder).rules == ()


def fingerprint(folder: Path, **files: str) -> str:
    put(folder, **files)
    (rule,) = read_rules(folder).rules
    return rule.fingerprint


def test_a_fingerprint_changes_with_what_the_rule_does_and_with_nothing_else(
    tmp_path: Path,
) -> None:
    first = fingerprint(tmp_path, a=USES, b=TROOPS)
    assert len(first) == 64
    same = 'name = "Uses"'
    looks = f"# a comment\n[[rule]]\nmatch   = 'Niger AND @troops'\n{same}\n"
    example = "[[rule.example]]\ntext = 'x'\nmatch = false\n"
    assert fingerprint(tmp_path, a=looks + example, b=TROOPS) == first
    assert fingerprint(tmp_path, a=USES, b=TROOPS + "[vocabulary.army]\nen = ['army']\n") == first
    assert fingerprint(tmp_path, a=USES + 'note = "x"\n', b=TROOPS) != first
    assert fingerprint(tmp_path, a=USES, b=TROOPS.replace('troops"', 'troop"')) != first


def test_files_that_were_meant_to_hold_rules_and_are_not_read_are_told(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name in ("desk.toml.txt", "bird.txt", "deep/bom.rtf", "x.TOML", "y.yaml"):
        (tmp_path / name).write_text(RULE)
    for name in ("README.txt", "a.toml.bak", "a.toml~", ".b.txt", "table.csv", "notes.md"):
        (tmp_path / name).write_text(RULE)
    found = read_rules(tmp_path)
    told = sorted(str(warning).removeprefix(f"{tmp_path}/") for warning in found.warnings)
    not_read = "is not read: names of rule files end in .toml"
    assert told == [
        f"bird.txt: {not_read}; rename it to bird.toml",
        f"deep/bom.rtf: {not_read}; save it as plain text, as bom.toml",
        f"desk.toml.txt: {not_read}; rename it to desk.toml",
        f"x.TOML: {not_read}; rename it to x.toml",
        f"y.yaml: {not_read}; rename it to y.toml",
    ]
    assert found.faults == ()


def test_a_file_renamed_as_told_is_told_no_more(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("")
    before = read_rules(tmp_path)
    (tmp_path / "a.txt").unlink()
    assert before.warnings
    assert read_rules(tmp_path, before=before).warnings == ()


def test_a_document_of_a_word_processor_under_the_name_of_a_rule_file_is_told(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.toml").write_text("{\\rtf1\\ansi [[rule]]}")
    (tmp_path / "b.toml").write_bytes(b"PK\x03\x04\xff\xfe")
    rtf, packed = read_rules(tmp_path).faults
    assert "word processor (RTF); save it as plain text" in str(rtf)
    assert "word processor" in str(packed)
