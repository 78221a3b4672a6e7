"""What the tests of a trace are given."""

from __future__ import annotations

import shutil

import pytest

from tests.cli.conftest import Desk
from tests.cli.trace.newsdesk import Newsdesk


@pytest.fixture
def room(desk: Desk) -> Newsdesk:
    shutil.rmtree(desk.folder / "rules")
    return Newsdesk(desk)
