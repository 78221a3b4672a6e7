"""The wheel as people install it: everything inside, and nothing needed from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built and unpacked into an empty folder."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", str(ROOT), "--no-deps"]
    command += ["--no-build-isolation", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*command, "--wheel-dir", str(folder)], check=True, capture_output=True)
    (wheel,) = folder.glob("wirewatch-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run(installed: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "monitor", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_wheel_holds_templates_migrations_tables_and_what_a_new_user_starts_from(
    installed: Path,
) -> None:
    monitor = installed / "monitor"
    for needed in (
        "py.typed",
        "store/migrations/0001_first.sql",
        "digests/templates/digest.html",
        "digests/templates/digest.txt",
        "starter_files/config.example.toml",
        "starter_files/rules/niger.toml",
        "starter_files/seeds/world-en.rss",
    ):
        assert (monitor / needed).is_file(), needed
    checkout = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "monitor").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    built = {
        path.relative_to(installed).as_posix()
        for path in monitor.rglob("*")
        if path.is_file() and "starter_files" not in path.parts
    }
    assert checkout - built == set()


def test_the_installed_command_does_the_whole_job(installed: Path, tmp_path: Path) -> None:
    begun = run(installed, tmp_path, "init", "desk")
    assert begun.returncode == 0, begun.stderr
    desk = tmp_path / "desk"
    checked = run(installed, desk, "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    ran = run(installed, desk, "run", "--once")
    assert ran.returncode == 0, ran.stderr
    assert "Agadez base" in ran.stdout
    assert {path.suffix for path in (desk / "run" / "digests").iterdir()} == {
        ".html",
        ".txt",
        ".json",
        ".eml",
    }
