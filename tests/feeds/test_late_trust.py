"""Certificates are read when a server is first asked over TLS, and then count as ever."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from monitor.feeds.doors import Doors
from monitor.feeds.late_trust import LateTrust
from tests.delivery.servers import make_certificate

TRUSTED = {"trusted": True}  # a host that the configuration names may be on this machine


@asynccontextmanager
async def server(context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 5\r\n\r\n"
        writer.write(head + b"hello")
        await writer.drain()
        writer.close()

    made = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with made:
        yield made.sockets[0].getsockname()[1]


async def get(address: str, trust: LateTrust | None) -> bytes:
    async with httpx.AsyncClient(transport=Doors(trust), trust_env=False) as client:
        return (await client.get(address, extensions=TRUSTED)).content


async def test_no_certificates_are_read_to_ask_a_server_without_tls() -> None:
    trust = LateTrust()
    async with server() as port:
        assert await get(f"http://127.0.0.1:{port}/", trust) == b"hello"
    assert "whole" not in vars(trust)


async def test_a_server_is_asked_whose_certificate_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path, "DNS:localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    async with server(certificate.context()) as port:
        assert await get(f"https://localhost:{port}/", LateTrust()) == b"hello"


async def test_who_names_no_certificates_trusts_the_same_as_the_running_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path, "DNS:localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    async with server(certificate.context()) as port:
        assert await get(f"https://localhost:{port}/", None) == b"hello"


async def test_a_server_is_refused_that_has_another_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path, "DNS:elsewhere.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    async with server(certificate.context()) as port:
        with pytest.raises((httpx.HTTPError, ssl.SSLError), match=r"[Hh]ostname"):
            await get(f"https://localhost:{port}/", LateTrust())


async def test_a_server_is_refused_that_nobody_vouches_for(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, "DNS:localhost")
    async with server(certificate.context()) as port:
        with pytest.raises((httpx.HTTPError, ssl.SSLError), match="self-signed"):
            await get(f"https://localhost:{port}/", LateTrust())


def test_by_itself_it_trusts_nobody() -> None:
    trust = LateTrust()
    assert trust.verify_mode is ssl.CERT_REQUIRED
    assert trust.check_hostname
    assert trust.cert_store_stats()["x509_ca"] == 0
