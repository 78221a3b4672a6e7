"""[health] becomes settings, or a fault for whoever wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.config import Settings, load
from monitor.errors import FaultyInput

START = """
[[feed]]
url = "https://example.org/world.rss"
[channel.screen]
type = "terminal"
"""
DIGEST = '[digest.{}]\nchannels = ["screen"]\nschedule = "immediately"\n'


def read(folder: Path, text: str) -> Settings:
    file = folder / "config.toml"
    file.write_text(START + DIGEST.format("all") + text, encoding="utf-8")
    return load(file, {"PING": "https://u:pw@ping.example.org:8443/0a1b2c"})


def test_it_is_taken_up_without_a_note(tmp_path: Path) -> None:
    table = '[health]\nchannel = "screen"\nheartbeat = { env = "PING" }\nsilent_after = "3d"\n'
    settings = read(tmp_path, table)
    assert settings.warnings == ()
    assert settings.health_channel == "screen"
    assert settings.silent_after == 3 * 86_400
    assert settings.heartbeat is not None
    assert settings.heartbeat.host == "ping.example.org:8443"
    assert settings.heartbeat.url.reveal().endswith("/0a1b2c")
    assert "0a1b2c" not in repr(settings)


def test_without_it_nothing_is_watched(tmp_path: Path) -> None:
    for text in ("", "[health]\n"):
        settings = read(tmp_path, text)
        watched = (settings.health_channel, settings.heartbeat, settings.silent_after)
        assert watched == (None, None, None)


def test_no_digest_goes_by_the_name_of_what_is_told_of_health(tmp_path: Path) -> None:
    digest = DIGEST.format("health")
    assert len(read(tmp_path, digest).digests) == 2
    with pytest.raises(FaultyInput) as raised:
        read(tmp_path, f'{digest}[health]\nchannel = "screen"\n')
    (fault,) = raised.value.faults
    assert (fault.place, fault.hint) == ("digest.health", "give it another name")


def test_a_channel_that_nothing_defines_is_a_fault_that_says_what_to_add(tmp_path: Path) -> None:
    with pytest.raises(FaultyInput) as raised:
        read(tmp_path, '[health]\nchannel = "ops"\n')
    (fault,) = raised.value.faults
    assert fault.hint == "there are: screen"
