"""How well articles are brought together in stories, as one JSON object.

    python benchmarks/stories.py FILE.jsonl[.gz] [--characters 300] [--batch 500]
                                 [--every 2 [--from 1]] [--placings OUT.jsonl]

A line of the file is an article: {"id", "event", "title"} and, where there are any, "text",
"lang" or "language", "published" (ISO 8601), "outlet" or "source". "event" says which articles
tell of one event. Without a file it takes the articles of `tests/stories/cases`, which were
written along with the program and are no measure of it.

Articles that have no moment are taken as published at the same one. `--characters` cuts each text,
`--batch` hands the articles over in so many at a time, oldest first, as a daemon does. `--every 2`
takes every second event in alphabetical order, `--from 1` those in between, so that one half can
be tuned on and the other measured. `--placings` writes {"id", "cluster", "because"} for each.

Reported: ``articles``, ``events``, ``stories``; ``b_cubed`` (Bagga and Baldwin 1998: of the
articles put together with one, how many belong; of those that belong, how many were; averaged over
articles); ``pairs_across_languages`` and ``pairs_within_a_language`` (precision, recall and F1 over
pairs of articles); ``reading_cpu_seconds`` and ``grouping_cpu_seconds``.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor.model import Article
from monitor.stories.clustering import Clustering, Placing
from monitor.stories.telling import Telling, telling_of

ROOT = Path(__file__).parent.parent
CASES = ROOT / "tests" / "stories" / "cases"

Row = dict[str, Any]


def read(path: Path | None) -> list[Row]:
    """The rows of a JSON-lines file, or those of the tests' own cases."""
    if path is None:
        return [
            {"id": f"{case.stem}-{number}", **row, "event": f"{case.stem} {row['event']}"}
            for case in sorted(CASES.glob("*.toml"))
            for number, row in enumerate(tomllib.loads(case.read_text("utf-8"))["article"])
        ]
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def chosen(rows: Sequence[Row], every: int, first: int) -> list[Row]:
    """The rows of every so many events."""
    events = set(sorted({row["event"] for row in rows})[first::every])
    return [row for row in rows if row["event"] in events]


def article_of(row: Row, characters: int) -> Article:
    """What the program would know of it."""
    when = row.get("when") or row.get("published")
    moment = datetime.fromisoformat(when) if isinstance(when, str) else when
    return Article(
        id=str(row["id"]),
        url=None,
        title=row["title"],
        text=(row.get("text") or "")[:characters],
        language=language_of(row),
        first_seen_at=moment or datetime(2024, 5, 20, tzinfo=UTC),
        site=row.get("outlet") or row.get("source") or str(row["id"]),
    )


def language_of(row: Row) -> str:
    """English where nothing is said."""
    return row.get("lang") or row.get("language") or "en"


def group(tellings: Iterable[Telling], batch: int) -> list[Placing]:
    """Every article in its story."""
    ordered = sorted(tellings, key=lambda telling: (telling.when, telling.article_id))
    numbers = map(str, itertools.count(1))
    clustering = Clustering()
    placed: list[Placing] = []
    for start in range(0, len(ordered), batch):
        placed += clustering.place(ordered[start : start + batch], lambda: next(numbers))
    return placed


def b_cubed(events: Sequence[Hashable], stories: Sequence[Hashable]) -> dict[str, float]:
    """Precision, recall and F1, averaged over articles."""
    of_event, of_story = Counter(events), Counter(stories)
    both = Counter(zip(events, stories, strict=True))
    pairs = list(zip(events, stories, strict=True))
    precision = sum(both[pair] / of_story[pair[1]] for pair in pairs) / len(pairs)
    recall = sum(both[pair] / of_event[pair[0]] for pair in pairs) / len(pairs)
    return _scores(precision, recall)


def pairwise(
    events: Sequence[Hashable], stories: Sequence[Hashable], languages: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Precision, recall and F1 over pairs of articles, across languages and within."""
    both = list(zip(events, stories, strict=True))
    counted = [_pairs(groups, languages) for groups in (events, stories, both)]
    across, within = zip(*counted, strict=True)
    return {
        "pairs_across_languages": _of_pairs(*across),
        "pairs_within_a_language": _of_pairs(*within),
    }


def _pairs(groups: Sequence[Hashable], languages: Sequence[str]) -> tuple[int, int]:
    """How many pairs of one group there are, across languages and within."""
    members: dict[Hashable, Counter[str]] = defaultdict(Counter)
    for group_, language in zip(groups, languages, strict=True):
        members[group_][language] += 1
    every = sum(count.total() * (count.total() - 1) // 2 for count in members.values())
    within = sum(n * (n - 1) // 2 for count in members.values() for n in count.values())
    return every - within, within


def _of_pairs(wanted: int, found: int, right: int) -> dict[str, float]:
    return _scores(right / found if found else 0.0, right / wanted if wanted else 0.0)


def _scores(precision: float, recall: float) -> dict[str, float]:
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"precision": round(precision, 3), "recall": round(recall, 3), "f1": round(f1, 3)}


def measure(rows: Sequence[Row], characters: int, batch: int) -> tuple[Row, list[Placing]]:
    """Group, and compare with what the rows say."""
    began = time.process_time()
    tellings = [telling_of(article_of(row, characters)) for row in rows]
    read_in = time.process_time() - began
    began = time.process_time()
    placed = group(tellings, batch)
    grouped_in = time.process_time() - began
    story_of = {placing.article_id: placing.story_id for placing in placed}
    events = [row["event"] for row in rows]
    stories = [story_of[str(row["id"])] for row in rows]
    report: Row = {
        "articles": len(rows),
        "events": len(set(events)),
        "stories": len(set(stories)),
        "b_cubed": b_cubed(events, stories),
        **pairwise(events, stories, [language_of(row) for row in rows]),
        "reading_cpu_seconds": round(read_in, 3),
        "grouping_cpu_seconds": round(grouped_in, 3),
    }
    return report, placed


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--characters", type=int, default=100_000)
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--from", type=int, default=0, dest="first")
    parser.add_argument("--placings", type=Path)
    given = parser.parse_args()
    rows = chosen(read(given.file), given.every, given.first)
    if not rows:
        parser.error("there are no such articles in the file")
    report, placed = measure(rows, given.characters, given.batch)
    print(json.dumps(report, indent=2))
    if given.placings:
        lines = (
            json.dumps({"id": p.article_id, "cluster": p.story_id, "because": p.because})
            for p in placed
        )
        given.placings.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
