"""The benchmarks run, and say what they promise to say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
RULES = {
    "r0": "troops AND (Niger OR Mali)",
    "r1": '"air base" AND NOT football',
    "r2": "(soldiers OR troops) NEAR/3 withdrawal",
    "r3": "election AND vote",
}
ARTICLES = [
    ("Troops in Niger", "Soldiers left the air base."),
    ("A football match", "The air base was quiet."),
    ("Withdrawal", "The troops began their withdrawal from Mali."),
    ("Rain", "Nothing else."),
]


def test_the_benchmark_of_matching_gives_the_matches_of_a_plain_engine(tmp_path: Path) -> None:
    rules = "".join(f"[[rule]]\nname = '{n}'\nmatch = '{match}'\n" for n, match in RULES.items())
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "load.toml").write_text(rules)
    rows = [
        {"id": number, "title": title, "text": text, "language": "en"}
        for number, (title, text) in enumerate(ARTICLES)
    ]
    (tmp_path / "articles.jsonl").write_text("\n".join(map(json.dumps, rows)))
    report = _run("--rules", tmp_path / "rules", "--articles", tmp_path / "articles.jsonl")
    assert (report["rules"], report["articles"], report["matches"]) == (4, 4, 4)
    assert report["same_matches"] is True
    assert report.keys() >= {
        "load_seconds", "cpu_seconds", "articles_per_cpu_second", "peak_rss_mb", "digest",
    }  # fmt: skip


def _run(*arguments: str | Path) -> dict[str, Any]:
    command = [sys.executable, ROOT / "benchmarks" / "matching.py", *arguments, "--witness"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_the_benchmark_of_polling_measures_three_passes() -> None:
    command = [sys.executable, ROOT / "benchmarks" / "polling.py", "--feeds", "2", "--reader", ""]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    report = json.loads(done.stdout)
    assert report["feeds"] == 2
    passes = report["wirewatch"]
    assert list(passes) == ["p1", "p2", "p3"]
    for found in passes.values():
        assert found.keys() == {
            "cpu_seconds", "seconds", "peak_mb", "stored_mb", "new_articles", "feeds_failed",
        }  # fmt: skip
        assert found["feeds_failed"] == 0
    news = [found["new_articles"] for found in passes.values()]
    assert news == [report["entries"], 0, 2]


def test_what_is_read_out_of_documents_is_told_in_a_line_for_each(tmp_path: Path) -> None:
    item = "<title>Troops</title><link>/1</link><pubDate>20 May 2024 07:00 +0200</pubDate>"
    feed = f"<rss version='2.0'><channel><title>World</title><item>{item}</item></channel></rss>"
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "good.xml").write_text(feed)
    (tmp_path / "page.html").write_text("<html><title>Log in</title></html>")
    command = [sys.executable, ROOT / "benchmarks" / "feed_documents.py", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    good, page = (json.loads(line) for line in done.stdout.splitlines())
    assert good == {
        "file": "a/good.xml",
        "ok": True,
        "title": "World",
        "items": [
            {"title": "Troops", "link": "/1", "id": "/1", "date": "2024-05-20T05:00:00Z"},
        ],
    }
    assert (page["file"], page["ok"], page["items"]) == ("page.html", False, [])
    assert done.stderr.startswith("2 files, 1 feeds")
