"""Feeds written into a configuration that a person keeps: at its end, all else byte for byte."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.errors import Fault, FaultyInput
from monitor.records import dataclass
from monitor.toml_source import TomlSource, toml_value


@dataclass(frozen=True, slots=True)
class NewFeed:
    """A feed to be written. ``remarks`` are kept as comments, one line each."""

    url: str
    name: str | None = None
    tags: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def as_toml(feed: NewFeed) -> str:
    """The lines of its ``[[feed]]`` table, ending in a line feed."""
    lines = ["[[feed]]", f"url = {toml_value(feed.url)}"]
    lines += [f"name = {toml_value(feed.name)}"] if feed.name else []
    lines += [f"tags = {toml_value(feed.tags)}"] if feed.tags else []
    return "\n".join([*lines, *(f"# {remark}" for remark in feed.remarks), ""])


def with_feeds(before: bytes, feeds: Sequence[NewFeed], title: str, name: str) -> bytes:
    """The file with ``feeds`` appended below ``title``, a comment of one line.

    Line ends are the file's own. Raises FaultyInput where no table can be appended, because the
    feeds stand in braces; ``name`` is the file as faults call it.
    """
    source = TomlSource.read(before.decode("utf-8-sig"), name)
    written = source.data.get("feed")
    if written and "[[feed]]" not in "".join(source.text.split()):
        line = source.line_of(("feed",))
        message = "the feeds stand in one list, to which no table can be appended"
        raise FaultyInput((Fault(name, line, "feed", message, "write each as [[feed]]"),))
    tables = "\n".join(as_toml(feed) for feed in feeds)
    added = f"\n# {title}\n\n{tables}"
    if before and not before.endswith(b"\n"):
        added = "\n" + added
    if b"\r\n" in before:
        added = added.replace("\n", "\r\n")
    return before + added.encode("utf-8")


def hidden_addresses(text: str, name: str) -> frozenset[int]:
    """The feeds, by number from 0, whose address stands in the environment or in a file."""
    tables = TomlSource.read(text, name).data.get("feed", [])
    return frozenset(n for n, table in enumerate(tables) if isinstance(table.get("url"), dict))
