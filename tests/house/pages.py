"""Reads our Markdown pages as the tests of this folder need them: blocks, tables, links."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")))

RULES = re.compile(r"^\[\[?(?:rule|vocabulary)\b", re.MULTILINE)
"""A block that holds these is a rule file; other TOML is a config."""

_FENCE = re.compile(r"^```(\S*) ?(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?<=\n\n)(?:(?: {4}.*)?\n)+", re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, what else stands beside it, and where it begins."""

    language: str
    mark: str
    text: str
    at: int


@dataclass(frozen=True)
class Table:
    """A table: the heading above it, its head, its rows."""

    heading: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@cache
def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str, language: str = "") -> list[Block]:
    found = (Block(m[1], m[2], m[3], m.start()) for m in _FENCE.finditer(text_of(page)))
    return [block for block in found if language in ("", block.language)]


def prose(page: str) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", text_of(page))


def commands(page: str) -> Iterator[str]:
    """Every whole command line that a page shows in an indented or console block."""
    for found in _INDENTED.finditer(prose(page)):
        for line in found.group().splitlines():
            yield from (part.strip() for part in line.split("&&"))
    for block in blocks(page, "console"):
        yield from (line[2:] for line in block.text.splitlines() if line.startswith("$ "))


def code_in(text: str) -> list[str]:
    """What stands between backticks; in tables a vertical bar is written with a backslash."""
    return [found.replace("\\|", "|") for found in _CODE.findall(text)]


def tables(page: str) -> list[Table]:
    found: list[Table] = []
    heading, rows = "", list[tuple[str, ...]]()
    for line in [*prose(page).splitlines(), ""]:
        if line.startswith("|"):
            cells = re.split(r"(?<!\\)\|", line.strip()[1:-1])
            rows.append(tuple(cell.strip() for cell in cells))
            continue
        if rows:
            found.append(Table(heading, rows[0], tuple(rows[2:])))
            rows = []
        heading = line.lstrip("# ") if line.startswith("#") else heading
    return found


def headed(page: str, *head: str) -> list[Table]:
    """The tables of a page with this head."""
    return [table for table in tables(page) if table.head == head]


def links(page: str) -> list[str]:
    """Targets of links to pages and files of ours."""
    return [to for to in _LINK.findall(prose(page)) if not re.match(r"[a-z]+:", to)]


def anchors(page: str) -> set[str]:
    """The anchors that headings get, as code hosts make them."""
    return {_anchor(heading) for heading in _HEADING.findall(prose(page))}


def _anchor(heading: str) -> str:
    kept = "".join(c for c in heading.lower() if c in " -_" or unicodedata.category(c)[0] in "LN")
    return kept.replace(" ", "-")
