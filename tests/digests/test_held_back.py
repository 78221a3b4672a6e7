"""What a digest holds back and why, and how it tells that a silence is over."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.digests.compose import Composing, compose
from monitor.digests.periods import QuietHours
from monitor.digests.render import Renderer
from monitor.digests.silenced import ended
from monitor.model import DeliveryState, Held, Message, Priority, Silence
from monitor.store import Store, articles, matches, outbox, silences
from tests import make
from tests.conftest import FakeClock
from tests.digests.desks import RULE, Desk, Interrupted, titles


@pytest.fixture
def desk(store: Store, clock: FakeClock) -> Desk:
    return Desk(store, clock)


def silence(desk: Desk, rule: str = RULE, **duration: float) -> None:
    with desk.store.write() as tx:
        silences.begin(tx, rule, desk.clock() + timedelta(**duration), desk.clock())


def end(desk: Desk, rule: str = RULE) -> None:
    with desk.store.write() as tx:
        assert silences.end(tx, rule, desk.clock()) is not None


def now(desk: Desk, schedule: str = "immediately", **fields: object) -> list[Message]:
    return desk.compose(desk.digest(schedule, **fields), everything=True).messages


def notices(message: Message) -> list[str]:
    problems = json.loads(message.json)["problems"]
    return [each["message"] for each in problems if each["kind"] == "silence"]


def fates(desk: Desk, article_id: str) -> list[tuple[str, bool, Held | None]]:
    with desk.store.read() as connection:
        found = matches.fate(connection, article_id)
    return sorted((fate.rule, fate.sending_id is not None, fate.held) for fate in found)


def test_a_match_of_a_silenced_rule_is_not_sent_and_kept_with_the_reason(desk: Desk) -> None:
    silence(desk, days=3)
    article = desk.matched()
    assert now(desk) == []
    with desk.store.read() as connection:
        (fate,) = matches.fate(connection, article.id)
    assert (fate.sending_id, fate.held, fate.held_at) == (None, Held.SILENCE, desk.clock())
    assert fate.silence is not None
    assert fate.silence.until == desk.clock() + timedelta(days=3)


def test_an_article_that_another_rule_matched_too_is_told_for_that_rule_alone(desk: Desk) -> None:
    silence(desk, days=3)
    article = desk.matched()
    desk.match(article, rule="Agadez base")
    (message,) = now(desk)
    (story,) = json.loads(message.json)["stories"]
    assert story["rules"] == ["Agadez base"]
    assert fates(desk, article.id) == [
        ("Agadez base", True, None),
        (RULE, False, Held.SILENCE),
    ]


def test_a_silence_holds_back_what_was_found_before_it_began(desk: Desk) -> None:
    article = desk.matched()
    silence(desk, days=3)
    assert now(desk) == []
    assert fates(desk, article.id) == [(RULE, False, Held.SILENCE)]


def test_a_silence_that_began_and_ended_between_two_digests_holds_nothing_back(desk: Desk) -> None:
    silence(desk, hours=1)
    desk.matched()
    desk.clock.pass_time(hours=1)
    (message,) = now(desk)
    assert titles(message) == ["Troops leave Niger"]
    assert notices(message) == []


def test_the_first_digest_after_a_silence_counts_what_was_not_sent_and_only_that_one(
    desk: Desk,
) -> None:
    silence(desk, days=3)
    for title in make.TOPICS:
        desk.matched(title)
    assert now(desk) == []
    desk.clock.pass_time(days=3)
    desk.matched("New")
    (message,) = now(desk)
    assert titles(message) == ["New"]
    assert notices(message) == ["ended silence: 3 days, 12 matches not sent"]
    (problem,) = json.loads(message.json)["problems"]
    assert (problem["kind"], problem["name"]) == ("silence", RULE)
    assert problem["since"] == (desk.clock() - timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
    desk.matched("Rain in Rome")
    (message,) = now(desk)
    assert (titles(message), notices(message)) == (["Rain in Rome"], [])


def test_a_silence_ended_early_is_told_with_how_long_it_was(desk: Desk) -> None:
    silence(desk, days=3)
    desk.matched()
    assert now(desk) == []
    desk.clock.pass_time(hours=5)
    end(desk)
    desk.matched("New")
    (message,) = now(desk)
    assert notices(message) == ["silence ended by hand after 5 hours, 1 match not sent"]


def test_the_end_of_a_silence_says_that_another_one_goes_on(desk: Desk) -> None:
    silence(desk, days=3)
    desk.matched()
    assert now(desk) == []
    desk.clock.pass_time(hours=5)
    end(desk)
    silence(desk, days=2)
    desk.matched("Other", rule="Agadez base")
    (message,) = now(desk)
    assert notices(message) == [
        "silence ended by hand after 5 hours, 1 match not sent; silenced again, until Wednesday "
        "22 May 2024, 14:00"
    ]


def test_the_end_of_a_silence_is_told_in_the_block_at_the_end_and_is_nothing_wrong(
    desk: Desk,
) -> None:
    silence(desk, days=3)
    desk.matched()
    now(desk)
    desk.clock.pass_time(days=3)
    desk.matched("New")
    (message,) = now(desk)
    for text in (message.text, message.html):
        assert "What to know" in text
        assert "ended silence: 3 days, 1 match not sent" in text
        assert "1 problem" not in text
    assert f"{RULE}, since 20 May" in message.text


def test_a_scheduled_digest_goes_out_for_the_end_of_a_silence_alone(desk: Desk) -> None:
    silence(desk, days=3)
    desk.matched()
    assert now(desk, "every 1h") == []
    desk.clock.pass_time(days=3)
    (message,) = desk.compose(desk.digest("every 1h")).messages
    assert notices(message) == ["ended silence: 3 days, 1 match not sent"]
    desk.clock.pass_time(hours=1)
    assert desk.compose(desk.digest("every 1h")).messages == []


def test_a_pass_over_everything_tells_the_end_of_a_silence_though_no_match_waits(
    desk: Desk,
) -> None:
    silence(desk, days=3)
    desk.matched()
    assert now(desk, "0 10 * * *") == []
    desk.clock.pass_time(days=3)
    (message,) = now(desk, "0 10 * * *")
    assert notices(message) == ["ended silence: 3 days, 1 match not sent"]
    assert now(desk, "0 10 * * *") == []


def test_an_immediate_digest_keeps_the_end_of_a_silence_for_its_next_story(desk: Desk) -> None:
    silence(desk, days=3)
    desk.matched()
    desk.clock.pass_time(seconds=5)
    assert desk.compose(desk.digest()).messages == []
    desk.clock.pass_time(days=3)
    assert desk.compose(desk.digest()).messages == []
    desk.matched("New")
    desk.clock.pass_time(seconds=5)
    (message,) = desk.compose(desk.digest()).messages
    assert notices(message) == ["ended silence: 3 days, 1 match not sent"]


def test_a_silence_that_held_nothing_back_is_not_told(desk: Desk) -> None:
    silence(desk, days=3)
    desk.clock.pass_time(days=3)
    desk.matched("New")
    (message,) = now(desk)
    assert notices(message) == []


def test_each_digest_counts_its_own_matches(desk: Desk) -> None:
    silence(desk, days=3)
    article = desk.matched(digest="morning")
    desk.match(article, digest="evening")
    desk.matched("Second", digest="evening")
    morning, evening = desk.digest("every 1h"), desk.digest("every 1h", name="evening")
    tools = Composing([morning, evening], Renderer(), {"desk": desk.channel.pack})
    assert compose(desk.store, tools, desk.clock, everything=True).messages == []
    desk.clock.pass_time(days=3)
    messages = compose(desk.store, tools, desk.clock, everything=True).messages
    assert {message.digest: notices(message) for message in messages} == {
        "morning": ["ended silence: 3 days, 1 match not sent"],
        "evening": ["ended silence: 3 days, 2 matches not sent"],
    }


def test_an_article_judged_again_brings_back_nothing_that_was_held_back(desk: Desk) -> None:
    silence(desk, days=3)
    article = desk.matched()
    assert now(desk) == []
    end(desk)
    with desk.store.write() as tx:
        articles.revise(tx, replace(article, title="Troops leave Niger early"), b"other")
    desk.match(article)
    (message,) = now(desk, "every 1h")
    assert titles(message) == []
    assert fates(desk, article.id) == [(RULE, False, Held.SILENCE)]


def test_in_quiet_hours_only_what_may_go_out_is_held_back(desk: Desk) -> None:
    options = desk.digest(quiet_hours=QuietHours.parse("08:00-12:00"))
    silence(desk, hours=1)
    pressing, slow = desk.matched("Coup", priority=Priority.HIGH), desk.matched("Slow news")
    desk.clock.pass_time(seconds=5)
    assert desk.compose(options).messages == []
    assert fates(desk, pressing.id) == [(RULE, False, Held.SILENCE)]
    assert fates(desk, slow.id) == [(RULE, False, None)]
    desk.clock.pass_time(hours=4)
    (message,) = desk.compose(options).messages
    assert titles(message) == ["Slow news"]


def test_a_story_of_which_a_silence_left_nothing_was_not_told(desk: Desk) -> None:
    silence(desk, days=3)
    article = desk.matched()
    assert now(desk) == []
    desk.match(article, rule="Agadez base")
    (message,) = now(desk)
    assert json.loads(message.json)["stories"][0]["update"] is False


# --- a digest that the config names no more ----------------------------------------------------


def test_matches_of_a_digest_that_is_gone_are_held_back_and_sent_if_it_comes_back(
    desk: Desk,
) -> None:
    article = desk.matched()
    assert now(desk, name="evening") == []
    assert fates(desk, article.id) == [(RULE, False, Held.NO_DIGEST)]
    desk.clock.pass_time(days=1)
    (message,) = desk.compose(desk.digest()).messages
    assert titles(message) == ["Troops leave Niger"]
    assert fates(desk, article.id) == [(RULE, True, None)]


def test_a_digest_that_comes_back_after_its_articles_were_forgotten_tells_none_of_them(
    desk: Desk,
) -> None:
    article = desk.matched()
    now(desk, name="evening")
    desk.clock.pass_time(days=91)
    with desk.store.write() as tx:
        articles.judged(tx, list(articles.get(tx, [article.id]).values()))
        assert articles.forget(tx, desk.clock() - timedelta(days=90), desk.clock()) == 1
    assert now(desk) == []
    assert fates(desk, article.id) == [(RULE, False, Held.NO_DIGEST)]


# --- two at once -------------------------------------------------------------------------------


def test_a_rule_silenced_while_a_digest_is_rendered_is_not_in_it(desk: Desk) -> None:
    kept = desk.matched("Base handed over", rule="Agadez base")
    article = desk.matched()
    began: list[bool] = []

    def meanwhile() -> None:
        if not began:
            began.append(True)
            silence(desk, days=3)

    tools = Composing([desk.digest()], Interrupted(meanwhile), {"desk": desk.channel.pack})
    (message,) = compose(desk.store, tools, desk.clock, everything=True).messages
    assert titles(message) == ["Base handed over"]
    assert fates(desk, article.id) == [(RULE, False, Held.SILENCE)]
    assert fates(desk, kept.id) == [("Agadez base", True, None)]
    with desk.store.read() as connection:
        assert len(outbox.listed(connection, [DeliveryState.WAITING], 10)) == 2  # two recipients


def test_two_processes_compose_while_a_silence_begins_and_each_match_has_one_fate(
    desk: Desk, two_more: list[Store]
) -> None:
    """Whatever comes first: a match is in one sending or held back, and a sending has all of it."""
    with ThreadPoolExecutor(3) as threads:
        for number in range(12):
            rule = f"Rule {number}"
            found = [desk.matched(f"{rule}, story {n}", rule=rule) for n in range(3)]
            tools = Composing([desk.digest()], Renderer(), {"desk": desk.channel.pack})
            composing = [
                threads.submit(compose, store, tools, desk.clock, everything=True)
                for store in two_more
            ]
            silencing = threads.submit(silence, desk, rule, days=3)
            messages = [each for future in composing for each in future.result().messages]
            silencing.result()
            told = [title for message in messages for title in titles(message)]
            assert len(told) == len(set(told))
            for article in found:
                ((_, sent, held),) = fates(desk, article.id)
                assert sent == (article.title in told)
                assert sent or held in (None, Held.SILENCE)
            assert now(desk) == []  # what neither took up was silenced by now
            for article in found:
                ((_, sent, held),) = fates(desk, article.id)
                assert sent != (held is Held.SILENCE)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (30, "less than two minutes"),
        (5 * 60, "5 minutes"),
        (3600, "1 hour"),
        (90 * 60, "90 minutes"),
        (26 * 3600, "26 hours"),
        (86400, "1 day"),
        (3 * 86400, "3 days"),
        (14 * 86400 - 30, "14 days"),
    ],
)
def test_the_length_of_a_silence_is_told_in_words(seconds: float, told: str) -> None:
    begun = make.moment()
    problem = ended(Silence("s", "X", begun, begun + timedelta(seconds=seconds)), 1200)
    assert problem.message == f"ended silence: {told}, 1,200 matches not sent"
