"""Bodies that stay within their size, counted after decompression.

zlib is asked for no more output than the limit leaves room for, so that a few kilobytes that
unpack to gigabytes are found out without unpacking them.
"""

from __future__ import annotations

import zlib
from typing import Protocol

from monitor.errors import FetchError

ACCEPTED = "gzip, deflate"
"""What to ask servers for: the encodings read here."""

_GZIP_MAGIC = b"\x1f\x8b\x08"
_STEP = 256 * 1024  # output asked of zlib at once


class _Inflater(Protocol):
    """What ``zlib.decompressobj`` gives."""

    @property
    def unconsumed_tail(self) -> bytes: ...
    @property
    def unused_data(self) -> bytes: ...
    @property
    def eof(self) -> bool: ...
    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


class Body:
    """Collects the body of an answer, piece by piece as it arrives.

    ``coding`` is the Content-Encoding (RFC 9110, 8.4); ``limit`` is in bytes after
    decompression, and so is ``size``, what has come so far. Raises FetchError for an encoding not
    asked for, a body beyond the limit and compressed data that is damaged.
    """

    def __init__(self, coding: str | None, limit: int) -> None:
        self._coding = _readable(coding)
        self._limit = limit
        self._pieces: list[bytes] = []
        self.size = 0
        self._inflater: _Inflater | None = None
        self._ended = False  # what comes behind the last member is passed over

    def take(self, piece: bytes) -> bytes:
        """Add what arrived; gives what of it is still to be unpacked, and to be given next."""
        if self._coding == "identity":
            self._keep(piece)
            return b""
        return b"" if self._ended else self._inflated(piece)

    def joined(self) -> bytes:
        """Every piece, with what zlib still holds back of the last one."""
        while self._inflater is not None and (held := self._inflater.decompress(b"", _STEP)):
            self._keep(held)
        return b"".join(self._pieces)

    def _keep(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.size > self._limit:
            raise too_large(self._limit)
        self._pieces.append(piece)

    def _inflated(self, piece: bytes) -> bytes:
        """Unpack no more than ``_STEP`` bytes; gives what is left of the piece."""
        try:
            if self._inflater is None:
                self._inflater = _inflater(self._coding, piece)
            self._keep(self._inflater.decompress(piece, _STEP))
        except zlib.error as fault:
            raise FetchError("the compressed answer is damaged") from fault
        return self._rest(self._inflater)

    def _rest(self, inflater: _Inflater) -> bytes:
        """What is still to be unpacked: the same stream, or a further one behind it."""
        if not inflater.eof:
            return inflater.unconsumed_tail
        rest = inflater.unused_data
        if rest.startswith(_GZIP_MAGIC[:2]):  # RFC 1952, 2.2: members follow one another
            self._inflater = None
            return rest
        self._ended = len(rest) >= len(_GZIP_MAGIC[:2])
        return b""  # padding behind the end means nothing


def is_packed(body: bytes) -> bool:
    """Whether what came is a file that was compressed before it was sent: it is unpacked, once."""
    return body.startswith(_GZIP_MAGIC)


def _readable(coding: str | None) -> str:
    names = [name.strip().lower() for name in (coding or "").split(",")]
    names = [name.removeprefix("x-") for name in names if name and name != "identity"]
    if not names:
        return "identity"
    if len(names) > 1 or names[0] not in ("gzip", "deflate"):
        raise FetchError(f'answered in an encoding that was not asked for ("{coding}")')
    return names[0]


def _inflater(coding: str, piece: bytes) -> _Inflater:
    """The right kind of zlib stream. "deflate" comes both with and without its wrapper."""
    if coding == "gzip":
        return zlib.decompressobj(16 + zlib.MAX_WBITS)
    wrapped = piece[0] & 0x0F == 8 and (len(piece) < 2 or (piece[0] << 8 | piece[1]) % 31 == 0)
    return zlib.decompressobj(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)


def too_large(limit: int) -> FetchError:
    """The refusal of a body beyond ``limit`` bytes."""
    return FetchError(f"larger than {_in_words(limit)} (max_size)", temporary=False)


def _in_words(size: int) -> str:
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{size / factor:.4g} {unit}"
    return f"{size} bytes"
