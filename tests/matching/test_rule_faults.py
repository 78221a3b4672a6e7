"""Each thing that can be wrong in a rule file: its line, its place, and what to write."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from monitor.matching.rule_files import read_rules

RULE = '[[rule]]\nname = "Niger"\nmatch = "Niger"\n'
OTHER = '[[rule]]\nname = "Mali"\nmatch = "Mali"\n'
TROOPS = '[vocabulary.troops]\nen = ["troops", "armed forces"]\n'
USES = '[[rule]]\nname = "Uses"\nmatch = "Niger AND @troops"\n'


def put(folder: Path, **files: str) -> None:
    """Write files into the rules folder, ``a`` as a.toml."""
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")


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
    ('[[rule]]\nmatch = "a"', 1, "rule[1].name", "is missing", 'add name = "…"'),
    ('[[rule]]\nname = ""\nmatch = "a"', 2, "rule[1].name", "one line and not blank", ""),
    ('[[rule]]\nname = "a\\nb"\nmatch = "a"', 2, "rule[1].name", "one line", ""),
    (R + "match = ''", 3, "rule[1].match", "must not be empty", "match = '…'"),
    (
        R + 'match = ["flood", "rain"]',
        3,
        "rule[1].match",
        "is one expression",
        'under all or any: any = ["flood", "rain"]',
    ),
    (R + "match = 3", 3, "rule[1].match", "must be a text in quotes", "write match = '…'"),
    (
        RULE + "[[example]]\ntext = 'x'\nmatch = true",
        4,
        "example",
        "unknown key",
        "write [[rule.example]], below the rule",
    ),
    (
        TROOPS.replace("armed forces", "armed W/5 forces"),
        2,
        "vocabulary.troops.en[2]",
        "W/5 is not understood",
        "distances stand in the rule",
    ),
    (
        TROOPS.replace("armed forces", "wom?n"),
        2,
        "vocabulary.troops.en[2]",
        "no sign for one letter",
        "in full",
    ),
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
    (
        TROOPS + USES.replace("@troops", "@armed_force"),
        5,
        "rule[1].match",
        "no vocabulary is named @armed_force",
        "@troops has that word",
    ),
    (
        TROOPS + USES.replace("@troops", "@rain"),
        5,
        "rule[1].match",
        "no vocabulary is named @rain",
        "define it: [vocabulary.rain], or use one of those there are (1)",
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
