"""Digests on a terminal, and in pipes."""

from __future__ import annotations

import io

import pytest

from monitor.delivery.channels.terminal import TerminalChannel
from monitor.delivery.options import TerminalOptions
from monitor.errors import DeliveryError
from tests import make


async def printed(text: str, stream: io.TextIOBase | None) -> str:
    channel = TerminalChannel(TerminalOptions("screen"), stream)  # type: ignore[arg-type]
    message = make.message(text=text)
    (delivery,) = channel.pack(message, make.NOW)
    return await channel.send(delivery, message)


async def test_the_text_is_printed_and_an_empty_line_after_it() -> None:
    stream = io.StringIO()
    assert await printed("Troops leave Niger\n", stream) == "printed"
    assert stream.getvalue() == "Troops leave Niger\n\n"


async def test_without_a_stream_it_goes_to_standard_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    await printed("米軍が撤退", None)
    assert capsys.readouterr().out == "米軍が撤退\n\n"


async def test_a_headline_cannot_steer_the_terminal() -> None:
    stream = io.StringIO()
    await printed("\x1b]0;owned\x07red\x1b[31m\r\x9b2J\ttab\nnext", stream)
    assert stream.getvalue() == "]0;ownedred[31m2J\ttab\nnext\n\n"


async def test_what_a_terminal_cannot_show_does_not_stop_the_digest() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    await printed("Grüße aus 尼日尔", stream)
    assert raw.getvalue() == b"Gr??e aus ???\n\n"


async def test_a_closed_output_is_a_fault_that_may_pass() -> None:
    stream = io.StringIO()
    stream.close()
    with pytest.raises(DeliveryError) as caught:
        await printed("lost", stream)
    assert caught.value.temporary
