"""Channels that run a program: what the file says of them becomes what is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.config import Settings, load
from monitor.delivery.options import CommandOptions
from monitor.errors import Fault
from monitor.model import Secret

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "TOKEN": "t0k3n-t0k3n"}


def loaded(folder: Path, line: str) -> Settings:
    file = folder / "config.toml"
    file.write_text(f'[channel.script]\ntype = "command"\n{line}\n', encoding="utf-8")
    return load(file, ENVIRONMENT)


def warned(folder: Path, line: str) -> list[Fault]:
    return [each for each in loaded(folder, line).warnings if each.line]


def test_a_program_gets_its_words_its_folder_and_the_environment(tmp_path: Path) -> None:
    line = 'command = ["./on-digest", "--token", { env = "TOKEN" }, " a b "]\ntimeout = "2m"'
    (options,) = loaded(tmp_path, line).channels
    assert isinstance(options, CommandOptions)
    assert options == CommandOptions(
        "script",
        "./on-digest",
        (Secret("--token"), Secret("t0k3n-t0k3n"), Secret(" a b ")),
        folder=tmp_path,
        timeout=120,
    )
    assert options.environment == ENVIRONMENT
    assert "t0k3n" not in repr(options)


def test_what_the_environment_holds_in_secret_is_told_to_be(tmp_path: Path) -> None:
    line = 'command = "env"\n[channel.ops]\ntype = "webhook"\nurl = { env = "TOKEN_URL" }'
    environment = {**ENVIRONMENT, "TOKEN_URL": "https://example.org/t0k3n"}
    file = tmp_path / "config.toml"
    file.write_text(f'[channel.script]\ntype = "command"\n{line}\n', encoding="utf-8")
    options, _ = load(file, environment).channels
    assert isinstance(options, CommandOptions)
    assert options.hidden == (Secret("https://example.org/t0k3n"),)


def test_one_word_may_stand_without_brackets(tmp_path: Path) -> None:
    assert warned(tmp_path, 'command = "cat"') == []
    (options,) = loaded(tmp_path, 'command = "cat"').channels
    assert isinstance(options, CommandOptions)
    assert (options.program, options.arguments, options.timeout) == ("cat", (), 60)


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ('command = "./on-digest"', "relative to the configuration file; or make it so: chmod +x"),
        ('command = "./on-digest --urgent"', 'each word as a text of its own: ["./on-digest", "--'),
        ('command = "on-digest"', 'beside the configuration file is written "./on-digest"'),
        ('command = "/no/such/program"', "chmod +x"),
    ],
)
def test_a_program_that_cannot_be_run_is_a_warning(tmp_path: Path, line: str, hint: str) -> None:
    (tmp_path / "on-digest").write_text("#!/bin/sh\n")
    (warning,) = warned(tmp_path, line)
    assert (warning.line, warning.place) == (3, "channel.script.command")
    assert "not there, or not executable" in warning.message
    assert hint in warning.hint


def test_a_program_that_can_be_run_is_no_warning(tmp_path: Path) -> None:
    program = tmp_path / "on-digest"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert warned(tmp_path, 'command = "./on-digest"') == []
    assert warned(tmp_path, f'command = "{program}"') == []
