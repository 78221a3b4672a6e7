"""Programs of the user's own: what their ends mean, and that none outlives its time."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import tempfile
import textwrap
from pathlib import Path
from typing import Any

import pytest

from monitor.delivery.channels.command import CommandChannel
from monitor.delivery.options import CommandOptions
from monitor.errors import DeliveryError
from monitor.model import Message, Secret
from tests import make

ENVIRONMENT = {"PATH": os.environ["PATH"], "DESK": "night"}
LARGE = make.message(json=b'{"a":"' + b"x" * 3_000_000 + b'"}')
MINUTES = "sleep 300"


def script(folder: Path, text: str, name: str = "on-digest") -> Path:
    """A shell script in ``folder`` that may be executed."""
    path = folder / name
    path.write_text("#!/bin/sh\n" + textwrap.dedent(text), encoding="utf-8")
    path.chmod(0o755)
    return path


def command(folder: Path, *arguments: str, **options: Any) -> CommandChannel:
    """The channel of ``./on-digest`` in ``folder``."""
    fields: dict[str, Any] = {"program": "./on-digest", "environment": ENVIRONMENT, **options}
    given = tuple(Secret(argument) for argument in arguments)
    return CommandChannel(CommandOptions("script", arguments=given, folder=folder, **fields))


async def sent(channel: CommandChannel, message: Message | None = None) -> str:
    message = message or make.message()
    (delivery,) = channel.pack(message, make.NOW)
    return await channel.send(delivery, message)


async def refused(channel: CommandChannel, message: Message | None = None) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        await sent(channel, message)
    return raised.value


def is_alive(pid: int) -> bool:
    """Whether a process is there and not only its remains (a zombie that nobody has fetched)."""
    with contextlib.suppress(FileNotFoundError):
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state != "Z"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not Path("/proc/self").exists()


async def gone(*pids: int) -> bool:
    """Whether these processes end; init may take a moment to take the orphans in."""
    for _ in range(500):
        if not any(map(is_alive, pids)):
            return True
        await asyncio.sleep(0.01)
    return False


async def numbers_in(path: Path, count: int) -> list[int]:
    """The process ids that a script writes into a file, once all are there."""
    async with asyncio.timeout(30):
        while not path.exists() or len(path.read_text().split()) < count:
            await asyncio.sleep(0.01)
    return [int(word) for word in path.read_text().split()]


async def test_it_gets_the_webhooks_json_and_says_what_it_did(tmp_path: Path) -> None:
    script(tmp_path, 'cat > got.json; echo "took it, $1"')
    message = make.message(json='{"subject":"Äther"}'.encode())
    assert await sent(command(tmp_path, "--urgent"), message) == "exit 0: took it, --urgent"
    assert (tmp_path / "got.json").read_bytes() == message.json


async def test_it_knows_the_delivery_the_digest_the_subject_and_our_environment(
    tmp_path: Path,
) -> None:
    script(tmp_path, "env | grep -E '^(WIREWATCH_|DESK)' | sort > env.txt")
    message = make.message(digest="mor\tgen", subject="Coup\r\nPATH=/evil \x00 \ud83d $(id) `id`")
    channel = command(tmp_path)
    (delivery,) = channel.pack(message, make.NOW)
    await channel.send(delivery, message)
    first = (tmp_path / "env.txt").read_text()
    assert first.splitlines() == [
        "DESK=night",
        f"WIREWATCH_DELIVERY_ID={delivery.id}",
        "WIREWATCH_DIGEST=mor gen",
        "WIREWATCH_SUBJECT=Coup PATH=/evil ? $(id) `id`",
    ]
    await channel.send(delivery, message)
    assert (tmp_path / "env.txt").read_text() == first


async def test_no_shell_reads_its_arguments(tmp_path: Path) -> None:
    script(tmp_path, 'for each in "$@"; do echo "<$each>"; done')
    answer = await sent(command(tmp_path, "a b", "$(id)", "; x", "*", "", "li\nfe"))
    assert answer == "exit 0: <a b> <$(id)> <; x> <*> <> <li fe>"


async def test_a_bare_name_is_looked_for_in_the_path(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    script(tmp_path / "bin", "pwd", name="wirewatch-test-hook")
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    channel = command(tmp_path, program="wirewatch-test-hook", environment={"PATH": path})
    assert await sent(channel) == f"exit 0: {tmp_path}"


@pytest.mark.parametrize(
    ("ending", "kind"),
    [
        ("exit 75", "temporary"),
        ("exit 1", "final"),
        ("exit 2", "final"),
        ("exit 255", "final"),
        ("nosuchprogram-anywhere", "channel"),  # 127
        ("exit 126", "channel"),
        ("kill -KILL $$", "unknown"),
        ("kill -SEGV $$", "unknown"),
    ],
)
async def test_how_it_ends_decides_what_follows(tmp_path: Path, ending: str, kind: str) -> None:
    script(tmp_path, f"echo said why >&2\n{ending}")
    error = await refused(command(tmp_path))
    assert "said why" in error.answer
    assert error.temporary == (kind in ("temporary", "unknown"))
    assert error.channel_fault == (kind == "channel")
    assert error.unknown == (kind == "unknown")


async def test_what_cannot_be_run_is_a_fault_of_the_channel(tmp_path: Path) -> None:
    missing = await refused(command(tmp_path))
    assert missing.channel_fault
    assert "./on-digest cannot be run: it is not there" in missing.answer
    path = script(tmp_path, "exit 0")
    path.chmod(0o644)
    locked = await refused(command(tmp_path))
    assert locked.channel_fault
    assert "chmod +x" in locked.answer
    path.write_bytes(b"\x00\x01 no program")
    path.chmod(0o755)
    nonsense = await refused(command(tmp_path))
    assert nonsense.channel_fault
    assert "#!/bin/sh" in nonsense.answer
    path.write_text("#!/no/such/interpreter\n")
    interpreter = await refused(command(tmp_path))
    assert interpreter.channel_fault
    assert "first line (#!)" in interpreter.answer
    folder = await refused(command(tmp_path, program="./"))
    assert folder.channel_fault
    nul = await refused(command(tmp_path, "s3cr3t\0word"))
    assert nul.channel_fault
    assert "s3cr3t" not in nul.answer
    nowhere = await refused(command(tmp_path / "gone"))
    assert nowhere.channel_fault
    assert "the folder of the configuration" in nowhere.answer


async def test_one_that_never_reads_its_input_is_no_trouble(tmp_path: Path) -> None:
    script(tmp_path, "exit 0")
    assert await sent(command(tmp_path), LARGE) == "exit 0"


async def test_one_that_closes_its_input_early_is_no_trouble(tmp_path: Path) -> None:
    script(tmp_path, "head -c 10; exec <&-; echo; echo closed")
    assert await sent(command(tmp_path), LARGE) == 'exit 0: {"a":"xxxx closed'


async def test_all_of_a_large_digest_arrives(tmp_path: Path) -> None:
    script(tmp_path, "wc -c | tr -d ' '")
    assert await sent(command(tmp_path), LARGE) == f"exit 0: {len(LARGE.json)}"


async def test_gigabytes_of_output_cost_no_memory_and_its_last_words_are_kept(
    tmp_path: Path,
) -> None:
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    script(tmp_path, "head -c 300000000 /dev/zero; echo; echo the end; exit 3")
    error = await refused(command(tmp_path))
    assert error.answer.startswith("exit 3: ")
    assert error.answer.endswith("the end")
    assert len(error.answer) <= 300
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < (40_000 if os.uname().sysname == "Linux" else 40_000_000)


async def test_an_endless_printer_ends_at_its_timeout(tmp_path: Path) -> None:
    script(tmp_path, "exec yes endless")
    error = await refused(command(tmp_path, timeout=0.3))
    assert error.unknown
    assert "ended after 0.3 s" in error.answer
    assert "endless" in error.answer


async def test_at_its_timeout_it_is_ended_with_its_children(tmp_path: Path) -> None:
    script(tmp_path, f"{MINUTES} & echo $! $$ > pids; ( {MINUTES} )")
    error = await refused(command(tmp_path, timeout=1))
    assert (error.temporary, error.unknown, error.channel_fault) == (True, True, False)
    assert error.answer == "ended after 1 s without an answer"
    assert await gone(*await numbers_in(tmp_path / "pids", 2))


async def test_one_that_heeds_no_sigterm_is_killed(tmp_path: Path) -> None:
    script(tmp_path, f"trap '' TERM; echo $$ > pids; {MINUTES}; {MINUTES}")
    assert (await refused(command(tmp_path, timeout=1))).unknown
    assert await gone(*await numbers_in(tmp_path / "pids", 1))


async def test_one_that_heeds_sigterm_may_say_a_last_word(tmp_path: Path) -> None:
    script(tmp_path, f"trap 'echo half done; exit 0' TERM; {MINUTES} & wait")
    error = await refused(command(tmp_path, timeout=1))
    assert error.unknown
    assert error.answer == "ended after 1 s without an answer: half done"


async def test_when_cancelled_nothing_of_it_is_left(tmp_path: Path) -> None:
    script(tmp_path, f"{MINUTES} & echo $! $$ > pids; wait")
    sending = asyncio.create_task(sent(command(tmp_path)))
    pids = await numbers_in(tmp_path / "pids", 2)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert await gone(*pids)


async def test_cancelled_at_any_turn_of_the_loop_nothing_of_it_is_left(tmp_path: Path) -> None:
    script(tmp_path, f"echo $$ >> pids; exec {MINUTES}")
    for turns in range(12):
        sending = asyncio.create_task(sent(command(tmp_path)))
        for _ in range(turns):
            await asyncio.sleep(0)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
    pids = (tmp_path / "pids").read_text().split() if (tmp_path / "pids").exists() else []
    assert await gone(*map(int, pids))


async def test_what_it_leaves_running_in_the_background_holds_nothing_up(tmp_path: Path) -> None:
    script(tmp_path, f"{MINUTES} & echo $! > pids; echo done")
    async with asyncio.timeout(20):
        assert await sent(command(tmp_path)) == "exit 0: done"
    (left,) = await numbers_in(tmp_path / "pids", 1)
    assert is_alive(left)  # it ended well, and so may what it began
    os.kill(left, signal.SIGKILL)


async def test_a_daemon_that_left_the_group_does_not_hold_the_timeout_up(tmp_path: Path) -> None:
    daemon = "import os, time; os.setsid(); open('pids', 'w').write(str(os.getpid())); "
    script(tmp_path, f'python3 -c "{daemon}time.sleep(300)" & {MINUTES}')
    async with asyncio.timeout(30):
        error = await refused(command(tmp_path, timeout=3))
    assert error.unknown
    (left,) = await numbers_in(tmp_path / "pids", 1)
    os.kill(left, signal.SIGKILL)


async def test_no_argument_comes_back_in_its_words(tmp_path: Path) -> None:
    script(tmp_path, 'echo "bad token $2, $3 in $1"; exit 1')
    channel = command(tmp_path, "--urgent", "s3cr3t-pa55", "--token=t0k3n-t0k3n")
    error = await refused(channel)
    assert error.answer == "exit 1: bad token …, --token=… in --urgent"
    assert "s3cr3t" not in repr(channel._options)


async def test_no_secret_of_the_config_comes_back_in_its_words(tmp_path: Path) -> None:
    script(tmp_path, 'echo "mail with $SMTP_PASSWORD"; exit 1')
    environment = {**ENVIRONMENT, "SMTP_PASSWORD": "hunter2-hunter2"}
    channel = command(tmp_path, environment=environment, hidden=(Secret("hunter2-hunter2"),))
    assert (await refused(channel)).answer == "exit 1: mail with …"


async def test_no_room_for_the_digest_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(tmp_path, "exit 0")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    error = await refused(command(tmp_path))
    assert (error.temporary, error.channel_fault) == (True, False)
    assert "temporary folder" in error.answer


async def test_a_secret_where_the_output_was_cut_does_not_show_its_half(tmp_path: Path) -> None:
    script(tmp_path, 'for i in 1 2 3 4 5 6 7 8 9 0; do printf "%s%s" "$1" "$1"; done; exit 1')
    secret = "".join(f"{n:04}" for n in range(248))
    error = await refused(command(tmp_path, secret))
    assert re.fullmatch("exit 1: …+", error.answer)


async def test_what_it_prints_is_one_line_without_control_characters(tmp_path: Path) -> None:
    script(tmp_path, r"printf 'a\033[2Jb\r\n\000c\377'; exit 1")
    assert (await refused(command(tmp_path))).answer == "exit 1: a [2Jb c\ufffd"


async def test_it_takes_the_same_bytes_on_every_try(tmp_path: Path) -> None:
    script(tmp_path, "cat >> got; exit 75")
    channel, message = command(tmp_path), make.message(json=b'{"id":"x"}')
    (delivery,) = channel.pack(message, make.NOW)
    for _ in range(2):
        with pytest.raises(DeliveryError):
            await channel.send(delivery, message)
    assert [json.loads(f"{{{each}") for each in (tmp_path / "got").read_text().split("{")[1:]] == [
        {"id": "x"}
    ] * 2
