"""The lines of a TOML document, and what is said of one that is none."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import FaultyInput
from monitor.toml_source import TomlSource, place_of
from monitor.toml_source.outline import outline
from monitor.toml_source.plain_toml import read_plain
from monitor.toml_source.scanner import scan

DOCUMENT = '''\
# a comment with [brackets] and "quotes"
top = 1
a.b."c d" = { x = 1, "y=" = [1,
  2] }
text = """
first
second # no comment
third"""
list = [  # one
  "a, ]",
  'b # no comment',
  { q = 1 },
]
[[rule]]
name = "one"
day = 1979-05-27 07:32:00
  [[rule.example]]
  text = "x"
  [[rule.example]]
  text = """y"""

# belongs to the second rule
[[rule]]
match = \'\'\'
'quoted' AND
more\'\'\'
[rule.inner]
deep = true
# at the end

[vocabulary."much more"]
en = ["a"]
'''


PLAIN_DOCUMENT = """\
# rules
[[rule]]
name = "one"   # [x]
any = [
  "a",
  '[[rule]]',
]

[[rule.example]]
text = "[vocabulary.a]"
# done

  [[ rule ]]  # the second
name = "two"
[rule.inner]
deep = true
[[rule.example]]
text = "x"

[vocabulary.troops]
en = ["troops"]
[[vocabulary.troops.example]]
text = "x"
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("top",), 2),
        (("a",), 3),
        (("a", "b", "c d"), 3),
        (("a", "b", "c d", "x"), 3),
        (("a", "b", "c d", "y=", 0), 3),
        (("a", "b", "c d", "y=", 1), 4),
        (("text",), 5),
        (("list",), 9),
        (("list", 0), 10),
        (("list", 1), 11),
        (("list", 2, "q"), 12),
        (("rule",), 14),
        (("rule", 0), 14),
        (("rule", 0, "name"), 15),
        (("rule", 0, "day"), 16),
        (("rule", 0, "example", 0, "text"), 18),
        (("rule", 0, "example", 1), 19),
        (("rule", 0, "example", 1, "text"), 20),
        (("rule", 1), 23),
        (("rule", 1, "match"), 24),
        (("rule", 1, "inner", "deep"), 28),
        (("vocabulary",), 31),
        (("vocabulary", "much more", "en", 0), 32),
        (("rule", 1, "not there", 3), 23),
        (("nowhere",), 0),
        ((), 0),
    ],
)
def test_every_value_has_a_line(path: tuple[str | int, ...], line: int) -> None:
    assert TomlSource.read(DOCUMENT, "f").line_of(path) == line


def test_lines_are_the_same_with_carriage_returns_and_a_byte_order_mark() -> None:
    source = TomlSource.read("\ufeff" + DOCUMENT.replace("\n", "\r\n"), "f")
    assert source.line_of(("vocabulary", "much more", "en")) == 32


def test_a_place_within_a_multi_line_text_has_its_own_line() -> None:
    source = TomlSource.read(DOCUMENT, "f")
    assert source.line_within(("text",), 0) == 6
    assert source.line_within(("text",), source.data["text"].index("third")) == 8
    match = source.data["rule"][1]["match"]
    assert source.line_within(("rule", 1, "match"), match.index("more")) == 26
    assert source.line_within(("rule", 0, "name"), 2) == 15


def test_a_table_is_cut_out_as_it_was_written() -> None:
    source = TomlSource.read(DOCUMENT, "f")
    first, second = source.table_text(("rule", 0)), source.table_text(("rule", 1))
    assert first.startswith('[[rule]]\nname = "one"')
    assert first.endswith('text = """y"""\n')
    assert second.endswith("deep = true\n")
    assert source.table_text(("list", 2)) == "{ q = 1 }"
    assert source.table_text(("rule", 7)) == ""


@pytest.mark.parametrize("text", [DOCUMENT, PLAIN_DOCUMENT, "rule = [{ a = 1 },\n{ b = 2 }]\n", ""])
def test_all_tables_of_a_list_are_found_where_each_is_found(text: str) -> None:
    source = TomlSource.read(text, "f")
    paths: list[tuple[str | int, ...]] = [
        ("rule", n) for n in range(len(source.data.get("rule", [])))
    ]
    each = [(source.line_of(path), source.table_text(path)) for path in paths]
    assert list(source.tables("rule")) == each


def test_a_key_that_is_spelt_with_escapes_is_found() -> None:
    assert TomlSource.read('"caf\\u00e9" = 1', "f").line_of(("café",)) == 1


def test_places_are_shown_as_people_count() -> None:
    assert place_of(("feed", 1, "url")) == "feed[2].url"
    assert place_of(("channel", "desk", "to", 0)) == "channel.desk.to[1]"
    assert place_of(()) == ""


@pytest.mark.parametrize(
    ("text", "line", "says", "hint"),
    [
        ("a = 1\nb = “x”", 2, "column 5: a curly quote", 'straight quotes: "…"'),
        ('a = "x', 1, "not closed", "close it"),
        ("a = 'x\nb = 1", 1, "not closed", "close it"),
        ('a = """x\n\n', 1, "not closed", "close it"),
        ("top secret = 1", 1, '"top secret" is more than one word', "a key is one word"),
        ("a", 1, 'no "=" after the key', "key = value"),
        ("a: 1", 1, 'a ":" after a key', 'write "="'),
        ("every = 15m", 1, "without quotes", 'write every = "…"'),
        ("a = True", 1, "True is not how", "write a = true"),
        ("a = off", 1, "off is not how", "write a = false"),
        ("\na =\nb = 2", 2, 'nothing stands after "a ="', 'write a = "…"'),
        ('a = "\\d"', 1, "backslash", "single quotes"),
        ("a = [1,\n2", 2, "list is not written to its end", '"]"'),
        ("a = [1 2]", 1, "list is not written to its end", "commas"),
        ("a = 1\nb = 2\na = 3", 3, '"a" is set twice', "keep one"),
        ("[x]\n[x]", 2, "[x] is there twice", "[[x]]"),
        ("[[feed]\nx = 1", 1, "heading of a table is not closed", "[[name]]"),
        ("a = { b = 1", 1, "braces is not written to its end", '"}"'),
        ("a = 2024-02-30", 1, "no such date", "2026-01-31"),
        ("a = { b = 1, b = 2 }", 1, "twice", "keep one"),
        ("= 1", 1, "neither a key", "key = value"),
        ('a = "bird flu" OR x', 1, "column 16", "write a = '…', in single quotes"),
        ('a = ""bird flu" OR x"', 1, "column 7", "write a = '…', in single quotes"),
        ('a = "it\'s "so" x"', 1, "follows a value", "write a = '''…''', in three single"),
        ("a = 'Côte d'Ivoire'", 1, "column 13: the apostrophe ends", "write a = '''…'''"),
        ("a = ['Côte d'Ivoire']", 1, "the apostrophe ends", "write '''…'''"),
        ('a = ["x "y" z"]', 1, "follows a value", "write '…', in single quotes"),
        ('a = ["x" "y"]', 1, "list is not written", "commas"),
        ('a = "b" c = "d"', 1, "follows a value", 'write a = "…"'),
    ],
)
def test_what_is_not_toml_is_answered_with_what_to_write(
    text: str, line: int, says: str, hint: str
) -> None:
    with pytest.raises(FaultyInput) as caught:
        TomlSource.read(text, "config.toml")
    (fault,) = caught.value.faults
    assert fault.line == line
    assert says in fault.message
    assert hint in fault.hint
    assert str(fault).startswith(f"config.toml:{line}: not valid TOML, ")


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "1" * 5000])
def test_hostile_documents_are_faults_and_no_crash(text: str) -> None:
    with pytest.raises(FaultyInput):
        TomlSource.read(text, "f")


def test_a_password_is_not_repeated_when_its_line_is_no_toml() -> None:
    for line in ("password = hunter22", 'password = "hunter22', "password : hunter22"):
        with pytest.raises(FaultyInput) as caught:
            TomlSource.read(line, "f")
        assert "hunter" not in str(caught.value)


def test_a_file_without_passwords_shows_the_line_with_a_mark() -> None:
    with pytest.raises(FaultyInput) as caught:
        TomlSource.read('a = 1\nb = "bird" OR x', "f", quoting=True)
    assert caught.value.faults[0].detail == 'b = "bird" OR x\n           ^'
    with pytest.raises(FaultyInput) as caught:
        TomlSource.read('b = "bird" OR x', "f")
    assert caught.value.faults[0].detail == ""


def test_a_document_of_a_word_processor_is_told_as_such() -> None:
    with pytest.raises(FaultyInput) as caught:
        TomlSource.read("{\\rtf1\\ansi [[rule]]}", "rules/a.toml")
    assert "word processor (RTF); save it as plain text" in str(caught.value)


def test_the_outline_of_a_plain_document_is_what_the_scan_finds() -> None:
    assert outline(PLAIN_DOCUMENT) == scan(PLAIN_DOCUMENT).sections


@pytest.mark.parametrize(
    "text",
    ['[a]\nb = """\n[c]\n"""\n', "b = '''\n[c]\n'''\n", "b = [\n[true]\n]\n", '["c d"]\n', "[1]\n"],
)
def test_where_a_line_may_only_look_like_a_header_there_is_no_outline(text: str) -> None:
    assert outline(text) is None
    assert TomlSource.read(text, "f").line_of(("a",)) in (0, 1)


bare = st.sampled_from(["rule", "a", "b-c", "_d", "é", "true", "1"])
headers = st.lists(bare, min_size=1, max_size=3).flatmap(
    lambda keys: st.sampled_from(["[{}]", "[[{}]]", " [ {} ] # x", "[[{}]]#"]).map(
        lambda form: form.format(".".join(keys))
    )
)
values = st.sampled_from(
    [
        "k = 1",
        "k = '[[rule]]'",
        "k = [\n[true],\n]",
        "k = [ # [a]\n[inf]\n]",
        "k = '''\n[a]\n'''",
        "",
    ]
)


@given(st.lists(headers | values, max_size=8).map("\n".join))
def test_an_outline_never_says_what_the_scan_does_not(text: str) -> None:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    found = outline(text)
    assert found is None or found == scan(text).sections


lines = st.sampled_from(
    """[[rule]]
[[rule.example]]
[[ rule . example ]] # two
[[other]]
[rule]
[rule.example]
name = "one"
name = 'two # "x"'
match="a" # b
  note\t=\t'tab\tin'
note = ""
note = \'\'\'x\'\'\'
note = "a\\"b"
note = "\\\\\\n \\t\\u00e9"
note = "\\\\\\"\\n \\t\\f" # x
note = 'a\\'
tags = ["a\\"", 'b,]']
tags = [ "a" ,"b" ]
tags = []
tags = ["a",]
tags = ["a"] x
example = ["a"]
rule = "x"
enabled = true
enabled = false# x
enabled = truex
at_least = 2
at_least = 0
at_least = 02
at_least = 1_0 # x
at_least = 12# x
at_least = -3
at_least = 1.5
at_least = 1e3
at_least = 1979-05-27
at_least = 07:30:00
[ rule . example ]
[rule.example.deeper]
[other.example] # x
[other.second]
[other]
[[other.example]]
note = { env = "X" }
note={env="X" ,file='y'}# z
note = { env = "X", }
note = { env = "X", env = "Y" }
note = { env = "X"
note = { env.x = "X" }
note = {}
# only a comment

 \t
dotted.key = "x"
"quoted" = "x"
name = "\x01"
# \x7f
é = "x"
rule = []""".splitlines()
)


@given(st.lists(lines, max_size=9), st.sampled_from(["", "\n", " ", "#"]))
@settings(max_examples=500, deadline=None)
def test_plain_toml_is_read_as_tomllib_reads_it(chosen: list[str], end: str) -> None:
    text = "\n".join(chosen) + end
    found = read_plain(text)
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        assert found is None
    else:
        assert found is None or found == said


@given(st.text("[]{}rule.= \"'\\\n\t#,truefalsb01\r\x0b\u2028é", max_size=25))
@settings(max_examples=500, deadline=None)
def test_no_text_is_plain_toml_that_tomllib_refuses(text: str) -> None:
    found = read_plain(text)
    assert found is None or found == tomllib.loads(text)


def test_a_configuration_as_most_are_is_plain_toml() -> None:
    text = (
        'database = "a.db"\n[poll]\nevery = "5m"\n[[feed]]\nurl = "u" # first\n'
        '[[feed]]\nurl = "v"\n[channel.desk]\nport = 587\npassword = { env = "WORD" }\n'
        '[channel.ops]\nto = ["x"]\n[digest.all]\nmax_stories = 50\nsend_empty = true\n'
    )
    assert read_plain(text) == tomllib.loads(text)


def test_a_rule_as_most_are_is_plain_toml() -> None:
    assert read_plain(
        '# mine\n[[rule]]\nname = "a" # b\nmatch = \'x "y"\'\n'
        "tags = [\"a\", 'b']\nenabled = false\n"
        '\n[[rule.example]]\ntext = "x"\nmatch = true\n[[rule]]\nname = ""'
    ) == {
        "rule": [
            {
                "name": "a",
                "match": 'x "y"',
                "tags": ["a", "b"],
                "enabled": False,
                "example": [{"text": "x", "match": True}],
            },
            {"name": ""},
        ]
    }
