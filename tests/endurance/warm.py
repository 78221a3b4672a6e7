"""Loaded once by the process that others are forked from: libraries, dictionaries, two lives.

A child then begins with everything in memory that costs a second to load.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import structlog

from tests.endurance.mortal import Life, live

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
with tempfile.TemporaryDirectory() as folder:
    for number in range(2):
        live(Life(f"sqlite:///{folder}/warm.db", Path(folder), number))
