"""What a new user starts from: the example configuration, the sample rules and the seed feeds.

A wheel carries them inside the package; a checkout has them at its top level.
"""

from __future__ import annotations

from pathlib import Path

from monitor.records import dataclass

CONFIG = "config.example.toml"
FOLDERS = ("rules", "seeds")


def folder() -> Path:
    """Where the starter files are."""
    inside = Path(__file__).with_name("starter_files")
    return inside if inside.is_dir() else Path(__file__).parent.parent


def _under_its_name(text: bytes) -> bytes:
    """The example configuration speaks of itself; a copy has another name."""
    return text.replace(CONFIG.encode(), b"config.toml")


@dataclass(frozen=True, slots=True)
class Written:
    """What ``write`` did: the files it wrote, and those that were there already and stay."""

    written: tuple[Path, ...]
    kept: tuple[Path, ...]


def write(into: Path) -> Written:
    """Copy the starter files into a folder; a file that exists is never touched.

    Raises OSError where the folder cannot be written.
    """
    source = folder()
    pairs = [(source / CONFIG, into / "config.toml")]
    for name in FOLDERS:
        files = sorted(path for path in (source / name).rglob("*") if path.is_file())
        pairs += [(path, into / path.relative_to(source)) for path in files]
    written, kept = [], []
    for origin, target in pairs:
        if target.exists():
            kept.append(target)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(_under_its_name(origin.read_bytes()))
        written.append(target)
    return Written(tuple(written), tuple(kept))
