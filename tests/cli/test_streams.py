"""Where output goes, and what happens when it cannot go there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.store import open_store, outbox
from tests.cli.conftest import Desk
from tests.journey.world import ROOT


def shell(desk: Desk, line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in which ``$W`` is the command, with real pipes."""
    return subprocess.run(
        ["/bin/bash", "-o", "pipefail", "-c", line],
        cwd=desk.folder,
        env={
            **os.environ,
            "W": f"{sys.executable} -m monitor",
            "PYTHONPATH": str(ROOT),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_reader_that_goes_away_is_nothing_wrong(desk: Desk) -> None:
    ended = shell(desk, "$W schema config | head -c 1; $W status | true")
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_behind_the_output_is_said_in_one_line(desk: Desk) -> None:
    ended = shell(desk, "$W status > /dev/full")
    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    assert line.endswith("cannot be written to standard output: no space left on device")


def test_letters_that_the_terminal_does_not_know_do_no_harm(desk: Desk) -> None:
    text = "L’esercito: «troops leave Niger»"
    ended = shell(desk, f"$W match '{text}'", PYTHONIOENCODING="ascii")
    assert ended.returncode == 0, ended.stderr
    assert "[troops] [leave" in ended.stdout or "[troops] leave [Niger]" in ended.stdout


def test_every_line_of_a_json_log_is_json(desk: Desk) -> None:
    desk.write("rules/b.toml", '[[rule]]\nname = "B"\nmatch = "base AND"\n')
    ended = desk.run("run", "--once", "--log-format", "json")
    assert ended.code == 1
    events = [json.loads(line)["event"] for line in ended.err.splitlines()]
    assert any("b.toml:3" in event for event in events)
    assert events[-1].startswith("1 feed polled")


def test_match_takes_no_language_that_is_none(desk: Desk) -> None:
    ended = desk.run("match", "--language", "italian", "truppe")
    assert ended.code == 2
    assert 'write "it" for Italian' in ended.err


@pytest.mark.parametrize(
    ("arguments", "near"),
    [
        (("match", "--rule", "Leavin", "x"), "Leaving"),
        (("preview", "mornin"), "morning"),
        (("channels", "test", "archve"), "archive"),
    ],
)
def test_a_name_that_is_not_there_is_answered_with_the_nearest(
    desk: Desk, arguments: tuple[str, ...], near: str
) -> None:
    ended = desk.run(*arguments)
    assert ended.code == 2
    assert f'did you mean "{near}"?' in ended.err


def test_a_delivery_that_waits_for_its_channel_shows_when_the_rest_ends(desk: Desk) -> None:
    desk.write("file", "")
    desk.write(
        "config.toml",
        (desk.folder / "config.toml").read_text().replace('"digests"', '"file/digests"'),
    )
    assert desk.run("run", "--once").code == 1
    until = datetime(2099, 1, 1, 12, tzinfo=UTC)
    store = open_store(f"sqlite:///{desk.folder / 'wirewatch.db'}")
    with store.write() as tx:
        outbox.rest_channel(tx, "archive", until, until - timedelta(hours=1), "refused")
    store.close()
    told = " ".join(desk.run("deliveries", "list").out.split())
    assert "next 2099-01-01 13:00 (the channel archive rests)" in told
    (listed,) = json.loads(desk.run("deliveries", "list", "--json").out)
    assert listed["due_at"] == "2099-01-01T12:00:00Z"


def test_an_interval_below_a_minute_is_shown_in_seconds(desk: Desk) -> None:
    text = (desk.folder / "config.toml").read_text()
    desk.write("config.toml", text.replace("[poll]", '[poll]\nevery = "20s"\nmax_every = "20s"'))
    assert desk.run("run", "--once").code == 0
    assert "20 s " in desk.run("feeds", "list").out


def test_a_delivery_for_a_channel_that_was_taken_out_says_what_it_waits_for(desk: Desk) -> None:
    text = (desk.folder / "config.toml").read_text()
    gone = '[channel.gone]\ntype = "webhook"\nurl = "http://127.0.0.1:1/"\n'
    desk.write("config.toml", text.replace('["archive"]', '["archive", "gone"]') + gone)
    assert desk.run("run", "--once").code == 1
    desk.write("config.toml", text)
    told = " ".join(desk.run("deliveries", "list").out.split())
    assert "tried 1× since 2" in told
    assert "; the config has no channel gone, so it waits for one" in told
