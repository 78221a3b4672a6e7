"""The body of an answer as it streams in: unpacked within its limit, and as memory allows."""

from __future__ import annotations

import asyncio

import httpx

from monitor.feeds.holding import LARGE, Share
from monitor.feeds.inflate import Body, is_packed
from monitor.feeds.one_poll import OnePoll

_SLICE = 64 * 1024  # bytes that are unpacked in one go


async def read_body(poll: OnePoll, answer: httpx.Response) -> bytes:
    """The body as it streams in, unpacked, and given up at once beyond the feed's ``max_size``.

    A file that was compressed before it was sent is unpacked as well, once.
    """
    limit = poll.subscription.options.max_size
    body = Body(answer.headers.get("content-encoding"), limit)
    async for piece in answer.aiter_raw():
        await _take(poll, body, piece)
    whole = body.joined()
    if not is_packed(whole):
        return whole
    inner = Body("gzip", limit)
    for at in range(0, len(whole), _SLICE):  # each of many members would copy all that is left
        await _take(poll, inner, whole[at : at + _SLICE])
        await asyncio.sleep(0)
    return inner.joined()


async def _take(poll: OnePoll, body: Body, piece: bytes) -> None:
    """Add to a body what arrived, step by step; where it is large, as memory allows."""
    while piece:
        piece = body.take(piece)
        if body.size >= LARGE and poll.share and not poll.share.grown(body.size):
            await _turn(poll, poll.share)


async def _turn(poll: OnePoll, share: Share) -> None:
    """Wait until more may come: in no slot, and without any loss of the poll's time."""
    loop = asyncio.get_running_loop()
    left = (poll.deadline.when() or 0) - loop.time()
    poll.deadline.reschedule(None)
    poll.slot.leave()
    await share.turn()
    poll.deadline.reschedule(loop.time() + left)
