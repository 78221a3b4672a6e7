"""``wirewatch trace`` of an article whose story holds several, and that waits for more of them."""

from __future__ import annotations

import json
from datetime import timedelta

from monitor.model import utc_now
from tests.cli.trace.newsdesk import RULE, URL, Newsdesk, item

NOW = ('schedule = "0 7 * * *"', 'schedule = "immediately"')
MORE = "https://example.org/more"


def more() -> str:
    """The same event, told by another article."""
    return item("Niger: troops leave", "more")


def sent(room: Newsdesk) -> None:
    """One article was told, half an hour before now."""
    room.configure(NOW)
    room.clock.now = utc_now() - timedelta(minutes=30)
    room.reads(item())
    room.sends()


def test_the_articles_of_a_story_are_told_and_why_they_are_one(room: Newsdesk) -> None:
    room.reads(item())
    room.reads(item(), more())
    told = room.trace(MORE)
    assert "1 other article it is of this story by: " in told
    assert "example.org: Troops leave Niger" in told
    (story,) = json.loads(room.desk.run("trace", MORE, "--json").out)["stories"]
    assert story["other_articles"] == 1
    assert [each["url"] for each in story["articles"]] == [URL, MORE]
    assert [bool(each["because"]) for each in story["articles"]] == [False, True]


def test_five_reasons_are_told_and_the_others_counted(room: Newsdesk) -> None:
    room.reads(item())
    room.reads(item(), more())
    (story,) = json.loads(room.desk.run("trace", MORE, "--json").out)["stories"]
    reasons = story["articles"][1]["because"]
    assert len(reasons) > 5
    told = f"by: {', '.join(reasons[:5])} and {len(reasons) - 5} more (-v)"
    assert told in room.trace(MORE)
    whole = " ".join(room.desk.run("-v", "trace", MORE).out.split())
    assert f"by: {', '.join(reasons)}" in whole


def test_an_article_that_waits_for_a_cooldown(room: Newsdesk) -> None:
    sent(room)
    end = room.clock.now + timedelta(hours=1)
    room.reads(item(), more())
    assert room.verdict(MORE) == (
        "It matched 1 rule: Leaving. It waits for the digest morning, which told this story "
        f"before: what is new in it waits until {room.at(end)} (cooldown)."
    )
    (match,) = json.loads(room.desk.run("trace", MORE, "--json").out)["matches"]
    assert match["waits_for"]["cooldown"] is True
    status = room.desk.run("status").out
    assert f"cooldown until {room.at(end)}" in " ".join(status.split())
    preview = room.desk.run("preview", "morning")
    assert f"left out: 1 match: cooldown until {room.at(end)}" in preview.err


def test_an_article_that_was_told_as_an_update(room: Newsdesk) -> None:
    room.configure(NOW)
    room.rules(RULE.format("Leaving", "troops NEAR/5 Niger") + "cooldown = '0s'\n")
    room.reads(item())
    room.sends()
    room.reads(item(), more())
    room.sends()
    assert "(as an update)" in room.trace(MORE)
    assert "(as an update)" not in room.trace()
    documents = json.loads(room.desk.run("trace", URL, MORE, "--json").out)
    assert [[each["update"] for each in one["messages"]] for one in documents] == [[False], [True]]


def test_an_article_that_waits_for_more_sources_and_is_held_back(room: Newsdesk) -> None:
    room.rules(RULE.format("Leaving", "troops NEAR/5 Niger") + "min_sources = 3\nwithin = '6h'\n")
    room.clock.now = utc_now() - timedelta(hours=1)
    room.reads(item())
    end = room.clock.now + timedelta(hours=6)
    assert room.verdict() == (
        "It matched 1 rule: Leaving. It waits for more sources: 1 source tells its story, its "
        f"rule asks for 3. If they are not that many by {room.at(end)}, the digest morning does "
        "not tell it."
    )
    (match,) = json.loads(room.desk.run("trace", URL, "--json").out)["matches"]
    assert (match["waits_for"]["sources"], match["waits_for"]["of"]) == (1, 3)
    status = " ".join(room.desk.run("status").out.split())
    assert "min_sources: too few tell the story so far" in status
    room.clock.pass_time(hours=7)
    room.sends()
    assert room.verdict() == (
        f"It matched 1 rule: Leaving. Held back on {room.at()}: fewer sources than its rule asks "
        "for (min_sources) told its story in time. The digest morning does not tell it."
    )
    status = " ".join(room.desk.run("status").out.split())
    assert "held back 1 match: too few sources told the story in time" in status
    assert json.loads(room.desk.run("trace", URL, "--json").out)["fate"] == "held back"


def test_the_outlets_that_count_as_sources_are_named(room: Newsdesk) -> None:
    room.configure(NOW)
    room.rules(RULE.format("Leaving", "troops NEAR/5 Niger") + "min_sources = 2\nwithin = '6h'\n")
    room.clock.now = utc_now() - timedelta(hours=1)
    other = item("Niger: troops leave", "more").replace("example.org", "other.example.net")
    room.reads(item(), other.replace("said", "told"))
    assert "min_sources: 2 of 2 in time: example.org and other.example.net" in room.trace()
    room.sends()
    (match,) = json.loads(room.desk.run("trace", URL, "--json").out)["matches"]
    assert match["sending"]
    assert match["sources_counted"] == ["example.org", "other.example.net"]


def test_what_was_held_back_names_the_outlets_that_told_it(room: Newsdesk) -> None:
    room.rules(RULE.format("Leaving", "troops NEAR/5 Niger") + "min_sources = 3\nwithin = '6h'\n")
    room.reads(item())
    assert "min_sources: 1 of 3 in time: example.org" in room.trace()
    room.clock.pass_time(hours=7)
    room.sends()
    assert "min_sources: 1 of 3 in time: example.org" in room.trace()


def test_an_article_whose_sources_did_not_come_in_time_and_whose_digest_is_not_composed(
    room: Newsdesk,
) -> None:
    room.rules(RULE.format("Leaving", "troops NEAR/5 Niger") + "min_sources = 3\nwithin = '6h'\n")
    room.reads(item())  # ten days ago
    assert room.verdict().endswith(
        "Too few sources told its story in time: it is held back when the digest morning is "
        "composed next."
    )
