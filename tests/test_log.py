"""The log: structlog is made ready with the first line, whoever writes it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from monitor import log


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    log.write(None)


def test_what_makes_the_log_ready_is_called_once_and_before_the_first_line() -> None:
    calls: list[str] = []
    log.write(lambda: calls.append("ready"))
    assert calls == []
    with capture_logs() as lines:
        log.Log("poll").info("feed polled", feed="World desk")
        log.Log("match").info("rule matched")
    assert calls == ["ready"]
    assert [line["event"] for line in lines] == ["feed polled", "rule matched"]
    assert lines[0]["feed"] == "World desk"


def test_what_makes_the_log_ready_may_have_something_to_say() -> None:
    def ready() -> None:
        log.write(None)
        log.Log("log").warning("half ready")

    log.write(ready)
    with capture_logs() as lines:
        log.Log("poll").info("feed polled")
    assert [line["event"] for line in lines] == ["half ready", "feed polled"]


def test_what_nobody_asked_for_is_not_even_made_ready() -> None:
    calls: list[str] = []
    log.write(lambda: calls.append("ready"), lowest=20)
    log.Log("poll").debug("feed polled")
    assert calls == []
