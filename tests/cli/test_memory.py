"""What a run sets for the whole process; asked of a process of its own, for it cannot be undone."""

from __future__ import annotations

import subprocess
import sys
import textwrap


def told(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_pass_is_not_searched_for_what_the_start_has_made() -> None:
    program = """
        import gc
        from monitor.cli import memory
        memory.while_starting()
        starting = gc.get_threshold()[0]
        memory.for_one_pass()
        passing = gc.get_threshold()[0]
        memory.as_daemon()
        print(starting > gc.get_threshold()[0] > passing, gc.get_freeze_count() > 1000)
    """
    assert told(program) == "True True"


def test_threads_share_what_each_would_keep() -> None:
    program = """
        import ctypes, ctypes.util, threading
        from monitor.cli import memory
        memory.while_starting()

        def large() -> None:
            meeting.wait()  # all are alive at once, else they would take turns at one arena
            [b"x" * 60_000 for _ in range(100)]
            meeting.wait()

        meeting = threading.Barrier(6)
        threads = [threading.Thread(target=large) for _ in range(6)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        libc = ctypes.CDLL(None)
        if hasattr(libc, "malloc_info"):
            libc.fopen.restype = ctypes.c_void_p
            stream = libc.fopen(b"/dev/stdout", b"w")
            libc.malloc_info(0, ctypes.c_void_p(stream))
            libc.fclose(ctypes.c_void_p(stream))
    """
    assert told(program).count("<heap nr=") <= 2
