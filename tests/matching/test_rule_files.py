"""Rule files: what a person writes becomes rules, and every slip is answered with its line."""

from __future__ import annotations

import os
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
from monitor.model import Priority

RULE = '[[rule]]\nname = "Niger"\nmatch = "Niger"\n'
OTHER = '[[rule]]\nname = "Mali"\nmatch = "Mali"\n'
TROOPS = '[vocabulary.troops]\nen = ["troops", "armed forces"]\n'
USES = '[[rule]]\nname = "Uses"\nmatch = "Niger AND @troops"\n'


def put(folder: Path, **files: str) -> None:
    """Write files into the rules folder, ``a`` as a.toml."""
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")


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


# --- what is read -------------------------------------------------------------------------------


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


# --- what is wrong ------------------------------------------------------------------------------

R = '[[rule]]\nname = "x"\n'
CASES: list[tuple[str, int, str, str, str]] = [
    ('[[rle]]\nname = "x"', 1, "rle", "unknown key", 'did you mean "rule"?'),
    ('match = "x"', 1, "match", "unknown key", "under a line [[rule]]"),
    ('[rule]\nname = "x"', 1, "rule", "must be a list of tables", "[[rule]]"),
    (RULE + 'digest = ["x"]', 4, "rule[1].digest", "unknown key", 'did you mean "digests"?'),
    (RULE + "tags = [1]", 4, "rule[1].tags[1]", "must be a text in quotes", ""),
    (RULE + "enabled = 'yes'", 4, "rule[1].enabled", "true or false", "enabled = false"),
    (RULE + "until = '2027-12-31'", 4, "rule[1].until", "must be a date", "until = 2027-12-31"),
    (RULE + "priority = 'hihg'", 4, "rule[1].priority", "not known here", 'mean "high"?'),
    (RULE + "priority = 'urgent'", 4, "rule[1].priority", "not known", '"high", "normal", "low"'),
    (RULE + "cooldown = '12 hours'", 4, "rule[1].cooldown", "no unit here", '"12h"'),
    (RULE + "cooldown = 12", 4, "rule[1].cooldown", "must be a text", '"12h"'),
    (RULE + "within = '6h'", 4, "rule[1].within", "counts nothing", "min_sources"),
    (RULE + "min_sources = 3", 1, "rule[1].within", "is missing", 'within = "6h"'),
    (RULE + "min_sources = 0\nwithin = '6h'", 4, "rule[1].min_sources", "1 or more", "= 3"),
    (RULE + "expect = 'weekly'", 4, "rule[1].expect", "not a length of time", "90d"),
    (RULE + "languages = ['Italian']", 4, "rule[1].languages[1]", "no language code", '"it"'),
    (RULE + "feeds = []", 4, "rule[1].feeds", "must not be empty", "World desk"),
    (RULE + "digests = []", 4, "rule[1].digests", "must not be empty", "morning"),
    (RULE + "digests = 'mornin'", 4, "rule[1].digests[1]", "no digest", 'mean "morning"?'),
    (RULE + "at_least = 2", 4, "rule[1].at_least", "counts nothing", "any"),
    (R + "any = ['a']\nat_least = 2", 4, "rule[1].at_least", "more than the 1", "at most 1"),
    (R + "any = ['a']\nat_least = 0", 4, "rule[1].at_least", "1 or more", "at_least = 2"),
    ('[[rule]]\nmatch = "a"', 1, "rule[1].name", "is missing", 'add name = "Niger'),
    ('[[rule]]\nname = ""\nmatch = "a"', 2, "rule[1].name", "one line and not blank", ""),
    ('[[rule]]\nname = "a\\nb"\nmatch = "a"', 2, "rule[1].name", "one line", ""),
    (R + "match = ''", 3, "rule[1].match", "must not be empty", "country:NE"),
    (R + "all = []", 3, "rule[1].all", "must not be empty", ""),
    (R, 1, "rule[1]", "without an expression", "add match"),
    (R + "feeds = ['a']", 1, "rule[1]", "without an expression", "add match"),
    (R + "none = ['a']", 1, "rule[1]", "only excludes", "what to look for"),
    (R + "match = 'NOT a'", 3, "rule[1].match", "only excludes", "troops AND NOT football"),
    (R + "all = ['NOT a']\nnone = ['b']", 3, "rule[1].all", "only excludes", "must be there"),
    (R + "any = ['NOT a', 'b']", 3, "rule[1].any", "only excludes", "must be there"),
    # --- expressions
    (R + "match = 'a AND'", 3, "rule[1].match", "missing after AND", "expected a word"),
    (R + "match = '(a OR b'", 3, "rule[1].match", "never closed", "expected )"),
    (R + "match = 'a W/5 b'", 3, "rule[1].match", "", "NEAR/5"),
    (R + "match = 'country:XY'", 3, "rule[1].match", "no country code", "country:"),
    (R + 'match = """\na AND\nb AND\n(c"""', 6, "rule[1].match", "never closed", ""),
    (R + "all = [\n  'a',\n  'b OR',\n]", 5, "rule[1].all[2]", "missing after OR", ""),
    (R + "match = 'a'\nnone = ['b', '']", 4, "rule[1].none[2]", "must not be empty", ""),
    (USES, 3, "rule[1].match", "no vocabulary is named @troops", "[vocabulary.troops]"),
    (
        TROOPS + USES.replace("@troops", "@trops"),
        5,
        "rule[1].match",
        "no vocabulary is named @trops",
        "did you mean @troops?",
    ),
    (RULE + 'match = "b"', 4, "", "not valid TOML", "keep one"),
    # --- examples
    (RULE + "[[rule.example]]\ntext = 'x'", 4, "rule[1].example[1].match", "is missing", "true"),
    (RULE + "[[rule.example]]\nmatch = true", 4, "rule[1].example[1]", "without words", "text"),
    (
        RULE + "[[rule.example]]\nmatch = true\ntxt = 'x'",
        6,
        "rule[1].example[1].txt",
        "unknown key",
        'did you mean "text"?',
    ),
    (
        RULE + "[[rule.example]]\nmatch = 'yes'\ntext = 'x'",
        5,
        "rule[1].example[1].match",
        "true or false",
        "match = true",
    ),
    # --- vocabularies
    ("[vocabulary]\nen = ['a']", 2, "vocabulary.en", "outside of a vocabulary", "[vocabulary."),
    ("vocabulary = 'x'", 1, "vocabulary", "must be tables", "[vocabulary.troops]"),
    ("[vocabulary.t]\neng = ['a']\nxx = ['b']", 3, "vocabulary.t.xx", "no language code", "ISO"),
    ("[vocabulary.t]\nenglish = ['a']", 2, "vocabulary.t.english", "no language code", '"en"'),
    ("[vocabulary.t]\nEN = ['a']", 2, "vocabulary.t.EN", "in capitals", 'write "en"'),
    ("[vocabulary.t]\npt-BR = ['a']", 2, "vocabulary.t.pt-BR", "no language code", '"pt"'),
    (
        "[vocabulary.t]\nen = ['a']\n[[vocabulary.t.exmple]]\ntext = 'a'",
        3,
        "vocabulary.t.exmple",
        "no language code",
        'did you mean "example"?',
    ),
    ("[vocabulary.t]\nen = []", 2, "vocabulary.t.en", "must not be empty", ""),
    ("[vocabulary.t]\nen = [1]", 2, "vocabulary.t.en[1]", "must be a text", ""),
    ("[vocabulary.t]\n", 1, "vocabulary.t", "without words", 'en = ["troops"]'),
    ('[vocabulary."a b"]\nen = ["a"]', 1, "vocabulary.a b", "cannot be the name", "letters"),
    ("[vocabulary.t]\nen = ['a OR b']", 2, "vocabulary.t.en[1]", "OR is an operator", "=OR"),
    ("[vocabulary.t]\nen = ['a', 'b NEAR/3 c']", 2, "vocabulary.t.en[2]", "NEAR/3", "by itself"),
    ("[vocabulary.t]\nen = [\n'a',\n'\"b c\"',\n]", 4, "vocabulary.t.en[2]", "no quotes", "out"),
    ("[vocabulary.t]\nen = ['(a)']", 2, "vocabulary.t.en[1]", "belongs to an expr", "plain"),
    ("[vocabulary.t]\nen = ['@x']", 2, "vocabulary.t.en[1]", "belongs to an expr", "plain"),
    ("[vocabulary.t]\nen = ['country:NE']", 2, "vocabulary.t.en[1]", "belongs", "in the rule"),
    ("[vocabulary.t]\nen = ['-a']", 2, "vocabulary.t.en[1]", "belongs", "plain"),
    ("[vocabulary.t]\nen = ['a*b']", 2, "vocabulary.t.en[1]", "end a single word", "milit*"),
    ("[vocabulary.t]\nen = ['a b*']", 2, "vocabulary.t.en[1]", "end a single word", "milit*"),
    ("[vocabulary.t]\nen = ['…']", 2, "vocabulary.t.en[1]", "without a word", "a phrase"),
    ("[vocabulary.t]\nen = ['=']", 2, "vocabulary.t.en[1]", 'after "="', "=NATO"),
    # --- twice
    (RULE + RULE.replace("Niger", "NIGER"), 5, "rule[2].name", 'named "NIGER" already in', "name"),
]


@pytest.mark.parametrize(
    ("text", "line", "place", "says", "hint"),
    CASES,
    ids=[f"{number}-{case[2]}" for number, case in enumerate(CASES)],
)
def test_a_fault_names_its_line_its_place_and_what_to_write(
    tmp_path: Path, text: str, line: int, place: str, says: str, hint: str
) -> None:
    put(tmp_path, a=text)
    found = read_rules(tmp_path, digests=frozenset({"morning", "urgent"}))
    here = [fault for fault in found.faults if fault.place == place]
    assert len(here) == 1, [str(fault) for fault in found.faults]
    assert here[0].line == line
    assert says in here[0].message
    assert hint in here[0].hint
    assert str(here[0]).startswith(f"{tmp_path}/a.toml:{line}: ")
    assert "\n" not in str(here[0])
    assert found.rules == ()
    assert found.texts == {}
    assert list(found.faulty) == ["a.toml"]


def test_an_expression_that_cannot_be_read_shows_the_place(tmp_path: Path) -> None:
    put(tmp_path, a=R + "match = 'troops AND (base OR'\n")
    (fault,) = read_rules(tmp_path).faults
    written, caret = fault.detail.split("\n")
    assert "troops AND (base OR" in written
    assert caret.strip() == "^"


def test_a_vocabulary_that_is_not_there_shows_the_place(tmp_path: Path) -> None:
    put(tmp_path, a=USES)
    (fault,) = read_rules(tmp_path).faults
    written, caret = fault.detail.split("\n")
    assert caret.index("^") == written.index("@troops")


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    text = R + "match = 'a AND'\ntgas = 'x'\n" + "[[rule]]\nname = 'y'\nmatch = '(b'\n"
    put(tmp_path, a=text + "[vocabulary.t]\nxx = ['a']\n")
    assert [fault.line for fault in read_rules(tmp_path).faults] == [3, 4, 7, 9]


def test_files_that_cannot_be_read_are_faults_and_the_others_work(tmp_path: Path) -> None:
    put(tmp_path, good=RULE)
    (tmp_path / "latin.toml").write_bytes(b"# one\n# caf\xe9\n")
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "gone.toml").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.toml")
    found = read_rules(tmp_path)
    assert [rule.name for rule in found.rules] == ["Niger"]
    told = {Path(fault.file).name: (fault.line, fault.message) for fault in found.faults}
    assert told["latin.toml"] == (2, "is not text in UTF-8")
    assert told["gone.toml"][1].startswith("cannot be read")
    assert told["pipe.toml"][1] == "is not a file"
    assert "folder.toml" not in told


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xef\xbb\xbf" + RULE.encode())
    assert [rule.name for rule in read_rules(tmp_path).rules] == ["Niger"]


# --- what stays in force ------------------------------------------------------------------------


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


# --- fingerprints -------------------------------------------------------------------------------


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


# --- examples -----------------------------------------------------------------------------------


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
    assert faults[0].message.startswith('expected a match, got none: "Nothing long long')
    assert faults[0].message.endswith('…"')
    assert faults[1].message == 'expected no match, got one: "Niger"'


def test_settings_without_effect_as_yet_are_warnings(tmp_path: Path) -> None:
    put(
        tmp_path,
        a=RULE + "cooldown = '0s'\nexpect = '7d'\nmin_sources = 2\nwithin = '6h'\n",
        b=OTHER + "cooldown = '12h'\n",
    )
    found = read_rules(tmp_path)
    assert found.faults == ()
    assert [(Path(w.file).name, w.line) for w in found.warnings] == [
        ("a.toml", 6),
        ("a.toml", 7),
        ("a.toml", 5),
        ("b.toml", 4),
    ]


# --- terms --------------------------------------------------------------------------------------


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


# --- the schema ---------------------------------------------------------------------------------


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
