"""What the tests of several processes share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from monitor.store import Store, open_store


@pytest.fixture
def two_more(address: str) -> Iterator[list[Store]]:
    """The same store opened twice more, as by two other processes."""
    with ExitStack() as stack:
        opened = [open_store(address) for _ in range(2)]
        for each in opened:
            stack.callback(each.close)
        yield opened
