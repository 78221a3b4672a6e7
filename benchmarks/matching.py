"""How fast rules match articles, as one JSON object.

    python benchmarks/matching.py --rules DIR --articles FILE.jsonl [--witness]

``DIR`` holds rule files, ``FILE.jsonl`` articles as {"id", "title", "text", "language"}. Without
arguments it makes a small load of its own (the sample rules over the seed articles, many times),
which says little beyond "it runs".

Reported: ``rules``, ``articles``, ``load_seconds`` (CPU, from TOML to rules that can be put to
articles in the languages that come), ``first_pass_cpu_seconds`` (matching, every word met for the
first time), ``cpu_seconds`` (the same articles again: warm), ``articles_per_cpu_second`` (warm),
``peak_rss_mb``, ``matches`` and ``digest``, a SHA-256 over the sorted ``article-id rule-name``
lines by which two engines can be held against each other. Excerpts are not made, only matches.

``--witness`` runs a plain Python engine over the same load afterwards (rules of words, phrases,
AND, OR, NOT and NEAR only) and adds ``witness_articles_per_cpu_second``, ``ratio`` and
``same_matches``: on a machine with other work to do, only the ratio means anything.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from witness import WitnessEngine

from monitor.feeds.parse import parse
from monitor.matching.index import Rulebook
from monitor.matching.rule import Rule
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


def measure(folder: Path, articles: list[Article], *, witness: bool) -> dict[str, object]:
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
    report: dict[str, object] = {
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
    if witness:
        report |= _against_witness(found.rules, articles, lines, len(articles) / spent)
    return report


def _against_witness(
    rules: Sequence[Rule], articles: list[Article], lines: list[str], ours: float
) -> dict[str, object]:
    """What a plain engine needs for the same, warm as well."""
    engine = WitnessEngine(rules, articles[0].language or "en", articles[:1000])
    for article in articles:
        engine.matching(article)
    began = time.process_time()
    found = [engine.matching(article) for article in articles]
    rate = len(articles) / (time.process_time() - began)
    theirs = [
        f"{article.id} {rule.name}"
        for article, rules in zip(articles, found, strict=True)
        for rule in rules
    ]
    return {
        "witness_articles_per_cpu_second": round(rate, 1),
        "ratio": round(ours / rate, 2),
        "same_matches": sorted(theirs) == sorted(lines),
    }


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--rules", type=Path, default=ROOT / "rules")
    parser.add_argument("--articles", type=Path)
    parser.add_argument("--witness", action="store_true")
    given = parser.parse_args()
    articles = read_articles(given.articles) if given.articles else seed_articles(50)
    print(json.dumps(measure(given.rules, articles, witness=given.witness)))


if __name__ == "__main__":
    main()
