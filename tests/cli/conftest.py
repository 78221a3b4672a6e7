"""A desk: a folder with a config, rules and a feed, and the command run in it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog

from monitor.cli.main import main
from monitor.log import write
from tests.journey.world import LEAVING, RAIN, RULE, rss

CONFIG = """
database = "wirewatch.db"
rules = "rules"
timezone = "Europe/Rome"
[poll]
backlog = "all"
[[feed]]
url = "world.rss"
name = "World desk"
[channel.archive]
type = "folder"
path = "digests"
[digest.morning]
schedule = "0 7 * * *"
channels = ["archive"]
"""


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


@dataclass
class Desk:
    folder: Path
    capture: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    def write(self, path: str, text: str) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def run(self, *arguments: str) -> Ended:
        self.monkeypatch.setattr(sys, "argv", ["wirewatch", *arguments])
        self.capture.readouterr()
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(bool(end.code))
        out, err = self.capture.readouterr()
        return Ended(code, out, err)


@pytest.fixture
def desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "nowhere"))
    made = Desk(tmp_path, capsys, monkeypatch)
    made.write("config.toml", CONFIG)
    made.write("rules/a.toml", RULE.format(name="Leaving", match="troops NEAR/5 Niger"))
    (tmp_path / "world.rss").write_bytes(rss(LEAVING, RAIN))
    yield made
    write(None)
    structlog.reset_defaults()  # a command that logs has bound its log to a stream that is gone
