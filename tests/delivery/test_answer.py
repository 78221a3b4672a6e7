"""Receivers' words before people see them."""

from __future__ import annotations

import errno
import ssl

from hypothesis import given
from hypothesis import strategies as st

from monitor.delivery.answer import LONGEST, one_line, reason, tls_fault


@given(st.text(), st.lists(st.text(), max_size=3))
def test_an_answer_is_one_short_line_that_a_terminal_can_show(
    text: str, secrets: list[str]
) -> None:
    line = one_line(text, secrets)
    assert len(line) <= LONGEST
    assert line.isprintable()
    assert line == line.strip()


def test_secrets_go_before_the_line_is_cut() -> None:
    line = one_line("x" * (LONGEST - 4) + "hunter2", ["hunter2"])
    assert "hun" not in line


def test_the_longer_secret_goes_first() -> None:
    assert one_line("token-and-more", ["token", "token-and-more"]) == "…"


def test_the_systems_own_words_are_found_under_the_wrapping() -> None:
    error = RuntimeError("https://hooks.example.org/secret failed")
    error.__cause__ = OSError(errno.ECONNREFUSED, "Connect call failed ('127.0.0.1', 1)")
    assert reason(error) == "Connection refused"


def test_an_error_without_plain_words_gets_ours() -> None:
    assert reason(TimeoutError()) == "no answer in time"
    assert reason(RuntimeError("https://secret")) == "the connection was lost"
    assert reason(OSError(None, "https://secret")) == "the connection was lost"


def test_tls_that_still_waited_when_time_was_up_is_no_fault_of_trust() -> None:
    late = TimeoutError()
    late.__context__ = ssl.SSLWantReadError()
    assert tls_fault(late) is None
    wrong = OSError()
    wrong.__cause__ = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")
    assert tls_fault(wrong) is not None
