"""What holds for every kind of channel, whatever it is told to carry."""

from __future__ import annotations

import io
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.delivery.channels import OPENERS, Channel, open_channel, test_message
from monitor.delivery.chat.services import SERVICES
from monitor.delivery.options import (
    AppriseOptions,
    ChannelOptions,
    CommandOptions,
    EmailOptions,
    FeedFileOptions,
    FolderOptions,
    TerminalOptions,
    WebhookOptions,
)
from monitor.errors import DeliveryError
from monitor.model import Delivery, DeliveryState, Message, Secret
from tests import make

HIDDEN = "s3cr3t-pa55"
NOBODY = 1
"""A port on which nothing listens."""

HOSTILE = make.message(
    digest="morgen ☀ /../",
    subject="Coup\r\nBcc: all@example.org <!channel> \ud83d 軍",
    text="<!channel> <https://evil|click>\r\n.\r\n\x1b[2J\ud83d 撤退\n",
    html="<p>撤退 \ud83d</p>",
    json=b'{"stories":[{"id":"\\r\\nX: y","update":true}],"more":[]}',
)


def every_options(folder: Path) -> list[ChannelOptions]:
    return [
        EmailOptions(
            name="desk",
            host="127.0.0.1",
            port=NOBODY,
            security="none",
            sender="Wirewatch <wirewatch@example.org>",
            recipients=("desk@example.org", "ночь@пример.example"),
            username="wirewatch",
            password=Secret(HIDDEN),
            timeout=5,
        ),
        WebhookOptions(
            name="ops",
            url=Secret(f"http://u:{HIDDEN}@127.0.0.1:{NOBODY}/{HIDDEN}"),
            secrets=(Secret(HIDDEN),),
            headers=(("Authorization", Secret(HIDDEN)),),
            timeout=5,
        ),
        *(
            WebhookOptions(
                name=each, url=Secret(f"http://127.0.0.1:{NOBODY}/{HIDDEN}"), format=each, timeout=5
            )
            for each in SERVICES
        ),
        FolderOptions(name="archive", path=folder / "digests"),
        FeedFileOptions(name="matches", path=folder / "matches.atom"),
        CommandOptions(
            name="script",
            program="sh",
            arguments=(Secret("-c"), Secret('cat; echo "$0"'), Secret(HIDDEN)),
            folder=folder,
            environment={"PATH": os.defpath},
            timeout=5,
        ),
        AppriseOptions(name="phone", url=Secret(f"json://u:{HIDDEN}@127.0.0.1:{NOBODY}/{HIDDEN}")),
        TerminalOptions(name="screen"),
    ]


@pytest.fixture
async def channels(tmp_path: Path) -> AsyncIterator[list[Channel]]:
    async with httpx.AsyncClient() as http:
        yield [open_channel(each, http, lambda: make.NOW) for each in every_options(tmp_path)]


def without_ids(delivery: Delivery) -> Delivery:
    return replace(delivery, id="", body=delivery.body.replace(delivery.id.encode(), b"ID"))


async def answered(channel: Channel, delivery: Delivery) -> str:
    """What comes of a try, be it an answer or a refusal, as people and logs see it."""
    try:
        return await channel.send(delivery, HOSTILE)
    except DeliveryError as error:
        return error.answer if error.answer == str(error) else repr(error)


def test_every_type_of_options_has_an_opener(tmp_path: Path) -> None:
    assert {type(each) for each in every_options(tmp_path)} == set(OPENERS)


@pytest.mark.parametrize("message", [make.message(), HOSTILE, test_message("desk", make.NOW)])
async def test_packing_is_pure_and_the_same_but_for_the_ids(
    channels: list[Channel], message: Message, tmp_path: Path
) -> None:
    for channel in channels:
        first, second = channel.pack(message, make.NOW), channel.pack(message, make.NOW)
        assert [without_ids(each) for each in first] == [without_ids(each) for each in second]
        assert len({each.id for each in first + second}) == 2 * len(first)
        for each in first:
            assert each.message_id == message.id
            assert (each.channel, each.digest) == (channel.name, message.digest)
            assert each.created_at == each.due_at == make.NOW
            assert (each.state, each.attempts) == (DeliveryState.WAITING, 0)
            assert each.body
    assert not list(tmp_path.iterdir())


async def test_each_recipient_is_one_delivery(channels: list[Channel]) -> None:
    recipients = [[each.recipient for each in c.pack(HOSTILE, make.NOW)] for c in channels]
    assert [len(each) for each in recipients] == [2] + [1] * (len(recipients) - 1)
    assert recipients[0] == ["desk@example.org", "ночь@xn--e1afmkfd.example"]


async def test_nothing_that_people_see_holds_a_secret(channels: list[Channel]) -> None:
    for channel in channels:
        shown = [repr(channel), channel.name, channel.kind, channel.address]
        for delivery in channel.pack(HOSTILE, make.NOW):
            shown += [delivery.recipient, repr(delivery)]
            shown.append(await answered(channel, delivery))
        assert HIDDEN not in "\n".join(shown)


async def test_a_hostile_digest_ends_in_an_answer_or_a_delivery_error_of_one_line(
    channels: list[Channel], capsys: pytest.CaptureFixture[str]
) -> None:
    for channel in channels:
        for delivery in channel.pack(HOSTILE, make.NOW):
            answer = await answered(channel, delivery)
            assert answer.isprintable()
            assert 0 < len(answer) <= 300
    assert "\x1b" not in capsys.readouterr().out


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(subject=st.text(), text=st.text(), html=st.text(), digest=st.text(), json=st.binary())
def test_no_message_can_stop_a_channel_from_packing(
    subject: str, text: str, html: str, digest: str, json: bytes, tmp_path: Path
) -> None:
    message = make.message(subject=subject, text=text, html=html, digest=digest, json=json)
    http = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200)))
    for options in every_options(tmp_path):
        channel = open_channel(options, http, lambda: make.NOW)
        assert channel.pack(message, make.NOW)


def test_a_test_message_has_every_field_of_a_digest() -> None:
    import json

    message = test_message("desk", make.NOW)
    told = json.loads(message.json)
    assert list(told) == [
        "type", "version", "id", "digest", "timestamp", "subject", "stories", "more", "problems",
    ]  # fmt: skip
    assert told["id"] == message.id
    assert told["timestamp"] == "2024-05-20T05:00:00Z"
    assert "desk" in message.subject
    assert "desk" in message.text


def test_a_terminal_channel_can_be_given_a_stream() -> None:
    from monitor.delivery.channels.terminal import TerminalChannel

    assert TerminalChannel(TerminalOptions("screen"), io.StringIO()).address == "standard output"
