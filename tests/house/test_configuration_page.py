"""docs/configuration.md: every setting there is and no other, with its real default."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from monitor.cli.main import app
from monitor.config import Settings, load
from monitor.config.finding import find_config
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
    TerminalTable,
    WebhookTable,
    WebTable,
)
from monitor.errors import FaultyInput
from tests.house.pages import RULES, Table, blocks, code_in, prose, tables

PAGE = "docs/configuration.md"
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
LITERAL = re.compile(r'true|false|\d+|\[\]|\{\}|"[^"]*"')
TABLES = {
    "At the top of the file": ConfigFile,
    "`[poll]`: how feeds are asked": PollTable,
    "`[[feed]]`: the feeds": FeedTable,
    '`type = "email"`': EmailTable,
    '`type = "webhook"`': WebhookTable,
    '`type = "folder"`': FolderTable,
    '`type = "feed"`': FeedFileTable,
    '`type = "command"`': CommandTable,
    '`type = "apprise"`': AppriseTable,
    '`type = "terminal"`': TerminalTable,
    "`[digest.NAME]`: what is sent, when, and where": DigestTable,
    "`[health]`: Wirewatch about itself": HealthTable,
}
REQUIRED = """
[[feed]]
url = "https://example.org/feed.xml"
#feed
[channel.email]
type = "email"
host = "smtp.example.org"
from = "desk@example.org"
to = "desk@example.org"
#email
[channel.webhook]
type = "webhook"
url = "https://example.org/hook"
#webhook
[channel.command]
type = "command"
command = "true"
#command
[digest.digest]
schedule = "immediately"
channels = ["email", "webhook"]
#digest
"""
PLACES = {
    "At the top of the file": None,
    "`[poll]`: how feeds are asked": "poll",
    "`[[feed]]`: the feeds": "feed",
    '`type = "email"`': "email",
    '`type = "webhook"`': "webhook",
    '`type = "command"`': "command",
    "`[digest.NAME]`: what is sent, when, and where": "digest",
}


def settings_in(heading: str) -> Table:
    (found,) = (t for t in tables(PAGE) if t.heading == heading and t.head[0] == "key")
    return found


def keys_of(model: Any) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


@pytest.mark.parametrize("heading", TABLES)
def test_every_setting_is_on_the_page_and_no_other(heading: str) -> None:
    told = {code_in(row[0])[0] for row in settings_in(heading).rows}
    wanted = keys_of(TABLES[heading])
    if TABLES[heading] is FeedTable:
        wanted -= keys_of(PollTable)
    if TABLES[heading] is ConfigFile:
        wanted -= {"poll", "feed", "channel", "digest", "health", "web"}
    assert told == wanted


def test_the_tables_to_come_are_told_whole() -> None:
    (web,) = (t for t in tables(PAGE) if t.heading.startswith("Still to come"))
    assert {code_in(row[0])[0] for row in web.rows} == keys_of(WebTable)


def test_every_table_of_settings_is_held_against_its_model() -> None:
    headings = {t.heading for t in tables(PAGE) if t.head[:1] == ("key",)}
    assert headings == {*TABLES, "Still to come: `[web]`"}


@pytest.mark.parametrize("heading", TABLES)
def test_what_is_required_is_said_to_be(heading: str) -> None:
    fields = TABLES[heading].model_fields
    wanted = {field.alias or name for name, field in fields.items() if field.is_required()}
    told = {code_in(row[0])[0] for row in settings_in(heading).rows if row[2] == "required"}
    assert told == wanted


def defaults() -> dict[str, list[str]]:
    """Every default on the page that is written as TOML, by its place in the file."""
    found: dict[str, list[str]] = {}
    for heading, place in PLACES.items():
        for row in settings_in(heading).rows:
            value = "".join(code_in(row[2]))
            if LITERAL.fullmatch(value):
                found.setdefault(place or "", []).append(f"{code_in(row[0])[0]} = {value}")
    return found


def loaded(folder: Path, text: str) -> Settings:
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return replace(load(file, {}), warnings=())


def test_a_default_on_the_page_is_the_default(tmp_path: Path) -> None:
    written = defaults()
    assert sum(map(len, written.values())) > 15
    text = "\n".join([*written.pop(""), "[poll]", *written.pop("poll"), REQUIRED])
    for place, lines in written.items():
        text = text.replace(f"#{place}\n", "\n".join([*lines, ""]))
    assert loaded(tmp_path, text) == loaded(tmp_path, REQUIRED)
    changed = text.replace("max_stories = 50", "max_stories = 49")
    assert loaded(tmp_path, changed) != loaded(tmp_path, REQUIRED)


def config_blocks() -> list[object]:
    pages = (PAGE, "docs/digests.md", "docs/running.md", "README.md")
    found = [(page, block) for page in pages for block in blocks(page, "toml")]
    good = [(page, block) for page, block in found if not block.mark]
    kept = [(page, block.text) for page, block in good if not RULES.search(block.text)]
    return [pytest.param(text, id=f"{page}-{n}") for n, (page, text) in enumerate(kept)]


@pytest.mark.parametrize("text", config_blocks())
def test_a_piece_of_a_config_on_a_page_can_be_used(text: str, tmp_path: Path) -> None:
    data: dict[str, Any] = tomllib.loads(text)
    named = {name for digest in data.get("digest", {}).values() for name in digest["channels"]}
    named |= {data["health"]["channel"]} if "health" in data else set()
    for name in sorted(named - set(data.get("channel", {}))):
        text += f'\n[channel.{name}]\ntype = "terminal"\n'
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "morning.html").write_text("<p>{{ stories|length }}</p>")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "recipient").write_text("desk@example.org\n")
    (tmp_path / "secrets" / "smtp").write_text("a password\n")
    environment = dict.fromkeys(re.findall(r'env = "(\w+)"', text), "x")
    environment |= {
        "APPRISE_URL": "json://localhost/x",
        "WEBHOOK_SECRET": WHSEC,
        "DATABASE_URL": "postgresql://w@db.example.org/w",
    }
    environment |= {name: "https://x.example/y" for name in environment if "_WEBHOOK" in name}
    environment["HEARTBEAT_ADDRESS"] = "https://ping.example.org/u"
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    settings = load(file, environment)
    told = {warning.message for warning in settings.warnings}
    assert "is read but has no effect in this version" not in told


def test_the_keys_without_effect_are_those_that_check_names(tmp_path: Path) -> None:
    told = {
        code_in(row[0])[0]
        for heading in PLACES
        for row in settings_in(heading).rows
        if "No effect" in row[3]
    }
    text = REQUIRED.replace("#digest", "")
    text += '[health]\nchannel = "email"\n[web]\nlisten = "127.0.0.1:8420"\n'
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    places = {
        warning.place.rpartition(".")[2]
        for warning in load(file, {}).warnings
        if "no effect" in warning.message
    }
    assert places == told | {"web"}


def test_the_file_is_looked_for_where_the_page_says(tmp_path: Path) -> None:
    xdg = tmp_path / "xdg" / "wirewatch"
    here, named = tmp_path / "here", tmp_path / "named.toml"
    xdg.mkdir(parents=True)
    here.mkdir()
    environment = {"XDG_CONFIG_HOME": str(xdg.parent)}
    for file in (xdg / "config.toml", here / "config.toml", named):
        with pytest.raises(FaultyInput):
            find_config(tmp_path / "gone.toml", environment, here)
        file.write_text("")
        if file is named:
            environment["WIREWATCH_CONFIG"] = str(named)
        assert find_config(None, environment, here) == file
    assert find_config(xdg / "config.toml", environment, here) == xdg / "config.toml"
    assert "$XDG_CONFIG_HOME/wirewatch/config.toml" in prose(PAGE)


def test_the_faults_on_the_page_are_what_the_command_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (faulty,) = (block for block in blocks(PAGE, "toml") if block.mark == "faulty")
    (told,) = blocks(PAGE, "console")
    (tmp_path / "config.toml").write_text(faulty.text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WIREWATCH_CONFIG", raising=False)
    result = CliRunner().invoke(app, ["check"])
    assert result.exit_code == 2
    assert f"$ wirewatch check\n{result.stdout}" == told.text
