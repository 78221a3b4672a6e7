"""Addresses of feeds as text: what is local, what is the same place, what may be shown. Pure."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

import httpx

DEFAULT_PORTS = {"http": 80, "https": 443}
_TELLING = re.compile(
    r"key|token|secret|passw|pwd|auth|sign|^sig$|session|credential|access", re.IGNORECASE
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_SECRETS = """
key token tokens secret password passwd pass pwd auth authorization sig signature session hash
sessionid credential credentials access apikey authkey feedkey accesstoken authtoken
"""
_SECRET_WORDS = frozenset(_SECRETS.split())
"""Words in names of parameters that hold what nobody else may have ("keyword" is none)."""


def is_local(url: str) -> bool:
    """Whether the address of a feed is a file: an absolute path, or ``file://``."""
    return url.startswith(("/", "file:"))


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
    if not url.userinfo and not url.fragment:
        return url, header
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


def without_secrets(url: str) -> str:
    """A web address as others may have it: without "user:password@" and parameters that are keys.

    Everything else stays as it is written. What cannot be read is given as its scheme alone.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port  # reading it is what finds a port that is no number
    except ValueError:
        return "https://"
    place = parts.netloc.rpartition("@")[2]
    given = parts.query.split("&")
    kept = [part for part in given if not _is_secret(part)]
    if place == parts.netloc and kept == given:
        return url
    return urlunsplit((parts.scheme, place, parts.path, "&".join(kept), parts.fragment))


def _is_secret(parameter: str) -> bool:
    name = unquote(parameter.partition("=")[0])
    return any(word.lower() in _SECRET_WORDS for word in _WORD.findall(name))
