"""The configuration of this process: the one place that reads its environment."""

from __future__ import annotations

import os
from pathlib import Path

from monitor.config.finding import find_config
from monitor.config.load import load, read
from monitor.config.settings import Settings
from monitor.config.supervision import Supervision, supervision


def find_here(explicit: Path | None) -> Path:
    """The config file that this process is to use; raises FaultyInput where there is none."""
    return find_config(explicit, os.environ, Path.cwd())


def read_here(text: str, path: Path) -> Settings:
    """The settings in ``text`` as if it stood in ``path``; raises FaultyInput with every fault."""
    return read(text, path, os.environ)


def load_here(explicit: Path | None) -> Settings:
    """The settings of this process; raises FaultyInput with every fault."""
    return load(find_here(explicit), os.environ)


def supervision_here() -> Supervision:
    """What a service manager asks of this process."""
    return supervision(os.environ, os.getpid())
