"""``wirewatch digests resend`` and ``wirewatch deliveries list`` and ``retry``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor import wiring
from monitor.cli import show
from monitor.config.here import load_here
from monitor.model import DeliveryState, Message, utc_now
from monitor.store import digests, matches, outbox, processes, tables
from tests import make
from tests.cli.conftest import CONFIG, Desk

SECOND = '[channel.second]\ntype = "folder"\npath = "second"\n'
MAIL = """
[channel.desk]
type = "email"
host = "127.0.0.1"
port = 9
security = "none"
from = "Wirewatch <wirewatch@example.org>"
to = ["a@example.org", "b@example.org"]
"""


@contextmanager
def changing() -> Iterator[Connection]:
    store = wiring.open_database(load_here(None))
    with store.write() as tx:
        yield tx
    store.close()


@pytest.fixture
def told(desk: Desk) -> str:
    """The id of a digest that has gone out into a folder."""
    assert desk.run("run", "--once").code == 0
    (sending,) = listed(desk, "digests")
    return str(sending["id"])


def listed(desk: Desk, what: str, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(desk.run(what, "list", "--json", *arguments).out)
    return found


def to_desk(desk: Desk) -> None:
    desk.write("config.toml", CONFIG + SECOND + MAIL)


def files(desk: Desk, folder: str = "digests") -> list[str]:
    return sorted(path.name for path in (desk.folder / folder).glob("*.json"))


# --- send one again ----------------------------------------------------------------------------


def test_a_digest_sent_again_waits_as_a_new_delivery_of_the_same_message(
    desk: Desk, told: str
) -> None:
    ended = desk.run("digests", "resend", told)
    assert ended.code == 0
    assert "archive → " in ended.out
    assert "waits to be sent" in ended.out
    assert "Where none runs, it waits for one" in ended.err
    again, first = listed(desk, "deliveries", "--all")
    assert (again["message"], again["state"], again["resent"]) == (told, "waiting", True)
    assert (first["message"], first["state"], first["resent"]) == (told, "sent", False)
    assert again["id"] != first["id"]
    (sending,) = listed(desk, "digests")
    assert [each["resent"] for each in sending["deliveries"]] == [False, True]
    assert "(sent again)" in desk.run("digests", "list").out


def test_whoever_runs_next_sends_it_and_no_match_is_in_a_second_sending(
    desk: Desk, told: str
) -> None:
    with changing() as tx:
        before = tx.execute(sa.select(tables.matches)).all()
    desk.run("digests", "resend", told[:20])
    (desk.folder / "digests" / files(desk)[0]).unlink()
    assert desk.run("run", "--once").code == 0
    assert len(files(desk)) == 1
    assert [d["state"] for d in listed(desk, "deliveries", "--all")] == ["sent", "sent"]
    with changing() as tx:
        assert tx.execute(sa.select(tables.matches)).all() == before
        assert matches.waiting_counts(tx) == {}
    assert len(listed(desk, "digests")) == 1


def test_now_sends_it_from_here_and_says_what_was_answered(desk: Desk, told: str) -> None:
    ended = desk.run("digests", "resend", told, "--now", "--json")
    assert ended.code == 0
    (delivery,) = json.loads(ended.out)
    assert (delivery["state"], delivery["attempts"], delivery["resent"]) == ("sent", 1, True)


def test_a_receiver_that_does_not_take_it_now_ends_with_1(desk: Desk, told: str) -> None:
    to_desk(desk)
    ended = desk.run(
        "digests", "resend", told, "--now", "--channel", "desk", "--to", "b@example.org"
    )
    assert ended.code == 1
    assert "desk → b@example.org: waiting: " in ended.out
    assert "a@example.org" not in ended.out


def test_a_channel_or_a_recipient_may_be_named(desk: Desk, told: str) -> None:
    to_desk(desk)
    ended = desk.run(
        "digests", "resend", told, "--channel", "second", "--channel", "desk", "--json"
    )
    where = [(each["channel"], each["recipient"]) for each in json.loads(ended.out)]
    assert [channel for channel, _ in where] == ["second", "desk", "desk"]
    assert {recipient for _, recipient in where[1:]} == {"a@example.org", "b@example.org"}
    wrong = desk.run("digests", "resend", told, "--channel", "dsk")
    assert (wrong.code, 'did you mean "desk"?' in wrong.err) == (2, True)
    wrong = desk.run("digests", "resend", told, "--channel", "desk", "--to", "c@example.org")
    assert (wrong.code, "no recipient is called" in wrong.err) == (2, True)
    assert len(listed(desk, "deliveries")) == 3


def test_an_id_that_nothing_has_is_answered(desk: Desk, told: str) -> None:
    ended = desk.run("digests", "resend", "ffff")
    assert ended.code == 2
    assert "no sending has an id that begins with ffff" in ended.err


def test_a_digest_whose_channels_are_all_gone_wants_one_to_be_named(desk: Desk, told: str) -> None:
    desk.write("config.toml", CONFIG.replace("archive", "other"))
    ended = desk.run("digests", "resend", told)
    assert ended.code == 2
    assert "the config has no channel archive any more" in ended.err
    assert "name one with --channel" in ended.err
    assert desk.run("digests", "resend", told, "--channel", "other").code == 0


def parts(*ids: str) -> tuple[Message, ...]:
    return tuple(make.message(id=id_, composed_at=utc_now(), text=f"Part {id_}\n") for id_ in ids)


def test_a_digest_in_several_messages_is_sent_again_whole_or_in_part(desk: Desk, told: str) -> None:
    with changing() as tx:
        for part in parts("abc", "abc-2"):
            digests.add_message(tx, part, "abc", 1)
    whole = desk.run("digests", "resend", "abc", "--channel", "archive", "--json")
    assert [each["message"] for each in json.loads(whole.out)] == ["abc", "abc-2"]
    second = desk.run("digests", "resend", "abc-2", "--channel", "archive", "--json")
    assert [each["message"] for each in json.loads(second.out)] == ["abc-2"]
    assert desk.run("digests", "show", "abc").out == "Part abc\n"
    assert desk.run("digests", "show", "ab").out == "Part abc\n"
    assert desk.run("digests", "show", "abc-2").out == "Part abc-2\n"


# --- deliveries --------------------------------------------------------------------------------


def in_state(state: DeliveryState, answer: str = "550 no such user") -> str:
    """Puts the one delivery there is into a state, and gives its id."""
    with changing() as tx:
        tx.execute(
            sa.update(tables.deliveries).values(
                state=str(state), attempts=3, first_tried_at=utc_now(), answer=answer
            )
        )
        (delivery,) = outbox.listed(tx, list(DeliveryState), 10)
    return delivery.id


@pytest.mark.parametrize("state", [DeliveryState.FAILED, DeliveryState.GIVEN_UP])
def test_what_was_lost_is_listed_and_can_be_tried_again(
    desk: Desk, told: str, state: DeliveryState
) -> None:
    id_ = in_state(state)
    shown = desk.run("deliveries", "list")
    assert f"{id_}  {state}  archive → " in shown.out
    assert "550 no such user" in shown.out
    assert "wirewatch deliveries retry ID" in shown.err
    ended = desk.run("deliveries", "retry", id_)
    assert ended.code == 0
    assert "1 delivery due now" in ended.out
    (waiting,) = listed(desk, "deliveries")
    assert (waiting["state"], waiting["attempts"]) == ("waiting", 0)
    ended = desk.run("deliveries", "retry", id_, "--now", "--json")
    assert ended.code == 0
    assert [each["state"] for each in json.loads(ended.out)] == ["sent"]
    assert desk.run("deliveries", "list").out == "Nothing is waiting and nothing has failed.\n"


def test_tries_are_counted_since_it_was_last_retried(desk: Desk, told: str) -> None:
    id_ = in_state(DeliveryState.GIVEN_UP)
    with changing() as tx:
        tx.execute(sa.update(tables.deliveries).values(first_tried_at=make.moment(0)))
    first = show.local(make.moment(0), load_here(None).timezone)
    assert f"tried 3× since {first}" in " ".join(desk.run("deliveries", "list").out.split())
    desk.run("deliveries", "retry", id_)
    ago = utc_now() - timedelta(hours=2)
    due = show.local(ago, load_here(None).timezone)
    with changing() as tx:
        tx.execute(sa.update(tables.deliveries).values(due_at=ago))
    out = desk.run("deliveries", "list").out
    assert [line for line in out.splitlines()[1:] if len(line) > 80] == []  # the first has a path
    shown = " ".join(out.split())
    assert f"not tried since it was retried, due since {due}: sent once wirewatch runs" in shown
    with changing() as tx:
        processes.beat(tx, processes.Process("p", "desk-1", 7, utc_now(), "", {}))
    assert "retried, due now" in " ".join(desk.run("deliveries", "list").out.split())
    with changing() as tx:
        tx.execute(sa.update(tables.deliveries).values(due_at=make.moment(10**9)))
    at = show.local(make.moment(10**9), load_here(None).timezone)
    assert f"retried, next {at}" in " ".join(desk.run("deliveries", "list").out.split())


def test_what_is_sent_again_is_of_the_digest_as_it_was_composed(desk: Desk, told: str) -> None:
    with changing() as tx:
        tx.execute(sa.update(tables.messages).values(composed_at=make.moment(0)))
    desk.run("digests", "resend", told)
    composed = show.local(make.moment(0), load_here(None).timezone)
    shown = " ".join(desk.run("deliveries", "list").out.split())
    assert f"digest morning of {composed} (sent again, asked for on 2" in shown
    (again,) = listed(desk, "deliveries")
    assert (again["composed_at"], again["created_at"] > again["composed_at"]) == (
        show.iso(make.moment(0)),
        True,
    )


def test_what_was_received_or_is_on_its_way_is_not_tried_again(desk: Desk, told: str) -> None:
    (delivery,) = listed(desk, "deliveries", "--all")
    ended = desk.run("deliveries", "retry", delivery["id"])
    assert ended.code == 2
    assert f"wirewatch digests resend {told}" in ended.err
    in_state(DeliveryState.SENDING)
    ended = desk.run("deliveries", "retry", delivery["id"])
    assert (ended.code, "is being sent" in ended.err) == (2, True)
    ended = desk.run("deliveries", "retry", "nothing")
    assert (ended.code, "no delivery has the id nothing" in ended.err) == (2, True)


def test_trying_again_ends_the_rest_of_its_channel_and_of_no_other(desk: Desk, told: str) -> None:
    id_ = in_state(DeliveryState.WAITING)
    with changing() as tx:
        for name in ("archive", "other"):
            outbox.rest_channel(tx, name, make.moment(10**7), utc_now(), "535 login refused")
    desk.run("deliveries", "retry", id_)
    with changing() as tx:
        assert [rest.name for rest in outbox.resting(tx)] == ["other"]


def test_a_delivery_whose_channel_left_the_config_is_said_to_wait_for_it(
    desk: Desk, told: str
) -> None:
    id_ = in_state(DeliveryState.WAITING)
    assert "problems    none" in desk.run("status").out
    desk.write("config.toml", CONFIG.replace("archive", "other"))
    shown = " ".join(desk.run("deliveries", "list").out.split())
    assert "the config has no channel archive, so it waits" in shown
    (delivery,) = listed(desk, "deliveries")
    assert delivery["channel_in_config"] is False
    status = " ".join(desk.run("status").out.split())
    assert "delivery archive, since " in status
    assert "1 delivery waits for this channel, which the config does not name" in status
    (problem,) = json.loads(desk.run("status", "--json").out)["problems"]
    assert (problem["kind"], problem["name"]) == ("delivery", "archive")
    ended = desk.run("deliveries", "retry", id_)
    assert "the config has no channel archive" in ended.err


def test_more_deliveries_than_are_shown_are_counted(desk: Desk, told: str) -> None:
    with changing() as tx:
        outbox.put(tx, [make.delivery(message_id=told) for _ in range(230)])
    assert "and 30 more (--json lists all)" in desk.run("deliveries", "list").out
    assert len(listed(desk, "deliveries")) == 230
