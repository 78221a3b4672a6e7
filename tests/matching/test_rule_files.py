"""Rule files: what a person writes becomes rules, and every slip is answered with its line."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from monitor.errors import QueryFault
from monitor.matching.query import (
    And,
    Attribute,
    Exact,
    Not,
    Or,
    Phrase,
    Prefix,
    Query,
    Threshold,
    VocabularyTerm,
    Word,
)
from monitor.matching.rule import Example, Rule
from monitor.matching.rule_files import RuleSet, read_rules, run_examples, schema
from monitor.matching.terms import parse_term
from monitor.model import Patience, Priority

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


def only_rule(folder: Path, text: str) -> Rule:
    """The one rule of a folder with this one file, which has no fault."""
    put(folder, a=text)
    found = read_rules(folder)
    assert [str(fault) for fault in found.faults] == []
    (rule,) = found.rules
    return rule


def query(folder: Path, body: str) -> Query:
    """The tree of a rule with these lines."""
    return only_rule(folder, f'[[rule]]\nname = "x"\n{body}\n').query


# --- what is read ---------------------------------------------------------------------------------


def test_a_rule_carries_everything_that_was_written(tmp_path: Path) -> None:
    text = (
        "# for the desk\n\n"
        '[[rule]]\nname = "Niger"\nmatch = "Niger"\ndigests = ["morning"]\ntags = "sahel"\n'
        'priority = "high"\nnote = "Call."\nenabled = false\nuntil = 2027-12-31\n'
        '[[rule.example]]\ntitle = "t"\ntext = "In Niger."\nlanguage = "en"\nfeed = "World"\n'
        'tags = ["a", "b"]\nurl = "https://a.org"\nmatch = true\n\n# the end\n'
    )
    rule = only_rule(tmp_path, text)
    assert rule.name == "Niger"
    assert rule.query == Word("Niger")
    assert rule.digests == ("morning",)
    assert rule.tags == ("sahel",)
    assert rule.priority is Priority.HIGH
    assert rule.note == "Call."
    assert not rule.enabled
    assert rule.until == date(2027, 12, 31)
    assert (rule.source, rule.line) == ("a.toml", 3)
    assert rule.text.startswith('[[rule]]\nname = "Niger"\n')
    assert rule.text.endswith('url = "https://a.org"\nmatch = true\n')
    assert rule.examples == (
        Example(True, "t", "In Niger.", "en", "World", ("a", "b"), "https://a.org", 12),
    )


def test_a_rule_that_says_little_has_quiet_defaults(tmp_path: Path) -> None:
    rule = only_rule(tmp_path, RULE)
    assert rule.digests is None
    assert (rule.tags, rule.priority, rule.note, rule.enabled) == ((), Priority.NORMAL, None, True)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('all = ["a", "b c"]', And((Word("a"), And((Word("b"), Word("c")))))),
        ('any = ["a", "b"]', Or((Word("a"), Word("b")))),
        ('any = "a"', Word("a")),
        (
            'any = ["a", "b", "c"]\nat_least = 2',
            Threshold((Word("a"), Word("b"), Word("c")), 2),
        ),
        (
            'match = "m"\nall = ["a"]\nany = ["o", "p"]\nnone = ["x", "y"]',
            And((Word("m"), Word("a"), Or((Word("o"), Word("p"))), Not(Word("x")), Not(Word("y")))),
        ),
        ('all = ["a", "NOT b"]', And((Word("a"), Not(Word("b"))))),
        ('match = "NOT b"\nall = ["a"]', And((Not(Word("b")), Word("a")))),
        ('match = "a"\nlanguages = ["en"]', And((Word("a"), Attribute("lang", "en")))),
        (
            'match = "a"\nfeeds = ["World", "wire"]',
            And(
                (
                    Word("a"),
                    Or(
                        (
                            Attribute("feed", "World"),
                            Attribute("tag", "World"),
                            Attribute("feed", "wire"),
                            Attribute("tag", "wire"),
                        )
                    ),
                )
            ),
        ),
    ],
)
def test_the_lists_of_a_rule_become_one_tree(tmp_path: Path, body: str, expected: Query) -> None:
    assert query(tmp_path, body) == expected


def test_a_vocabulary_is_read_with_its_languages_and_examples(tmp_path: Path) -> None:
    text = TROOPS + 'it = "truppe"\n[[vocabulary.troops.example]]\ntext = "x"\nmatch = false\n'
    put(tmp_path, a=text + USES)
    found = read_rules(tmp_path)
    troops = found.vocabularies["troops"]
    assert troops.terms == (("en", ("troops", "armed forces")), ("it", ("truppe",)))
    assert troops.examples == (Example(False, text="x", line=4),)
    assert (troops.source, troops.line) == ("a.toml", 1)
    assert found.rules[0].query == And((Word("Niger"), VocabularyTerm("troops")))


def test_every_file_under_the_folder_is_read_but_hidden_ones_and_copies(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (tmp_path / "deep" / "er" / "b.toml").write_text(OTHER)
    (tmp_path / ".git" / "c.toml").write_text("not [ toml")
    for name in (".hidden.toml", ".#a.toml", "a.toml~", "#a.toml#", "a.toml.swp", "a.txt"):
        (tmp_path / name).write_text("not [ toml")
    put(tmp_path, a=RULE)
    found = read_rules(tmp_path)
    assert found.faults == ()
    assert [rule.source for rule in found.rules] == ["a.toml", "deep/er/b.toml"]
    assert found.texts == {"a.toml": RULE, "deep/er/b.toml": OTHER}


def test_links_are_followed_and_a_circle_is_not(tmp_path: Path) -> None:
    rules, pack = tmp_path / "rules", tmp_path / "pack"
    rules.mkdir()
    pack.mkdir()
    put(pack, forces=TROOPS)
    (rules / "pack").symlink_to(pack)
    (pack / "round").symlink_to(pack)
    (rules / "single.toml").symlink_to(tmp_path / "elsewhere.toml")
    (tmp_path / "elsewhere.toml").write_text(USES)
    found = read_rules(rules)
    assert found.faults == ()
    assert list(found.texts) == ["pack/forces.toml", "single.toml"]


# --- examples -------------------------------------------------------------------------------------


def test_examples_that_come_out_otherwise_are_faults_with_their_line(tmp_path: Path) -> None:
    examples = (
        "[[rule.example]]\ntext = 'Niger here'\nmatch = true\n"
        "[[rule.example]]\ntext = 'Nigeria'\nmatch = false\n"
        "[[rule.example]]\ntitle = 'Nothing'\ntext = '" + "long " * 40 + "'\nmatch = true\n"
        "[[rule.example]]\ntext = 'Niger'\nmatch = false\n"
    )
    words = "[[vocabulary.troops.example]]\ntext = 'no such'\nmatch = true\n"
    put(tmp_path, a=RULE + examples, b=TROOPS + words)

    def judge(rule: Rule, example: Example) -> bool:
        if rule.query == VocabularyTerm("troops"):
            return "troops" in example.text
        return "Niger" in example.text.split()

    faults = run_examples(read_rules(tmp_path), judge)
    assert [(Path(f.file).name, f.line, f.place) for f in faults] == [
        ("a.toml", 10, "example of Niger"),
        ("a.toml", 14, "example of Niger"),
        ("b.toml", 3, "example of @troops"),
    ]
    assert faults[0].message == "expected a match, got none"
    assert faults[0].detail.startswith("Nothing long long")
    assert faults[0].detail.endswith("…")
    assert (faults[1].message, faults[1].detail) == ("expected no match, got one", "Niger")


def test_what_a_rules_matches_wait_for_is_read(tmp_path: Path) -> None:
    put(
        tmp_path,
        a=RULE + "cooldown = '0s'\nexpect = '7d'\nmin_sources = 2\nwithin = '6h'\n",
        b=OTHER + "cooldown = '12h'\n",
    )
    found = read_rules(tmp_path)
    assert (found.faults, found.warnings) == ((), ())
    assert [rule.patience for rule in found.rules] == [
        Patience(cooldown=0, min_sources=2, within=6 * 3600),
        Patience(cooldown=12 * 3600),
    ]


# --- terms ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("troops", Word("troops")),
        (" armed forces ", Phrase("armed forces")),
        ("coup d'état", Phrase("coup d'état")),
        ("air-base", Phrase("air-base")),
        ("=NATO", Exact("NATO")),
        ('="Base 101"', Exact("Base 101")),
        ("milit*", Prefix("milit")),
        ("撤军", Word("撤军")),
        ("सैनिक", Word("सैनिक")),
        ("or", Word("or")),
        ("NORTH", Word("NORTH")),
    ],
)
def test_a_term_is_a_word_a_phrase_an_exact_word_or_a_prefix(text: str, term: object) -> None:
    assert parse_term(text) == term


def test_a_faulty_term_says_where(tmp_path: Path) -> None:
    with pytest.raises(QueryFault) as caught:
        parse_term("army OR navy")
    assert caught.value.position == 5


# --- the schema -----------------------------------------------------------------------------------


def test_editors_find_good_files_right_and_faulty_ones_wrong() -> None:
    checker = jsonschema.Draft202012Validator(schema())
    checker.check_schema(schema())
    good = RULE + "[[rule.example]]\ntext = 'x'\nmatch = true\n" + TROOPS + "it = 'truppe'\n"
    assert not list(checker.iter_errors(tomllib.loads(good)))
    for text in (
        RULE + "digest = ['x']",
        RULE + "priority = 'urgent'",
        "[[rule]]\nmatch = 'a'",
        RULE + "at_least = 0",
        RULE + "[[rule.example]]\ntext = 'x'",
        "[vocabulary.t]\nen = 5",
        "[rle]",
    ):
        assert list(checker.iter_errors(tomllib.loads(text))), text


def test_the_rules_of_the_project_have_no_fault() -> None:
    found = read_rules(Path(__file__).parents[2] / "rules")
    assert [str(fault) for fault in found.faults] == []
    assert {"Niger troop withdrawal", "Agadez base"} <= set(names(found))
