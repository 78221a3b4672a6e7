"""How files are called in messages."""

from __future__ import annotations

from pathlib import Path


def shown_path(path: Path) -> str:
    """``path`` as short as it can be opened: relative where it lies under the current folder."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)
