"""Word of progress, from who works to who watches that work is not stuck.

A watchdog that a timer feeds proves that the timer runs. So every pass says for itself when it got
on: a feed was asked, a batch judged, a delivery tried. Whoever begins a pass says who is to hear of
it (``heard_by``); that holds for the tasks and threads that the pass begins, and for no other pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_heard: ContextVar[Callable[[], None] | None] = ContextVar("heard", default=None)


@contextmanager
def heard_by(listener: Callable[[], None]) -> Iterator[None]:
    """``listener`` hears of all progress made within; it may be called from several threads."""
    token = _heard.set(listener)
    try:
        yield
    finally:
        _heard.reset(token)


def made() -> None:
    """Say that the work in hand got on; nothing happens where nobody listens."""
    listener = _heard.get()
    if listener is not None:
        listener()
