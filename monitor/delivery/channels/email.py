"""Mail over SMTP (RFC 5321): one message and one connection for each recipient.

The server's certificate is checked against the certificates that this system trusts. For a server
with one of its own, OpenSSL's variable ``SSL_CERT_FILE`` names a file to trust instead. There is
no way to switch the check off: a password would go to whoever answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import re
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from typing import NoReturn, cast

from monitor.delivery.answer import one_line, reason, tls_fault
from monitor.delivery.channels import delivery_of
from monitor.delivery.channels.letter import Mailbox, letter, parse_mailbox
from monitor.delivery.options import EmailOptions
from monitor.errors import DeliveryError
from monitor.model import Delivery, Message, new_id

GOODBYE = 1.0
"""Seconds that the server gets to answer QUIT; the message is already its own by then."""

LOGIN_WANTED = frozenset({530, 534, 535, 538})
"""RFC 4954: authentication required, too weak, failed, or only over TLS."""

TOO_LARGE = 552
"""RFC 1870: said of the sender's address when the announced size is too much."""


class Step(Enum):
    """How far a try came. The value says what a refusal at this step means."""

    CONNECT = "the server turns us away"
    TLS = "the server does not start TLS"
    LOGIN = "the login was refused"
    SENDER = "the sender was refused"
    RECIPIENT = "the recipient was refused"
    DATA = "the message was refused"
    BODY = "the message was refused after it was sent"


CHANNEL_STEPS = (Step.CONNECT, Step.TLS, Step.LOGIN, Step.SENDER)
"""A lasting refusal at these steps is not about the recipient or the message."""


class EmailChannel:
    """Sends each digest to each recipient as a mail of its own."""

    kind = "email"

    def __init__(self, options: EmailOptions) -> None:
        """Raises ValueError when the sender or a recipient is no mail address."""
        self.name = options.name
        self._options = options
        self._sender = parse_mailbox(options.sender)
        self._recipients = tuple(parse_mailbox(each) for each in options.recipients)
        self._server = f"{options.host}:{options.port}"

    @property
    def address(self) -> str:
        """``desk@example.org via smtp.example.org:587``."""
        return f"{', '.join(each.address for each in self._recipients)} via {self._server}"

    def pack(self, message: Message, now: datetime) -> tuple[Delivery, ...]:
        """One delivery for each recipient; its bytes are the whole mail."""
        return tuple(self._delivery(message, recipient, now) for recipient in self._recipients)

    def _delivery(self, message: Message, recipient: Mailbox, now: datetime) -> Delivery:
        delivery_id = new_id(now)
        body = letter(message, delivery_id=delivery_id, sender=self._sender, recipient=recipient)
        address = recipient.address
        return delivery_of(self, message, body, now, recipient=address, delivery_id=delivery_id)

    async def send(self, delivery: Delivery, message: Message) -> str:  # noqa: ARG002
        """Hand the mail to the server; returns its last word ("250 2.0.0 queued as 4F1C").

        Raises DeliveryError: 4xx and connection faults are temporary, 5xx for the recipient or
        the message is final, and what concerns the server, TLS, the login or the sender is a
        fault of the channel. Once the mail has gone out, silence means ``unknown``.
        """
        attempt = _Attempt(self._options, self._sender, parse_mailbox(delivery.recipient))
        try:
            async with asyncio.timeout(self._options.timeout):
                answer = await attempt.run(delivery.body)
            await attempt.say_goodbye()
        except _expected() as error:
            self._raise(error, attempt.step)
        finally:
            attempt.abort()
        return one_line(answer, self._secrets())

    def _raise(self, error: Exception, step: Step) -> NoReturn:
        """Turn what went wrong at a step into a DeliveryError."""
        if isinstance(error, DeliveryError):
            raise error
        code = getattr(error, "code", None)
        if code is not None:
            words = str(getattr(error, "message", ""))
            raise self._refusal(step, code, words) from None  # the cause may echo the password
        tls = tls_fault(error)
        if tls and step in (Step.CONNECT, Step.TLS):
            words = one_line(f"no safe connection to {self._server}: {tls}")
            raise DeliveryError(words, temporary=False, channel_fault=True) from error
        raise self._broken(error, step) from error

    def _refusal(self, step: Step, code: int, text: str) -> DeliveryError:
        """What a status means at this step. A status that is none (-1) is a broken line."""
        if code < 0:  # aiosmtplib's word for what is no answer of SMTP at all
            text = f"{self._server} does not speak SMTP: {text.rpartition(': ')[2]}"
        said = f"{code} {text}" if code >= 0 else text
        answer = one_line(f"{step.value}: {said}", self._secrets())
        if not 400 <= code < 600:
            return DeliveryError(answer, temporary=True, unknown=step is Step.BODY)
        if code < 500:
            return DeliveryError(answer, temporary=True)
        about_message = step is Step.SENDER and code == TOO_LARGE
        ours = code in LOGIN_WANTED or (step in CHANNEL_STEPS and not about_message)
        return DeliveryError(answer, temporary=False, channel_fault=ours)

    def _broken(self, error: Exception, step: Step) -> DeliveryError:
        """What a connection that failed or fell silent means at this step."""
        if step is Step.BODY:
            words = f"{self._server} did not say whether it took the message: {reason(error)}"
            return DeliveryError(one_line(words), temporary=True, unknown=True)
        where = "no connection to" if step is Step.CONNECT else "the line broke to"
        hint = ""
        if step is Step.CONNECT and self._options.port == 465 and self._options.security != "tls":
            hint = ' (port 465 expects security = "tls")'
        return DeliveryError(
            one_line(f"{where} {self._server}: {reason(error)}{hint}"), temporary=True
        )

    def _secrets(self) -> Iterator[str]:
        """The password in every form in which a server may echo it."""
        if self._options.password:
            password = self._options.password.reveal()
            user = self._options.username or ""
            yield password
            yield b64encode(password.encode()).decode()
            yield b64encode(f"\0{user}\0{password}".encode()).decode()


class _Attempt:
    """One try over one connection; ``step`` tells how far it came."""

    def __init__(self, options: EmailOptions, sender: Mailbox, recipient: Mailbox) -> None:
        import aiosmtplib

        self.step = Step.CONNECT
        self._options = options
        self._sender = sender
        self._recipient = recipient
        self._smtp = aiosmtplib.SMTP(
            hostname=options.host,
            port=options.port,
            use_tls=options.security == "tls",
            start_tls=False,  # done here, so that its faults are told apart
            timeout=options.timeout,
        )

    async def run(self, mail: bytes) -> str:
        """Everything from the connection to the server's receipt."""
        await self._connect()
        await self._log_in()
        await self._name_both(len(mail))
        return await self._hand_over(mail)

    async def _connect(self) -> None:
        self._smtp.local_hostname = await asyncio.to_thread(_own_name)
        if self._options.security != "none":
            self._smtp.tls_context = await asyncio.to_thread(_tls_context)
        await self._smtp.connect()
        await self._greet()
        if self._options.security != "starttls":
            return
        self.step = Step.TLS
        if not self._smtp.supports_extension("starttls"):
            _channel_fault(
                f"{self._options.host} does not offer STARTTLS, and nothing was sent in clear; "
                'write security = "tls" (usually port 465), or "none" on a line you trust'
            )
        await self._smtp.starttls()
        await self._greet()

    async def _greet(self) -> None:
        """Say EHLO, or HELO to a server of the old kind."""
        import aiosmtplib

        try:
            await self._smtp.ehlo()
        except aiosmtplib.SMTPHeloError as error:
            if error.code < 500 or not self._smtp.is_connected:
                raise
            await self._smtp.helo()

    async def _log_in(self) -> None:
        """Log in once, by one method.

        ``SMTP.login`` tries every method in turn: three wrong passwords in a row, for which many
        a server locks the account, and a last answer that hides the first.
        """
        if self._options.username is None:
            return
        self.step = Step.LOGIN
        user, password = self._options.username, self._options.password
        words = password.reveal() if password else ""
        methods = {
            "plain": self._smtp.auth_plain,
            "login": self._smtp.auth_login,
            "cram-md5": self._smtp.auth_crammd5,
        }
        if self._options.security == "none":  # the one that does not show the password
            methods = {"cram-md5": methods.pop("cram-md5"), **methods}
        chosen = next((m for m in methods if m in self._smtp.server_auth_methods), None)
        if chosen is None:
            _channel_fault(
                f"{self._options.host} offers no login that we know (PLAIN, LOGIN, CRAM-MD5); "
                'it may do so with security = "starttls" or "tls"'
            )
        await methods[chosen](user, words)

    async def _name_both(self, size: int) -> None:
        """Name the sender and the one recipient (MAIL and RCPT)."""
        options = [f"SIZE={size}"] if self._smtp.supports_extension("size") else []
        encoding = "ascii"
        if not (self._sender.is_ascii and self._recipient.is_ascii):
            self._need_smtputf8()
            options += ["BODY=8BITMIME", "SMTPUTF8"]
            encoding = "utf-8"
        self.step = Step.SENDER
        await self._smtp.mail(self._sender.address, options=options, encoding=encoding)
        self.step = Step.RECIPIENT
        await self._smtp.rcpt(self._recipient.address, encoding=encoding)

    def _need_smtputf8(self) -> None:
        if self._smtp.supports_extension("smtputf8"):
            return
        words = f"{self._options.host} takes only addresses in ASCII (it lacks SMTPUTF8)"
        if not self._sender.is_ascii:
            _channel_fault(words)
        raise DeliveryError(words, temporary=False)

    async def _hand_over(self, mail: bytes) -> str:
        """DATA, the mail, and the receipt.

        Done by hand and not by ``SMTP.data``: that does not tell whether a lost connection was
        lost before the mail went out, or after.
        """
        import aiosmtplib

        self.step = Step.DATA
        ready = await self._smtp.execute_command(b"DATA")
        protocol = self._smtp.protocol
        if ready.code != aiosmtplib.SMTPStatus.start_input:
            raise aiosmtplib.SMTPDataError(ready.code, ready.message)
        if protocol is None:
            raise aiosmtplib.SMTPServerDisconnected("lost before the message")
        self.step = Step.BODY
        protocol.write(_with_dots(mail))
        receipt = await protocol.read_response()
        if not 200 <= receipt.code < 300:
            raise aiosmtplib.SMTPDataError(receipt.code, receipt.message)
        return f"{receipt.code} {receipt.message}"

    async def say_goodbye(self) -> None:
        """QUIT; whatever comes of it, the message is delivered."""
        with contextlib.suppress(*_expected()):
            async with asyncio.timeout(GOODBYE):
                await self._smtp.quit()

    def abort(self) -> None:
        """Drop the connection without waiting for a server that may never read again."""
        transport = self._smtp.transport
        if transport is not None:
            cast(asyncio.WriteTransport, transport).abort()
        self._smtp.close()


def _channel_fault(words: str) -> NoReturn:
    raise DeliveryError(words, temporary=False, channel_fault=True)


@functools.cache
def _expected() -> tuple[type[Exception], ...]:
    """Everything that a conversation with a server can end with."""
    import aiosmtplib

    return (DeliveryError, aiosmtplib.SMTPException, OSError, ValueError)


def _with_dots(mail: bytes) -> bytes:
    """The mail as DATA carries it (RFC 5321, section 4.5.2): dots doubled, a dot at the end."""
    whole = mail if mail.endswith(b"\r\n") else mail + b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", whole) + b".\r\n"


@functools.cache
def _own_name() -> str:
    """The name this machine gives itself in EHLO; an address literal where it has none.

    Servers that check refuse a name without a dot (RFC 5321, section 4.1.3).
    """
    name = socket.getfqdn()
    whole = re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", name)
    return name if whole and not name.endswith(".localdomain") else "[127.0.0.1]"


def _tls_context() -> ssl.SSLContext:
    """Checks the server's certificate and name; trusts what the system trusts.

    A Python without a store of its own (python.org's on macOS) trusts Mozilla's list instead.
    """
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if not paths.cafile and not paths.capath:
        import certifi

        context.load_verify_locations(certifi.where())
    return context
