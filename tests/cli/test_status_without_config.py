"""A faulty configuration hides nothing of what a daemon does that goes on by the last good one."""

from __future__ import annotations

import pytest

from tests.cli.conftest import CONFIG, Desk


@pytest.mark.parametrize(
    ("config", "fault"),
    [
        (CONFIG + "\n[[feed]]\nurl = 'x", "config.toml:"),
        (CONFIG.replace("[channel.archive]", "[channel.achive]"), 'no channel is named "archive"'),
        (CONFIG.replace("Europe/Rome", "Europe/Rom"), "Europe/Rom"),
    ],
)
def test_status_tells_what_is_stored_and_the_fault_behind_it(
    desk: Desk, config: str, fault: str
) -> None:
    assert desk.run("run", "--once").code == 0
    before = desk.run("status").out
    desk.write("config.toml", config)
    ended = desk.run("status")
    assert ended.code == 2
    assert "goes on by the last good one" in ended.err
    assert fault in ended.err
    for line in ("feeds       1: 1 good", "deliveries  1 received, 0 waiting", "problems    none"):
        assert line in ended.out
        assert line in before
    assert "\nprocesses   none runs now\n" in ended.out
    desk.write("config.toml", CONFIG)
    assert desk.run("status").out == before


@pytest.mark.parametrize("line", ['database = "postgresql', "database = 7"])
def test_where_the_database_cannot_be_told_only_the_fault_is(desk: Desk, line: str) -> None:
    assert desk.run("run", "--once").code == 0
    desk.write("config.toml", f"{line}\n{CONFIG}")
    ended = desk.run("status")
    assert (ended.code, ended.out) == (2, "")
    assert "config.toml:" in ended.err


def test_no_database_is_made_by_status_with_a_faulty_config(desk: Desk) -> None:
    desk.write("config.toml", CONFIG + "\nshedule = 1")
    ended = desk.run("status")
    assert (ended.code, ended.out) == (2, "")
    assert not (desk.folder / "wirewatch.db").exists()


def test_json_is_one_document_or_none(desk: Desk) -> None:
    assert desk.run("run", "--once").code == 0
    desk.write("config.toml", CONFIG + "\nshedule = 1")
    ended = desk.run("status", "--json")
    assert (ended.code, ended.out) == (2, "")
