"""Which certificates are trusted, read when a server is first asked over TLS.

To read them (some 140) takes as long as twenty requests, and a pass over feeds in the local
network, or over files, asks for none.
"""

from __future__ import annotations

import ssl
from functools import cached_property
from typing import Any

import httpx


class LateTrust(ssl.SSLContext):
    """Stands for a context that is made when the first connection is; itself it trusts nobody.

    The certificates are those of certifi, unless SSL_CERT_FILE or SSL_CERT_DIR names others.
    """

    def __new__(cls) -> LateTrust:
        """A client's context."""
        return super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)

    @cached_property
    def whole(self) -> ssl.SSLContext:
        """The context that it stands for."""
        return httpx.create_ssl_context()

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        """A connection's TLS as asyncio wants it."""
        return self.whole.wrap_bio(*args, **kwargs)

    def wrap_socket(self, *args: Any, **kwargs: Any) -> ssl.SSLSocket:
        """The same over a socket."""
        return self.whole.wrap_socket(*args, **kwargs)
