"""The pages as a whole: links lead somewhere, commands exist, every module is named."""

from __future__ import annotations

import ast
import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from monitor.cli.main import app
from tests.house.pages import (
    PAGES,
    ROOT,
    anchors,
    code_in,
    commands,
    links,
    prose,
    tables,
    text_of,
)

NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
ARCHITECTURE = "docs/architecture.md"
LONGEST = 100
OTHERS = ("pg_dump", "systemctl", "journalctl", "useradd", "0")
"""Programs that are given the name wirewatch; 0 begins a line of a crontab."""


# --- links and lines ---------------------------------------------------------------------------


@pytest.mark.parametrize("page", NAMES)
def test_every_link_leads_somewhere(page: str) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = ((ROOT / page).parent / path).resolve() if path else ROOT / page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(str(target.relative_to(ROOT))), link


@pytest.mark.parametrize("page", NAMES)
def test_a_line_of_prose_is_not_too_long(page: str) -> None:
    lines = prose(page).splitlines()
    assert [line for line in lines if len(line) > LONGEST and not line.startswith("|")] == []


@pytest.mark.parametrize("page", NAMES)
def test_a_page_names_files_that_there_are(page: str) -> None:
    """Paths in backticks that begin with a folder of ours."""
    for text in code_in(prose(page)):
        if re.fullmatch(r"(monitor|docs|tests|seeds|benchmarks)/[\w./-]+", text):
            assert (ROOT / text).exists() or (ROOT / f"{text}.py").exists(), text


def test_every_page_is_reached_from_the_first() -> None:
    reached = {link.partition("#")[0] for link in links("README.md")}
    assert {name for name in NAMES if name != "README.md"} <= reached


# --- commands ----------------------------------------------------------------------------------


@cache
def whole() -> TyperGroup:
    made = typer.main.get_command(app)
    assert isinstance(made, TyperGroup)
    return made


def command_lines() -> list[object]:
    """Every command line on a page that calls wirewatch: what stands behind the name."""
    found = []
    for page in NAMES:
        for line in commands(page):
            words = shlex.split(line, comments=True) if "wirewatch" in line else []
            words = words[3:] if words[:1] == ["sudo"] else words
            if "-m" in words or not words or words[0] in OTHERS:
                continue
            at = next((n for n, word in enumerate(words) if is_command(word)), None)
            if at is not None:
                name = f"{page}: {line.partition('#')[0].strip()}"
                found.append(pytest.param(words[at + 1 :], id=name))
    return found


def is_command(word: str) -> bool:
    return word.rpartition("/")[2] == "wirewatch"


def leaf(words: list[str]) -> tuple[Any, list[str]]:
    """The command that ``words`` name, and what is left of them; the common options may precede."""
    at: Any = whole()
    rest = list(words)
    while isinstance(at, TyperGroup) and rest:
        if rest[0].startswith("-"):
            option = next(p for p in at.params if rest[0] in p.opts)
            rest = rest[1:] if getattr(option, "is_flag", False) else rest[2:]
            continue
        assert rest[0] in at.commands, f"there is no command {rest[0]}"
        at = at.commands[rest.pop(0)]
    return at, rest


@pytest.mark.parametrize("words", command_lines())
def test_a_command_on_a_page_can_be_given(words: list[str]) -> None:
    for end in (">", ">>", "|"):
        words = words[: words.index(end)] if end in words else words
    found, rest = leaf(words)
    assert not isinstance(found, TyperGroup)
    found.make_context(found.name, rest)


def named_commands() -> list[object]:
    """Commands that stand in a sentence or a table; they may leave out what they work on."""
    named = {
        (page, text)
        for page in NAMES
        for text in code_in(prose(page))
        if text.startswith("wirewatch ")
    }
    return [pytest.param(text, id=f"{page}: {text}") for page, text in sorted(named)]


@pytest.mark.parametrize("text", named_commands())
def test_a_command_in_a_sentence_exists(text: str) -> None:
    found, rest = leaf(shlex.split(text.partition(">")[0])[1:])
    options = {name for parameter in found.params for name in parameter.opts}
    for word in rest:
        assert not word.startswith("-") or word in {*options, "-"}, word
    if isinstance(found, TyperGroup):
        assert not rest


def test_commands_are_found_on_the_pages() -> None:
    assert len(command_lines()) > 15
    assert len(named_commands()) > 20


# --- modules -----------------------------------------------------------------------------------


def modules() -> set[str]:
    """Every module with something in it; of packages those that are more than a docstring."""
    found = set()
    for path in (ROOT / "monitor").rglob("*.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        defines = any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in body)
        if path.name != "__init__.py" or defines:
            found.add(str(path.relative_to(ROOT)))
    return found


def listed_modules() -> list[str]:
    """The modules in the tables headed "module", each below its folder's heading."""
    return [
        str(Path(code_in(table.heading)[0]) / code_in(row[0])[0])
        for table in tables(ARCHITECTURE)
        if table.head == ("module", "duty")
        for row in table.rows
    ]


def test_every_module_is_named_once_on_the_page_of_the_house() -> None:
    assert sorted(listed_modules()) == sorted(modules())


def test_every_place_on_the_page_of_the_house_is_there() -> None:
    (places,) = (table for table in tables(ARCHITECTURE) if table.head == ("place", "duty"))
    told = {code_in(row[0])[0].rstrip("/") for row in places.rows}
    found = {
        str(path.relative_to(ROOT).with_suffix(""))
        for path in (ROOT / "monitor").iterdir()
        if not path.name.startswith(("_", ".")) and (path.is_dir() or path.suffix == ".py")
    }
    assert told == found


def test_dependencies_are_told_with_a_reason() -> None:
    import tomllib

    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    wanted += project["optional-dependencies"]["postgres"]
    names = {re.split(r"[\[<>=!~ ]", each)[0].lower() for each in wanted} - {"wirewatch"}
    told = " ".join(
        row[0].lower() for table in tables("docs/dependencies.md") for row in table.rows
    )
    assert [name for name in sorted(names) if name not in told] == []
