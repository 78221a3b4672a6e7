"""The benchmark of stories runs, and counts as the literature does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_the_benchmark_of_stories_counts_what_belongs_together(tmp_path: Path) -> None:
    said = [
        ("a", "1", "en", "Ferry sinks off Lampedusa, 40 missing"),
        ("b", "1", "it", "Lampedusa, affonda traghetto: 40 dispersi"),
        ("c", "2", "en", "Teachers strike in Auckland"),
    ]
    rows = [dict(zip(("id", "event", "lang", "title"), row, strict=True)) for row in said]
    (tmp_path / "news.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    command: list[str | Path] = [
        sys.executable, ROOT / "benchmarks" / "stories.py", tmp_path / "news.jsonl",
        "--placings", tmp_path / "placings.jsonl",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    report = json.loads(done.stdout)
    assert (report["articles"], report["events"], report["stories"]) == (3, 2, 2)
    assert report["b_cubed"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert report["pairs_across_languages"]["f1"] == 1.0
    lines = (tmp_path / "placings.jsonl").read_text(encoding="utf-8").splitlines()
    placed = {row["id"]: row["cluster"] for row in map(json.loads, lines)}
    assert placed["a"] == placed["b"] != placed["c"]
