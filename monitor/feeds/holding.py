"""How many bytes of large documents are held at once, while they stream in and until they are read.

Each body has a bound of its own; dozens of large ones at the same moment would still fill the
memory. So those beyond ``LARGE`` bytes count, for what has come of them so far, unpacked. While all
of them together hold too much, they wait and leave their servers waiting: all but the one that has
been large for longest. That one always goes on to its end, so nobody waits for ever.

Small documents neither count nor wait, and a server that drips holds no more than it has sent.
A document whose pages are read as well counts until the first of them is asked for: at the same
server they may have to wait behind documents that would wait for it.
"""

from __future__ import annotations

import asyncio

LARGE = 256 * 1024
"""Bytes from which a document counts: almost no feed is that long."""

MOST = 16 * 1024 * 1024
"""Bytes that large documents hold together before they wait. The one that goes on comes on top."""


class Holding:
    """What large documents hold together: no more than ``most`` bytes, and one of them beyond."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._sizes: dict[Share, int] = {}  # in the order in which they became large
        self._changed = asyncio.Event()

    def share(self) -> Share:
        """The share of a document to come; whoever takes it ends it."""
        return Share(self)

    @property
    def held(self) -> int:
        """Bytes that are held now."""
        return sum(self._sizes.values())

    def grown(self, share: Share, size: int) -> bool:
        """Note that a document is ``size`` bytes long; gives whether it may bring more at once."""
        if size >= LARGE:
            self._sizes[share] = size
        return self._may(share)

    async def turn(self, share: Share) -> None:
        """Wait until a document may bring more."""
        while not self._may(share):
            self._changed.clear()
            await self._changed.wait()

    def ended(self, share: Share) -> None:
        """Note that nothing is held of a document any more."""
        if self._sizes.pop(share, 0):
            self._changed.set()

    def _may(self, share: Share) -> bool:
        if share not in self._sizes or share is next(iter(self._sizes)):
            return True
        return self.held < self._most


class Share:
    """What one document holds, from its first bytes until it has been read and kept."""

    __slots__ = ("_holding",)

    def __init__(self, holding: Holding) -> None:
        self._holding = holding

    def grown(self, size: int) -> bool:
        """Note that ``size`` bytes have come; gives whether more may come without waiting."""
        return size < LARGE or self._holding.grown(self, size)

    async def turn(self) -> None:
        """Wait until more may come."""
        await self._holding.turn(self)

    def end(self) -> None:
        """Give back all that is held, for the good of those that wait."""
        self._holding.ended(self)
