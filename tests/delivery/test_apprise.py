"""Services that Apprise knows: what is handed over, and what its silence about reasons means."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.config import load
from monitor.delivery.channels import apprise
from monitor.delivery.channels.apprise import (
    MOST_PARTS,
    AppriseChannel,
    cut,
    fault_in,
    secrets_in,
    told_in_parts,
)
from monitor.delivery.options import AppriseOptions
from monitor.errors import DeliveryError, FaultyInput
from monitor.model import Message, Secret
from tests import make
from tests.delivery.servers import HOST, tcp_server
from tests.delivery.test_webhook import Hook, status

PASSWORD = "s3cr3t-pa55"
KEY = "T0p5ecretKey"
TELEGRAM = "tgram://123456789:abcdefg_hijklmnop-qrstuvwxyz12345/12315544/"
"""Takes 4096 characters and no title."""


def channel(url: str) -> AppriseChannel:
    return AppriseChannel(AppriseOptions("phone", Secret(url)))


@asynccontextmanager
async def service(hook: Hook, more: str = "") -> AsyncIterator[AppriseChannel]:
    """A channel to a real server, by Apprise's own JSON over HTTP."""
    async with tcp_server(hook.talk) as port:
        yield channel(f"json://desk:{PASSWORD}@{HOST}:{port}/{KEY}{more}")


async def sent(to: AppriseChannel, message: Message | None = None) -> str:
    message = message or make.message()
    (delivery,) = to.pack(message, make.NOW)
    return await to.send(delivery, message)


async def refused(to: AppriseChannel, message: Message | None = None) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        await sent(to, message)
    return raised.value


def posts(hook: Hook) -> list[dict[str, Any]]:
    return [json.loads(post.body) for post in hook.posts]


def long_message(stories: int, length: int) -> Message:
    """A digest whose text is ``length`` characters for each of its stories."""
    told = [
        {"title": f"Story {n}", "articles": [{"url": f"https://example.org/{n}"}]}
        for n in range(stories)
    ]
    text = "\n\n".join(f"Story {n} " + "word " * (length // 5) for n in range(stories))
    body = {"stories": told, "more": [], "problems": []}
    return make.message(text=text, subject="Long", json=json.dumps(body).encode())


async def test_the_service_gets_subject_and_text() -> None:
    hook = Hook()
    async with service(hook) as to:
        answer = await sent(to, make.message(subject="Coup\r\nx", text="Grüße & <b>\n\n軍\n"))
    assert answer == "taken"
    # Threads that are no daemons would be waited for when the program ends.
    assert not [each for each in threading.enumerate() if each.name.startswith("ThreadPool")]
    (post,) = posts(hook)
    assert (post["title"], post["message"]) == ("Coup x", "Grüße & <b>\n\n軍")


async def test_a_long_digest_comes_in_numbered_parts_cut_between_stories() -> None:
    hook = Hook()
    message = long_message(60, 2000)
    async with service(hook) as to:
        assert await sent(to, message) == "taken in 4 parts"
    told = posts(hook)
    assert [post["title"] for post in told] == [f"Long ({n}/4)" for n in range(1, 5)]
    assert all(post["message"].startswith("Story ") for post in told)
    whole = "\n\n".join(post["message"] for post in told)
    assert [line.split()[1] for line in whole.split("\n\n")] == [str(n) for n in range(60)]


class ThirdRefused(Hook):
    """Refuses the third post, and takes all others."""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.answer = status("503 Busy" if len(self.posts) == 2 else "200 OK")
        await super().talk(reader, writer)


async def test_parts_that_were_taken_are_not_sent_again_by_the_same_process() -> None:
    hook = ThirdRefused()
    message = long_message(60, 2000)
    async with service(hook) as to:
        (delivery,) = to.pack(message, make.NOW)
        with pytest.raises(DeliveryError):
            await to.send(delivery, message)
        assert await to.send(delivery, message) == "taken in 4 parts"
    assert [post["title"] for post in posts(hook)] == [f"Long ({n}/4)" for n in (1, 2, 3, 3, 4)]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("400 Bad", "temporary"),
        ("401 Unauthorized", "channel"),
        ("403 Forbidden", "channel"),
        ("404 Not Found", "channel"),
        ("410 Gone", "channel"),
        ("413 Too large", "final"),
        ("422 No", "final"),
        ("429 Slow", "temporary"),
        ("500 Oh", "temporary"),
        ("503 Busy", "temporary"),
    ],
)
async def test_a_status_decides_what_follows(line: str, kind: str) -> None:
    async with service(Hook(answer=status(line, body=f"{KEY} {PASSWORD}"))) as to:
        error = await refused(to)
    assert error.temporary == (kind == "temporary")
    assert error.channel_fault == (kind == "channel")
    assert not error.unknown
    assert line[:3] in error.answer
    assert PASSWORD not in error.answer
    assert KEY not in error.answer


async def test_a_service_out_of_reach_is_tried_again() -> None:
    error = await refused(channel(f"json://{HOST}:1/{KEY}"))
    assert (error.temporary, error.unknown, error.channel_fault) == (True, False, False)
    assert error.answer == "A Connection error occurred sending JSON notification to …."


async def test_a_service_that_falls_silent_may_have_taken_it() -> None:
    async with service(Hook(silent=True), "?rto=0.2") as to:
        error = await refused(to)
    assert (error.temporary, error.unknown) == (True, True)


async def test_one_that_drips_for_ever_ends_at_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(apprise, "SECONDS", 0.3)
    hook = Hook(answer=b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", endless=b"x")
    async with service(hook) as to:
        to._service.request_rate_per_sec = 0
        error = await refused(to)
    assert error.unknown
    assert "did not answer within 0.3 s" in error.answer


async def test_when_cancelled_nobody_waits_for_the_service() -> None:
    hook = Hook(silent=True)
    async with service(hook, "?rto=0.5") as to:
        sending = asyncio.create_task(sent(to))
        while not hook.posts:
            await asyncio.sleep(0.01)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending


async def test_what_fails_within_the_library_is_a_delivery_error() -> None:
    class Odd:
        title_maxlen, body_maxlen, body_max_line_count = 0, 500, 0
        overflow_amalgamate_title, request_rate_per_sec = False, 0

    to = channel(TELEGRAM)
    (delivery,) = to.pack(make.message(), make.NOW)
    to._service = Odd()  # which the library does not know what to do with
    with pytest.raises(DeliveryError) as raised:
        await to.send(delivery, make.message())
    assert raised.value.unknown


async def test_nothing_that_people_see_holds_the_address(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ours = logging.StreamHandler(log := io.StringIO())
    root = logging.getLogger()
    root.addHandler(ours)
    before = root.level
    root.setLevel(logging.DEBUG)
    options = AppriseOptions("phone", Secret(f"json://desk:{PASSWORD}@{HOST}:1/{KEY}"))
    to = AppriseChannel(options)
    error = await refused(to)
    root.setLevel(before)
    root.removeHandler(ours)
    (delivery,) = to.pack(make.message(), make.NOW)
    shown = [repr(options), repr(to), to.address, delivery.recipient, error.answer, log.getvalue()]
    shown += capsys.readouterr()
    assert to.address == "json://…"
    for secret in (PASSWORD, KEY, "desk:"):
        assert secret not in "\n".join(shown), secret


def test_what_no_service_has_is_refused_without_the_address() -> None:
    for url in (f"nosuch://{KEY}", f"slack://{KEY}", "", "https//x"):
        with pytest.raises(ValueError, match="Apprise knows") as raised:
            channel(url)
        assert KEY not in str(raised.value)


def test_a_service_without_titles_shares_its_room() -> None:
    to = channel(TELEGRAM)
    (delivery,) = to.pack(long_message(10, 1000), make.NOW)
    told = json.loads(delivery.body)
    assert len(told) > 1
    for post in told:
        assert len(post["title"]) + 2 + len(post["body"]) <= 4096
    (delivery,) = to.pack(make.message(subject="x" * 9000, text="y" * 9000), make.NOW)
    for post in json.loads(delivery.body):
        assert len(post["title"]) + 2 + len(post["body"]) <= 4096


def test_a_text_for_too_many_parts_gives_way_to_titles_and_links() -> None:
    message = long_message(40, 2000)
    parts = told_in_parts(message, 1000)
    assert len(parts) <= MOST_PARTS
    assert parts[0].startswith("Story 0\nhttps://example.org/0\n\nStory 1\n")
    assert "https://example.org/39" in parts[-1]


def test_titles_for_too_many_parts_end_with_a_word_on_what_is_left_out() -> None:
    parts = told_in_parts(long_message(400, 100), 160)
    assert len(parts) == MOST_PARTS
    assert parts[-1].startswith("… cut here: ")


def test_a_service_with_few_lines_gets_few_lines() -> None:
    assert cut("a\nb\nc\nd", 100, lines=2) == ["a\nb", "c\nd"]
    assert cut("a\n\nb", 100, lines=2) == ["a", "b"]


@settings(deadline=None)
@given(st.text(alphabet="ab \n", max_size=400), st.integers(20, 60), st.integers(0, 3))
def test_cutting_loses_no_word_and_keeps_within_bounds(text: str, room: int, lines: int) -> None:
    parts = cut(text, room, lines)
    for part in parts:
        assert 0 < len(part) <= room
        assert not lines or part.count("\n") < lines
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_a_refusal_without_a_reason_may_have_been_taken() -> None:
    assert fault_in([], "not taken").unknown
    assert not fault_in(["Max retries: Connection refused"], "x").unknown


def test_every_piece_of_an_address_is_a_secret_in_both_spellings() -> None:
    found = set(secrets_in("mailto://desk:p%40ssword@example.org/?to=night@example.com"))
    assert {"p%40ssword", "p@ssword", "example.org", "example.com"} <= found


def test_without_the_library_the_config_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)  # as if it were not there
    file = tmp_path / "config.toml"
    file.write_text('[channel.phone]\ntype = "apprise"\nurl = "json://localhost/x"\n')
    with pytest.raises(FaultyInput) as raised:
        load(file, {})
    (fault,) = raised.value.faults
    assert (fault.line, fault.place) == (2, "channel.phone.type")
    assert fault.hint == "install it with: pip install 'wirewatch[apprise]'"
    with pytest.raises(ValueError, match=r"wirewatch\[apprise\]"):
        channel("json://localhost/x")
