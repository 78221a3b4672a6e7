"""What a process says it decides by."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor import wiring
from monitor.config import load
from monitor.daemon.presence import Presence
from monitor.model import utc_now
from monitor.store import Store, processes

CONFIG = """
database = "wirewatch.db"
rules = "rules"
[[feed]]
url = "https://example.org/world.rss"
name = "World desk"
[channel.desk]
type = "webhook"
url = "https://example.org/hook"
secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
[digest.morning]
schedule = "0 7 * * *"
channels = ["desk"]
"""
RULE = '[[rule]]\nname = "Troops"\nmatch = "troops"\n'


def parts(folder: Path, store: Store, config: str = CONFIG, rule: str = RULE) -> dict[str, str]:
    """What a process with these files in ``folder`` tells others."""
    (folder / "rules").mkdir(parents=True)
    (folder / "rules" / "desk.toml").write_text(rule)
    (folder / "config.toml").write_text(config)
    settings = load(folder / "config.toml", {})
    presence = Presence(utc_now)
    presence.decides_by(settings, wiring.load_rules(settings, store, utc_now))
    presence.beat(store)
    with store.read() as connection:
        (me,) = processes.alive(connection)
        told = dict(processes._parts(connection, me.id))
    presence.leave(store)
    return told


def test_the_same_files_in_other_folders_are_the_same(tmp_path: Path, store: Store) -> None:
    moved = CONFIG.replace("wirewatch.db", "elsewhere.db")
    assert parts(tmp_path / "a", store) == parts(tmp_path / "b", store, moved)


@pytest.mark.parametrize(
    ("before", "after", "part"),
    [
        ('name = "World desk"', 'name = "World"', "the feeds"),
        ("world.rss", "other.rss", "the feeds"),
        ('"0 7 * * *"', '"0 8 * * *"', "digest morning"),
        ("example.org/hook", "example.org/hook2", None),  # a secret
        (
            'secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"',
            'format = "mattermost"',
            "channel desk",
        ),
        (
            "[[feed]]",
            'timezone = "Asia/Tokyo"\n[[feed]]',
            "channel desk, digest morning, setting timezone",
        ),
    ],
)
def test_what_changes_decisions_is_told_by_name(
    tmp_path: Path, store: Store, before: str, after: str, part: str | None
) -> None:
    one = parts(tmp_path / "a", store)
    two = parts(tmp_path / "b", store, CONFIG.replace(before, after))
    assert ", ".join(sorted(name for name in one if one[name] != two.get(name))) == (part or "")


def test_a_rule_file_is_told_by_its_text(tmp_path: Path, store: Store) -> None:
    one = parts(tmp_path / "a", store)
    two = parts(tmp_path / "b", store, rule=RULE.replace("troops", "soldiers"))
    assert [name for name in one if one[name] != two.get(name)] == ["rule file desk.toml"]
