"""docs/running.md: its log lines are ours, its numbers those of the program."""

from __future__ import annotations

import json
import signal

import structlog

from monitor.cli.log_lines import TextLines
from monitor.daemon import shift
from monitor.daemon.watchdog import PATIENCE
from monitor.leasing import LEASE_SECONDS
from monitor.text.dictionary import cache_folder
from tests.house.pages import blocks, headed, prose

PAGE = "docs/running.md"
MATCHED = {
    "rule": "Niger troop withdrawal",
    "article": "Troops leave",
    "url": "https://example.org/1",
    "event": "rule matched",
    "level": "info",
    "timestamp": "07:00:05",
}
FAILED = {
    "feed": "Sahel wire",
    "reason": "answers 503",
    "again_at": "2024-05-20T07:05:10+00:00",
    "event": "feed failed",
    "level": "warning",
}


def test_the_log_lines_for_people_are_ours() -> None:
    (block,) = blocks(PAGE, "text")
    lines = TextLines(None)
    told = [dict(MATCHED), {**FAILED, "timestamp": "07:00:10"}]
    assert block.text.splitlines() == [lines(None, "", event) for event in told]


def test_the_log_lines_for_machines_are_ours() -> None:
    (block,) = blocks(PAGE, "json")
    event = {**FAILED, "timestamp": "2024-05-20T07:00:10.112778Z"}
    written = structlog.processors.JSONRenderer()(None, "", dict(event))
    assert json.loads(written) == json.loads(block.text)
    assert list(json.loads(written)) == list(json.loads(block.text))


def test_the_lengths_of_time_are_those_of_the_program() -> None:
    page = " ".join(prose(PAGE).split())
    assert f"within {LEASE_SECONDS:g} seconds the others take over" in page
    assert f"has {shift.GRACE_SECONDS:g} seconds to finish" in page
    assert shift.GRACE_SECONDS < 10


def test_the_unit_asks_for_the_watchdog_that_there_is() -> None:
    unit = "\n".join(block.text for block in blocks(PAGE, "ini"))
    asked = dict(line.split("=", 1) for line in unit.splitlines() if "=" in line)
    assert asked["Type"] == "notify"
    assert float(asked["WatchdogSec"]) >= 30
    assert "no further for five minutes" in " ".join(prose(PAGE).split())
    assert PATIENCE == 5 * 60


def test_the_signals_are_those_that_the_daemon_hears() -> None:
    told = " ".join(row[0] for row in headed(PAGE, "signal", "what happens")[0].rows)
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        assert name.name in told


def test_the_dictionaries_are_where_the_page_says() -> None:
    assert "wirewatch" in cache_folder().parts
    assert cache_folder().parent.parent.name == "wirewatch"
