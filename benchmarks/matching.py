"""How fast rules match articles, as one JSON object.

    python benchmarks/matching.py --rules DIR --articles FILE.jsonl

``DIR`` holds rule files, ``FILE.jsonl`` articles as {"id", "title", "text", "language"}. Without
arguments it makes a small load of its own (the sample rules over the seed articles, many times),
which says little beyond "it runs".

Reported: ``rules``, ``articles``, ``load_seconds`` (from TOML to compiled rules),
``cpu_seconds`` (matching, warm: the first tenth of the articles is matched once before),
``articles_per_cpu_second``, ``peak_rss_mb``, ``matches`` and ``digest``, a SHA-256 over the sorted
``article-id rule-name`` lines by which two engines can be held against each other.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from monitor.feeds.parse import parse
from monitor.matching.index import Rulebook
from monitor.matching.rule_files import read_rules
from monitor.model import Article

ROOT = Path(__file__).parent.parent


def read_articles(path: Path) -> list[Article]:
    """The articles of a JSON-lines file."""
    now = datetime.now(UTC)
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Article(
            id=str(row["id"]),
            url=None,
            title=row["title"],
            text=row["text"],
            language=row.get("language"),
            first_seen_at=now,
        )
        for row in rows
    ]


def seed_articles(times: int) -> list[Article]:
    """The seed articles, over and over."""
    now = datetime.now(UTC)
    entries = [
        (entry, language)
        for name, language in (("world-en.rss", "en"), ("mondo-it.atom", "it"))
        for entry in parse((ROOT / "seeds" / name).read_bytes(), url=name, charset=None).entries
    ]
    return [
        Article(f"{turn}-{number}", None, entry.title, entry.text, language, now)
        for turn in range(times)
        for number, (entry, language) in enumerate(entries)
    ]


def measure(folder: Path, articles: list[Article]) -> dict[str, object]:
    """Load, warm up, match, report."""
    began = time.process_time()
    found = read_rules(folder)
    if found.faults:
        sys.exit("\n".join(str(fault) for fault in found.faults))
    languages = sorted({article.language for article in articles if article.language}) or ["en"]
    book = Rulebook(found.rules, found.vocabularies, languages)
    for language in languages:  # what is made ready when the first article of a language comes
        book.matching([Article("", None, "", "", language, datetime.now(UTC))])
    load = time.process_time() - began
    began = time.process_time()
    book.matching(articles)
    first = time.process_time() - began
    began = time.process_time()
    matching = book.matching(articles)
    spent = time.process_time() - began
    lines = [
        f"{article.id} {rule.name}"
        for article, rules in zip(articles, matching, strict=True)
        for rule in rules
    ]
    return {
        "rules": len(found.rules),
        "articles": len(articles),
        "load_seconds": round(load, 3),
        "first_pass_cpu_seconds": round(first, 3),
        "cpu_seconds": round(spent, 3),
        "articles_per_cpu_second": round(len(articles) / spent, 1),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "matches": len(lines),
        "digest": hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest(),
    }


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--rules", type=Path, default=ROOT / "rules")
    parser.add_argument("--articles", type=Path)
    given = parser.parse_args()
    articles = read_articles(given.articles) if given.articles else seed_articles(50)
    print(json.dumps(measure(given.rules, articles)))


if __name__ == "__main__":
    main()
