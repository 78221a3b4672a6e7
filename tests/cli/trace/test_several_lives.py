"""``wirewatch trace`` of what is forgotten, changed, or known by several addresses and feeds."""

from __future__ import annotations

import json

import pytest

from tests.cli.trace.newsdesk import LONG, RULE, TWO_FEEDS, URL, Newsdesk, forget, item


def test_an_article_that_is_forgotten(room: Newsdesk) -> None:
    room.rules(RULE.format("Coup", "coup"))
    room.reads(item())
    forget(room)
    told = room.trace()
    assert told.startswith(
        f"Forgotten: first seen on {room.at()}, longer ago than articles are kept (retention is "
        "90d). Only its identity is known, so that it cannot come up again. It has no match, and "
    )
    assert json.loads(room.desk.run("trace", URL, "--json").out)["fate"] == "forgotten"


def test_what_was_forgotten_so_long_ago_that_its_matches_are_too(room: Newsdesk) -> None:
    room.rules(RULE.format("Coup", "coup"))
    room.clock.pass_time(days=-400)
    room.reads(item())
    forget(room)
    assert "Whether it matched anything is not known any more." in room.trace()


def test_what_a_forgotten_article_matched_is_still_known(room: Newsdesk) -> None:
    room.reads(item())
    room.sends()
    forget(room)
    told = room.trace()
    assert told.startswith("Forgotten by now (kept for 90d), but known: it matched 1 rule:")
    assert "The digest morning told it on" in told
    assert "matched Leaving, by: Troops, Niger match = 'troops NEAR/5 Niger'" in told


def test_an_article_in_two_feeds(room: Newsdesk) -> None:
    room.configure(TWO_FEEDS)
    room.shows(feed="b.rss")
    room.reads(item())
    first = room.at()
    room.clock.pass_time(hours=3)
    room.shows(item(guid="other"), feed="b.rss")
    room.work("poll", "decide")
    told = room.trace()
    assert f"seen {first} World desk {room.at()} Sahel wire known by" in told
    assert "known by its address, its text and 2 guids or other addresses" in told
    assert f"judged {first}; {room.at()}, shown by 2 feeds" in told
    room.configure()
    room.work("poll")
    assert "Sahel wire (not in the config any more)" in room.trace()


def test_another_address_of_the_same_article(room: Newsdesk) -> None:
    room.reads(item())
    room.clock.pass_time(hours=1)
    room.reads(item(name="moved/leaving", guid="leaving"))
    told = room.trace("https://example.org/moved/leaving")
    assert told.startswith(
        "It is the same article as https://example.org/leaving, first seen in World desk. It "
        "matched 1 rule: Leaving."
    )
    assert "https://example.org/moved/leaving: another address of the same article" in told


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("http://www.example.org/leaving/?utm_source=rss", "the same address in another spelling"),
        ("example.org/leaving", "the same address in another spelling"),
        ("https://www.google.com/url?q=https://example.org/leaving", "the same address in another"),
        ("leaving", "its guid in a feed"),
        ("<https://example.org/leaving>", "article Troops leave Niger"),
    ],
)
def test_an_article_is_found_by_whatever_names_it(room: Newsdesk, asked: str, told: str) -> None:
    room.reads(item())
    assert told in room.trace(asked)


def test_an_article_is_found_by_its_id_forgotten_or_not(room: Newsdesk) -> None:
    room.reads(item())
    room.sends()
    article_id = json.loads(room.desk.run("trace", URL, "--json").out)["id"]
    assert "asked for" not in room.trace(article_id)
    forget(room)
    assert "it matched 1 rule: Leaving" in room.verdict(article_id)


def test_an_article_that_its_publisher_changed(room: Newsdesk) -> None:
    room.reads(item("Troops stay", text="They stay for now."))
    first = room.at()
    room.clock.pass_time(hours=5)
    room.reads(item("Troops leave Niger", text="They leave after all."))
    told = room.trace()
    # What follows depends on whether the digest was due in these hours.
    assert told.startswith("It matched 1 rule: Leaving, only after its publisher changed it. It ")
    assert f"judged {first}; {room.at()} as changed (version 2)" in told


def test_a_changed_article_is_known_by_its_former_text_and_by_one_guid(room: Newsdesk) -> None:
    room.reads(item())
    room.reads(item(text=f"Now there is more to say, {LONG}."))
    assert "known by its address, its text, 1 former text and 1 guid or" in room.trace()
    room.reads(item(text="In short."))  # too short for a print of its own
    assert "known by its address, 2 former texts and 1 guid or other address" in room.trace()


def test_an_article_that_was_changed_after_it_was_told(room: Newsdesk) -> None:
    room.reads(item())
    room.sends()
    assert "changed it" not in room.verdict()
    room.clock.pass_time(hours=5)
    room.reads(item("Ministry corrects its statement", text="Nobody leaves."))
    told = room.trace()
    assert f"It was told before its publisher changed it; that was seen on {room.at()}." in told
    assert "article Ministry corrects its statement" in told
    assert "told there as: Troops leave Niger" in told
    assert "matched 1 rule: Leaving. The digest" in told


def test_an_article_that_is_to_be_judged_again_says_so(room: Newsdesk) -> None:
    room.reads(item())
    room.shows(item("Troops leave Niger at last"))
    room.work("poll")
    assert room.verdict().endswith(
        "It was changed, or shown by another feed, and is to be judged again."
    )
