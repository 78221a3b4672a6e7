"""A folder that is read again: what has not changed stays as it was, and nothing else does."""

from __future__ import annotations

import gc
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.matching.query import Attribute
from monitor.matching.rule import Rule
from monitor.matching.rule_files import RuleSet, read_rules

NIGER = '[[rule]]\nname = "Niger"\nmatch = "Niger"\n'
MALI = '[[rule]]\nname = "Mali"\nmatch = "Mali AND lang:fr"\ndigests = ["morning"]\n'
TROOPS = '[vocabulary.troops]\nen = ["troops"]\n'
SOLDIERS = '[vocabulary.troops]\nen = ["soldiers"]\n'
USES = '[[rule]]\nname = "Uses"\nmatch = "Niger AND @troops"\n'
VERSIONS = [
    *(NIGER, MALI, TROOPS, SOLDIERS, USES, NIGER + MALI, TROOPS + USES, NIGER + TROOPS),
    *(NIGER + "match", MALI.replace("morning", "nowhere"), USES + "tgas = 1\n", "", None),
]


def put(folder: Path, **files: str | None) -> None:
    """Write files into the rules folder, ``a`` as a.toml; None takes it away."""
    for name, text in files.items():
        path = folder / f"{name}.toml"
        if text is None:
            path.unlink(missing_ok=True)
        else:
            path.write_text(text, encoding="utf-8")


def again(folder: Path, before: RuleSet) -> RuleSet:
    return read_rules(folder, before.texts, before=before)


def by_name(found: RuleSet) -> dict[str, Rule]:
    return {rule.name: rule for rule in found.rules}


def test_where_nothing_has_changed_the_answer_is_the_one_before(tmp_path: Path) -> None:
    put(tmp_path, a=NIGER, b=TROOPS + USES)
    before = read_rules(tmp_path)
    assert again(tmp_path, before) is before
    put(tmp_path, a=NIGER)
    assert again(tmp_path, before) is before


def test_of_a_changed_file_nothing_and_of_the_others_everything_is_taken_over(
    tmp_path: Path,
) -> None:
    put(tmp_path, a=NIGER, b=MALI)
    before = read_rules(tmp_path)
    put(tmp_path, a=NIGER.replace('match = "Niger"', 'match = "Agadez"'))
    after = again(tmp_path, before)
    assert by_name(after)["Mali"] is by_name(before)["Mali"]
    assert by_name(after)["Niger"].fingerprint != by_name(before)["Niger"].fingerprint


def test_rules_of_a_changed_vocabulary_change_and_their_neighbours_do_not(tmp_path: Path) -> None:
    put(tmp_path, a=NIGER + USES, v=TROOPS)
    before = read_rules(tmp_path)
    put(tmp_path, v=SOLDIERS)
    after = again(tmp_path, before)
    assert by_name(after)["Niger"] is by_name(before)["Niger"]
    assert by_name(after)["Uses"].fingerprint != by_name(before)["Uses"].fingerprint
    put(tmp_path, v=SOLDIERS + MALI)
    assert by_name(again(tmp_path, after))["Uses"] is by_name(after)["Uses"]


def test_a_file_that_breaks_keeps_the_very_rules_it_had(tmp_path: Path) -> None:
    put(tmp_path, a=NIGER, b=MALI)
    before = read_rules(tmp_path)
    put(tmp_path, a=NIGER + "match")
    broken = again(tmp_path, before)
    assert list(broken.faulty) == ["a.toml"]
    assert by_name(broken)["Niger"] is by_name(before)["Niger"]
    assert again(tmp_path, broken).faults == broken.faults


def test_files_that_have_not_changed_are_still_held_against_those_that_have(tmp_path: Path) -> None:
    put(tmp_path, a=USES, v=TROOPS)
    before = read_rules(tmp_path)
    put(tmp_path, v=None, c=USES)
    found = again(tmp_path, before)
    told = sorted(
        fault.message.partition(",")[0].partition(" already")[0] for fault in found.faults
    )
    assert told == ["@troops is gone", 'a rule is named "Uses"']


def test_other_digests_are_asked_about_anew(tmp_path: Path) -> None:
    put(tmp_path, a=MALI)
    before = read_rules(tmp_path, {}, frozenset({"morning"}))
    found = read_rules(tmp_path, before.texts, frozenset({"evening"}), before)
    assert [fault.place for fault in found.faults] == ["rule[1].digests[1]"]


def test_another_folder_takes_nothing_over(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        put(folder, a=NIGER + "match")
    before = read_rules(one)
    assert read_rules(other, {}, before=before).faults[0].file.endswith("other/a.toml")


def test_what_rules_ask_of_the_article_itself_is_known(tmp_path: Path) -> None:
    put(tmp_path, a=NIGER + 'feeds = ["World"]\n' + MALI + USES, v=TROOPS)
    found = read_rules(tmp_path)
    assert [(rule.name, field) for rule, field in found.asked] == [
        ("Niger", Attribute("feed", "World")),
        ("Niger", Attribute("tag", "World")),
        ("Mali", Attribute("lang", "fr")),
    ]
    assert [value for _, value in found.asked_of("lang")] == ["fr"]


def test_the_collector_of_garbage_works_on_after_a_reading(tmp_path: Path) -> None:
    put(tmp_path, a=NIGER)
    read_rules(tmp_path)
    assert gc.isenabled()


@given(
    st.lists(
        st.dictionaries(st.sampled_from("abc"), st.sampled_from(VERSIONS), min_size=1),
        min_size=2,
        max_size=5,
    )
)
@settings(max_examples=150, deadline=None)
def test_read_again_or_read_anew_comes_to_the_same(edits: list[dict[str, str | None]]) -> None:
    digests = frozenset({"morning"})
    with tempfile.TemporaryDirectory() as place:
        found = read_rules(Path(place), digests=digests)
        for edit in edits:
            put(Path(place), **edit)
            anew = read_rules(Path(place), found.texts, digests)
            found = read_rules(Path(place), found.texts, digests, found)
            assert found == anew
