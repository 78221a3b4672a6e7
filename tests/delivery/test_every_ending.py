"""Every way out against real receivers: what each ending means, and what a try leaves behind."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import httpx
import pytest

from monitor.delivery.channels import OPENERS, Channel, open_channel
from monitor.digests.render import Renderer
from monitor.errors import DeliveryError
from monitor.model import Message
from tests import make
from tests.delivery.receivers import HIDDEN, RECEIVERS, Ending, Receiver
from tests.delivery.test_every_channel import HOSTILE
from tests.digests import samples

ALL = [(way, ending) for way, endings in RECEIVERS.items() for ending in endings]
REFUSED = [(way, ending) for way, ending in ALL if ending is not Ending.RECEIVED]
SILENT = [way for way, ending in ALL if ending is Ending.SILENT]


def plain() -> Message:
    """A digest as it is sent."""
    (message,) = Renderer().render(samples.morning(), samples.options()).messages
    return message


def only_problems() -> Message:
    """A digest that has nothing but a problem to tell."""
    digest = make.digest(problems=(make.problem("answers 503", name="Sahel wire"),))
    (message,) = Renderer().render(digest, samples.options()).messages
    return message


async def tried(channel: Channel, message: Message) -> str:
    async with asyncio.timeout(60):
        return " ".join([await channel.send(d, message) for d in channel.pack(message, make.NOW)])


def opened(receiver: Receiver, http: httpx.AsyncClient) -> Channel:
    return open_channel(receiver.options, http, lambda: make.NOW)


def children() -> set[str]:
    """The processes that this one has started and not ended."""
    found = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {child for path in found for child in path.read_text().split()}


def files(folder: Path) -> set[str]:
    """What is in a folder, but for what a program was given and the locks that stay."""
    found = (path for path in folder.rglob("*") if "got" not in path.parts)
    return {str(path) for path in found if path.suffix != ".lock"}


async def test_every_kind_of_channel_has_its_receivers(tmp_path: Path) -> None:
    kinds: set[type] = set()
    for way, endings in RECEIVERS.items():
        (tmp_path / way).mkdir()
        async with endings[Ending.RECEIVED](tmp_path / way) as receiver:
            kinds.add(type(receiver.options))
    assert kinds == set(OPENERS)


@pytest.mark.parametrize("way", RECEIVERS)
@pytest.mark.parametrize("message", [plain(), only_problems(), HOSTILE], ids=["a", "b", "hostile"])
async def test_whatever_a_digest_holds_is_received(
    way: str, message: Message, tmp_path: Path
) -> None:
    async with httpx.AsyncClient() as http, RECEIVERS[way][Ending.RECEIVED](tmp_path) as receiver:
        answer = await tried(opened(receiver, http), message)
        assert receiver.arrived()
    assert answer
    assert answer.isprintable()
    assert HIDDEN not in answer


@pytest.mark.parametrize("way", RECEIVERS)
async def test_a_digest_of_problems_alone_tells_them(way: str, tmp_path: Path) -> None:
    async with httpx.AsyncClient() as http, RECEIVERS[way][Ending.RECEIVED](tmp_path) as receiver:
        await tried(opened(receiver, http), only_problems())
        told = b"".join(receiver.arrived())
    assert b"Sahel" in told
    assert b"503" in told


@pytest.mark.parametrize("way", RECEIVERS)
async def test_a_repeat_is_the_same_bytes(way: str, tmp_path: Path) -> None:
    message = plain()
    async with httpx.AsyncClient() as http, RECEIVERS[way][Ending.RECEIVED](tmp_path) as receiver:
        channel = opened(receiver, http)
        deliveries = channel.pack(message, make.NOW)
        for delivery in deliveries:
            await channel.send(delivery, message)
        once = sorted(receiver.arrived())
        for delivery in deliveries:
            await channel.send(delivery, message)
        twice = sorted(receiver.arrived())
    assert once
    assert twice in (once, sorted(once * 2))


@pytest.mark.parametrize(("way", "ending"), REFUSED)
async def test_an_ending_means_what_follows(way: str, ending: Ending, tmp_path: Path) -> None:
    message = plain()
    async with httpx.AsyncClient() as http, RECEIVERS[way][ending](tmp_path) as receiver:
        channel = opened(receiver, http)
        delivery = channel.pack(message, make.NOW)[0]
        before = children(), files(tmp_path)
        with pytest.raises(DeliveryError) as raised:
            async with asyncio.timeout(60):
                await channel.send(delivery, message)
        error = raised.value
        assert (children(), files(tmp_path)) == before
    assert ending.value is not None
    assert (error.temporary, error.channel_fault, error.unknown) == ending.value[:3], error.answer
    assert error.answer.isprintable()
    assert 0 < len(error.answer) <= 300
    for shown in (error.answer, str(error), repr(error), repr(receiver.options)):
        assert HIDDEN not in shown


@pytest.mark.parametrize("way", SILENT)
async def test_one_that_is_stopped_leaves_nothing_behind(way: str, tmp_path: Path) -> None:
    message = plain()
    async with httpx.AsyncClient() as http, RECEIVERS[way][Ending.SILENT](tmp_path) as receiver:
        channel = opened(receiver, http)
        before = children(), files(tmp_path)
        sending = asyncio.create_task(channel.send(channel.pack(message, make.NOW)[0], message))
        async with asyncio.timeout(30):
            while not receiver.begun() and not sending.done():
                await asyncio.sleep(0.01)
            await asyncio.sleep(0)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
        assert (children(), files(tmp_path)) == before
