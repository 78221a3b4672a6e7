"""``wirewatch example add``: a stored article becomes a test of a rule."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from monitor.cli.files import ChangedMeanwhileError, replace_file
from tests.cli.conftest import Desk
from tests.journey.world import LEAVING, RAIN, rss

URL = "https://example.org/leaving"
FILE = """# The desk's rules, kept by hand.
[[rule]]
name   = "Leaving"            # a name
match  = 'troops NEAR/5 Niger'

# The next one is about rain.
[[rule]]
name = "Rain"
match = "rain AND tram"
"""


@pytest.fixture(autouse=True)
def _read(desk: Desk) -> None:
    desk.write("rules/a.toml", FILE)
    assert desk.run("run", "--once").code == 0


def text(desk: Desk) -> str:
    return (desk.folder / "rules" / "a.toml").read_text(encoding="utf-8")


def test_an_article_becomes_an_example_and_nothing_else_changes(desk: Desk) -> None:
    ended = desk.run("example", "add", "Leaving", URL)
    assert ended.code == 0, ended.err
    assert "rules/a.toml:6: an example that Leaving must match" in ended.out
    before, block, after = text(desk).partition(
        "\n[[rule.example]]\n"
        'title = "Troops leave Niger"\n'
        'text = "The last American soldiers left the country on Monday, the army said in a '
        'statement."\n'
        'language = "en"\n'
        "match = true\n"
    )
    assert block
    assert before + after == FILE
    assert desk.run("check").code == 0


def test_any_spelling_of_the_address_and_the_guid_find_it(desk: Desk) -> None:
    for address in ("http://www.example.org/leaving/?utm_source=rss", "leaving"):
        desk.write("rules/a.toml", FILE)
        assert desk.run("example", "add", "Leaving", address).code == 0, address


def test_what_does_not_come_out_as_asked_is_written_and_said(desk: Desk) -> None:
    ended = desk.run("example", "add", "Leaving", URL, "--no-match")
    assert ended.code == 0
    assert "matches: wirewatch check fails until you change the rule" in ended.out
    assert "It matches by: Troops, Niger" in ended.out
    assert desk.run("check").code == 1
    ended = desk.run("example", "add", "Rain", URL)
    assert ended.code == 0
    assert "does not match: wirewatch check fails until you change the rule" in ended.out
    assert "Fails: rain" in ended.out
    assert max(len(line) for line in ended.out.splitlines()) <= 80


def test_the_same_example_twice_is_said_and_not_added(desk: Desk) -> None:
    desk.run("example", "add", "Leaving", URL)
    once = text(desk)
    again = desk.run("example", "add", "Leaving", URL)
    assert again.code == 0
    assert "rules/a.toml:6: it is an example of Leaving already" in again.out
    contrary = desk.run("example", "add", "Leaving", URL, "--no-match")
    assert contrary.code == 1
    assert "with match = true; change it there" in contrary.err
    assert text(desk) == once


def test_an_article_that_is_not_stored_is_answered_with_what_to_do(desk: Desk) -> None:
    ended = desk.run("example", "add", "Leaving", "https://example.org/never")
    assert ended.code == 2
    assert "is not stored" in ended.err
    assert 'wirewatch match --explain --rule "Leaving"' in ended.err
    assert desk.run("example", "add", "Leavin", URL).code == 2
    assert text(desk) == FILE


def test_a_vocabulary_gets_examples_too(desk: Desk) -> None:
    desk.write("rules/words.toml", '[vocabulary.rain]\nen = ["rain"]\n')
    assert desk.run("example", "add", "@rain", "https://example.org/rain").code == 0
    written = (desk.folder / "rules" / "words.toml").read_text(encoding="utf-8")
    assert "[[vocabulary.rain.example]]" in written
    assert desk.run("check").code == 0


def test_a_link_to_the_file_is_followed_and_its_mode_stays(desk: Desk) -> None:
    rules = desk.folder / "rules" / "a.toml"
    real = desk.folder / "kept.toml"
    rules.rename(real)
    rules.symlink_to(real)
    real.chmod(0o640)
    assert desk.run("example", "add", "Leaving", URL).code == 0
    assert rules.is_symlink()
    assert "rule.example" in real.read_text(encoding="utf-8")
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert sorted(path.name for path in real.parent.glob(".*.toml*")) == []


def test_what_the_rule_asks_for_besides_words_is_in_the_example(desk: Desk) -> None:
    rule = "[[rule]]\nname = 'S'\nmatch = 'troops AND site:example.org AND feed:\"World desk\"'\n"
    desk.write("rules/a.toml", rule)
    assert desk.run("example", "add", "S", URL).code == 0
    assert f'feed = "World desk"\nurl = "{URL}"\nmatch = true\n' in text(desk)
    assert desk.run("check").code == 0


def test_a_rule_that_asks_for_the_author_cannot_have_one(desk: Desk) -> None:
    author = rss(LEAVING, RAIN).replace(b"</link>", b"</link><author>j@x.org (Ada)</author>")
    (desk.folder / "world.rss").write_bytes(author.replace(b"leaving", b"other"))
    assert desk.run("run", "--once").code == 0
    desk.write("rules/a.toml", "[[rule]]\nname = 'S'\nmatch = 'troops AND author:Ada'\n")
    ended = desk.run("example", "add", "S", "https://example.org/other")
    assert ended.code == 1
    assert "the rule asks for the author" in ended.err


def test_a_file_that_changes_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"new")
    with pytest.raises(ChangedMeanwhileError):
        replace_file(path, b"old", b"ours")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.glob(".*")) == []
