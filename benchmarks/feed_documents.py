"""What is read out of feed documents, as JSON lines: to be compared with what should be.

    python benchmarks/feed_documents.py FOLDER > result.jsonl

One line for each file below FOLDER, by its path: ``file``, ``ok`` (whether it is a feed), ``title``
and ``items`` (``title``, ``link``, ``id``, ``date`` in UTC), or ``error``. Links stand as the
document has them, since a file has no address that they could be relative to; an entry
without an id has its link for one. The figures go to standard error: files, feeds, CPU seconds, the
slowest file.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor.errors import NotAFeed
from monitor.feeds.parse import cleaned, read
from monitor.feeds.raw import RawFeed

NOWHERE = "https://nowhere.invalid/"


def main() -> None:
    """Read every file and print its line."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("folder", type=Path, help="a folder of feed documents")
    folder = options.parse_args().folder
    slowest, name, feeds, began = 0.0, "", 0, time.process_time()
    count = 0
    for path in _documents(folder):
        started = time.process_time()
        said = described(path.read_bytes())
        took = time.process_time() - started
        count, feeds = count + 1, feeds + bool(said["ok"])
        slowest, name = max((slowest, name), (took, str(path.relative_to(folder))))
        print(json.dumps({"file": path.relative_to(folder).as_posix(), **said}, ensure_ascii=False))
    took = time.process_time() - began
    print(
        f"{count} files, {feeds} feeds, {took:.2f} CPU seconds; {slowest:.2f} for {name}",
        file=sys.stderr,
    )


def _documents(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def described(body: bytes) -> dict[str, Any]:
    """What is read out of one document."""
    try:
        raw = read(body, charset=None)
    except NotAFeed as fault:
        return {"ok": False, "items": [], "error": str(fault)}
    feed = cleaned(raw, NOWHERE)
    return {"ok": True, "title": feed.title, "items": _items(raw)}


def _items(raw: RawFeed) -> list[dict[str, Any]]:
    entries = cleaned(raw, NOWHERE).entries
    return [
        {
            "title": entry.title,
            "link": said.link or None,
            "id": entry.guid or said.link or None,
            "date": _utc(entry.published_at or entry.updated_at),
        }
        for said, entry in zip(raw.entries, entries, strict=True)
    ]


def _utc(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


if __name__ == "__main__":
    main()
