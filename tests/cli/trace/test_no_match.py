"""``wirewatch trace`` of an article that no rule matched, judged again by the text of its time."""

from __future__ import annotations

import json
from datetime import timedelta

import sqlalchemy as sa

from monitor.store import tables
from tests.cli.trace.newsdesk import LEAVING, RULE, URL, Newsdesk, item


def test_an_article_that_no_rule_matched_with_the_rules_that_came_nearest(room: Newsdesk) -> None:
    room.rules(
        RULE.format("Far", "flood AND dam")
        + RULE.format("Coup", "Niger AND coup")
        + RULE.format("Barred", "troops AND Niger AND NOT statement")
        + RULE.format("Apart", "ministry NEAR/1 questions")
    )
    room.reads(item())
    told = room.trace()
    assert told.startswith("It is known, but none of the 4 rules of that time matched it. article")
    assert f"Judged again now, by the text of that time (4 rules as on {room.at()})." in told
    near = told.partition("nearest ")[2]
    assert near.index("Apart lacks") < near.index("Barred lacks") < near.index("Coup lacks coup")
    assert 'Barred lacks NOT statement: there is "statement"' in near
    assert "Far" not in near


def test_an_article_is_judged_again_by_the_text_of_its_time(room: Newsdesk) -> None:
    room.rules(RULE.format("Leaving", "Niger AND coup"))
    room.reads(item())
    room.clock.pass_time(hours=1)
    room.rules(RULE.format("Leaving", "Niger AND troops") + RULE.format("New", "flood"))
    room.work("decide")
    told = room.trace()
    assert told.startswith(
        "It is known, but the one rule of that time did not match it. Today Leaving would match: "
        "written or changed since it was judged. article"
    )
    assert "nearest Leaving lacks coup: not found" in told
    document = json.loads(room.desk.run("trace", URL, "--json").out)
    again = document["judged_again"]
    assert (again["rules"], again["text_of_that_time"]) == (1, True)
    assert again["matching_today"] == ["Leaving"]
    assert again["missed"][0]["failed"] == [{"clause": "coup", "why": "not found"}]


def test_an_article_judged_by_rules_that_are_younger_is_judged_again_by_those(
    room: Newsdesk,
) -> None:
    room.rules(RULE.format("Coup", "Niger AND coup"))
    room.shows(item())
    room.work("poll")
    room.clock.pass_time(hours=1)
    room.rules(RULE.format("Flood", "Niger AND flood"))
    room.work("decide")
    told = room.trace()
    assert f"judged {room.at()} Judged again now" in told
    assert f"(1 rule as on {room.at()}). nearest Flood lacks flood" in told
    assert "Coup" not in told


def test_where_the_history_does_not_reach_back_todays_text_is_used_and_said(
    room: Newsdesk,
) -> None:
    room.rules(RULE.format("Coup", "coup"))
    room.reads(item())
    room.write(sa.delete(tables.rule_file_history))
    told = room.trace()
    assert told.startswith("It is known, and no rule matched it when it was judged. article")
    assert f"today's text (1 rule): the text of that time, {room.at()}, is not kept." in told
    room.rules(LEAVING)
    assert "Today Leaving would match: written or changed since" in room.verdict()


def test_a_rule_that_matches_now_and_has_no_match_in_the_ledger_is_not_hidden(
    room: Newsdesk,
) -> None:
    room.reads(item())
    room.write(sa.delete(tables.matches))
    assert room.verdict().startswith(
        "It is known, and no match of it is kept, though judged again by the rules of that time "
        "Leaving matches."
    )
    assert "matches Leaving, by: Troops, Niger" in room.trace()


def test_rules_of_that_time_that_cannot_be_read_any_more(room: Newsdesk) -> None:
    room.rules(RULE.format("Coup", "coup"))
    room.reads(item())
    room.write(sa.update(tables.rule_file_texts).values(text="[[rule]]\nnames = 1\n"))
    told = room.trace()
    assert told.startswith(
        "It is known, and no match of it is kept; the rules of that time cannot be read. article"
    )
    assert "(not readable any more: a.toml)" in told


def test_a_rule_file_with_a_fault_is_pointed_at(room: Newsdesk) -> None:
    room.desk.write("rules/b.toml", RULE.format("Broken", "troops AND ("))
    room.rules(RULE.format("Coup", "coup"))
    room.reads(item())
    assert room.verdict() == (
        "It is known, but the one rule of that time did not match it. Mind that the rule file "
        "b.toml cannot be read as written now: wirewatch check says why."
    )


def test_no_rule_was_in_force(room: Newsdesk) -> None:
    room.rules("")
    room.reads(item())
    assert room.verdict() == "It is known, but no rule was in force when it was judged."


def test_a_rule_past_its_until_is_not_asked(room: Newsdesk) -> None:
    yesterday = (room.clock.now - timedelta(days=2)).date()
    room.rules(LEAVING + f"until = {yesterday}\n")
    room.reads(item())
    assert "no rule was in force when it was judged" in room.verdict()
    assert f"(until {yesterday})" in room.trace(URL, "--rule", "Leaving")


def test_one_rule_is_told_in_full(room: Newsdesk) -> None:
    room.rules(RULE.format("Coup", "Niger AND (coup OR putsch)"))
    room.reads(item())
    told = room.trace(URL, "--rule", "Coup")
    assert "Coup: does not match (language: en)" in told
    assert "- coup OR putsch" in told
    room.clock.pass_time(hours=1)
    room.rules(RULE.format("Later", "troops"))
    room.work("decide")
    assert "Coup: does not match" in room.trace(URL, "--rule", "Coup")
    told = room.trace(URL, "--rule", "Later")
    assert "There was no rule Later then: by its text of today, Later: matches" in told
    ended = room.desk.run("trace", URL, "--rule", "Coop")
    assert (ended.code, ended.out) == (2, "")
    assert 'no rule is called "Coop"; did you mean "Coup"?' in ended.err


def test_an_article_whose_language_cannot_be_told(room: Newsdesk) -> None:
    room.rules(RULE.format("Coup", "coup"))
    room.reads(item())
    room.write(sa.update(tables.articles).values(language=None))
    assert "its language cannot be told" in room.trace()


def test_a_rule_that_is_over_is_told_where_it_would_have_matched(room: Newsdesk) -> None:
    past = (room.clock.now - timedelta(days=3)).date()
    room.rules(
        RULE.format("Old", "Niger AND troops").replace("match", f"until = {past}\nmatch", 1)
        + RULE.format("Coup", "Niger AND coup")
    )
    room.reads(item())
    told = room.trace()
    assert told.startswith("It is known, but the one rule of that time did not match it.")
    assert f"over Old would match, but it was over: its until is {past}" in told
    again = json.loads(room.desk.run("trace", URL, "--json").out)["judged_again"]
    assert again["over"] == ["Old"]
