"""What waits when ``run --once`` ends is said, and is no success."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.model import DeliveryState
from monitor.store import open_store, outbox, paces, tables
from monitor.store.connection import database_now
from tests.cli.conftest import CONFIG, Desk

LATER = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(hours=2)


def rests(tx: Connection) -> None:
    outbox.rest_channel(tx, "archive", LATER, LATER - timedelta(hours=3), "401 no such key")


def is_put_off(tx: Connection) -> None:
    tx.execute(sa.update(tables.deliveries).values(due_at=LATER))


def is_due(tx: Connection) -> None:
    tx.execute(sa.update(tables.deliveries).values(due_at=LATER - timedelta(hours=9)))


def keeps_its_pace(tx: Connection) -> None:
    paces.hold(tx, "archive", LATER)


def is_renamed(tx: Connection) -> None:
    tx.execute(sa.update(tables.deliveries).values(channel="old"))


def is_being_sent(tx: Connection) -> None:
    now = database_now(tx)
    sending = {"state": str(DeliveryState.SENDING), "lease_token": "x", "lease_until": now + 20_000}
    tx.execute(sa.update(tables.deliveries).values(**sending))


def composed_and_then(desk: Desk, happens: Callable[[Connection], object]) -> None:
    """A digest was composed and not received; then something happens to it."""
    desk.write("file", "")
    desk.write("config.toml", CONFIG.replace('"digests"', '"file/digests"'))
    ended = desk.run("run", "--once")
    assert ended.code == 1
    assert "not received: archive" in ended.err
    assert "\n1 delivery waits (channel archive, next try not before 20" in ended.err
    desk.write("config.toml", CONFIG)
    store = open_store(f"sqlite:///{desk.folder / 'wirewatch.db'}")
    with store.write() as tx:
        happens(tx)
    store.close()


@pytest.mark.parametrize(
    ("happens", "code", "told"),
    [
        # The second tells what the rest is for, and waits for it as well.
        (rests, 1, "2 deliveries wait (channel archive rests until {})"),
        (is_put_off, 1, "1 delivery waits (channel archive, next try not before {})"),
        (keeps_its_pace, 1, "1 delivery waits (channel archive, next try not before {})"),
        (is_renamed, 1, "1 delivery waits (the config has no channel old)"),
        (is_being_sent, 0, "1 delivery is on the way over channel archive, by another process"),
    ],
)
def test_a_pass_that_leaves_a_delivery_waiting_says_for_what(
    desk: Desk, happens: Callable[[Connection], object], code: int, told: str
) -> None:
    composed_and_then(desk, happens)
    ended = desk.run("run", "--once")
    at = LATER.astimezone(ZoneInfo("Europe/Rome")).strftime("%Y-%m-%d %H:%M")
    assert ended.err.splitlines()[-1] == told.format(at)
    assert ended.code == code


def test_a_pass_that_leaves_nothing_says_nothing_of_it(desk: Desk) -> None:
    composed_and_then(desk, is_due)
    ended = desk.run("run", "--once")
    assert ended.code == 0
    assert "wait" not in ended.err
