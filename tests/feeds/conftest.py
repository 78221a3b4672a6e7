from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from monitor.feeds.fetch import Fetcher
from tests.feeds.server import Site, running


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A server of this machine, as a feed on one's own network would be."""
    async with running() as started:
        yield started


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher() as opened:
        yield opened
