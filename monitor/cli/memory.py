"""How ``wirewatch run`` uses memory: when garbage is looked for, and what threads keep for later.

Both are settings of the whole process, so they are made where it starts and nowhere else.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc

_STARTING, _SERVING, _PASSING = 1_000_000, 20_000, 2_000
"""New objects after which Python looks for rings among them: in a start, in which nearly all that
is made stays, as a daemon, and in a pass that has its start behind it."""

_M_ARENA_MAX = -8  # from glibc's malloc.h


def while_starting() -> None:
    """Before anything large is imported or read, and before any thread."""
    gc.set_threshold(_STARTING)
    _share_one_arena()


def as_daemon() -> None:
    """Once a daemon is about to begin its work."""
    gc.set_threshold(_SERVING)


def for_one_pass() -> None:
    """Once all is ready for a single pass: what is there now stays to its end."""
    gc.freeze()
    gc.set_threshold(_PASSING)


def _share_one_arena() -> None:
    """Have all threads take their memory from one arena beside the main one (mallopt(3)).

    By itself glibc gives every thread its own, and each keeps what its largest job took. Other C
    libraries have no such setting, and no such habit.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)
