from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from monitor.digests.compose import ComposeReport, Composing, compose
from monitor.digests.gathering import gather
from monitor.digests.periods import QuietHours
from monitor.digests.render import Renderer
from monitor.model import DeliveryState, Message, Priority, ProblemKind
from monitor.store import Store, articles, digests, due_feeds, feeds, outbox, problems, tables
from tests import make
from tests.conftest import FakeClock
from tests.digests.desks import ROME, Desk, Interrupted, PatientDesk, titles


@pytest.fixture
def desk(store: Store, clock: FakeClock) -> Desk:
    return Desk(store, clock)


def test_an_immediate_digest_gathers_five_seconds_and_goes_out_once(desk: Desk) -> None:
    options = desk.digest()
    desk.matched("Troops leave Niger")
    assert desk.compose(options).messages == []
    desk.clock.pass_time(seconds=3)
    desk.matched("Base handed over")
    desk.clock.pass_time(seconds=2)
    (message,) = desk.compose(options).messages
    assert sorted(titles(message)) == ["Base handed over", "Troops leave Niger"]
    desk.clock.pass_time(hours=1)
    assert desk.compose(options).messages == []


def test_each_recipient_gets_a_delivery_in_the_same_transaction(desk: Desk) -> None:
    desk.matched()
    (message,) = desk.compose(desk.digest(), everything=True).messages
    with desk.store.read() as connection:
        waiting = outbox.listed(connection, [DeliveryState.WAITING], 10)
    assert {d.recipient for d in waiting} == {"a@example.org", "b@example.org"}
    assert {d.message_id for d in waiting} == {message.id}


def test_a_crash_while_composing_leaves_the_matches_waiting(desk: Desk) -> None:
    desk.matched()
    good, desk.channel.pack = desk.channel.pack, lambda *_: 1 / 0  # type: ignore[assignment, return-value, method-assign]
    report = desk.compose(desk.digest(), everything=True)
    assert "ZeroDivisionError" in report.failed["morning"]
    desk.channel.pack = good  # type: ignore[method-assign]
    (message,) = desk.compose(desk.digest(), everything=True).messages
    assert titles(message) == ["Troops leave Niger"]


def test_a_scheduled_digest_waits_for_its_hour(desk: Desk) -> None:
    options = desk.digest("0 10 * * *")  # it is 09:00 in Rome
    desk.matched()
    assert desk.compose(options).messages == []
    desk.clock.pass_time(hours=1)
    assert len(desk.compose(options).messages) == 1
    desk.matched("Another")
    assert desk.compose(options).messages == []


def test_what_fell_due_while_down_is_sent_once(desk: Desk) -> None:
    options = desk.digest("0 10 * * *")
    desk.compose(options)
    desk.clock.pass_time(days=3)
    desk.matched()
    assert len(desk.compose(options).messages) == 1
    assert desk.compose(options).messages == []


def test_a_changed_schedule_counts_from_now(desk: Desk) -> None:
    desk.compose(desk.digest("0 10 * * *"))
    desk.matched()
    desk.clock.pass_time(hours=2)
    assert desk.compose(desk.digest("0 18 * * *")).messages == []


def test_a_quiet_digest_sends_nothing_unless_it_may_be_empty(desk: Desk) -> None:
    assert desk.compose(desk.digest("0 10 * * *"), everything=True).messages == []
    (message,) = desk.compose(desk.digest("0 10 * * *", send_empty=True), everything=True).messages
    assert titles(message) == []


def test_quiet_hours_hold_back_all_but_high_priority_and_send_it_together(desk: Desk) -> None:
    options = desk.digest(quiet_hours=QuietHours.parse("08:00-12:00"))
    desk.matched("Slow news")
    desk.matched("Coup", priority=Priority.HIGH)
    desk.clock.pass_time(seconds=5)
    (message,) = desk.compose(options).messages
    assert titles(message) == ["Coup"]
    desk.matched("Rain in Rome")
    desk.clock.pass_time(hours=4)
    (message,) = desk.compose(options).messages
    assert sorted(titles(message)) == ["Rain in Rome", "Slow news"]


def test_what_is_beyond_max_stories_goes_along_as_links_and_counts_as_sent(desk: Desk) -> None:
    for title in make.TOPICS[:4]:
        desk.matched(title)
    (message,) = desk.compose(desk.digest(max_stories=3), everything=True).messages
    assert len(json.loads(message.json)["stories"]) == 3
    assert len(json.loads(message.json)["more"]) == 1
    assert desk.compose(desk.digest(), everything=True).messages == []


def test_max_stories_counts_stories_and_not_articles(store: Store, clock: FakeClock) -> None:
    desk = PatientDesk(store, clock)
    for story in ("a", "b", "c"):
        desk.found(f"First of {story}", story=story)
        desk.found(f"Second of {story}", story=story)
        desk.clock.pass_time(minutes=1)
    (message,) = desk.messages(max_stories=2)
    assert titles(message) == ["First of c", "First of b"]
    desk.clock.pass_time(days=1)
    assert desk.go(max_stories=2) == []


def test_a_story_told_before_comes_back_as_an_update_with_only_what_is_new(desk: Desk) -> None:
    article = desk.matched()
    desk.compose(desk.digest(), everything=True)
    desk.match(article, rule="Agadez base")
    (message,) = desk.compose(desk.digest(), everything=True).messages
    (story,) = json.loads(message.json)["stories"]
    assert story["update"] is True
    assert story["rules"] == ["Agadez base"]


def test_an_update_says_when_the_story_was_first_told_and_not_how(desk: Desk) -> None:
    article = desk.matched("Troops leave Niger")
    (first,) = desk.compose(desk.digest(), everything=True).messages
    assert first.first_told == ()
    with desk.store.write() as tx:  # its publisher writes another headline
        articles.revise(tx, replace(article, title="Troops stay in Niger"), b"other")
    for rule in ("Agadez base", "Dirkou base"):
        desk.clock.pass_time(hours=5)
        desk.match(article, rule=rule)
        (message,) = desk.compose(desk.digest(), everything=True).messages
    (story,) = json.loads(message.json)["stories"]
    assert message.first_told == ((story["id"], first.composed_at),)
    assert "First told" in message.text
    assert "Troops leave" not in message.text
    assert stored(desk, message) == message
    assert stored(desk, first) == first


def stored(desk: Desk, message: Message) -> Message:
    """The message as it is sent again."""
    with desk.store.read() as connection:
        (found,) = digests.parts(connection, message.id)
    return found


def test_a_story_that_was_first_told_as_a_title_alone_was_told_then(desk: Desk) -> None:
    left_over = desk.matched(make.TOPICS[0], priority=Priority.LOW)
    desk.matched(make.TOPICS[1])
    (first,) = desk.compose(desk.digest(max_stories=1), everything=True).messages
    desk.clock.pass_time(hours=5)
    desk.match(left_over, rule="Agadez base")
    (message,) = desk.compose(desk.digest(), everything=True).messages
    assert [at for _, at in message.first_told] == [first.composed_at]


def test_what_another_digest_told_was_not_told_by_this_one(desk: Desk) -> None:
    article = desk.matched()
    desk.compose(desk.digest(), everything=True)
    for rule in ("Agadez base", "Dirkou base"):
        desk.clock.pass_time(hours=5)
        desk.match(article, rule=rule, digest="evening")
        (message,) = desk.compose(desk.digest(name="evening"), everything=True).messages
    assert [at for _, at in message.first_told] == [desk.clock.now - timedelta(hours=5)]


def test_an_update_of_a_story_whose_first_message_is_forgotten_does_not_say_when(
    desk: Desk,
) -> None:
    article = desk.matched()
    (first,) = desk.compose(desk.digest(), everything=True).messages
    desk.match(article, rule="Dirkou base")
    desk.compose(desk.digest(), everything=True)
    with desk.store.write() as tx:
        tx.execute(sa.delete(tables.deliveries))
        tx.execute(sa.delete(tables.messages).where(tables.messages.c.id == first.id))
    desk.match(article, rule="Agadez base")
    (message,) = desk.compose(desk.digest(), everything=True).messages
    assert json.loads(message.json)["stories"][0]["update"] is True
    assert message.first_told == ()


def test_a_sending_in_two_messages_is_counted_whole(desk: Desk) -> None:
    for title in make.TOPICS[:3]:
        desk.matched(title)
    (message,) = desk.compose(desk.digest(max_stories=2), everything=True).messages
    second = replace(message, id=f"{message.id}-2")
    with desk.store.write() as tx:
        digests.add_message(tx, second, message.id, 3)
    with desk.store.read() as connection:
        assert digests.told_by(connection, message.id) == (6, 4)
        listed = digests.sendings(connection, 5)
    assert [(each.stories, each.in_full) for each in listed] == [(3, 2), (3, 2)]


def test_the_same_match_found_again_is_not_sent_again(desk: Desk) -> None:
    article = desk.matched()
    desk.compose(desk.digest(), everything=True)
    desk.match(article)
    assert desk.compose(desk.digest(), everything=True).messages == []


def test_high_priority_comes_first(desk: Desk) -> None:
    desk.matched("Normal")
    desk.matched("Low", priority=Priority.LOW)
    desk.matched("High", priority=Priority.HIGH)
    (message,) = desk.compose(desk.digest(), everything=True).messages
    assert titles(message) == ["High", "Normal", "Low"]


def test_a_scheduled_digest_goes_out_for_a_new_problem_alone_and_only_once(desk: Desk) -> None:
    options = desk.digest("every 30m")
    desk.compose(options)
    with desk.store.write() as tx:
        problems.begin(tx, ProblemKind.CONFIG, "config.toml", "it is faulty", desk.clock())
    desk.clock.pass_time(minutes=30)
    (message,) = desk.compose(options).messages
    assert json.loads(message.json)["problems"][0]["message"] == "it is faulty"
    desk.clock.pass_time(minutes=30)
    assert desk.compose(options).messages == []


def test_an_immediate_digest_does_not_go_out_for_a_problem_alone(desk: Desk) -> None:
    with desk.store.write() as tx:
        problems.begin(tx, ProblemKind.CONFIG, "config.toml", "it is faulty", desk.clock())
    assert desk.compose(desk.digest(), everything=True).messages == []


def test_a_pass_over_everything_without_matches_tells_what_else_there_is_and_once(
    desk: Desk,
) -> None:
    daily = desk.digest("0 10 * * *")
    for kind, name in ((ProblemKind.CONFIG, "config.toml"), (ProblemKind.RULE, "Leaving")):
        assert desk.compose(daily, everything=True).messages == []
        with desk.store.write() as tx:
            problems.begin(tx, kind, name, "it is faulty", desk.clock())
        (message,) = desk.compose(daily, everything=True).messages
        assert name in message.text
        assert desk.compose(daily, everything=True).messages == []


def test_a_pass_over_everything_without_news_goes_by_a_new_schedule(desk: Desk) -> None:
    desk.compose(desk.digest("0 10 * * *"), everything=True)
    desk.compose(desk.digest("0 11 * * *"), everything=True)
    with desk.store.read() as connection:
        due = digests.due(connection)["morning"]
    assert due.schedule.startswith("0 11")
    assert due.next_at is not None
    assert due.next_at.astimezone(ROME).hour == 11


def test_a_digest_that_fails_loses_nothing_and_is_logged_once_while_it_is_tried(desk: Desk) -> None:
    desk.matched()
    desk.clock.pass_time(seconds=5)
    tools = Composing([desk.digest()], Renderer(), {})  # its channel is not there
    with capture_logs() as lines:
        for _ in range(3):
            failed = compose(desk.store, tools, desk.clock).failed
            desk.clock.pass_time(seconds=1)
    assert "an error in Wirewatch itself" in failed["morning"]
    assert [line["event"] for line in lines] == ["digest could not be composed"]
    (message,) = desk.compose(desk.digest()).messages
    assert titles(message) == ["Troops leave Niger"]
    with desk.store.read() as connection:
        assert problems.present(connection, None) == ()  # it was told in that one, and is over


def test_an_article_that_comes_while_a_digest_is_composed_is_counted_once(desk: Desk) -> None:
    counted = []
    for seconds, first, second in ((0, *make.TOPICS[:2]), (5, *make.TOPICS[2:4])):
        desk.clock.pass_time(seconds=seconds)
        desk.matched(first)
        moment = desk.clock.now
        desk.clock.pass_time(seconds=1)
        desk.matched(second)  # it was stored before the digest was gathered, and after now
        desk.clock.now = moment
        with desk.store.read() as connection:
            digest = gather(connection, desk.digest(), moment, everything=True).digest
        counted.append(digest.articles_seen)
        assert len(desk.compose(desk.digest(), everything=True).messages) == 1
    assert counted == [1, 2]  # the fourth is for the digest after these


def test_previewing_changes_nothing(desk: Desk) -> None:
    desk.matched()
    with desk.store.read() as connection:
        gathered = gather(connection, desk.digest(), desk.clock(), everything=True)
    assert [story.title for story in gathered.digest.stories] == ["Troops leave Niger"]
    assert len(desk.compose(desk.digest(), everything=True).messages) == 1


def test_a_feed_that_fails_is_told_once_it_has_failed_three_times(desk: Desk) -> None:
    for failures in range(1, 4):
        with desk.store.write() as tx:
            (state,) = due_feeds.lease(tx, desk.clock() + timedelta(hours=failures), 1, 30)
            feeds.record_success(
                tx, state, feeds.Success(desk.clock(), desk.clock(), 60, None, None, None)
            ) if failures == 1 else feeds.record_failure(
                tx, state, "answered 503", desk.clock(), desk.clock()
            )
    with desk.store.read() as connection:
        assert problems.present(connection, None) == ()
    with desk.store.write() as tx:
        (state,) = due_feeds.lease(tx, desk.clock() + timedelta(hours=9), 1, 30)
        feeds.record_failure(tx, state, "answered 503", desk.clock(), desk.clock())
    with desk.store.read() as connection:
        (problem,) = problems.present(connection, None)
    assert (problem.kind, problem.message) == (ProblemKind.FEED, "answered 503")


@pytest.mark.parametrize("schedule", ["immediately", "every 1h"])
def test_what_another_process_composed_while_we_rendered_is_not_sent_again(
    desk: Desk, schedule: str
) -> None:
    options = desk.digest(schedule)
    desk.compose(options)
    desk.matched()
    desk.clock.pass_time(hours=1)
    others: list[ComposeReport] = []
    slow = Interrupted(lambda: others.append(desk.compose(options)))
    ours = compose(desk.store, Composing([options], slow, {"desk": desk.channel.pack}), desk.clock)
    assert [len(report.messages) for report in (*others, ours)] == [1, 0]
    with desk.store.read() as connection:
        assert len(outbox.listed(connection, [DeliveryState.WAITING], 10)) == 2  # two recipients
