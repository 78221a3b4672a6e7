"""The threads in which the event loop has others work; it is known whether any is at work."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Threads(ThreadPoolExecutor):
    """To be the default executor of a loop.

    A thread cannot be cancelled: whoever waited for it may long have gone on.
    """

    def __init__(self) -> None:
        super().__init__(thread_name_prefix="asyncio")
        self._under_way: set[Future[Any]] = set()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have a thread call ``fn``."""
        future = super().submit(fn, *args, **kwargs)
        self._under_way.add(future)
        future.add_done_callback(self._under_way.discard)
        return future

    def end_within(self, seconds: float) -> bool:
        """Wait for all that is under way; whether it ended in that time."""
        return not wait(set(self._under_way), timeout=seconds).not_done
