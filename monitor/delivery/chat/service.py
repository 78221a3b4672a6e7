"""What a chat service is to us: how it is told a digest, how often, and what its answers mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from urllib.parse import SplitResult

from monitor.delivery.chat.telling import Telling
from monitor.delivery.pace import Pace
from monitor.records import dataclass


class Verdict(StrEnum):
    """What an answer means, where it means something else than its status says."""

    SLOW_DOWN = "slow down"
    LATER = "later"
    OF_THE_CHANNEL = "of the channel"
    OF_THE_MESSAGE = "of the message"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. The names of ``headers`` are in lower case; ``text`` is its beginning."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class ChatService:
    """One service.

    ``parts`` gives the bodies of the posts that tell a digest, in order, one at least. ``pace`` is
    how often the service may be posted to. ``meaning`` gives None where the status of an answer
    says what there is to know, and ``asked`` the seconds to wait that the answer names elsewhere
    than in ``Retry-After``. ``request`` makes the address and the body of a post from the address
    in the config and a body of ``parts``; it raises ValueError, without the address in it, where
    that address cannot be one of this service.
    """

    parts: Callable[[Telling], tuple[bytes, ...]]
    pace: Pace
    meaning: Callable[[Answer], Verdict | None] = lambda _: None
    asked: Callable[[Answer], float | None] = lambda _: None
    request: Callable[[SplitResult, bytes], tuple[str, bytes]] = lambda url, body: (
        url.geturl(),
        body,
    )
