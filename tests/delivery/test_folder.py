"""Digests as files: whole or not at all, and never twice."""

from __future__ import annotations

import asyncio
import email
from datetime import timedelta
from email.policy import default
from pathlib import Path

import pytest

from monitor.delivery.channels.folder import FolderChannel
from monitor.delivery.options import FolderOptions
from monitor.errors import DeliveryError
from monitor.model import Message
from tests import make


def archive(path: Path) -> FolderChannel:
    return FolderChannel(FolderOptions(name="archive", path=path))


async def written(channel: FolderChannel, message: Message) -> str:
    (delivery,) = channel.pack(message, make.NOW)
    return await channel.send(delivery, message)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_each_digest_is_four_files_that_sort_by_time(tmp_path: Path) -> None:
    message = make.message(id="018f9ab2c3d4e5f60718293a", text="Grüße\n", json=b'{"a":1}')
    answer = await written(archive(tmp_path / "new" / "digests"), message)
    stem = "20240520T050000Z-morning-0718293a"
    folder = tmp_path / "new" / "digests"
    assert names(folder) == [f"{stem}{end}" for end in (".eml", ".html", ".json", ".txt")]
    assert (folder / f"{stem}.txt").read_text("utf-8") == "Grüße\n"
    assert (folder / f"{stem}.html").read_text("utf-8") == message.html
    assert (folder / f"{stem}.json").read_bytes() == b'{"a":1}'
    assert str(folder / stem) in answer


async def test_the_mail_file_opens_in_a_mail_program(tmp_path: Path) -> None:
    await written(archive(tmp_path), make.message(subject="Niger: 米軍が撤退"))
    (path,) = tmp_path.glob("*.eml")
    mail = email.message_from_bytes(path.read_bytes(), policy=default)
    assert mail["Subject"] == "Niger: 米軍が撤退"
    assert mail["Date"] == "Mon, 20 May 2024 05:00:00 +0000"
    assert mail["From"].endswith(".invalid>")
    assert mail["To"] is None


async def test_a_repeat_writes_the_same_files(tmp_path: Path) -> None:
    channel, message = archive(tmp_path), make.message()
    (delivery,) = channel.pack(message, make.NOW)
    await asyncio.gather(*(channel.send(delivery, message) for _ in range(3)))
    assert len(names(tmp_path)) == 4


async def test_two_digests_of_one_moment_do_not_meet(tmp_path: Path) -> None:
    channel = archive(tmp_path)
    for number in (1, 2):
        await written(channel, make.message(id=f"018f9ab2c3d4e5f6071829{number:02}"))
    assert len(names(tmp_path)) == 8


@pytest.mark.parametrize("digest", ["../../etc/passwd", "朝", "a/b", ".", "x" * 300])
async def test_no_name_of_a_digest_leads_out_of_the_folder(tmp_path: Path, digest: str) -> None:
    await written(archive(tmp_path / "in"), make.message(digest=digest))
    assert len(names(tmp_path / "in")) == 4
    assert names(tmp_path) == ["in"]


async def test_a_folder_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file stands here")
    with pytest.raises(DeliveryError) as caught:
        await written(archive(blocked), make.message())
    assert caught.value.temporary
    assert not caught.value.channel_fault
    assert str(blocked) in caught.value.answer
    assert "\n" not in caught.value.answer


async def test_a_full_disk_leaves_no_half_files_behind(tmp_path: Path) -> None:
    message = make.message(digest="morning")
    # A folder in the place of the last file: the rename onto it fails as a full disk would.
    (tmp_path / f"20240520T050000Z-morning-{message.id[-8:]}.html").mkdir()
    with pytest.raises(DeliveryError):
        await written(archive(tmp_path), message)
    assert not [name for name in names(tmp_path) if name.startswith(".")]


async def test_times_in_names_are_utc_whatever_the_zone(tmp_path: Path) -> None:
    from zoneinfo import ZoneInfo

    late = (make.NOW + timedelta(hours=18)).astimezone(ZoneInfo("Europe/Rome"))
    await written(archive(tmp_path), make.message(composed_at=late))
    assert all(name.startswith("20240520T230000Z-") for name in names(tmp_path))
