"""What needs a library that is not always installed, and how it is told where one is missing."""

from __future__ import annotations

from importlib.util import find_spec

SOCKS_MISSING = "a SOCKS proxy needs a library that is not installed"
SOCKS_HINT = "install it with: pip install 'wirewatch[socks]'"
FULL_TEXT_MISSING = "full_text needs a library that is not installed"
FULL_TEXT_HINT = "install it with: pip install 'wirewatch[fulltext]'"


def is_socks(proxy: str) -> bool:
    """Whether the address of a proxy is one of SOCKS5; its two schemes mean the same here."""
    return proxy.partition("://")[0].lower() in ("socks5", "socks5h")


def can_use_socks() -> bool:
    """Whether the library for SOCKS proxies (the extra ``socks``) is installed."""
    return find_spec("python_socks") is not None


def can_extract() -> bool:
    """Whether the library that finds the text of a page (the extra ``fulltext``) is installed."""
    return find_spec("trafilatura") is not None
