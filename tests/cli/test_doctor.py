"""``check --doctor`` and ``status``: what is odd about rules, by the stored articles."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.cli.conftest import CONFIG, Desk
from tests.journey.world import RULE, rss

WORDS = '[vocabulary.rain]\nen = ["rain", "drizzle"]\n'


def items(language: str, title: str, count: int) -> Iterator[tuple[str, str, str]]:
    for number in range(count):
        yield f"{language}{number}", f"{title} {number}", f"{title} {number} in town today."


def read(desk: Desk, *, english: int = 0, finnish: int = 0) -> None:
    (desk.folder / "world.rss").write_bytes(rss(*items("en", "Rain in the town", english)))
    (desk.folder / "fi.rss").write_bytes(rss(*items("fi", "Sade alkaa", finnish), language="fi"))
    feed = '[[feed]]\nurl = "fi.rss"\nname = "Finnish"\nlanguage = "fi"\n'
    desk.write("config.toml", CONFIG.replace("[channel.archive]", feed + "[channel.archive]"))
    desk.write("rules/words.toml", WORDS)
    desk.write("rules/a.toml", RULE.format(name="Wet", match="@rain"))
    assert desk.run("run", "--once").code == 0


def test_check_needs_no_database_and_makes_none(desk: Desk) -> None:
    assert desk.run("check").code == 0
    ended = desk.run("check", "--doctor")
    assert ended.code == 0
    assert "there are none yet" in ended.out
    assert list(desk.folder.glob("*.db*")) == []


def test_a_database_that_cannot_be_used_stops_the_doctor_and_not_the_check(desk: Desk) -> None:
    desk.write("wirewatch.db", "no database at all, but a text of some length, to be sure " * 9)
    ended = desk.run("check")
    assert ended.code == 0
    assert "which languages arrive cannot be told" in ended.err
    assert desk.run("check", "--doctor").code == 2


def test_languages_that_arrive_and_that_rules_lack_are_named(desk: Desk) -> None:
    read(desk, english=3, finnish=7)
    told = "7 articles came in Finnish (fi): @rain has no words in it (Wet)"
    assert told in desk.run("check").err
    assert told in desk.run("status").out
    status = json.loads(desk.run("status", "--json").out)
    (lack,) = status["languages_lacking"]
    assert (lack["language"], lack["blind"]) == ("fi", ["Wet"])


def test_the_doctor_tells_what_is_odd_and_fits_eighty_columns(desk: Desk) -> None:
    read(desk, english=120, finnish=7)
    ended = desk.run("check", "--doctor")
    assert ended.code == 0
    assert "The doctor looked at 127 articles" in ended.out
    assert "Wet: matches 94 % of 127 articles" in ended.out
    assert "Wet: 120 of 120 alerts come from World desk" in ended.out
    assert "@rain (en): never met, 1 of 2: drizzle" in ended.out
    assert "Finnish (fi)" in ended.out
    assert max(len(line) for line in ended.out.splitlines()) <= 80
    status = json.loads(desk.run("status", "--json").out)
    assert {advice["kind"] for advice in status["advice"]} == {"broad", "one feed"}
    assert "worth a look" in desk.run("status").out


def test_a_doctor_who_finds_nothing_says_so(desk: Desk) -> None:
    assert desk.run("run", "--once").code == 0
    told = desk.run("check", "--doctor").out
    assert "Nothing is odd; too few articles to tell how often rules match" in told
    assert "(100 are needed)" in told


def test_an_example_that_fails_is_told_with_the_reason(desk: Desk) -> None:
    rule = RULE.format(name="Base", match="Agadez base NOT rain")
    examples = "[[rule.example]]\ntext = 'Base at Agadez in the rain'\nmatch = true\n"
    examples += "[[rule.example]]\ntext = 'Base at Agadez'\nmatch = false\n"
    desk.write("rules/b.toml", rule + examples)
    ended = desk.run("check")
    assert ended.code == 1
    assert 'fails: NOT rain: there is "rain"' in ended.out
    assert "matches by: Base, Agadez" in ended.out


def test_many_rules_and_problems_are_counted_not_listed(desk: Desk) -> None:
    rules = "".join(RULE.format(name=f"Rule {number}", match="train") for number in range(40))
    desk.write("rules/a.toml", rules)
    ended = desk.run("status")
    assert "and 10 more (-v shows all)" in ended.out
    assert "Rule 39" not in ended.out
    assert "Rule 39" in desk.run("status", "-v").out
