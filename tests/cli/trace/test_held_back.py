"""``wirewatch trace`` of an article that matched and waits, or is held back."""

from __future__ import annotations

import json
import re
from datetime import timedelta

from monitor.config.here import load_here
from monitor.model import utc_now
from monitor.store import matches, silences
from tests.cli.trace.newsdesk import LEAVING, RULE, URL, Newsdesk, item


def test_an_article_that_waits_for_its_digest(room: Newsdesk) -> None:
    month = (utc_now() + timedelta(days=180)).month  # far from today, whatever day that is
    room.configure(("0 7 * * *", f"0 7 1 {month} *"))
    room.reads(item())
    assert re.fullmatch(
        r"It matched 1 rule: Leaving\. It waits for the digest morning, due "
        rf"\d{{4}}-{month:02}-01 07:00\.",
        room.verdict(),
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
        f"composed on {composed}. It will not be sent. The silence was ended by hand on "
        f"{room.at()}."
    )
    (match,) = json.loads(room.desk.run("trace", URL, "--json").out)["matches"]
    assert match["silence_ended_by_hand"] is True


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
