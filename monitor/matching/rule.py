"""What a person writes in a rule file, once it has been read and found whole."""

from __future__ import annotations

from datetime import date

from monitor.matching.query import Query
from monitor.model import Patience, Priority
from monitor.records import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """A rule's or vocabulary's own test: an article, and whether it must match."""

    match: bool
    title: str = ""
    text: str = ""
    language: str | None = None
    feed: str | None = None
    tags: tuple[str, ...] = ()
    url: str | None = None
    line: int = 0


_AT_ONCE = Patience()


@dataclass(frozen=True, slots=True)
class Rule:
    """A topic to watch.

    ``query`` is the whole condition (``match``, ``all``, ``any``, ``none`` and ``languages``,
    ``feeds`` folded into one tree by the reader of rule files). ``digests`` is None for "every
    digest". ``until`` is the last day on which it watches. ``expect`` is how many seconds it may be
    quiet before that is told. ``patience`` is what its matches wait for. ``fingerprint`` is a
    SHA-256 over the rule's own text, by which the ledger knows which version matched. ``source`` is
    the file's path relative to the rules folder, ``line`` where the rule begins, ``text`` its TOML.
    """

    name: str
    query: Query
    digests: tuple[str, ...] | None = None
    tags: tuple[str, ...] = ()
    priority: Priority = Priority.NORMAL
    note: str | None = None
    enabled: bool = True
    until: date | None = None
    expect: float | None = None
    patience: Patience = _AT_ONCE
    examples: tuple[Example, ...] = ()
    source: str = ""
    line: int = 0
    text: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One idea in many languages: language code to terms (words or phrases), used as ``@name``."""

    name: str
    terms: tuple[tuple[str, tuple[str, ...]], ...]
    examples: tuple[Example, ...] = ()
    source: str = ""
    line: int = 0
