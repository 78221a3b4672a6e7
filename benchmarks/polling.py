"""What polling costs, as one JSON object.

    python benchmarks/polling.py [--feeds N] [--rules DIR] [--reader PYTHON]

A farm of N feeds (1 000 by default) is served by a process of its own on this machine. Three passes
of the whole ``wirewatch run --once`` are measured from outside, start-up, rules, storage and all:

- ``p1``: everything is new
- ``p2``: nothing has changed (all answer 304)
- ``p3``: one new entry in each

and for each ``cpu_seconds`` (user and system), ``seconds``, ``peak_mb`` (resident),
``stored_mb`` (database and its log), and what came of it (``new_articles``, ``feeds_failed``).
``rules`` are the sample ones unless ``--rules`` names others.

The same three passes are run with the library ``reader`` over the same farm where it is installed
here, or for the interpreter that ``--reader`` names, with 20 workers; ``ratio`` then says how many
times more CPU it takes. On a machine with other work to do, only the ratio means anything.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PASSES = ("p1", "p2", "p3")
_SUBSCRIBE = """
import sys
from reader import make_reader
reader = make_reader(sys.argv[1])
for url in sys.argv[2:]:
    reader.add_feed(url)
"""
_UPDATE = """
import sys
from reader import make_reader
make_reader(sys.argv[1]).update_feeds(workers=20, scheduled=False)
"""

_COUNTED = {"new_articles": r"(\d+) new article", "feeds_failed": r"(\d+) failed"}

Measured = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Farm:
    """A farm that is being served."""

    address: str
    feeds: int
    size: int
    entries: int

    @property
    def urls(self) -> list[str]:
        return [f"{self.address}/feed/{number}" for number in range(self.feeds)]

    def bump(self) -> None:
        urllib.request.urlopen(f"{self.address}/bump").close()


@contextmanager
def served(feeds: int) -> Iterator[Farm]:
    """A farm in a process of its own."""
    farm = str(Path(__file__).with_name("small_farm.py"))
    command = [sys.executable, farm, str(feeds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port, size, entries = map(int, process.stdout.readline().split())
            yield Farm(f"http://127.0.0.1:{port}", feeds, size, entries)
        finally:
            process.terminate()


def measured(command: Sequence[str], database: Path) -> tuple[dict[str, float], str]:
    """Run a command to its end; what it took, and what it said."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        words = said.read().decode()
    if process.returncode:
        sys.exit(f"{command[0]} failed:\n{words[-2000:]}")
    to_mb = 1e6 if sys.platform == "darwin" else 1e3  # ru_maxrss: bytes there, kilobytes here
    stored = sum(each.stat().st_size for each in database.parent.glob(f"{database.name}*"))
    taken = {
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
        "seconds": round(time.monotonic() - began, 2),
        "peak_mb": round(used.ru_maxrss / to_mb, 1),
        "stored_mb": round(stored / 1e6, 1),
    }
    return taken, words


def wirewatch(farm: Farm, folder: Path, rules: Path) -> Callable[[], dict[str, float]]:
    """One pass of Wirewatch over the farm."""
    config = folder / "config.toml"
    tables = "".join(f'[[feed]]\nurl = "{url}"\nname = "{url}"\n' for url in farm.urls)
    config.write_text(
        f"database = \"ww.db\"\nrules = '{rules.absolute()}'\n{tables}"
        '[channel.out]\ntype = "folder"\npath = "digests"\n'
        '[digest.all]\nschedule = "0 7 * * *"\nchannels = ["out"]\n',
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "monitor", "run", "--once", "-c", str(config)]

    def one() -> dict[str, float]:
        taken, said = measured(command, folder / "ww.db")
        for name, pattern in _COUNTED.items():
            found = re.search(pattern, said)
            taken[name] = int(found[1]) if found else 0
        return taken

    return one


def reader(farm: Farm, folder: Path, python: str) -> Callable[[], dict[str, float]]:
    """One pass of reader over the farm; its feeds are added beforehand, unmeasured."""
    database = folder / "reader.db"
    for start in range(0, farm.feeds, 500):
        part = farm.urls[start : start + 500]
        subprocess.run([python, "-c", _SUBSCRIBE, database, *part], check=True)
    return lambda: measured([python, "-c", _UPDATE, str(database)], database)[0]


def compare(feeds: int, rules: Path, python: str | None) -> dict[str, object]:
    """Every pass of both, turn by turn over one farm."""
    with served(feeds) as farm, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runs = {"wirewatch": wirewatch(farm, folder, rules)}
        if python:
            runs["reader"] = reader(farm, folder, python)
        taken: dict[str, Measured] = {who: {} for who in runs}
        for number in PASSES:
            if number == "p3":
                farm.bump()
            for who, one in runs.items():
                taken[who][number] = one()
        report: dict[str, object] = {
            "feeds": farm.feeds,
            "entries": farm.entries,
            "mb": round(farm.size / 1e6, 1),
            **taken,
        }
    if python:
        report["ratio"] = {
            number: round(
                taken["reader"][number]["cpu_seconds"] / taken["wirewatch"][number]["cpu_seconds"],
                2,
            )
            for number in PASSES
        }
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--rules", type=Path, default=ROOT / "rules")
    here = sys.executable if importlib.util.find_spec("reader") else None
    parser.add_argument("--reader", metavar="PYTHON", default=here)
    given = parser.parse_args()
    print(json.dumps(compare(given.feeds, given.rules, given.reader), indent=2))


if __name__ == "__main__":
    main()
