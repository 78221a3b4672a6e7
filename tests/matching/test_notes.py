"""What does no harm in an expression and may mean another thing is told beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.matching.notes import notes
from monitor.matching.query_parser import parse_query
from monitor.matching.rule_files import read_rules

SAMPLES = Path(__file__).parents[2] / "rules"

TWO_READINGS = [
    (
        '"bird flu" OR H5N1 -movie site:bbc.co.uk',
        '"bird flu" OR (H5N1 -movie site:bbc.co.uk)',
        '("bird flu" OR H5N1) -movie site:bbc.co.uk',
    ),
    ("Niger troops OR soldiers", "(Niger troops) OR soldiers", "Niger (troops OR soldiers)"),
    ("rain OR snow title:flood", "rain OR (snow title:flood)", "(rain OR snow) title:flood"),
    ("rain OR snow NOT flood", "rain OR (snow NOT flood)", "(rain OR snow) NOT flood"),
    (
        "x AND (a NEAR/3 (b OR c) OR =US d)",
        "a NEAR/3 (b OR c) OR (=US d)",
        "(a NEAR/3 (b OR c) OR =US) d",
    ),
]


def told(text: str) -> list[tuple[str, str]]:
    return [(note.message, note.hint) for note in notes(text, parse_query(text))]


@pytest.mark.parametrize(("text", "read_as", "otherwise"), TWO_READINGS)
def test_an_or_beside_blanks_is_told_with_both_readings(
    text: str, read_as: str, otherwise: str
) -> None:
    [(message, hint)] = told(text)
    assert message == f"OR beside words without AND is read as {read_as}"
    assert hint == f"write that with its brackets, or {otherwise}"


@pytest.mark.parametrize(("_text", "read_as", "otherwise"), TWO_READINGS)
def test_either_of_the_two_forms_settles_it(_text: str, read_as: str, otherwise: str) -> None:
    assert told(read_as) == told(otherwise) == []


@pytest.mark.parametrize(
    "text",
    [
        "rain OR snow AND flood",
        "(rain OR snow) flood -title:x",
        "rain OR snow OR (flood town)",
        '"rain OR snow" flood -dam',
        "rain OR title:(snow OR hail) OR /[a-z]+/",
    ],
)
def test_what_reads_in_one_way_or_is_written_out_is_not_told(text: str) -> None:
    assert told(text) == []


def test_a_placeholder_within_quotes_is_told() -> None:
    [(message, hint)] = told('"our minister [any name]"')
    assert "looks for the words in [any name] as they are" in message
    assert "NEAR" in hint


def test_a_long_expression_is_told_in_short() -> None:
    [(message, _)] = told(" OR ".join(f"word{n}" for n in range(99)) + " flood")
    assert len(message) < 130
    assert message.endswith(" …")


def test_notes_of_rules_are_warnings_with_file_and_line(tmp_path: Path) -> None:
    rule = "[[rule]]\nname = 'x'\nany = ['rain',\n  'snow OR hail -title:film']\n"
    (tmp_path / "a.toml").write_text(rule)
    found = read_rules(tmp_path)
    assert [str(w).partition(": OR")[0] for w in found.warnings] == [
        f"{tmp_path}/a.toml:4: rule[1].any[2]"
    ]
    assert found.rules
    assert not found.faults


def test_the_sample_rules_give_no_note() -> None:
    assert read_rules(SAMPLES).warnings == ()
