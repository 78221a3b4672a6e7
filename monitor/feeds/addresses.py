"""Addresses of feeds as text: what is local, what is the same place, what may be shown. Pure."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx

DEFAULT_PORTS = {"http": 80, "https": 443}
_TELLING = re.compile(
    r"key|token|secret|passw|pwd|auth|sign|^sig$|session|credential|access", re.IGNORECASE
)


def is_local(url: str) -> bool:
    """Whether the address of a feed is a file: an absolute path, or ``file://``."""
    return url.startswith(("/", "file:")) or Path(url).is_absolute()


def local_path(url: str) -> Path:
    """The file that a local address means (RFC 8089 for ``file:``)."""
    if url.startswith("file:"):
        return Path(unquote(urlsplit(url).path))
    return Path(url)


def place_of(url: httpx.URL) -> str:
    """Host and port, in one spelling: what "the same server" means."""
    port = url.port or DEFAULT_PORTS.get(url.scheme, 0)
    return f"{url.host.lower().rstrip('.')}:{port}"


def is_same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    """Same scheme, host and port (RFC 6454): the only place secrets may go."""
    return one.scheme == other.scheme and place_of(one) == place_of(other)


def is_home(home: httpx.URL, url: httpx.URL) -> bool:
    """Whether ``url`` is at the host and port that the configuration names.

    The step from http to https of the same host counts as staying at home.
    """
    upgraded = (
        home.host.lower() == url.host.lower()
        and home.scheme == "http"
        and url.scheme == "https"
        and (home.port, url.port) == (None, None)
    )
    return upgraded or place_of(home) == place_of(url)


def split_credentials(url: httpx.URL) -> tuple[httpx.URL, str | None]:
    """The address without "user:password@", and the Authorization header it stood for (RFC 7617).

    Fragments go as well: they are never sent.
    """
    header = None
    if url.userinfo:
        pair = f"{url.username}:{url.password}".encode()
        header = f"Basic {base64.b64encode(pair).decode('ascii')}"
    return url.copy_with(username=None, password=None, fragment=None), header


def shown(url: str) -> str:
    """An address as it may be shown and logged: only its host where it seems to hold a secret."""
    if is_local(url):
        return url
    try:
        parts = urlsplit(url)
        names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
        host = parts.hostname or ""
    except ValueError:
        return "an address that cannot be read"
    if parts.username or parts.password or any(_TELLING.search(name) for name in names):
        return host
    return url
