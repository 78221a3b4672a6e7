"""``wirewatch backtest``: what today's rules add and drop, and what they nearly catch."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Desk
from tests.house.pages import blocks
from tests.journey.world import HANDOVER, LEAVING, RAIN, RULE, rss

LEAVING_RULE = RULE.format(name="Leaving", match="troops NEAR/5 Niger")


@pytest.fixture(autouse=True)
def _read(desk: Desk) -> None:
    (desk.folder / "world.rss").write_bytes(rss(LEAVING, RAIN, HANDOVER))
    assert desk.run("run", "--once").code == 0


def rewrite(desk: Desk, *rules: tuple[str, str]) -> None:
    text = "".join(RULE.format(name=name, match=match) for name, match in rules)
    desk.write("rules/a.toml", text)


def test_rules_that_did_not_change_alert_as_they_did(desk: Desk) -> None:
    ended = desk.run("backtest")
    assert ended.code == 0
    assert "Looked at 3 articles, first seen since" in ended.out
    assert "1 rule alerts as it did" in ended.out
    assert ended.err == ""


def test_added_and_dropped_alerts_are_told_with_what_decided(desk: Desk) -> None:
    rewrite(desk, ("Leaving", "(troops OR base) AND (soldier OR officer) NOT statement"))
    ended = desk.run("backtest")
    assert ended.code == 0
    assert "Leaving: 1 alert then, 1 now" in ended.out
    added, _, dropped = ended.out.partition("dropped: 1")
    assert "Agadez base handed over" in added
    assert "by: base, officers" in added
    assert "Troops leave Niger" in dropped
    assert 'fails: NOT statement: there is "statement"' in dropped
    assert max(len(line) for line in ended.out.splitlines()) <= 80


def test_near_misses_name_the_one_clause_that_failed(desk: Desk) -> None:
    rewrite(desk, ("Base", "base AND Agadez AND (Mali OR Chad) AND NOT rain"))
    told = json.loads(desk.run("backtest", "Base", "--json").out)
    assert told["articles"] == 3
    (rule,) = told["rules"]
    (near,) = rule["near_misses"]
    assert near["clause"] == "Mali OR Chad"
    assert [article["title"] for article in near["articles"]] == ["Agadez base handed over"]
    assert near["articles"][0]["failed"][0]["clause"] == "Mali OR Chad"
    shown = desk.run("backtest", "Base").out
    assert "near misses, all but this held: Mali OR Chad: 1" in shown


def test_a_rule_of_one_clause_has_no_near_misses(desk: Desk) -> None:
    told = json.loads(desk.run("backtest", "Leaving", "--json").out)
    assert told["rules"][0]["near_misses"] == []


def test_a_rule_that_is_gone_is_told_with_its_alerts(desk: Desk) -> None:
    rewrite(desk, ("Other", "train"))
    assert "gone: Leaving, with 1 alert then" in desk.run("backtest").out
    assert json.loads(desk.run("backtest", "--json").out)["gone"] == [
        {"name": "Leaving", "then": 1}
    ]


def test_a_rule_that_rests_is_tried_when_it_is_named(desk: Desk) -> None:
    desk.write("rules/a.toml", LEAVING_RULE + "enabled = false\n")
    whole = desk.run("backtest").out
    assert "not enabled, and not asked: Leaving" in whole
    named = desk.run("backtest", "Leaving").out
    assert "Leaving (not enabled; judged as if it were): 1 alert then, 1 now" in named


def test_a_rule_counts_until_its_last_day(desk: Desk) -> None:
    desk.write("rules/a.toml", LEAVING_RULE + "until = 2020-01-01\n")
    told = json.loads(desk.run("backtest", "--json").out)
    assert (told["rules"][0]["now"], told["rules"][0]["dropped"]["count"]) == (0, 1)


def test_what_came_too_old_to_alert_on_is_counted_apart(desk: Desk) -> None:
    for file in desk.folder.glob("wirewatch.db*"):
        file.unlink()
    config = desk.folder / "config.toml"
    config.write_text(config.read_text().replace('backlog = "all"', 'backlog = "none"'))
    assert desk.run("run", "--once").code == 0
    ended = desk.run("backtest")
    assert "Leaving: 0 alerts then, 0 now" in ended.out
    assert "matches 1 article more that came too old to alert on" in ended.out


def test_a_time_that_is_none_and_a_name_that_is_none_are_refused(desk: Desk) -> None:
    ended = desk.run("backtest", "--since", "30 days")
    assert (ended.code, "--since" in ended.err) == (2, True)
    ended = desk.run("backtest", "Leavin")
    assert (ended.code, '"Leaving"' in ended.err) == (2, True)


def test_nothing_stored_is_said(desk: Desk, tmp_path: Path) -> None:
    for file in desk.folder.glob("wirewatch.db*"):
        file.unlink()
    assert desk.run("backtest").out.startswith("No article is stored")


OPENING = ("opening", "Air base opens in Mali", "The base was opened on Wednesday by officers.")


def test_the_page_about_rules_shows_what_the_command_says(desk: Desk) -> None:
    (desk.folder / "world.rss").write_bytes(rss(LEAVING, RAIN, HANDOVER, OPENING))
    rewrite(desk, ("Bases in Niger", "troops OR soldier"))
    for file in desk.folder.glob("wirewatch.db*"):
        file.unlink()
    assert desk.run("run", "--once").code == 0
    rewrite(desk, ("Bases in Niger", "(base OR airfield) AND (Niger OR Niamey)"))
    said = desk.run("backtest", "Bases in Niger").out
    shown = next(b.text for b in blocks("docs/rules.md", "text") if "near misses" in b.text)
    moment = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
    assert moment.sub("2024-05-20 07:00", said) == shown
