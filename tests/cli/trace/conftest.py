"""What the tests of a trace are given."""

from __future__ import annotations

import shutil

import pytest

from monitor.text.dictionary import dictionary
from tests.cli.conftest import Desk
from tests.cli.trace.newsdesk import Newsdesk


@pytest.fixture(scope="session", autouse=True)
def _english_is_known() -> None:
    """Whether a dictionary lay in the user's cache must not tell in what a trace says."""
    dictionary("en")


@pytest.fixture
def room(desk: Desk) -> Newsdesk:
    shutil.rmtree(desk.folder / "rules")
    return Newsdesk(desk)
