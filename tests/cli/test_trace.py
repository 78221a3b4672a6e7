"""``wirewatch trace``: articles of every fate, and the words in which each is told."""

from __future__ import annotations

import asyncio
import json
import shlex
import shutil
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path

import pytest
import sqlalchemy as sa

from monitor import wiring
from monitor.cli.trace_verdict import Fate
from monitor.config.here import load_here
from monitor.model import DeliveryState, ProblemKind, utc_now
from monitor.pipeline import Line
from monitor.store import (
    Store,
    articles,
    matches,
    open_store,
    outbox,
    problems,
    processes,
    silences,
    tables,
)
from tests.cli.conftest import CONFIG, Desk
from tests.conftest import FakeClock
from tests.house.pages import blocks, code_in, headed

LONG = (
    "the ministry said on Monday in a long statement that gave few details and left many of "
    "the questions that reporters had asked unanswered"
)
PAGE = "docs/running.md"
URL = "https://example.org/leaving"
RULE = "[[rule]]\nname = \"{}\"\nmatch = '{}'\n"
LEAVING = RULE.format("Leaving", "troops NEAR/5 Niger")


def item(
    title: str = "Troops leave Niger",
    name: str = "leaving",
    *,
    guid: str | None = None,
    at: datetime | None = None,
    text: str = "",
) -> str:
    """An RSS item at ``https://example.org/NAME``; its guid is the name unless given."""
    date = f"<pubDate>{format_datetime(at)}</pubDate>" if at else ""
    return (
        f"<item><guid isPermaLink='false'>{guid or name}</guid><title>{escape(title)}</title>"
        f"<link>https://example.org/{name}</link>{date}"
        f"<description>{escape(text or f'{title}, {LONG}.')}</description></item>"
    )


class Newsdesk:
    """A desk whose stations a test runs one by one, in the last ten days."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.clock = FakeClock(utc_now().replace(microsecond=0, second=0) - timedelta(days=10))
        self.items: dict[str, list[str]] = {}
        self.configure()
        self.rules(LEAVING)

    def configure(self, *changes: tuple[str, str]) -> None:
        """The config of every test, with these texts in the place of others."""
        text = CONFIG
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        self.desk.write("config.toml", text)

    def rules(self, text: str) -> None:
        self.desk.write("rules/a.toml", text)

    def shows(self, *items: str, feed: str = "world.rss") -> None:
        inside = "".join(items)
        head = "<title>Feed</title><language>en</language>"
        self.desk.write(feed, f"<rss version='2.0'><channel>{head}{inside}</channel></rss>")

    @property
    def store(self) -> Store:
        return open_store(f"sqlite:///{self.desk.folder / 'wirewatch.db'}")

    def work(self, *stations: str, everything: bool = False) -> None:
        """Run stations as the daemon does, a second after what was before."""
        settings = load_here(None)
        store = self.store
        rules = wiring.load_rules(settings, store, self.clock)
        self.clock.pass_time(seconds=1)

        async def work(line: Line) -> None:
            if "poll" in stations:
                await line.poll(everything=True)
            if "decide" in stations:
                line.decide(everything=everything)
            if "deliver" in stations:
                await line.deliver()

        async def whole() -> None:
            async with wiring.open_line(settings, store, rules, self.clock) as line:
                await work(line)

        asyncio.run(whole())
        store.close()

    def reads(self, *items: str) -> None:
        """The feed shows these, and they are judged; no digest is composed."""
        self.shows(*items)
        self.work("poll", "decide")

    def sends(self) -> None:
        """The digest is composed, and what is due is sent."""
        self.work("decide", "deliver", everything=True)

    def delivery(self, state: DeliveryState, answer: str, attempts: int = 1) -> None:
        """This came of the one delivery there is."""
        store = self.store
        with store.write() as tx:
            tx.execute(
                sa.update(tables.deliveries).values(
                    state=str(state), answer=answer, attempts=attempts, last_tried_at=self.clock.now
                )
            )
        store.close()

    def write(self, statement: sa.Executable) -> None:
        store = self.store
        with store.write() as tx:
            tx.execute(statement)
        store.close()

    def at(self, moment: datetime | None = None) -> str:
        """A moment (now) as the command tells it."""
        zone = load_here(None).timezone
        return (moment or self.clock.now).astimezone(zone).strftime("%Y-%m-%d %H:%M")

    def trace(self, *arguments: str, code: int = 0) -> str:
        """What is said of an address (the one article), its lines brought together."""
        ended = self.desk.run("trace", *(arguments or (URL,)))
        assert ended.code == code, ended.err
        lines = ended.out.splitlines()
        assert [line for line in lines if len(line) > 80 and " " in line.strip()] == []
        assert len(lines) <= 24 or "-v" in arguments or len(arguments) > 1
        assert "\x1b" not in ended.out
        return " ".join(ended.out.split())

    def verdict(self, *arguments: str, code: int = 0) -> str:
        """The first paragraph."""
        ended = self.desk.run("trace", *(arguments or (URL,)))
        assert ended.code == code, ended.err
        return " ".join(ended.out.partition("\n\n")[0].split())


@pytest.fixture
def room(desk: Desk) -> Newsdesk:
    shutil.rmtree(desk.folder / "rules")
    return Newsdesk(desk)


# --- it matched --------------------------------------------------------------------------------


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
    room.reads(item(), *(item(f"Troops leave Niger on day {n}", f"day{n}") for n in range(3)))
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


# --- it waits, or is held back -----------------------------------------------------------------


def test_an_article_that_waits_for_its_digest(room: Newsdesk) -> None:
    room.configure(("0 7 * * *", "0 7 1 1 *"))
    room.reads(item())
    year = (utc_now() + timedelta(days=0)).year + 1
    assert room.verdict() == (
        f"It matched 1 rule: Leaving. It waits for the digest morning, due {year}-01-01 07:00."
    )


def test_a_digest_that_is_overdue_asks_whether_the_daemon_runs(room: Newsdesk) -> None:
    room.reads(item())
    assert room.verdict().endswith("07:00: is wirewatch run running?.") or (
        "07:00: is wirewatch run running?" in room.verdict()
    )


def test_an_article_that_waits_out_quiet_hours(room: Newsdesk) -> None:
    rome = load_here(None).timezone
    begin, end = (utc_now().astimezone(rome) + timedelta(hours=h) for h in (-2, 2))
    quiet = f"{begin:%H:%M}-{end:%H:%M}"
    line = f'schedule = "immediately"\nquiet_hours = "{quiet}"'
    room.configure(('schedule = "0 7 * * *"', line))
    room.clock.now = utc_now()
    room.reads(item())
    assert (
        f"It waits for the digest morning, in whose quiet hours ({quiet}) only high priority goes "
        f"out: after {end:%Y-%m-%d %H:%M}."
    ) in room.verdict()


def test_an_article_of_a_rule_that_was_silenced(room: Newsdesk) -> None:
    room.reads(item())
    until = utc_now() + timedelta(days=2)
    store = room.store
    with store.write() as tx:
        silences.begin(tx, "Leaving", until, room.clock.now)
    store.close()
    waiting = room.verdict()
    assert "It waits for the digest morning" in waiting
    assert f"Leaving is silenced until {room.at(until)}: if the digest is composed" in waiting
    room.sends()
    assert room.verdict() == (
        f"It matched 1 rule: Leaving. Held back: the rule was silenced until {room.at(until)} when "
        f"the digest morning was composed on {room.at()}. It will not be sent."
    )
    assert json.loads(room.desk.run("trace", URL, "--json").out)["fate"] == "held back"


def test_a_silence_that_was_ended_early_is_told_as_over(room: Newsdesk) -> None:
    room.reads(item())
    store = room.store
    with store.write() as tx:
        silences.begin(tx, "Leaving", utc_now() + timedelta(days=2), room.clock.now)
    room.sends()
    composed = room.at()
    room.clock.pass_time(minutes=5)
    with store.write() as tx:
        silences.end(tx, "Leaving", room.clock.now)
    store.close()
    assert room.verdict() == (
        "It matched 1 rule: Leaving. Held back: the rule was silenced when the digest morning was "
        f"composed on {composed}. It will not be sent. The silence ended on {room.at()}."
    )


def test_of_two_rules_one_was_told_and_one_was_silenced(room: Newsdesk) -> None:
    room.rules(LEAVING + RULE.format("Niger", "Niger"))
    room.reads(item())
    store = room.store
    with store.write() as tx:
        silences.begin(tx, "Niger", utc_now() + timedelta(days=2), room.clock.now)
    store.close()
    room.sends()
    told = room.verdict()
    assert told.startswith("It matched 2 rules: Leaving and Niger.")
    assert "Leaving: The digest morning told it on" in told
    assert "Niger: Held back: the rule was silenced until" in told


def test_an_article_for_a_digest_that_is_gone(room: Newsdesk) -> None:
    room.reads(item())
    room.configure(("digest.morning", "digest.evening"))
    assert "It waits for the digest morning, which the config does not name." in room.verdict()
    store = room.store
    with store.write() as tx:
        matches.hold_back_of_no_digest(tx, ["evening"], room.clock.now)
    store.close()
    assert (
        f"Held back since {room.at()}: the config names no digest morning. Should it do so again, "
        "it is sent then."
    ) in room.verdict()


# --- no rule matched ---------------------------------------------------------------------------


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


# --- not judged --------------------------------------------------------------------------------


def test_an_article_that_was_not_judged_yet(room: Newsdesk) -> None:
    room.shows(item())
    room.work("poll")
    told = room.trace()
    assert told.startswith(
        f"Not judged yet: it came on {room.at()}, and waits. wirewatch run judges it within "
        "seconds; is it running? Leaving would match. article"
    )
    assert "Judged now, by the 1 rule in force." in told
    assert "judged 2" not in told


def test_a_changed_article_that_waits_says_that_it_was_judged_before(room: Newsdesk) -> None:
    room.rules(RULE.format("Coup", "coup"))
    room.reads(item())
    first = room.at()
    room.clock.pass_time(hours=1)
    room.shows(item("Coup in Niger"))
    room.work("poll")
    told = room.trace()
    assert told.startswith(
        "No rule has matched it so far. It was changed, or shown by another feed, and waits to be "
        "judged again. wirewatch run judges it within seconds; is it running? Coup would match."
    )
    assert f"judged {first} Judged now, by the 1 rule in force. matches Coup, by: Coup" in told


def test_an_article_that_waits_for_its_dictionary(
    room: Newsdesk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    room.shows(item())
    room.work("poll")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))
    told = room.trace()
    assert "The dictionaries for en are still to be made, once" in told
    assert "nearest" not in told
    assert not (tmp_path / "empty").exists()


def test_an_article_that_could_not_be_judged(room: Newsdesk) -> None:
    room.rules(RULE.format("Coup", "coup"))
    room.reads(item())
    store = room.store
    with store.write() as tx:
        told = "could not be judged: an error in Wirewatch itself (ValueError; the log has more)"
        problems.begin(tx, ProblemKind.RULES, URL, told, room.clock.now)
    store.close()
    assert room.verdict() == f"It is known, and {told}."


def test_an_article_that_was_too_old_at_the_first_poll(room: Newsdesk) -> None:
    room.configure(('backlog = "all"', 'backlog = "2d"'))
    published = room.clock.now - timedelta(days=3)
    room.reads(item(at=published), item("Rain", "rain"))
    told = room.trace()
    assert told.startswith(
        f"No alert: it was there when the feed World desk was read for the first time, on "
        f"{room.at()}, and published on {room.at(published)}: longer ago than backlog (2d) "
        "allows. No rule was asked; Leaving would have matched. article"
    )
    assert "Judged now, by the text of that time (1 rule" in told
    assert "judged 2" not in told
    room.configure(('backlog = "all"', 'backlog = "none"'))
    assert 'backlog = "none" lets nothing of a first reading alert' in room.verdict()


def test_an_article_of_a_site_that_was_made_anew(room: Newsdesk) -> None:
    old = [item(f"Report number {n} from Agadez", f"old{n}") for n in range(6)]
    room.reads(*old, item("Rain", "rain"))
    room.clock.pass_time(hours=1)
    date = room.clock.now - timedelta(days=30)
    room.write(sa.update(tables.articles).values(published_at=room.clock.now))
    new = [item(f"Quite another headline {n}", f"new{n}", at=date) for n in range(6)]
    room.reads(*new)
    told = room.verdict("https://example.org/new1")
    assert told.startswith("No alert: World desk came back made anew, with other ids or addresses")
    assert told.endswith("No rule was asked, and none would have matched.")


# --- forgotten, never seen, the same as another ------------------------------------------------


def forget(room: Newsdesk) -> None:
    store = room.store
    with store.write() as tx:
        assert articles.forget(tx, room.clock.now + timedelta(days=1), room.clock.now)
    store.close()


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


def test_an_address_that_no_feed_showed(room: Newsdesk) -> None:
    room.reads(item(), item("Rain in Rome", "weather/2024/rain"))
    told = room.trace("https://www.example.org/leavin", code=1)
    assert told.startswith("Never seen: no feed has shown this address, nor is it a guid or an")
    assert f"nearest https://example.org/leaving {room.at()} Troops leave Niger" in told
    assert "Rain" not in told
    assert "wirewatch match --explain --url https://www.example.org/leavin" in told
    other = room.trace("https://example.com/x", code=1)
    assert "no known address is like it (none of that host)" in other
    assert "feeds none of the config is on that host, or has shown any of it" in other


@pytest.mark.parametrize(
    ("host", "others"),
    [
        ("cms.example.net:8080", ("http://cms.example.net", "cms.example.net:8080")),
        ("127.0.0.1:8901", ("http://127.0.0.1", "127.0.0.1:8901")),
        ("localhost:8901", ("http://localhost", "localhost:8901")),
        ("intranet", ("http://intranet:8080",)),
    ],
)
def test_a_host_may_have_a_port_and_no_dot(
    room: Newsdesk, host: str, others: tuple[str, ...]
) -> None:
    room.reads(item().replace("https://example.org/leaving", f"http://{host}/p/one"))
    for begin in (f"http://{host}", *others):
        told = room.trace(f"{begin}/p/two", code=1)
        assert f"nearest http://{host}/p/one" in told
        assert "feeds World desk, last read" in told


def test_a_host_without_a_dot_of_which_nothing_is_known(room: Newsdesk) -> None:
    room.reads(item())
    told = room.trace("http://intranet/p/two", code=1)
    assert "no known address is like it (none of that host)" in told
    assert "An address has a host" not in room.trace("http://localhost:8901/a/x", code=1)


def test_what_is_no_address_is_answered_with_what_to_write(room: Newsdesk) -> None:
    room.reads(item())
    told = room.trace("Troops leave Niger", code=1)
    assert "An address has a host: wirewatch trace https://example.org/1" in told
    ended = room.desk.run("trace")
    assert (ended.code, ended.out) == (2, "")
    assert "name its address: wirewatch trace https://example.org/1" in ended.err


def test_the_address_of_a_feed_is_known_as_that(room: Newsdesk) -> None:
    feed = "https://example.com/world.rss"
    room.reads(item())
    room.write(sa.update(tables.feeds).values(url=feed, trouble="answers 503"))
    told = room.trace(feed, code=1)
    assert "It is the address of the feed World desk itself, not of an article." in told


def test_feeds_of_that_host_are_told_with_their_trouble(room: Newsdesk) -> None:
    room.reads(item())
    since = room.clock.now
    values = {"url": "https://example.com/rss", "trouble": "answers 503", "failing_since": since}
    room.write(sa.update(tables.feeds).values(**values))
    told = room.trace("https://www.example.com/1", code=1)
    read = room.at(since)
    assert f"feeds World desk, last read {read}, failing since {read}: answers 503" in told


def test_a_feed_that_may_have_lost_entries_is_told_with_what_it_has_shown(room: Newsdesk) -> None:
    room.reads(item())
    for day in range(2):
        room.clock.pass_time(hours=1)
        room.reads(*(item(f"On day {day} number {n}", f"{day}/{n}") for n in range(4)))
    told = room.trace("https://example.org/something-else", code=1)
    assert f"feeds World desk, last read {room.at()}: all 4 entries were new" in told


def test_before_anything_was_read_nothing_is_known_and_nothing_is_made(room: Newsdesk) -> None:
    ended = room.desk.run("trace", URL, "--json")
    assert ended.code == 1
    assert json.loads(ended.out)["fate"] == "never seen"
    assert "Nothing has been read yet" in ended.err
    assert not (room.desk.folder / "wirewatch.db").exists()


TWO_FEEDS = ("[channel.archive]", '[[feed]]\nurl = "b.rss"\nname = "Sahel wire"\n[channel.archive]')


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
    assert told.startswith(
        "It matched 1 rule: Leaving, only after its publisher changed it. It waits for the digest"
    )
    assert f"judged {first}; {room.at()} as changed (version 2)" in told


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


# --- several, and for programs -----------------------------------------------------------------


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


# --- docs/running.md ---------------------------------------------------------------------------


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
