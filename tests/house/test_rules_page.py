"""docs/rules.md holds what it says: every rule, every expression, every output in it is tried."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli.main import app
from monitor.errors import QueryFault
from monitor.matching.examples import ExampleJudge
from monitor.matching.index import Rulebook
from monitor.matching.query_parser import parse_query
from monitor.matching.rule import Rule
from monitor.matching.rule_files import RuleSet, read_rules, run_examples
from monitor.matching.rule_shape import ExampleTable, RuleTable
from monitor.model import Article
from monitor.text.wording import language_name
from tests.house.pages import ROOT, RULES, Block, blocks, code_in, headed, tables, text_of
from tests.make import NOW

PAGE = "docs/rules.md"
LANGUAGES = {
    **{"Chinese": "zh", "French": "fr", "German": "de", "Italian": "it"},
    **{"Polish": "pl", "Russian": "ru", "Spanish": "es"},
    **{"Arabic": "ar", "Greek": "el", "Turkish": "tr"},
}
SENTENCE = re.compile(r"“([^”]*)”(?: \((\w+)\))?")
HEADLINE = re.compile(r"\*\*(.+?)\*\* ?(.*)")
CONFIG = """
[[feed]]
url = "https://example.org/world.rss"
name = "World desk"
[channel.screen]
type = "terminal"
[digest.morning]
schedule = "0 7 * * mon-fri"
channels = ["screen"]
"""


@cache
def shipped() -> RuleSet:
    return read_rules(ROOT / "rules")


@cache
def languages() -> tuple[str, ...]:
    return tuple(sorted({code for v in shipped().vocabularies.values() for code, _ in v.terms}))


def desk(folder: Path, rules: str) -> Path:
    """A folder with a config, the shipped vocabularies, and these rules."""
    (folder / "rules").mkdir()
    (folder / "rules" / "vocabulary").symlink_to(ROOT / "rules" / "vocabulary")
    (folder / "rules" / "desk.toml").write_text(rules, encoding="utf-8")
    (folder / "config.toml").write_text(CONFIG, encoding="utf-8")
    return folder / "rules"


def rule_blocks(page: str) -> list[Block]:
    return [block for block in blocks(page, "toml") if RULES.search(block.text)]


def whole_blocks() -> list[object]:
    return [
        pytest.param(block, id=f"{page}-{number}")
        for page in (PAGE, "README.md")
        for number, block in enumerate(rule_blocks(page), 1)
        if not block.mark
    ]


@pytest.mark.parametrize("block", whole_blocks())
def test_a_rule_on_the_page_is_read_and_its_examples_hold(block: Block, tmp_path: Path) -> None:
    found = read_rules(desk(tmp_path, block.text), digests=frozenset({"morning"}))
    assert [str(fault) for fault in (*found.faults, *found.warnings)] == []
    assert "desk.toml" in found.texts
    judge = ExampleJudge(found.vocabularies, languages())
    own = {name: v for name, v in found.vocabularies.items() if v.source == "desk.toml"}
    failed = run_examples(replace(found, vocabularies=own), judge)
    assert [str(fault) for fault in failed] == []


def consoles() -> list[object]:
    """Each console block with the rules that stand right above it."""
    shown = []
    for block in blocks(PAGE, "console"):
        rules = [each for each in rule_blocks(PAGE) if each.at < block.at][-1]
        shown.append(pytest.param(rules.text, block.text, id=f"at-{block.at}"))
    return shown


@pytest.mark.parametrize(("rules", "told"), consoles())
def test_an_output_on_the_page_is_what_the_command_says(
    rules: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk(tmp_path, rules)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WIREWATCH_CONFIG", raising=False)
    assert said(told) == told


def said(told: str) -> str:
    """The commands of a console block again, each with what it says now of the desk's own file."""
    again = ""
    for line in told.splitlines():
        if line.startswith("$ "):
            result = CliRunner().invoke(app, shlex.split(line)[2:])
            own = [each for each in result.stdout.splitlines(True) if "rules/voc" not in each]
            again += f"{line}\n{''.join(own)}"
    return again


def judged() -> dict[str, tuple[str, list[tuple[Article, bool]]]]:
    """Every expression that stands beside sentences: its text, and what must come of each."""
    found = {}
    for table in tables(PAGE):
        yes, no = {4: (2, 3), 3: (1, 2)}.get(len(table.head), (0, 0))
        if table.head[-1] not in ("does not match", "does not find"):
            continue
        for row in table.rows:
            articles = [(a, True) for a in sentences(row[yes])]
            articles += [(a, False) for a in sentences(row[no])]
            found[f"{table.heading}: {row[0]} {len(found)}"] = (code_in(row[0])[0], articles)
    return found


def sentences(cell: str) -> list[Article]:
    """“**Headline.** Text.” (Language) as articles; English where no language is named."""
    return [
        article(told, LANGUAGES[name] if name else "en") for told, name in SENTENCE.findall(cell)
    ]


def article(told: str, language: str) -> Article:
    found = HEADLINE.fullmatch(told)
    title, text = found.groups() if found else ("", told)
    return Article("a", None, title, text, language, NOW)


@cache
def rulebook() -> Rulebook:
    rules = [Rule(name, parse_query(text)) for name, (text, _) in judged().items()]
    return Rulebook(rules, shipped().vocabularies, languages())


@pytest.mark.parametrize("name", judged())
def test_an_expression_matches_what_the_page_says(name: str) -> None:
    for each, expected in judged()[name][1]:
        found = {finding.rule for finding in rulebook().findings(each)}
        assert (name in found) == expected, f"{each.title} {each.text} ({each.language})"


def test_nearly_every_expression_stands_beside_sentences_of_both_kinds() -> None:
    kinds = [{expected for _, expected in articles} for _, articles in judged().values()]
    assert len(kinds) > 40
    assert sum(kind == {True, False} for kind in kinds) >= len(kinds) - 5


@pytest.mark.parametrize("row", headed(PAGE, "written", "is read as")[0].rows, ids=str)
def test_an_expression_is_read_as_the_page_says(row: tuple[str, str]) -> None:
    written, read_as = (parse_query(code_in(cell)[0]) for cell in row)
    assert written == read_as


@pytest.mark.parametrize("row", headed(PAGE, "there", "where", "here")[0].rows, ids=str)
def test_what_other_tools_write_is_the_same_here_or_refused_with_our_form(
    row: tuple[str, str, str],
) -> None:
    there, here = code_in(row[0])[0], code_in(row[2])
    for expression in here:
        parse_query(expression, part=True)
    if there in here:
        return
    with pytest.raises(QueryFault) as caught:
        parse_query(there)
    assert names(caught.value.hint, here), caught.value.hint


def names(hint: str, ours: list[str]) -> bool:
    """Whether the ``hint`` names the form in one of ``ours``, or says to leave something out."""
    if "leave" in hint or ("( and )" in hint and ours[0].startswith("(")):
        return True
    forms = [re.sub(r"^troops (?=[A-Z])|(?<=[a-z]) troops$", "", form) for form in ours]
    signs = [OPERATORS.findall(form) or [form] for form in forms]
    return any(all(sign in hint for sign in of) for of in signs)


OPERATORS = re.compile(r"\b(?:[A-Z]{2,}(?:/\d+)|AND NOT|AND|OR|NOT|NEAR)(?![\w/])|^\w+:.+$")


def test_every_key_of_a_rule_and_of_an_example_is_on_the_page() -> None:
    (rules,) = headed(PAGE, "key", "takes", "what it does")
    assert {code_in(row[0])[0] for row in rules.rows} == set(RuleTable.model_fields)
    (examples,) = headed(PAGE, "key", "what it is")
    keys = {key for row in examples.rows for key in code_in(row[0])}
    assert keys == set(ExampleTable.model_fields)


def test_no_key_of_a_rule_is_without_effect(tmp_path: Path) -> None:
    every = "cooldown = '1h'\nmin_sources = 2\nwithin = '6h'\nexpect = '7d'\nenabled = false\n"
    every += "tags = ['x']\nnote = 'x'\npriority = 'low'\nuntil = 2030-01-01\nfeeds = 'x'\n"
    found = read_rules(desk(tmp_path, f"[[rule]]\nname = 'x'\nmatch = 'x'\n{every}"))
    assert (found.faults, found.warnings) == ((), ())


def test_every_shipped_vocabulary_is_on_the_page() -> None:
    listed = {
        name[1:]
        for table in headed(PAGE, "name", "what it finds")
        for row in table.rows
        for name in code_in(row[0])
    }
    assert listed == set(shipped().vocabularies)


def test_the_languages_in_use_are_named() -> None:
    names = sorted(language_name(code) for code in languages())
    assert ", ".join(names) + "." in " ".join(text_of(PAGE).split())
