"""``wirewatch trace`` of an article that is in a digest: who got it, and by which rule."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from monitor.model import DeliveryState, utc_now
from monitor.store import outbox, processes, tables
from tests.cli.trace.newsdesk import RULE, URL, Newsdesk, item


def test_an_article_that_was_told_and_received(room: Newsdesk) -> None:
    room.reads(item(at=room.clock.now - timedelta(hours=1)), item("Rain in Rome", "rain"))
    seen = room.at()
    room.clock.pass_time(hours=2)
    room.sends()
    told = room.trace()
    assert told.startswith(
        f"It matched 1 rule: Leaving. The digest morning told it on {room.at()}, and its receiver "
        "has it. article Troops leave Niger https://example.org/leaving English (en); published "
    )
    assert (
        f"seen {seen} World desk known by its address, its text and 1 guid or other address" in told
    )
    assert f"judged {seen} matched Leaving, by: Troops, Niger match = 'troops NEAR/5 Niger'" in told
    assert f"digest morning of {room.at()}: 1 story on your watch archive →" in told
    assert f"received it on {room.at()}: wrote" in told
    assert "nearest" not in told


def test_a_mail_that_was_refused_is_told_with_the_servers_words(room: Newsdesk) -> None:
    room.reads(item())
    room.sends()
    room.delivery(DeliveryState.FAILED, "550 5.1.1 no such user.")
    verdict = room.verdict()
    assert f"It is in the digest morning of {room.at()}, and nobody got it." in verdict
    assert verdict.endswith(f"refused it on {room.at()}: 550 5.1.1 no such user.")
    assert json.loads(room.desk.run("trace", URL, "--json").out)["fate"] == "refused"


def test_a_delivery_that_was_given_up(room: Newsdesk) -> None:
    room.reads(item())
    room.sends()
    room.delivery(DeliveryState.GIVEN_UP, "no connection", attempts=80)
    assert (
        f"was given up on {room.at()} after 80 tries since {room.at()}: no connection."
    ) in room.verdict()


def test_tries_are_counted_since_it_was_last_retried(room: Newsdesk) -> None:
    room.reads(item())
    room.sends()
    first = room.clock.now
    room.clock.pass_time(hours=30)
    room.write(sa.update(tables.deliveries).values(first_tried_at=room.clock.now))
    room.clock.pass_time(hours=2)
    room.delivery(DeliveryState.GIVEN_UP, "no connection", attempts=7)
    since = room.at(first + timedelta(hours=30))
    assert f"was given up on {room.at()} after 7 tries since {since}: no c" in room.verdict()


def test_a_delivery_that_is_tried_again(room: Newsdesk) -> None:
    room.reads(item())
    room.sends()
    room.delivery(DeliveryState.WAITING, "answers 503", attempts=3)
    told = room.verdict()
    assert f"It is in the digest morning of {room.at()}, and nobody has it yet." in told
    assert f"has not got it after 3 tries since {room.at()}, the next is made as soon as" in told
    assert "as soon as wirewatch runs: answers 503" in told
    store = room.store
    with store.write() as tx:
        processes.beat(tx, processes.Process("p", "host", 1, utc_now(), "", {}))
    store.close()
    assert "the next is due now: answers 503" in room.verdict()
    assert told.endswith(": answers 503.")
    room.delivery(DeliveryState.UNKNOWN, "the connection broke", attempts=1)
    assert "has not got it for sure after 1 try" in room.verdict()
    assert json.loads(room.desk.run("trace", URL, "--json").out)["fate"] == "on its way"


def test_a_delivery_whose_channel_rests_or_is_gone(room: Newsdesk) -> None:
    room.reads(item())
    room.sends()
    room.delivery(DeliveryState.WAITING, "535 login refused")
    until = utc_now() + timedelta(hours=1)
    store = room.store
    with store.write() as tx:
        outbox.rest_channel(tx, "archive", until, utc_now(), "535")
    store.close()
    assert f"the next is at {room.at(until)} (the channel rests until then)" in room.verdict()
    room.configure(("channel.archive", "channel.other"), ('["archive"]', '["other"]'))
    assert "has not got it: the config has no such channel: 535 login refused" in room.verdict()


def test_a_sending_that_is_no_longer_stored(room: Newsdesk) -> None:
    room.reads(item())
    room.sends()
    room.write(sa.delete(tables.deliveries))
    room.write(sa.delete(tables.messages))
    assert "The digest morning told it; that sending is no longer stored." in room.verdict()


def test_the_rule_is_told_as_it_was_then(room: Newsdesk) -> None:
    room.reads(item())
    room.sends()
    room.rules(RULE.format("Leaving", "coup"))
    told = room.trace()
    assert "match = 'troops NEAR/5 Niger' (changed since)" in told
    room.rules(RULE.format("Other", "coup"))
    assert "(no rule has this name today)" in room.trace()


VOCABULARY = "[vocabulary.exit]\nen = ['{}']\n"


@pytest.mark.parametrize(
    ("rule", "words", "told"),
    [
        ("match = 'Niger AND @exit'\nenabled = false", "leave", "(switched off by now)"),
        ("match = 'Niger AND @exit'\nuntil = 2020-01-01", "leave", "(over by now, its until is"),
        ("match = 'Niger AND @exit'\nnote = 'New.'", "leave", "story"),
        ("match = 'Niger AND @exit'", "depart", "(a vocabulary of it changed since)"),
        ("match = 'coup'\nenabled = false", "leave", "(changed since; switched off by now)"),
    ],
)
def test_only_what_changed_of_a_rule_is_told(
    room: Newsdesk, rule: str, words: str, told: str
) -> None:
    head = "[[rule]]\nname = 'Exit'\n"
    room.rules(head + "match = 'Niger AND @exit'\n" + VOCABULARY.format("leave"))
    room.reads(item())
    room.sends()
    assert "match = 'Niger AND @exit' story" in room.trace()
    room.rules(head + rule + "\n" + VOCABULARY.format(words))
    assert f"match = 'Niger AND @exit' {told}" in room.trace()


def test_an_article_of_many_rules_is_told_on_one_screen(room: Newsdesk) -> None:
    room.rules("".join(RULE.format(f"R{n}", "troops") for n in range(9)))
    room.reads(item())
    told = room.trace()
    assert told.startswith("It matched 9 rules: R0, R1, R2 and 6 more.")
    assert "and 6 more rules (-v)" in told
    assert "R8, by: Troops" in room.trace(URL, "-v")


def test_what_was_told_beyond_the_most_stories_is_told_as_that(room: Newsdesk) -> None:
    room.configure(('schedule = "0', 'max_stories = 1\nschedule = "0'))
    events = (
        "Troops bury flood victims in Niger",
        "Niger troops win the football cup",
        "Film on Niger troops honoured in Cannes",
    )
    room.reads(item(), *(item(title, f"day{n}", text=title) for n, title in enumerate(events)))
    room.sends()
    stories = [room.trace(f"https://example.org/day{n}") for n in range(3)] + [room.trace()]
    assert sum("(as title and link) archive →" in told for told in stories) == 3


def test_a_digest_in_two_messages_counts_the_one_that_tells_it(room: Newsdesk) -> None:
    room.reads(item())
    room.sends()
    columns = [column for column in tables.messages.c if column.name not in ("id", "json")]
    other = sa.select(sa.literal("other"), sa.literal(b'{"stories":[]}'), *columns)
    names = ["id", "json", *(column.name for column in columns)]
    room.write(sa.insert(tables.messages).from_select(names, other))
    assert room.trace().count("digest morning of") == 1
    (message,) = json.loads(room.desk.run("trace", URL, "--json").out)["messages"]
    assert message["id"] != "other"


def test_what_was_sent_again_counts_once(room: Newsdesk) -> None:
    room.reads(item())
    room.sends()
    room.delivery(DeliveryState.FAILED, "550 full")
    columns = [c for c in tables.deliveries.c if c.name not in ("id", "state", "resent", "answer")]
    made = (sa.literal("z"), sa.literal("sent"), sa.literal(1), sa.literal("250 OK"))
    names = ["id", "state", "resent", "answer", *(column.name for column in columns)]
    again = sa.select(*made, *columns)
    room.write(sa.insert(tables.deliveries).from_select(names, again))
    told = room.trace()
    assert "and its receiver has it." in told
    assert "refused it on" in told
    assert "(sent again) received it on" in told
    assert json.loads(room.desk.run("trace", URL, "--json").out)["fate"] == "received"


def test_what_was_sent_again_to_others_is_told_apart(room: Newsdesk) -> None:
    room.reads(item())
    room.sends()
    room.delivery(DeliveryState.FAILED, "550 full")
    new = {"id": "z", "channel": "ops", "state": "sent", "resent": 1, "answer": "250 OK"}
    columns = [c for c in tables.deliveries.c if c.name not in new]
    again = sa.select(*map(sa.literal, new.values()), *columns)
    names = [*new, *(column.name for column in columns)]
    room.write(sa.insert(tables.deliveries).from_select(names, again))
    told = room.verdict()
    assert f"It is in the digest morning of {room.at()}, and nobody got it." in told
    assert "Sent again by hand, it came to ops →" in told
    assert "refused it on" in told
