"""Mail against real servers: what arrives, and what every kind of refusal means."""

from __future__ import annotations

import asyncio
import contextlib
import email
import traceback
from dataclasses import replace
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

import pytest

from monitor.delivery.channels.email import EmailChannel
from monitor.delivery.options import EmailOptions
from monitor.errors import DeliveryError
from monitor.model import Delivery, Message, Secret
from tests import make
from tests.delivery.servers import (
    HOST,
    Certificate,
    Conversation,
    Postbox,
    mail_server,
    make_certificate,
    smtp_script,
    tcp_server,
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def trusted(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """The certificate, trusted the way a person with a server of their own would do it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    return certificate


def options(port: int, **fields: Any) -> EmailOptions:
    defaults: dict[str, Any] = {
        "name": "desk",
        "host": HOST,
        "port": port,
        "security": "none",
        "sender": "Wirewatch <wirewatch@example.org>",
        "recipients": ("desk@example.org",),
        "timeout": 20,
    }
    return EmailOptions(**{**defaults, **fields})


def packed(channel: EmailChannel) -> tuple[Delivery, Message]:
    message = make.message()
    return channel.pack(message, make.NOW)[0], message


async def sent(port: int, **fields: Any) -> str:
    channel = EmailChannel(options(port, **fields))
    delivery, message = packed(channel)
    return await channel.send(delivery, message)


async def refused(port: int, **fields: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await sent(port, **fields)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))  # as logs show it
    return caught.value


def kind(error: DeliveryError) -> str:
    """What follows, in one word."""
    if error.channel_fault:
        return "channel"
    if error.unknown:
        return "unknown"
    return "temporary" if error.temporary else "final"


# --- what arrives ---------------------------------------------------------------------------------


async def test_each_recipient_gets_a_mail_of_their_own() -> None:
    postbox = Postbox()
    async with mail_server(postbox) as port:
        channel = EmailChannel(options(port, recipients=("desk@example.org", "night@example.org")))
        message = make.message(subject="Niger: 米軍が撤退", text="Grüße\n.\n..dots\n")
        deliveries = channel.pack(message, make.NOW)
        answers = [await channel.send(each, message) for each in deliveries]
    assert answers == ["250 2.0.0 queued as 4F1C"] * 2
    assert [got.recipients for got in postbox.received] == [
        ("desk@example.org",),
        ("night@example.org",),
    ]
    mails = [
        cast(EmailMessage, email.message_from_bytes(got.content, policy=default))
        for got in postbox.received
    ]
    assert [mail["To"] for mail in mails] == ["desk@example.org", "night@example.org"]
    assert [mail["Message-ID"] for mail in mails] == [
        f"<{each.id}.morning@example.org>" for each in deliveries
    ]
    for got, mail, delivery in zip(postbox.received, mails, deliveries, strict=True):
        assert got.content == delivery.body
        assert got.sender == "wirewatch@example.org"
        assert mail["From"] == "Wirewatch <wirewatch@example.org>"
        assert mail["Subject"] == "Niger: 米軍が撤退"
        assert mail["Date"] == "Mon, 20 May 2024 05:00:00 +0000"
        assert mail["List-Id"] == '"morning digest" <morning.wirewatch.example.org>'
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["List-Unsubscribe"].startswith("<mailto:wirewatch@example.org?")
        text = mail.get_body(("plain",))
        assert text is not None
        assert text.get_content().splitlines() == ["Grüße", ".", "..dots"]


async def test_a_second_try_sends_the_same_bytes() -> None:
    postbox = Postbox()
    async with mail_server(postbox) as port:
        channel = EmailChannel(options(port))
        delivery, message = packed(channel)
        await channel.send(delivery, message)
        await channel.send(replace(delivery, attempts=2), message)
    first, second = postbox.received
    assert first.content == second.content


async def test_with_starttls_the_mail_and_the_login_are_encrypted(trusted: Certificate) -> None:
    postbox = Postbox()
    async with mail_server(postbox, tls_context=trusted.context(), auth_required=True) as port:
        answer = await sent(
            port, security="starttls", username="wirewatch", password=Secret("correct horse")
        )
    assert answer.startswith("250")
    assert postbox.received[0].encrypted
    assert postbox.logins == ["wirewatch"]


async def test_with_tls_the_line_is_encrypted_from_the_start(trusted: Certificate) -> None:
    postbox = Postbox()
    async with mail_server(postbox, implicit_tls=trusted.context(), auth_require_tls=False) as port:
        answer = await sent(
            port, security="tls", username="wirewatch", password=Secret("correct horse")
        )
    assert answer.startswith("250")
    assert postbox.received
    assert postbox.logins == ["wirewatch"]


async def test_an_address_in_another_script_goes_to_a_server_that_takes_it() -> None:
    postbox = Postbox()
    async with mail_server(postbox) as port:
        await sent(port, recipients=("редакция@example.org",))
    assert postbox.received[0].recipients == ("редакция@example.org",)
    mail = cast(EmailMessage, email.message_from_bytes(postbox.received[0].content, policy=default))
    assert mail["To"] == "редакция@example.org"


# --- refusals -------------------------------------------------------------------------------------


async def test_one_refused_recipient_does_not_touch_the_other() -> None:
    postbox = Postbox(answers={"gone@example.org": "550 5.1.1 no such user"})
    async with mail_server(postbox) as port:
        channel = EmailChannel(options(port, recipients=("gone@example.org", "desk@example.org")))
        message = make.message()
        gone, desk = channel.pack(message, make.NOW)
        with pytest.raises(DeliveryError) as caught:
            await channel.send(gone, message)
        await channel.send(desk, message)
    assert kind(caught.value) == "final"
    assert "550 5.1.1 no such user" in caught.value.answer
    assert [got.recipients for got in postbox.received] == [("desk@example.org",)]


async def test_greylisting_is_temporary() -> None:
    postbox = Postbox(answers={"desk@example.org": "451 4.7.1 greylisted, come back later"})
    async with mail_server(postbox) as port:
        error = await refused(port)
        assert kind(error) == "temporary"
        assert "451 4.7.1 greylisted" in error.answer
        postbox.answers.clear()
        assert (await sent(port)).startswith("250")


async def test_a_wrong_password_is_a_fault_of_the_channel_and_is_never_shown() -> None:
    postbox = Postbox()
    async with mail_server(postbox, auth_require_tls=False) as port:
        error = await refused(port, username="wirewatch", password=Secret("hunter2"))
    assert kind(error) == "channel"
    assert "535" in error.answer
    assert "hunter2" not in error.answer
    assert not postbox.received


@pytest.mark.parametrize(
    ("command", "answer", "expected"),
    [
        (b"MAIL", b"421 closing down", "temporary"),
        (b"MAIL", b"451 try later", "temporary"),
        (b"MAIL", b"530 5.7.0 authentication required", "channel"),
        (b"MAIL", b"550 5.7.1 you may not send as that", "channel"),
        (b"MAIL", b"552 5.3.4 message too big", "final"),
        (b"RCPT", b"450 mailbox busy", "temporary"),
        (b"RCPT", b"530 5.7.0 authentication required", "channel"),
        (b"RCPT", b"553 no such mailbox", "final"),
        (b"DATA", b"451 try later", "temporary"),
        (b"DATA", b"554 no", "final"),
        (b".", b"451 try later", "temporary"),
        (b".", b"552 5.2.2 mailbox full", "final"),
        (b".", b"554 5.7.1 looks like spam", "final"),
        (b".", b"what?", "unknown"),
        (b".", None, "unknown"),
        (b"EHLO", b"421 too busy", "temporary"),
        (b"EHLO", None, "temporary"),
        (b"MAIL", None, "temporary"),
        (b"RCPT", None, "temporary"),
        (b"DATA", None, "temporary"),
        (b"RCPT", b"what?", "temporary"),
    ],
)
async def test_what_a_server_says_decides_what_follows(
    command: bytes, answer: bytes | None, expected: str
) -> None:
    async with tcp_server(smtp_script({command: answer})) as port:
        assert kind(await refused(port)) == expected


@pytest.mark.parametrize(
    ("greeting", "expected"),
    [(b"421 too many connections", "temporary"), (b"554 no mail from you", "channel")],
)
async def test_a_server_that_turns_us_away_at_the_door(greeting: bytes, expected: str) -> None:
    async with tcp_server(smtp_script({}, greeting)) as port:
        error = await refused(port)
    assert kind(error) == expected
    assert greeting.decode() in error.answer


async def test_a_server_that_is_no_mail_server_is_called_so() -> None:
    async with tcp_server(smtp_script({}, b"HTTP/1.1 400 Bad Request")) as port:
        error = await refused(port)
    assert kind(error) == "temporary"
    assert f"{HOST}:{port} does not speak SMTP: HTTP/1.1 400 Bad Request" in error.answer
    assert "-1" not in error.answer


async def test_a_server_of_the_old_kind_is_greeted_with_helo() -> None:
    async with tcp_server(smtp_script({b"EHLO": b"502 what is that"})) as port:
        assert await sent(port) == "250 ok"


@pytest.mark.parametrize("command", [b"EHLO", b"RCPT"])
async def test_a_server_that_falls_silent_ends_the_try_in_time(command: bytes) -> None:
    async with tcp_server(smtp_script({command: b""})) as port:
        error = await refused(port, timeout=0.2)
    assert kind(error) == "temporary"
    assert "no answer in time" in error.answer


async def test_silence_after_the_final_dot_leaves_the_outcome_unknown() -> None:
    async with tcp_server(smtp_script({b".": b""})) as port:
        error = await refused(port, timeout=1.5)
    assert kind(error) == "unknown"
    assert error.temporary


async def test_a_server_that_accepts_and_says_nothing_ends_the_try_in_time() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with tcp_server(silent) as port:
        error = await refused(port, timeout=0.2)
    assert kind(error) == "temporary"
    assert f"no connection to {HOST}:{port}" in error.answer


async def test_a_server_that_drips_for_ever_ends_the_try_in_time() -> None:
    async with tcp_server(_dripping) as port:
        error = await refused(port, timeout=0.3)
    assert kind(error) == "temporary"


async def _dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 hello\r\n")
    while await reader.readline():
        while True:
            writer.write(b"250-and another\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)


async def test_a_mail_that_the_server_never_reads_ends_the_try_in_time() -> None:
    async def stuffed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        while line := await reader.readline():
            if line.startswith(b"DATA"):
                writer.write(b"354 go on\r\n")
                await asyncio.Event().wait()
            writer.write(b"250 ok\r\n")

    async with tcp_server(stuffed) as port:
        channel = EmailChannel(options(port, timeout=1.5))
        delivery, message = packed(channel)
        with pytest.raises(DeliveryError) as caught:
            await channel.send(replace(delivery, body=b"more than buffers hold " * 10**6), message)
    assert kind(caught.value) == "unknown"


async def test_a_mail_is_delivered_whatever_becomes_of_the_goodbye() -> None:
    for last_word in (None, b"", b"500 no"):
        async with tcp_server(smtp_script({b"QUIT": last_word})) as port:
            assert await sent(port) == "250 ok"


async def test_nobody_listening_is_temporary_and_says_so_plainly() -> None:
    async with tcp_server(smtp_script({})) as port:
        pass
    error = await refused(port)
    assert kind(error) == "temporary"
    assert error.answer == f"no connection to {HOST}:{port}: Connection refused"


async def test_a_host_that_does_not_exist_is_temporary() -> None:
    error = await refused(25, host="mail.invalid")
    assert kind(error) == "temporary"
    assert "mail.invalid:25" in error.answer


# --- safety on the line ---------------------------------------------------------------------------


async def test_without_starttls_on_offer_nothing_is_sent_in_clear() -> None:
    heard: list[bytes] = []

    async def listening(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        while line := await reader.readline():
            heard.append(line)
            writer.write(b"250-mail.example.org\r\n250 AUTH PLAIN LOGIN\r\n")

    async with tcp_server(listening) as port:
        error = await refused(
            port, security="starttls", username="wirewatch", password=Secret("hunter2")
        )
    assert kind(error) == "channel"
    assert "does not offer STARTTLS" in error.answer
    assert 'security = "tls"' in error.answer
    assert [line[:4] for line in heard] == [b"EHLO"]


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_that_nobody_vouches_for_is_a_fault_of_the_channel(
    certificate: Certificate, security: str
) -> None:
    postbox = Postbox()
    tls = certificate.context()
    kinds = {"tls_context": tls} if security == "starttls" else {"implicit_tls": tls}
    async with mail_server(postbox, **cast(Any, kinds)) as port:
        error = await refused(port, security=security, username="w", password=Secret("hunter2"))
    assert kind(error) == "channel"
    assert "certificate" in error.answer
    assert not postbox.logins


async def test_a_certificate_for_another_name_is_a_fault_of_the_channel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_certificate(tmp_path, names="DNS:mail.example.org")
    monkeypatch.setenv("SSL_CERT_FILE", str(other.path))
    async with mail_server(Postbox(), implicit_tls=other.context()) as port:
        error = await refused(port, security="tls")
    assert kind(error) == "channel"
    assert HOST in error.answer


async def test_tls_to_a_server_that_speaks_in_clear_is_a_fault_of_the_channel() -> None:
    async with mail_server(Postbox()) as port:
        error = await refused(port, security="tls")
    assert kind(error) == "channel"


async def test_a_server_that_hangs_up_while_tls_begins_may_do_better_next_time() -> None:
    async def gone(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)

    async with tcp_server(gone) as port:
        assert kind(await refused(port, security="tls")) == "temporary"


async def test_a_try_that_is_stopped_leaves_no_connection_behind() -> None:
    reached, hung_up = asyncio.Event(), asyncio.Event()

    async def waiting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        await reader.readline()
        reached.set()
        with contextlib.suppress(ConnectionError):
            await reader.read()
        hung_up.set()

    async with tcp_server(waiting) as port:
        trying = asyncio.create_task(sent(port))
        await reached.wait()
        trying.cancel()
        await asyncio.wait_for(hung_up.wait(), 10)
        with pytest.raises(asyncio.CancelledError):
            await trying


async def test_starttls_that_is_refused_for_now_is_temporary() -> None:
    async def busy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        while line := await reader.readline():
            starting = line.startswith(b"STARTTLS")
            writer.write(b"454 TLS not now\r\n" if starting else b"250-hi\r\n250 STARTTLS\r\n")

    async with tcp_server(busy) as port:
        assert kind(await refused(port, security="starttls")) == "temporary"


async def test_a_login_that_is_not_offered_is_a_fault_of_the_channel() -> None:
    async with mail_server(Postbox()) as port:  # aiosmtpd offers AUTH only over TLS
        error = await refused(port, username="wirewatch", password=Secret("hunter2"))
    assert kind(error) == "channel"
    assert "offers no login" in error.answer


@pytest.mark.parametrize("echo", [b"535 not hunter2!", b"535 AHdpcmV3YXRjaABodW50ZXIy is wrong"])
async def test_a_server_that_repeats_the_password_is_not_quoted_on_that(echo: bytes) -> None:
    async with tcp_server(_echoing(echo)) as port:
        error = await refused(port, username="wirewatch", password=Secret("hunter2"))
    assert kind(error) == "channel"
    assert "535" in error.answer
    assert "hunter2" not in error.answer
    assert "AHdpcmV3YXRjaABodW50ZXIy" not in error.answer


def _echoing(echo: bytes) -> Conversation:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        while line := await reader.readline():
            login = line.startswith(b"AUTH")
            writer.write(echo + b"\r\n" if login else b"250-hi\r\n250 AUTH PLAIN\r\n")

    return talk


async def test_an_answer_of_many_lines_is_shown_on_one() -> None:
    async with tcp_server(
        smtp_script({b"RCPT": b"550-first\r\n550-\x1b[31msecond\r\n550 third"})
    ) as port:
        error = await refused(port)
    assert error.answer == "the recipient was refused: 550 first [31msecond third"


@pytest.mark.parametrize(
    ("sender", "recipient", "expected"),
    [
        ("wirewatch@example.org", "редакция@example.org", "final"),
        ("бот@example.org", "desk@example.org", "channel"),
    ],
)
async def test_a_server_that_takes_only_ascii_addresses(
    sender: str, recipient: str, expected: str
) -> None:
    async with mail_server(Postbox(), enable_SMTPUTF8=False) as port:
        error = await refused(port, sender=sender, recipients=(recipient,))
    assert kind(error) == expected
    assert "SMTPUTF8" in error.answer


def test_a_channel_with_a_bad_address_cannot_be_opened() -> None:
    with pytest.raises(ValueError, match="no mail address"):
        EmailChannel(options(25, recipients=("desk at example.org",)))


def test_people_see_who_gets_it_and_through_which_server() -> None:
    channel = EmailChannel(options(587, host="smtp.example.org", password=Secret("hunter2")))
    assert channel.address == "desk@example.org via smtp.example.org:587"
    assert channel.kind == "email"
