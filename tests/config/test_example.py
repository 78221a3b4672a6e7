"""The example configuration runs as it stands, and no line of it can rot."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from monitor.config import load, schema
from monitor.config.shape import (
    AppriseTable,
    CommandTable,
    ConfigFile,
    DigestTable,
    EmailTable,
    FeedFileTable,
    FeedTable,
    FolderTable,
    HealthTable,
    PollTable,
    WebhookTable,
    WebTable,
)
from monitor.delivery.options import FolderOptions, TerminalOptions
from monitor.feeds.options import PollOptions
from monitor.text.durations import parse_duration

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config.example.toml"
ENVIRONMENT = {
    "FEED_TOKEN": "Bearer 1",
    "SMTP_PASSWORD": "p",
    "WEBHOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "WIREWATCH_PASSWORD": "p",
    "APPRISE_URL": "json://localhost/x",
}
AT_REST = re.compile(r"^#(?=[A-Za-z_\[])", re.MULTILINE)


def awake() -> str:
    """The example with every setting at rest in use."""
    return AT_REST.sub("", EXAMPLE.read_text(encoding="utf-8"))


def test_it_runs_as_it_stands() -> None:
    settings = load(EXAMPLE, {})
    assert settings.warnings == ()
    assert settings.database_shown == str(ROOT / "run" / "wirewatch.db")
    assert settings.rules == ROOT / "rules"
    urls = [subscription.feed.url for subscription in settings.subscriptions]
    assert urls == [str(ROOT / "seeds" / name) for name in ("world-en.rss", "mondo-it.atom")]
    assert all(subscription.options.backlog is None for subscription in settings.subscriptions)
    assert settings.channels == (
        TerminalOptions("screen"),
        FolderOptions("archive", ROOT / "run" / "digests"),
    )
    (digest,) = settings.digests
    assert (digest.name, str(digest.schedule)) == ("first-look", "immediately")
    assert digest.channels == ("screen", "archive")


def test_every_setting_at_rest_works_when_it_is_woken(tmp_path: Path) -> None:
    for name in ("seeds", "rules"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "morning.html").write_text("<p>{{ stories|length }}</p>")
    (tmp_path / "on-digest").write_text("#!/bin/sh\n")
    (tmp_path / "on-digest").chmod(0o755)
    file = tmp_path / "config.toml"
    file.write_text(awake(), encoding="utf-8")
    settings = load(file, ENVIRONMENT)
    assert len(settings.channels) == 7
    assert len(settings.digests) == 3
    assert {warning.message for warning in settings.warnings} == {
        "is read but has no effect in this version"
    }


@pytest.mark.parametrize(
    ("model", "place"),
    [
        (ConfigFile, ()),
        (PollTable, ("poll",)),
        (FeedTable, ("feed", 2)),
        (EmailTable, ("channel", "desk")),
        (WebhookTable, ("channel", "ops")),
        (FolderTable, ("channel", "archive")),
        (FeedFileTable, ("channel", "matches")),
        (CommandTable, ("channel", "script")),
        (AppriseTable, ("channel", "phone")),
        (HealthTable, ("health",)),
        (WebTable, ("web",)),
    ],
)
def test_it_names_every_setting_there_is(model: Any, place: tuple[str | int, ...]) -> None:
    table: Any = tomllib.loads(awake())
    polled = set(table["poll"])
    for part in place:
        table = table[part]
    keys = {field.alias or name for name, field in model.model_fields.items()}
    if model is FeedTable:
        keys -= polled - {"every"}
    assert set(table) == keys


def test_it_names_every_setting_of_a_digest() -> None:
    digests = tomllib.loads(awake())["digest"].values()
    assert set().union(*digests) == set(DigestTable.model_fields)


def test_what_it_shows_at_rest_are_the_defaults() -> None:
    table = tomllib.loads(awake())["poll"]
    default = PollOptions()
    for key in ("every", "min_every", "max_every", "timeout"):
        assert parse_duration(table[key]) == getattr(default, key)
    assert table["allow_private"] == default.allow_private


def test_editors_find_it_right_and_faults_wrong() -> None:
    checker = jsonschema.Draft202012Validator(schema())
    checker.check_schema(schema())
    assert not list(checker.iter_errors(tomllib.loads(awake())))
    assert not list(checker.iter_errors(tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))))
    for text in (
        "timezon = 'UTC'",
        "database = 5",
        "database = { evn = 'X' }",
        "[channel.x]\ntype = 'emial'",
        "[channel.x]\ntype = 'folder'",
        "[digest.d]\nchannels = []\nschedule = 'immediately'",
        "[[feed]]\nname = 'x'",
        "[poll]\nconcurrency = 0",
    ):
        assert list(checker.iter_errors(tomllib.loads(text))), text
