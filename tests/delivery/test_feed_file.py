"""The Atom file: whole or not at all, nothing twice, and nobody else's file touched."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import feedparser
import pytest

from monitor.delivery.channels import feed_file
from monitor.delivery.channels.feed_file import FeedFileChannel
from monitor.delivery.options import FeedFileOptions
from monitor.errors import DeliveryError
from monitor.model import Message
from tests import make


def channel(path: Path) -> FeedFileChannel:
    return FeedFileChannel(FeedFileOptions("matches", path), lambda: make.NOW)


def about(*names: str) -> Message:
    stories = [{"id": name, "title": name, "articles": []} for name in names]
    return make.message(json=json.dumps({"stories": stories}).encode())


async def sent(path: Path, message: Message) -> str:
    way = channel(path)
    (delivery,) = way.pack(message, make.NOW)
    return await way.send(delivery, message)


async def refused(path: Path, name: str = "a") -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        await sent(path, about(name))
    return raised.value


def titles(path: Path) -> list[str]:
    found = feedparser.parse(path.read_bytes())
    assert not found.bozo
    return [entry.title for entry in found.entries]


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_entries_gather_in_one_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "matches.atom"
    assert await sent(path, about("a", "b")) == "added 2 of 2 entries, 2 in all"
    first = feedparser.parse(path.read_bytes()).feed
    assert await sent(path, about("c")) == "added 1 of 1 entries, 3 in all"
    assert titles(path) == ["c", "a", "b"]
    second = feedparser.parse(path.read_bytes()).feed
    assert first.id == second.id
    assert first.title == second.title == "matches (Wirewatch)"
    assert left_in(path.parent) == [".matches.atom.lock", "matches.atom"]


async def test_a_repeat_adds_nothing_and_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "matches.atom"
    way, message = channel(path), about("a", "b")
    (delivery,) = way.pack(message, make.NOW)
    await way.send(delivery, message)
    before = path.stat().st_ino, path.read_bytes()
    assert await way.send(delivery, message) == "added 0 of 2 entries, 2 in all"
    assert (path.stat().st_ino, path.read_bytes()) == before


async def test_two_feeds_never_share_an_id(tmp_path: Path) -> None:
    ids = set()
    for name in ("a.atom", "b.atom"):
        await sent(tmp_path / name, about("x"))
        ids.add(feedparser.parse((tmp_path / name).read_bytes()).feed.id)
    assert len(ids) == 2


@pytest.mark.parametrize(
    "content", [b"my shopping list", b"<rss version='2.0'><channel/></rss>", b"\xff\xfe\x00"]
)
async def test_a_file_that_is_not_ours_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "matches.atom"
    path.write_bytes(content)
    error = await refused(path)
    assert error.channel_fault
    assert not error.temporary
    assert "was not written by Wirewatch" in error.answer
    assert "move it away" in error.answer
    assert path.read_bytes() == content
    path.rename(tmp_path / "other")
    assert (await sent(path, about("a"))).startswith("added 1")


async def test_a_feed_of_ours_that_was_damaged_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "matches.atom"
    await sent(path, about("a"))
    path.write_bytes(path.read_bytes()[:-9])
    assert (await refused(path)).channel_fault


async def test_a_pipe_a_folder_and_an_endless_file_are_left_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(feed_file.MOST_BYTES + 1)
    for name in ("pipe", "folder", "huge"):
        async with asyncio.timeout(20):
            assert (await refused(tmp_path / name)).channel_fault, name


async def test_an_empty_file_is_filled_and_keeps_its_rights(tmp_path: Path) -> None:
    path = tmp_path / "matches.atom"
    path.touch()
    path.chmod(0o640)
    await sent(path, about("a"))
    assert titles(path) == ["a"]
    assert path.stat().st_mode & 0o777 == 0o640


async def test_a_link_to_a_file_elsewhere_stays_one(tmp_path: Path) -> None:
    (tmp_path / "www").mkdir()
    path = tmp_path / "matches.atom"
    path.symlink_to(tmp_path / "www" / "feed.xml")
    await sent(path, about("a"))
    assert path.is_symlink()
    assert titles(tmp_path / "www" / "feed.xml") == ["a"]
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert (await refused(loop)).channel_fault


async def test_what_cannot_be_written_is_a_fault_of_the_channel(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    error = await refused(tmp_path / "file" / "matches.atom")
    assert (error.temporary, error.channel_fault) == (False, True)


async def test_a_full_disk_is_tried_again_and_costs_nothing(tmp_path: Path) -> None:
    import resource

    path = tmp_path / "matches.atom"
    await sent(path, about("a"))
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before), hard))
    try:
        error = await refused(path, "b")  # the file would grow past what a file may hold
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert error.temporary
    assert path.read_bytes() == before
    assert left_in(tmp_path) == [".matches.atom.lock", "matches.atom"]


async def test_many_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "matches.atom"
    await asyncio.gather(*(sent(path, about(str(number))) for number in range(12)))
    assert sorted(titles(path), key=int) == [str(number) for number in range(12)]


async def test_several_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    program = "import asyncio, sys; from pathlib import Path\n"
    program += "from tests.delivery.test_feed_file import sent, about\n"
    program += "async def work():\n  for n in range(8):\n"
    program += "    await sent(Path(sys.argv[1]), about(f'{sys.argv[2]}-{n}'))\n"
    program += "asyncio.run(work())"
    path = tmp_path / "matches.atom"
    root = Path(__file__).parent.parent.parent
    ran = [subprocess.Popen([sys.executable, "-c", program, path, name], cwd=root) for name in "ab"]
    assert [await asyncio.to_thread(each.wait, 60) for each in ran] == [0, 0]
    assert sorted(titles(path)) == sorted(f"{name}-{n}" for name in "ab" for n in range(8))


async def test_one_that_is_locked_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "matches.atom"
    with (tmp_path / ".matches.atom.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        sending = asyncio.create_task(sent(path, about("a")))
        await asyncio.sleep(0.2)
        assert not sending.done()
    assert (await sending).startswith("added 1")


async def test_one_that_stays_locked_ends_at_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_file, "SECONDS", 0.2)
    with (tmp_path / ".matches.atom.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        error = await refused(tmp_path / "matches.atom")
    assert error.temporary
    assert "another process" in error.answer
    assert not (tmp_path / "matches.atom").exists()


async def test_what_a_process_left_that_died_is_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / "matches.atom"
    (tmp_path / ".matches.atom.part").write_text("half a fe")
    await sent(path, about("a"))
    assert left_in(tmp_path) == [".matches.atom.lock", "matches.atom"]
