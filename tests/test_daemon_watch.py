from __future__ import annotations

import os
from pathlib import Path

from structlog.testing import capture_logs

from monitor.daemon.shift import Failures
from monitor.daemon.watch import Snapshot, Watch
from tests.conftest import FakeClock


class Folder:
    """Files that change when told to."""

    def __init__(self) -> None:
        self.files = Snapshot((("rules/a.toml", 1, 1, 10),))

    def change(self, at: int) -> None:
        self.files = Snapshot((("rules/a.toml", at, at, 10),))

    def look(self) -> Snapshot:
        return self.files


def test_a_change_is_told_once_and_only_when_it_has_come_to_rest() -> None:
    folder = Folder()
    watch = Watch(folder.look)
    assert not watch.changed()
    folder.change(2)
    assert not watch.changed()  # an editor may still be writing
    folder.change(3)
    assert not watch.changed()
    assert watch.changed()
    assert not watch.changed()


def test_a_change_that_could_not_be_read_is_told_again() -> None:
    folder = Folder()
    watch = Watch(folder.look)
    folder.change(2)
    watch.changed()
    assert watch.changed()
    watch.forget()
    assert watch.changed()
    assert not watch.changed()


def test_a_file_in_the_place_of_another_with_the_same_date_and_size_is_a_change(
    tmp_path: Path,
) -> None:
    rule, other = tmp_path / "a.toml", tmp_path / "other"
    rule.write_text("NEAR/7")
    before = rule.stat()
    known = Snapshot.of_rules(tmp_path)
    while other.write_text("NEAR/8") and other.stat().st_ctime_ns == before.st_ctime_ns:
        pass  # a file system whose clock is coarse
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(rule)
    assert Snapshot.of_rules(tmp_path) != known


def test_a_failure_that_goes_on_is_told_in_full_once_and_then_now_and_then() -> None:
    clock = FakeClock()
    failures = Failures(clock)
    with capture_logs() as logs:
        for _ in range(150):
            failures.tell("poll", OSError("no space left on device"))
            clock.pass_time(seconds=1)
        failures.tell("poll", OSError("something else"))
        failures.over("poll")
        failures.over("poll")
    assert [line["event"] for line in logs] == [
        "pass failed, and is tried again",
        "passes still fail",
        "passes still fail",
        "pass failed, and is tried again",
        "passes go well again",
    ]
    assert [bool(line.get("exc_info")) for line in logs] == [True, False, False, True, False]
