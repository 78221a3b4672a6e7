"""``wirewatch trace`` of several addresses, and its document for programs."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime

from monitor.cli.trace_verdict import Fate
from tests.cli.trace.newsdesk import LEAVING, LONG, RULE, TWO_FEEDS, URL, Newsdesk, item
from tests.house.pages import blocks, code_in, headed

PAGE = "docs/running.md"


def test_several_addresses_are_told_one_after_another(room: Newsdesk) -> None:
    room.reads(item(), item("Rain in Rome", "rain"))
    told = room.trace(URL, "https://example.org/rain", "https://example.org/nowhere", code=1)
    assert told.count("--------") >= 2
    assert "none of" in told or "the one rule of that time did not match it" in told
    documents = json.loads(room.desk.run("trace", URL, "https://example.org/rain", "--json").out)
    assert [each["fate"] for each in documents] == ["waiting", "no match"]


def test_the_document_for_programs_holds_it_all(room: Newsdesk) -> None:
    room.reads(item())
    room.sends()
    document = json.loads(room.desk.run("trace", URL, "--json", "--rule", "Leaving").out)
    assert (document["fate"], document["known_as"]) == ("received", "spelling")
    assert document["article"]["title"] == "Troops leave Niger"
    assert document["seen"][0]["feed"] == "World desk"
    (match,) = document["matches"]
    assert (match["rule"], match["terms"], match["held"]) == ("Leaving", ["Troops", "Niger"], None)
    assert match["rule_text"] == LEAVING
    (message,) = document["messages"]
    assert match["sending"] == message["sending"]
    assert message["deliveries"][0]["state"] == "sent"
    assert document["judged_again"]["matching"] == [{"rule": "Leaving", "terms": match["terms"]}]
    assert document["judged_again"]["rule"]["explanation"]["matched"] is True
    assert document["nearest"] == []


def test_the_page_shows_what_is_said(room: Newsdesk) -> None:
    room.clock.now = datetime(2024, 5, 20, 6, 59, 59, tzinfo=UTC)
    room.configure(TWO_FEEDS)
    room.rules(RULE.format("Bases", "base AND Chad") + LEAVING)
    text = f"The base near Agadez in Niger was handed over; {LONG}."
    told = item("Agadez base handed over", "handover", at=room.clock.now, text=text)
    told = told.replace("06:59:59", "06:40:00")
    room.shows(feed="b.rss")
    room.reads(told)
    room.clock.pass_time(minutes=10, seconds=-1)
    room.shows(told.replace(">handover<", ">other<"), feed="b.rss")
    room.work("poll", "decide")
    room.clock.pass_time(hours=1)
    room.rules(RULE.format("Bases", "base AND (Chad OR Niger)") + LEAVING)
    (block,) = (block for block in blocks(PAGE, "console") if "wirewatch trace" in block.text)
    command, _, shown = block.text.partition("\n")
    assert room.desk.run(*shlex.split(command)[2:]).out == shown


def test_the_page_names_every_key_and_every_fate(room: Newsdesk) -> None:
    room.reads(item())
    document = json.loads(room.desk.run("trace", URL, "--json").out)
    (table,) = (t for t in headed(PAGE, "key", "what") if "`asked`" in t.rows[0][0])
    assert sorted(key for row in table.rows for key in code_in(row[0])) == sorted(document)
    (fates,) = (row[1] for row in table.rows if row[0] == "`fate`")
    assert code_in(fates) == [str(fate) for fate in Fate]
    told = {code_in(row[0])[0]: code_in(row[1]) for row in table.rows}
    assert set(document["article"]) == set(told["article"])
    assert set(document["matches"][0]) == set(told["matches"])
    assert set(document["judged_again"]) <= set(told["judged_again"])
