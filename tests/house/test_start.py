"""A command reads in what it needs and no more: what it imports decides how long it takes to start.

What is held out here was measured to cost at least some milliseconds (docs/performance.md).
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journey.world import LEAVING, RULE, rss

CONFIG = """
database = "wirewatch.db"
rules = "rules"
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
RUN = """
import json, sys
from monitor.cli.main import main
try:
    main()
except SystemExit as ended:
    code = ended.code or 0
print(json.dumps([code, sorted(sys.modules)]))
"""


def imported(folder: Path, *words: str) -> set[str]:
    """The modules that are there when ``wirewatch WORDS`` ends; it must end well."""
    program = RUN.replace(
        "import json, sys", f"import json, sys\nsys.argv = {['wirewatch', *words]}"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    code, modules = json.loads(ended.stdout.splitlines()[-1])
    assert code == 0, ended.stderr
    return set(modules)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "own.toml").write_text(RULE.format(name="Leaving", match="@troops"))
    (tmp_path / "rules" / "troops.toml").write_text('[vocabulary.troops]\nen = ["troops"]\n')
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "world.rss").write_bytes(rss(LEAVING))
    return tmp_path


def test_a_pass_over_unchanged_feeds_reads_in_nothing_that_judges_or_renders(desk: Path) -> None:
    first = imported(desk, "run", "--once")
    again = imported(desk, "run", "--once")
    assert {"monitor.feeds.poll", "monitor.matching.index", "jinja2", "numpy"} <= first
    held_out = {
        "aiohttp",
        "apscheduler",
        "babel",
        "css_inline",
        "feedparser",
        "jinja2",
        "monitor.delivery.outgoing",
        "monitor.delivery.retry",
        "monitor.digests.compose_one",
        "monitor.digests.gathering",
        "monitor.digests.health",
        "monitor.digests.patience",
        "monitor.digests.render",
        "monitor.feeds.full_text",
        "monitor.feeds.parse",
        "monitor.feeds.take_in",
        "monitor.matching.index",
        "monitor.store.paces",
        "monitor.store.processes",
        "monitor.store.unreached",
        "monitor.stories.telling",
        "monitor.text.clean",
        "monitor.text.language_model",
        "numpy",
        "py3langid",
        "rich",
        "simplemma",
        "sqlalchemy.dialects.postgresql",
        "sqlalchemy.orm",
        "structlog",
    }
    assert held_out & again == set()


ASKED = """
import json, sys
sys.argv = ["wirewatch", "run", "--once"]
import sqlalchemy as sa
asked = []
@sa.event.listens_for(sa.Engine, "before_cursor_execute")
def note(connection, cursor, statement, *others):
    asked.append(statement)
from monitor.cli.main import main
try:
    main()
except SystemExit:
    pass
print(json.dumps(asked))
"""


def test_little_is_asked_of_the_store_once_polling_brought_nothing(desk: Path) -> None:
    """Each statement takes about a millisecond to be made; there were 29 of them once."""
    imported(desk, "run", "--once")
    ended = subprocess.run(
        [sys.executable, "-c", ASKED], cwd=desk, capture_output=True, text=True, check=True
    )
    asked = [each for each in json.loads(ended.stdout) if not each.startswith("BEGIN")]
    polled = next(at for at, each in enumerate(asked) if "articles WHERE pending" in each)
    after = asked[polled:]
    assert any("deliveries WHERE state" in each for each in after)  # down to the last station
    assert all(each.startswith("SELECT") for each in after)
    assert len(after) <= 12


def test_a_command_reads_in_none_of_the_others(desk: Path) -> None:
    version = {name for name in imported(desk, "--version") if name.startswith("monitor")}
    assert version == {
        "monitor",
        "monitor.cli",
        "monitor.cli.main",
        "monitor.cli.session",
        "monitor.cli.show",
        "monitor.errors",
        "monitor.records",
    }
    schema = imported(desk, "schema", "config")
    assert not {"sqlalchemy", "aiohttp", "httpx", "monitor.cli.run"} & schema
    checked = imported(desk, "check")
    assert not {"aiohttp", "jinja2", "monitor.feeds.poll"} & checked


def test_no_certificates_are_read_where_no_server_is_asked_over_tls(desk: Path) -> None:
    program = RUN.replace(
        "import json, sys",
        """
import json, ssl, sys
def read(*_, **__):
    raise AssertionError("certificates are read for nobody")
ssl.SSLContext.load_verify_locations = ssl.SSLContext.set_default_verify_paths = read
sys.argv = ["wirewatch", "run", "--once"]
""",
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=desk, capture_output=True, text=True, check=True
    )
    code, _ = json.loads(ended.stdout.splitlines()[-1])
    assert code == 0, ended.stderr
