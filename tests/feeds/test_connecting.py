"""From a host's name to a connection."""

from __future__ import annotations

import socket
import ssl
import threading
from typing import Any

import httpx
import pytest

from monitor.feeds import guard
from monitor.feeds.connecting import Place, connect, look_up

TRUST = ssl.create_default_context()


async def test_names_are_resolved_to_addresses_of_the_port_asked_for() -> None:
    found = await look_up("localhost", 8080)
    assert ("127.0.0.1", 8080) in {info[4][:2] for info in found}


@pytest.mark.parametrize("host", ["feeds.invalid", "a" * 300 + ".example"])
async def test_a_name_that_does_not_exist_is_an_os_error(host: str) -> None:
    with pytest.raises(socket.gaierror):
        await look_up(host, 80)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_for_an_address_no_thread_is_begun(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begun(*_: Any, **__: Any) -> None:
        raise AssertionError("a thread for what is looked up nowhere")

    monkeypatch.setattr(threading, "Thread", begun)
    (info,) = await look_up(host, 80)
    assert info[4][0] == host


@pytest.mark.parametrize("spelling", ["127.1", "0x7f000001", "2130706433", "0177.0.0.1"])
async def test_no_spelling_of_a_private_address_is_connected_to(spelling: str) -> None:
    with pytest.raises(httpx.ConnectError) as refusal:
        await connect(
            Place("http", spelling, 80), 5, context=TRUST, open_socket=guard.open_public_socket
        )
    assert isinstance(refusal.value.__cause__, guard.PrivateAddressError)


async def test_where_a_name_leads_to_several_addresses_one_that_answers_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    kind = (socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
    told = [
        (socket.AF_INET6, *kind, ("::1", port, 0, 0)),
        (socket.AF_INET, *kind, ("127.0.0.1", port)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: told)
    with listening:
        connection = await connect(
            Place("http", "two.example", port), 5, context=TRUST, open_socket=guard.open_socket
        )
        connection.abort()


async def test_of_several_addresses_none_that_is_private_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kind = (socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
    told = [
        (socket.AF_INET6, *kind, ("::1", 80, 0, 0)),
        (socket.AF_INET, *kind, ("10.0.0.1", 80)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: told)
    with pytest.raises(httpx.ConnectError) as refusal:
        await connect(
            Place("http", "inner.example", 80),
            5,
            context=TRUST,
            open_socket=guard.open_public_socket,
        )
    assert isinstance(refusal.value.__cause__, guard.PrivateAddressError)


async def test_a_server_that_takes_no_connection_is_waited_for_no_longer_than_allowed() -> None:
    # Of a queue of one, that is full: the third is left hanging.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        with pytest.raises(httpx.ConnectTimeout):
            await connect(
                Place("http", "127.0.0.1", port), 0.05, context=TRUST, open_socket=guard.open_socket
            )
        for each in waiting:
            each.close()
