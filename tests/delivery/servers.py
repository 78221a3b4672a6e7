"""Real servers on the loopback interface: mail as aiosmtpd speaks it, and lines by script."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Received:
    """One mail as a server took it."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    encrypted: bool
    options: tuple[str, ...]


@dataclass
class Postbox:
    """Takes mail; ``answers`` names recipients that get another answer to RCPT, ``data_answer``
    is said after the final dot, ``logins`` are the user names that came, ``password`` the right
    one."""

    password: str = "correct horse"
    answers: dict[str, str] = field(default_factory=dict)
    sender_answer: str = "250 sender ok"
    data_answer: str = "250 2.0.0 queued as 4F1C"
    received: list[Received] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802 -- the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.sender_answer.startswith("250"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return self.sender_answer

    async def handle_RCPT(  # noqa: N802 -- the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.answers.get(address, "250 recipient ok")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802 -- the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert envelope.mail_from is not None
        assert isinstance(envelope.original_content, bytes)
        if self.data_answer.startswith("250"):
            self.received.append(
                Received(
                    sender=envelope.mail_from,
                    recipients=tuple(envelope.rcpt_tos),
                    content=envelope.original_content,
                    encrypted=session.ssl is not None,
                    options=tuple(envelope.mail_options),
                )
            )
        return self.data_answer

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login.decode())
        return AuthResult(success=data.password.decode() == self.password, handled=False)


@asynccontextmanager
async def mail_server(
    postbox: Postbox, *, implicit_tls: ssl.SSLContext | None = None, **options: Any
) -> AsyncIterator[int]:
    """A mail server for the time of a ``with``; gives its port. ``options`` are aiosmtpd's."""
    loop = asyncio.get_running_loop()
    settings = {
        "hostname": "mail.example.org",
        "authenticator": postbox.authenticate,
        "enable_SMTPUTF8": True,
        **options,
    }

    lines: list[SMTP] = []

    def connected() -> SMTP:
        lines.append(SMTP(postbox, loop=loop, **settings))
        return lines[-1]

    server = await loop.create_server(connected, HOST, 0, ssl=implicit_tls)
    async with server:
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            await _hung_up(lines)


async def _hung_up(lines: list[SMTP]) -> None:
    """Drop what clients left open, and give the loop a few turns to close the sockets."""
    for line in lines:
        for transport in (line.transport, getattr(line, "_original_transport", None)):
            if transport is not None:
                cast(asyncio.WriteTransport, transport).abort()
    for _ in range(5):
        await asyncio.sleep(0)


Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def tcp_server(talk: Conversation, ssl: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server that does exactly what ``talk`` does; gives its port."""
    open_ones: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_ones.add(task)
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client hung up first, as some tests want
        finally:
            writer.close()
            open_ones.discard(task)

    server = await asyncio.start_server(connected, HOST, 0, ssl=ssl)
    async with server:
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            for task in open_ones:
                task.cancel()
            await asyncio.gather(*open_ones, return_exceptions=True)


def smtp_script(
    last_words: dict[bytes, bytes | None], greeting: bytes = b"220 hello"
) -> Conversation:
    """A mail server that answers 250, but for the commands in ``last_words``.

    The key is how the line begins (``b"."`` is the end of the mail); None hangs up, and an empty
    answer says nothing for ever.
    """

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting + b"\r\n")
        in_mail = False
        while line := await reader.readline():
            if in_mail and line != b".\r\n":
                continue
            in_mail = line.upper().startswith(b"DATA")
            usual = b"354 go on" if in_mail else b"250 ok"
            answer = next((w for k, w in last_words.items() if line.upper().startswith(k)), usual)
            if answer is None:
                return
            if answer == b"":
                await asyncio.Event().wait()
            in_mail = answer.startswith(b"354")
            writer.write(answer + b"\r\n")

    return talk


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate for ``localhost`` and 127.0.0.1, and its key."""

    path: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """What a server needs to use it."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.path, self.key)
        return context


def make_certificate(folder: Path, names: str = "DNS:localhost,IP:127.0.0.1") -> Certificate:
    """A new certificate for ``names``, signed by itself."""
    made = Certificate(folder / "cert.pem", folder / "key.pem")
    key = ec.generate_private_key(ec.SECP256R1())
    owner = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Wirewatch tests")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(owner)
        .issuer_name(owner)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(_alternatives(names)), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    made.path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return made


def _alternatives(names: str) -> list[x509.GeneralName]:
    kinds = (name.split(":", 1) for name in names.split(","))
    return [
        x509.DNSName(value) if kind == "DNS" else x509.IPAddress(ip_address(value))
        for kind, value in kinds
    ]
