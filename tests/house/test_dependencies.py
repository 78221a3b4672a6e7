"""Every library that the code imports is declared, has its line in the document, and is pinned."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

EXTRAS = ("postgres", "socks", "fulltext", "apprise")


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(*extras: str) -> set[str]:
    lines = list(PROJECT["dependencies"])
    for extra in extras:
        lines += PROJECT["optional-dependencies"][extra]
    return {plain(re.split(r"[\[<>=; ]", line)[0]) for line in lines}


def imported(folder: str) -> set[str]:
    """The distributions that the modules below a folder import."""
    names: set[str] = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names.add(node.module.split(".")[0])
    outside = names - set(sys.stdlib_module_names) - {"monitor", "tests", "benchmarks"}
    known = packages_distributions()
    return {plain(known[name][0]) for name in outside}


def test_what_the_program_imports_is_declared() -> None:
    assert imported("monitor") - declared(*EXTRAS) == set()


def test_what_the_tests_import_is_declared() -> None:
    assert imported("tests") - declared(*EXTRAS, "dev") == set()


def test_every_dependency_has_its_line_in_the_document_and_a_pinned_version() -> None:
    document = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    pinned = {
        plain(line.split("==")[0])
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    }
    for name in declared(*EXTRAS, "dev") - {"wirewatch"}:
        assert name in document, name
        assert name in pinned, name


def test_no_file_names_where_packages_come_from() -> None:
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert "://" not in pins
    assert "@" not in pins
