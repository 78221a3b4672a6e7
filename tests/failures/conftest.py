from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import FakeClock
from tests.failures.newsroom import Newsroom


@pytest.fixture
def room(address: str, clock: FakeClock) -> Iterator[Newsroom]:
    """The whole line on an empty store, once on each engine."""
    opened = Newsroom(address, clock)
    yield opened
    opened.store.close()
