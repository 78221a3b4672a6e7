"""The table in README.md beside this file names tests that there are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROWS = re.findall(r"^\| (\d+) \| (.+?) \| (.+) \|$", (HERE / "README.md").read_text(), re.MULTILINE)
NAMED = [name for _, _, held in ROWS for name in re.findall(r"`([^`]+::[^`]+)`", held)]


def test_every_line_is_told_once_and_in_order() -> None:
    assert [int(number) for number, _, _ in ROWS] == list(range(1, 27))


@pytest.mark.parametrize(("number", "held"), [(number, held) for number, _, held in ROWS])
def test_a_line_is_held_by_a_test_or_says_what_is_missing(number: str, held: str) -> None:
    assert "::test_" in held or "not yet: " in held


@pytest.mark.parametrize("name", NAMED)
def test_a_test_in_the_table_exists(name: str) -> None:
    path, _, test = name.partition("::")
    assert test in stories_in(HERE.parent / path)


def test_every_story_of_this_folder_is_in_the_table() -> None:
    told = {name for name in NAMED if name.startswith("failures/")}
    files = [path for path in HERE.glob("test_*.py") if path != Path(__file__)]
    found = {f"failures/{path.name}::{test}" for path in files for test in stories_in(path)}
    assert found == told


def stories_in(path: Path) -> set[str]:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    functions = [n for n in body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {function.name for function in functions if function.name.startswith("test_")}
