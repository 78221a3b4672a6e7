"""[health] in the command: what ``run --once`` tells, what ``status`` and ``feeds list`` show."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from monitor.store import open_store, tables
from tests.cli.conftest import CONFIG, Desk
from tests.journey.world import RAIN, rss

HEALTH = """
[channel.watch]
type = "folder"
path = "watch"
[health]
channel = "watch"
"""


def told(desk: Desk) -> list[dict[str, Any]]:
    """What the health channel was told, in order."""
    files = sorted((desk.folder / "watch").glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
    documents = (json.loads(file.read_text(encoding="utf-8")) for file in files)
    return [problem for document in documents for problem in document["problems"]]


def feed(desk: Desk, *numbers: int) -> None:
    items = [(f"n{n}", f"Report {n}", f"Report number {n} of the day, from Rome.") for n in numbers]
    (desk.folder / "world.rss").write_bytes(rss(RAIN, *items))


def half_a_day_passes(desk: Desk) -> None:
    """All that is stored of the feed happened so much earlier."""
    store = open_store(f"sqlite:///{desk.folder / 'wirewatch.db'}")
    with store.write() as tx:
        for column in (
            tables.feeds.c.last_new_at,
            tables.articles.c.first_seen_at,
            tables.sightings.c.first_seen_at,
        ):
            earlier = sa.type_coerce(column, sa.BigInteger) - 12 * 3_600_000
            tx.execute(sa.update(column.table).values({column.name: earlier}))
    store.close()


def test_a_feed_that_falls_silent_is_told_and_shown_until_it_speaks(desk: Desk) -> None:
    desk.write("config.toml", f'{CONFIG}{HEALTH}silent_after = "6h"\n')
    for number in range(3):
        feed(desk, *range(number))
        assert desk.run("run", "--once").code == 0
    assert told(desk) == []
    listed = json.loads(desk.run("feeds", "list", "--json").out)
    assert (listed[0]["state"], listed[0]["silent_since"]) == ("good", None)
    half_a_day_passes(desk)
    ended = desk.run("run", "--once")
    assert "told of health: Wirewatch: 1 new problem: World desk" in ended.err
    (problem,) = told(desk)
    assert (problem["kind"], problem["name"]) == ("feed", "World desk")
    assert problem["message"].startswith("is read well and has nothing new")
    listed = json.loads(desk.run("feeds", "list", "--json").out)
    assert listed[0]["state"] == "silent"
    assert listed[0]["silent_since"] == listed[0]["last_new_at"]
    shown = desk.run("feeds", "list").out
    assert "is read well and has nothing new" in shown
    assert "1 feed: 1 silent" in shown
    assert "1: 1 good (1 silent), 0 failing" in desk.run("status").out
    feed(desk, 0, 1, 2, 3)
    assert "World desk" in desk.run("run", "--once").err
    assert [each["message"][:6] for each in told(desk)] == ["is rea", "over: "]


def test_a_rule_file_that_is_faulty_is_told_once_by_run_once(desk: Desk) -> None:
    desk.write("config.toml", CONFIG + HEALTH)
    desk.write("rules/a.toml", '[[rule]]\nname = "Leaving"\nmatch = "troops AND"\n')
    for _ in range(2):
        assert desk.run("run", "--once").code == 1
    (problem,) = told(desk)
    assert (problem["kind"], problem["name"]) == ("rules", "a.toml")


def test_a_heartbeat_that_nobody_takes_is_shown_by_status_and_fails_nothing(desk: Desk) -> None:
    secret = "4f2d-secret"
    table = f'[health]\nheartbeat = "http://127.0.0.1:1/{secret}"\n'
    desk.write("config.toml", f"{CONFIG}{table}")
    before = desk.run("status")
    assert "heartbeat   127.0.0.1:1: none yet" in before.out
    ended = desk.run("run", "--once")
    assert ended.code == 0
    assert "heartbeat not taken" in ended.err
    status = desk.run("status")
    assert "heartbeat   127.0.0.1:1: no connection: Connection refused, since" in status.out
    assert "never taken" in status.out
    described = json.loads(desk.run("status", "--json").out)["heartbeat"]
    assert (described["host"], described["last_good_at"]) == ("127.0.0.1:1", None)
    assert described["trouble"] == "no connection: Connection refused"
    assert secret not in before.out + ended.out + ended.err + status.out + status.err


def test_without_a_heartbeat_status_says_nothing_of_one(desk: Desk) -> None:
    assert "heartbeat" not in desk.run("status").out
    assert json.loads(desk.run("status", "--json").out)["heartbeat"] is None
