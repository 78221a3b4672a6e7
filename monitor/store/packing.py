"""Texts made small: zlib's format (RFC 1950), by Intel's ISA-L where that can be had.

It packs in less than half the time. Where the library is missing (it has wheels for the usual
machines only) Python's own zlib does the same, and each reads what the other wrote. What comes
from outside is not unpacked here: zlib notices damage sooner.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

_Packer = Callable[[bytes, int], bytes]
_Unpacker = Callable[[bytes], bytes]


def _packing() -> tuple[_Packer, _Unpacker]:
    try:
        from isal import isal_zlib
    except ImportError:
        return zlib.compress, zlib.decompress
    return isal_zlib.compress, isal_zlib.decompress


_compress, _decompress = _packing()


def packed(text: str) -> bytes:
    """``text`` (which may hold halves of characters), quickly rather than tightly."""
    return _compress(text.encode("utf-8", "surrogatepass"), 1)


def unpacked(data: bytes) -> str:
    """The text again."""
    return _decompress(data).decode("utf-8", "surrogatepass")
